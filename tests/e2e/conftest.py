"""The installed command in a real terminal, against the stand-in for Telegram and files that ActiveRecord wrote."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import hostile
from tests.e2e.terminal import FRONTDESK, Terminal

TOKEN = "123456:canary-AAbbCCddEEffGGhhIIjjKKllMMnnOO"


@dataclass
class Telegram:
    """The stand-in in a process of its own."""

    url: str
    log: Path
    process: subprocess.Popen[bytes]

    def calls(self, method: str | None = None) -> list[dict[str, Any]]:
        """What reached it, in order; all methods or one."""
        if not self.log.exists():
            return []
        lines = [json.loads(line) for line in self.log.read_text("utf-8").splitlines() if line.endswith("}")]
        return [line for line in lines if method is None or line["method"].lower() == method.lower()]

    def texts(self) -> list[str]:
        return [call["parameters"]["text"] for call in self.calls("sendMessage") if call["accepted"]]


@contextmanager
def telegram_at(folder: Path, faults: list[dict[str, Any]] | None = None) -> Iterator[Telegram]:
    port_file, log = folder / "standin.port", folder / "standin.jsonl"
    command = [sys.executable, "-m", "console.standin", "--port", "0", "--port-file", str(port_file)]
    command += ["--log", str(log), "--token", TOKEN]
    if faults is not None:
        (folder / "faults.json").write_text(json.dumps(faults), "utf-8")
        command += ["--faults", str(folder / "faults.json")]
    process = subprocess.Popen(command, stdin=subprocess.PIPE)
    try:
        end = time.monotonic() + 50
        while not (port_file.exists() and port_file.read_text().strip()):
            assert process.poll() is None, "the stand-in ended"
            assert time.monotonic() < end, "the stand-in never listened"
            time.sleep(0.02)
        yield Telegram(f"http://127.0.0.1:{port_file.read_text().strip()}", log, process)
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def telegram(tmp_path: Path) -> Iterator[Telegram]:
    with telegram_at(tmp_path) as server:
        yield server


@pytest.fixture
def settings(telegram: Telegram) -> dict[str, str]:
    """The environment of an operator with a token."""
    return settings_for(telegram)


def settings_for(telegram: Telegram) -> dict[str, str]:
    return {
        "FRONTDESK_TELEGRAM_TOKEN": TOKEN,
        "FRONTDESK_TELEGRAM_API_URL": telegram.url,
        "FRONTDESK_OPERATOR": "anna",
        "FRONTDESK_LANG": "en",
        "TZ": "UTC",
    }


@pytest.fixture
def open_console(settings: dict[str, str]) -> Iterator[Callable[..., Terminal]]:
    """Opens the console on a file, in a terminal that is closed at the end of the test."""
    opened: list[Terminal] = []

    def start(
        path: Path, *arguments: str, env: dict[str, str] | None = None, size: tuple[int, int] = (120, 36)
    ) -> Terminal:
        merged = {**settings, **(env or {})}
        terminal = Terminal([FRONTDESK, str(path), *arguments], columns=size[0], rows=size[1], env=merged)
        opened.append(terminal)
        return terminal

    yield start
    for terminal in opened:
        terminal.__exit__(None, None, None)


@pytest.fixture(scope="session")
def _hostile_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hostile") / "hostile.sqlite3"
    hostile.make(path)
    return path


@pytest.fixture
def hostile_file(_hostile_template: Path, tmp_path: Path) -> Path:
    """Every column that a person, the AI or Telegram can fill holds a hostile text."""
    return Path(shutil.copyfile(_hostile_template, tmp_path / "hostile.sqlite3"))


def rows(path: Path, statement: str) -> list[tuple[Any, ...]]:
    """What another program would read from the file (a process of its own holds the console's handles)."""
    from models.store.sqlite import library

    connection = library().connect(f"file:{path}?mode=ro", uri=True, timeout=10)
    try:
        return [tuple(row) for row in connection.execute(statement)]
    finally:
        connection.close()


def eventually(check: Callable[[], bool], what: str, seconds: float = 50) -> None:
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end, f"never: {what}"
        time.sleep(0.05)
