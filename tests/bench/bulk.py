"""A bulk of replies under Telegram's limits: our outbox and delivery against python-telegram-bot with its
AIORateLimiter, interleaved, each on a stand-in of its own that enforces the same limits.

    python -m tests.bench bulk [--runs 3] [--save]
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
TOKEN = "424242:standin"
#: Nothing takes longer than this, seconds.
PATIENCE = 100.0
Bulk = list[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a bulk: `seconds` from the first reply handed over to the last accepted by the stand-in."""

    seconds: float
    delivered: int
    doubled: int
    out_of_order: int
    calls: int
    refused: int

    @property
    def refused_share(self) -> float:
        return self.refused / self.calls if self.calls else 0.0


def make_bulk(chats: int, each: int, seed: int) -> Bulk:
    """`each` replies to each of so many chats in a random order, except that each chat's own come by number."""
    order = [chat for chat in range(1, chats + 1) for _ in range(each)]
    random.Random(seed).shuffle(order)
    seen: dict[int, int] = {}
    bulk = []
    for chat in order:
        seen[chat] = seen.get(chat, 0) + 1
        bulk.append((5_000 + chat, f"reply {seen[chat]} to chat {chat}"))
    return bulk


def judge(bulk: Bulk, calls: Iterable[dict[str, Any]], seconds: float) -> Result:
    """Compares what the stand-in accepted with what was to be sent; `calls` as its log tells them."""
    sends = [call for call in calls if call["method"].lower() == "sendmessage"]
    wanted: dict[int, list[str]] = {}
    got: dict[int, list[str]] = {chat: [] for chat, _ in bulk}
    for chat, text in bulk:
        wanted.setdefault(chat, []).append(text)
    for call in sends:
        if call["accepted"]:
            got[int(call["parameters"]["chat_id"])].append(call["parameters"]["text"])
    arrived = {chat: list(dict.fromkeys(texts)) for chat, texts in got.items()}
    return Result(
        seconds=seconds,
        delivered=sum(map(len, arrived.values())),
        doubled=sum(map(len, got.values())) - sum(map(len, arrived.values())),
        out_of_order=sum(
            arrived[chat] != [text for text in texts if text in arrived[chat]] for chat, texts in wanted.items()
        ),
        calls=len(sends),
        refused=sum(call["status"] == 429 for call in sends),
    )


async def through_our_outbox(url: str, bulk: Bulk, folder: Path) -> float:
    """Delivers the whole bulk from the outbox; the seconds it took. All is queued, durably, before the clock starts:
    the other side's bulk is in memory then."""
    from console.telegram import TelegramGateway, Token
    from models.loops.delivery import Delivery
    from models.rules.clock import utc_now
    from models.services.dispatch import Dispatch
    from models.services.operators import ensure_operator
    from models.services.outbox import Outbox
    from models.services.pacing import Pacing
    from models.store.database import Database
    from models.store.lifecycle import initialise

    path = folder / "bulk.sqlite3"
    initialise(path)
    database = Database.open(str(path))
    conversations = _conversations(database, {chat for chat, _ in bulk})
    operator = ensure_operator(database, "bench", utc_now)
    outbox = Outbox(database, utc_now, lambda: operator)
    gateway = TelegramGateway(Token(TOKEN), url)
    await gateway.get_me()  # connected, as a running console is
    dispatch = Dispatch(database, utc_now, owner="bench", lease=gateway.deadline + 15, pacing=Pacing())
    left = len(bulk)
    over = asyncio.Event()

    def landed(delivered: Any) -> None:
        nonlocal left
        left -= delivered.state == "sent"
        if not left:
            over.set()

    with ThreadPoolExecutor(4) as executor:
        for place, (chat, text) in enumerate(bulk):
            outbox.enqueue(conversations[chat], text, client_key=f"bulk-{place}")
        delivery = Delivery(dispatch, gateway, executor=executor, on_outcome=landed)
        start = time.perf_counter()
        running = asyncio.create_task(delivery.run())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), PATIENCE)
        seconds = time.perf_counter() - start
        await delivery.stop()
        await running
    await gateway.aclose()
    database.close()
    return seconds


