"""Everything a demo needs, made in a temporary folder and gone at the end, whatever the end is."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from models.errors import TelegramProblem
from models.rules.clock import Clock, monotonic, utc_now

#: Seconds a child gets to start, and to end.
PATIENCE = 20.0
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class DemoSession:
    """What the console is started with. The token opens nothing but the stand-in of this session."""

    folder: Path
    database: Path
    api_url: str
    token: str
    standin_log: Path


@contextlib.contextmanager
def prepare(*, clock: Clock = utc_now, seed: int = 7) -> Iterator[DemoSession]:
    """A generated database, a stand-in and the people who answer, until the block ends.

    SIGTERM and SIGHUP during making and clearing away end the process in order; while the console runs it minds them
    itself. A parent that is killed outright leaves nothing either: both children end with it, and the people take the
    folder along. Call it in the main thread. Raises DatabaseProblem, TelegramProblem('telegram-unreachable').
    """
    with contextlib.ExitStack() as stack:
        stack.enter_context(_ending_in_order())
        folder = Path(tempfile.mkdtemp(prefix="frontdesk-demo-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        try:
            yield _start(stack, folder, clock, seed)
        finally:
            _mind_signals()


def _start(stack: contextlib.ExitStack, folder: Path, clock: Clock, seed: int) -> DemoSession:
    from console.demo.generate import generate
    from models.store.lifecycle import initialise

    database, log, port_file = folder / "demo.sqlite3", folder / "calls.jsonl", folder / "port"
    initialise(database)
    generated = generate(database, now=clock(), seed=seed)
    plan = folder / "plan.json"
    held = [dict(zip(("chat", "id", "text", "at", "ours"), one, strict=True)) for one in generated.held]
    plan.write_text(json.dumps({"chats": dict.fromkeys(generated.blocked, "blocked"), "held": held}), "utf-8")
    token = f"{secrets.randbelow(10**9) + 10**9}:{secrets.token_urlsafe(26)}"
    standin = _child(
        stack,
        "console.standin",
        *("--port-file", port_file, "--log", log, "--faults", plan, "--token", token),
        *("--first-message-id", generated.next_message_id),
    )
    _child(stack, "console.demo.people", "--database", database, "--standin-log", log, "--remove", folder)
    port = _port(port_file, standin)
    return DemoSession(folder, database, f"http://127.0.0.1:{port}", token, log)


def _child(stack: contextlib.ExitStack, module: str, *arguments: object) -> subprocess.Popen[bytes]:
    """A process whose standard input is a pipe from this one, and which ends with it."""
    environment = dict(os.environ)
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, (str(_ROOT), environment.get("PYTHONPATH"))))
    child = subprocess.Popen(
        [sys.executable, "-m", module, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
        # Out of the terminal's foreground group: Ctrl+C and Ctrl+Z there are the console's alone.
        process_group=0,
    )
    stack.callback(_end, child)
    return child


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.stdin is not None:
        with contextlib.suppress(OSError):
            child.stdin.close()
    for stop in (child.terminate, child.kill):
        try:
            child.wait(PATIENCE / 4)
        except subprocess.TimeoutExpired:
            stop()
    child.wait()


def _port(port_file: Path, standin: subprocess.Popen[bytes]) -> int:
    deadline = monotonic() + PATIENCE
    while not port_file.exists():
        if standin.poll() is not None or monotonic() > deadline:
            raise TelegramProblem("telegram-unreachable", reason="the stand-in did not start")
        time.sleep(0.02)
    return int(port_file.read_text("utf-8"))


_ENDING = ("SIGTERM", "SIGHUP")


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _mind_signals() -> None:
    """From here on the end has begun: another signal must not interrupt it."""
    if threading.current_thread() is threading.main_thread():
        for name in _ENDING:
            signal.signal(getattr(signal, name), signal.SIG_IGN)


@contextlib.contextmanager
def _ending_in_order() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {name: signal.getsignal(getattr(signal, name)) for name in _ENDING}
    for name in _ENDING:
        signal.signal(getattr(signal, name), _leave)
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)
