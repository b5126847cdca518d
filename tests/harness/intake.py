"""Updates of mixed kinds into processes that are killed: every message once, none missing, in order in each chat."""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from sqlalchemy import text

from console.standin.queue import Timings
from console.standin.server import StandIn
from models.store.database import Database
from models.store.lifecycle import initialise
from tests.harness.mail import FIRST_CHAT, Key, Mail
from tests.harness.poller import Post, poll
from tests.harness.worker import TOKEN

#: Most updates that wait at the stand-in, and how many are pushed at once.
_AHEAD, _PUSH = 3000, 500


@dataclass(frozen=True, slots=True)
class Flood:
    """`lease` and `limit` in seconds; `kills` are spread over the updates by chance."""

    seed: int
    updates: int
    kills: int
    chats: int = 200
    lease: float = 1.0
    limit: float = 3000


@dataclass(slots=True)
class Found:
    """What was not as it has to be: messages missing, stored twice, with another text, chats out of order."""

    kills: int = 0
    seconds: float = 0.0
    messages: int = 0
    quarantined: int = 0
    polls: int = 0
    missing: list[tuple[Key, int]] = field(default_factory=list)
    doubled: list[tuple[Key, int]] = field(default_factory=list)
    differing: list[tuple[Key, int]] = field(default_factory=list)
    out_of_order: list[Key] = field(default_factory=list)
    other: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not (self.missing or self.doubled or self.differing or self.out_of_order or self.other)


async def flood(plan: Flood, path: Path) -> Found:
    """Pushes, kills, waits until all is confirmed, and compares."""
    initialise(path)
    found, began = Found(), time.monotonic()
    dice = Random(plan.seed)
    mail = Mail(plan.seed, chats=plan.chats, at=int(time.time()))
    letters = mail.updates(plan.updates)
    marks = sorted(dice.sample(range(plan.updates // 20, plan.updates * 19 // 20), plan.kills))
    quick = Timings(hot_timeout=0.2, hot_limit=0.02, conflict=0.05)
    async with StandIn(TOKEN, timings=quick) as server:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["tests.harness.poller", "httpx", "ssl"])
        post = Post(str(path), server.url, plan.lease)

        def start() -> multiprocessing.process.BaseProcess:
            started = context.Process(target=poll, args=(post, f"poller {dice.random()}"), daemon=True)
            started.start()
            return started

        # Two: one receives, the other waits for the lease.
        running = [await asyncio.to_thread(start) for _ in range(2)]
        pushed = 0
        try:
            async with asyncio.timeout(plan.limit):
                while pushed < plan.updates or server.queue.pending_count:
                    if pushed < plan.updates and server.queue.pending_count < _AHEAD:
                        batch = [update for _, update in zip(range(_PUSH), letters, strict=False)]
                        server.push(batch)
                        pushed += len(batch)
                    while marks and pushed - server.queue.pending_count >= marks[0]:
                        marks.pop(0)
                        await asyncio.sleep(dice.uniform(0, 0.05))
                        victim = running.pop(0)
                        victim.kill()
                        await asyncio.to_thread(victim.join)
                        victim.close()
                        found.kills += 1
                        running.append(await asyncio.to_thread(start))
                    await asyncio.sleep(0.01)
        except TimeoutError:
            found.other.append(f"{server.queue.pending_count} updates are still waiting")
        finally:
            for process in running:
                process.kill()
                await asyncio.to_thread(process.join)
                process.close()
        found.polls = sum(call.method.lower() == "getupdates" for call in server.calls)
    _compare(path, mail, found)
    found.seconds = time.monotonic() - began
    return found


def _compare(path: Path, mail: Mail, found: Found) -> None:
    database = Database.open(str(path))
    with database.read() as session:

        def one(sql: str) -> int:
            return int(session.execute(text(sql)).scalar() or 0)

        stored: dict[Key, dict[int, str]] = {}
        rows = session.execute(
            text(
                "SELECT k.business_connection_id, k.chat_id, k.telegram_message_id, m.body FROM messages m "
                "JOIN console_message_keys k ON k.message_id = m.id WHERE k.chat_id >= :first "
                "ORDER BY m.created_at, m.id"
            ),
            {"first": FIRST_CHAT},
        )
        for connection, chat, number, body in rows:
            theirs = stored.setdefault((connection, chat), {})
            if number in theirs:
                found.doubled.append(((connection, chat), number))
            theirs[number] = body
        for key, wanted in mail.expected.items():
            theirs = stored.pop(key, {})
            found.messages += len(theirs)
            found.missing += [(key, number) for number in wanted if number not in theirs]
            found.differing += [(key, number) for number, body in wanted.items() if theirs.get(number, body) != body]
            if [number for number in theirs if number in wanted] != [number for number in wanted if number in theirs]:
                found.out_of_order.append(key)
            if len(theirs) > len(wanted):
                found.other.append(f"{key}: messages nobody sent")
        unread = "(SELECT count(*) FROM messages m WHERE m.conversation_id = c.id AND direction = 0 AND read = 0)"
        if wrong := one(f"SELECT count(*) FROM conversations c WHERE unread_count != {unread}"):
            found.other.append(f"{wrong} unread counts are off")
        if twice := one(
            "SELECT count(*) FROM (SELECT user_id FROM conversations GROUP BY user_id HAVING count(*) > 1)"
        ):
            found.other.append(f"{twice} persons have two conversations")
        unkeyed = "SELECT count(*) FROM messages WHERE telegram_message_id IS NOT NULL AND id NOT IN "
        if stray := one(unkeyed + "(SELECT message_id FROM console_message_keys)"):
            found.other.append(f"{stray} messages without a key")
        ours = f"BETWEEN {FIRST_CHAT} AND {FIRST_CHAT + mail.chats}"
        pressed = one(
            "SELECT count(*) FROM messages m JOIN users u ON u.id = m.user_id "
            f"WHERE body LIKE '[pressed%' AND telegram_id {ours}"
        )
        if pressed != mail.pressed:
            found.other.append(f"{pressed} of {mail.pressed} pressed buttons")
        found.quarantined = one("SELECT count(*) FROM console_quarantine")
        if found.quarantined < mail.poison:
            found.other.append(f"{found.quarantined} in quarantine, {mail.poison} at least were poison")
    database.close()