async def through_python_telegram_bot(url: str, bulk: Bulk, folder: Path) -> float:
    """Hands the whole bulk to AIORateLimiter at once, as its users do; the seconds until all have come back."""
    from telegram import Bot
    from telegram.ext import AIORateLimiter, ExtBot
    from telegram.request import HTTPXRequest

    limiter = AIORateLimiter(max_retries=20)
    # Its own pool of one connection would time out with hundreds of requests waiting for it.
    request = HTTPXRequest(connection_pool_size=64, pool_timeout=PATIENCE)
    bot: Bot = ExtBot(TOKEN, base_url=f"{url}/bot", rate_limiter=limiter, request=request)
    async with bot:
        start = time.perf_counter()
        sends = [bot.send_message(chat, text) for chat, text in bulk]
        await asyncio.wait_for(asyncio.gather(*sends, return_exceptions=True), PATIENCE)
        return time.perf_counter() - start


def _conversations(database: Any, chats: Iterable[int]) -> dict[int, int]:
    """A person and a conversation for each chat; conversation ids by chat."""
    from sqlalchemy import insert

    from models.rules.clock import utc_now
    from models.services.recording import find_or_create_conversation
    from models.tables.extended import users

    made = {}
    with database.write() as session:
        for chat in sorted(chats):
            now = utc_now()
            person = {"telegram_id": chat, "first_name": f"Person {chat}", "created_at": now, "updated_at": now}
            person |= {"authenticated": False, "admin": False, "paid": False}
            user_id = session.execute(insert(users).values(**person).returning(users.c.id)).scalar_one()
            made[chat] = find_or_create_conversation(session, database.features, utc_now, user_id)
    return made


@contextlib.contextmanager
def standin(folder: Path, limits: dict[str, float]) -> Iterator[tuple[str, Path]]:
    """A stand-in in a process of its own: its address and its log."""
    setup, port, log = folder / "setup.json", folder / "port", folder / "calls.jsonl"
    setup.write_text(json.dumps({"limits": limits}), "utf-8")
    options = ["--port-file", str(port), "--log", str(log), "--faults", str(setup), "--token", TOKEN]
    child = subprocess.Popen([sys.executable, "-m", "console.standin", *options], cwd=ROOT, stdin=subprocess.PIPE)
    try:
        deadline = time.monotonic() + PATIENCE
        while not port.exists():
            if child.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("the stand-in did not start")
            time.sleep(0.02)
        yield f"http://127.0.0.1:{int(port.read_text('utf-8'))}", log
    finally:
        assert child.stdin is not None
        child.stdin.close()
        child.wait(30)


SENDERS: dict[str, Callable[[str, Bulk, Path], Coroutine[Any, Any, float]]] = {
    "ours": through_our_outbox,
    "python-telegram-bot": through_python_telegram_bot,
}


def measure(chats: int, each: int, seed: int, limits: dict[str, float]) -> dict[str, Result]:
    """One run of each sender."""
    bulk = make_bulk(chats, each, seed)
    results = {}
    for name, send in SENDERS.items():
        with tempfile.TemporaryDirectory(prefix="frontdesk-bulk-") as made:
            folder = Path(made)
            with standin(folder, limits) as (url, log):
                seconds = asyncio.run(send(url, bulk, folder))
                calls = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
            results[name] = judge(bulk, calls, seconds)
    return results


def report(runs: int = 3, *, chats: int = 100, each: int = 3, limits: dict[str, float] | None = None) -> str:
    """The table, one line a run and sender, and the medians."""
    lines = [
        f"{chats * each} replies to {chats} chats; no second takes more than 30, a chat 1 a second and 3 after a rest",
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start",
        "",
        f"{'run':>3} {'sender':20} {'delivered':>9} {'doubled':>7} {'out of order':>12} {'429':>10} {'seconds':>8}",
    ]
    ratios = []
    for run in range(1, runs + 1):
        results = measure(chats, each, run, limits or {})
        for name, result in results.items():
            lines.append(
                f"{run:3} {name:20} {result.delivered:9} {result.doubled:7} {result.out_of_order:12} "
                f"{result.refused:4} {result.refused_share:4.0%} {result.seconds:8.2f}"
            )
        ratios.append(results["ours"].seconds / results["python-telegram-bot"].seconds)
    lines += ["", f"time, ours / python-telegram-bot: median {statistics.median(ratios):.2f} of {runs} runs"]
    return "\n".join(lines)
