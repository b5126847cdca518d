"""Replies by several processes that are killed at random points, against a stand-in that fails by chance.

The harness plays the operators: it queues texts while others are under way, and decides every reply whose fate nobody
knows as a person would who can look at the other phone. In the end the stand-in's log is the truth.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import random
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import insert, select

from console.standin.faults import FaultPlan
from console.standin.server import Call, StandIn
from models.rules.clock import utc_now
from models.rules.delivery import OPEN, Choice, State
from models.rules.splitting import normalise
from models.services.operators import ensure_operator
from models.services.outbox import Outbox
from models.services.recording import new_conversation
from models.services.transitions import outbox_table
from models.store.database import Database
from models.store.lifecycle import initialise
from models.tables import Message, OutboxLogRow
from models.tables.extended import conversations, messages, users
from models.tables.message_codes import MessageDirection
from tests.harness.worker import PRELOADED, Work, work

assert Message  # the mapped class makes the table known
_log = OutboxLogRow.__table__  # type: ignore[attr-defined]
FIRST_CHAT = 600_000_000


@dataclass(frozen=True, slots=True)
class Plan:
    """`parts`: so many of the texts are too long for one message. Times in seconds."""

    seed: int
    replies: int = 2000
    chats: int = 40
    processes: int = 6
    kills: int = 60
    every: tuple[float, float] = (0.5, 1.5)
    faults: int = 200
    rate: float = 0.15
    stall: float = 0.5
    deadline: float = 5.0
    lease: float = 10.0
    parts: int = 40
    fast: bool = False
    planted: str = ""
    limit: float = 900.0


@dataclass(slots=True)
class Verdict:
    """What the stand-in's log says in the end; every list is empty when nothing is wrong."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    out_of_order: list[int] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    unsettled: int = 0
    messages: int = 0
    kills: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    decided: Counter[str] = field(default_factory=Counter)
    injected: int = 0
    busiest_second: int = 0
    busiest_claims: int = 0
    seconds: float = 0.0

    @property
    def sound(self) -> bool:
        return not (self.lost or self.doubled or self.out_of_order or self.rows or self.unsettled)


class Soak:
    """One run on one database, which it fills itself."""

    def __init__(self, plan: Plan, url: str, folder: Path) -> None:
        self.plan = plan
        self.url = url
        self.folder = folder
        self.dice = random.Random(plan.seed)
        self.verdict = Verdict()
        #: What a person's word made later than its place in the line.
        self.late: set[int] = set()
        self.queued: list[int] = []
        self.database = prepare(url, plan.chats)
        operator = ensure_operator(self.database, "@soak", utc_now)
        self.outbox = Outbox(self.database, utc_now, lambda: operator)

    async def run(self) -> Verdict:
        """Queues, kills and decides until everything is settled or the time is up."""
        plan, started = self.plan, time.monotonic()
        chance = FaultPlan.random(
            plan.seed, plan.rate, methods=("sendMessage",), limit=plan.faults, stall=plan.stall, wait=1
        )
        async with StandIn(faults=chance) as server:
            given = Work(
                self.url,
                server.url,
                self.folder / "accepted",
                plan.deadline,
                plan.lease,
                plan.fast,
                os.getpid(),
                plan.planted,
            )
            crew = Crew(given, plan.processes)
            try:
                async with asyncio.timeout(plan.limit):
                    queueing = asyncio.create_task(asyncio.to_thread(self._queue))
                    killing = asyncio.create_task(self._kill(crew))
                    await queueing
                    while not await asyncio.to_thread(self._settle, server.calls):
                        await asyncio.sleep(0.2)
                    killing.cancel()
            except TimeoutError:
                self.verdict.unsettled = len(self.outbox.list(limit=plan.replies * 2))
            finally:
                await asyncio.to_thread(crew.end)
            self.verdict.seconds = time.monotonic() - started
            self._judge(server)
        self.database.close()
        return self.verdict

    def _queue(self) -> None:
        plan = self.plan
        long = set(self.dice.sample(range(plan.replies), plan.parts))
        for number in range(plan.replies):
            text = f"ответ {number}" + (f" слово{number}" * 600 if number in long else "")
            conversation = 1 + self.dice.randrange(plan.chats)
            self.queued += [
                part.id for part in self.outbox.enqueue(conversation, text, client_key=f"{plan.seed}-{number}")
            ]

    async def _kill(self, crew: Crew) -> None:
        while self.verdict.kills < self.plan.kills * 2:
            await asyncio.sleep(self.dice.uniform(*self.plan.every))
            await asyncio.to_thread(crew.kill, self.dice.randrange(self.plan.processes))
            self.verdict.kills += 1

    def _settle(self, calls: list[Call]) -> bool:
        """Decides as a person who sees the other phone would, after a while. True: nothing is open any more."""
        open_ones = self.outbox.list(OPEN, limit=self.plan.replies * 2)
        # Later than any request that may still be under way.
        late = utc_now() - timedelta(seconds=self.plan.stall + 1)
        arrived = Counter(normalise(call.parameters["text"]) for call in [*calls] if call.accepted)
        for reply in open_ones:
            if reply.state is State.UNKNOWN and (reply.updated_at or late) < late:
                choice = Choice.DELIVERED if arrived[normalise(reply.body)] else Choice.RETRY
                # The parts that waited for the word; sent again, the reply itself too.
                rest = reply.part_of - reply.part_no
                self.late.update(range(reply.id + (choice is Choice.DELIVERED), reply.id + rest + 1))
                self.outbox.decide(reply.id, choice)
                self.verdict.decided[choice.value] += 1
        return not open_ones

    def _judge(self, server: StandIn) -> None:
        with self.database.read() as session:
            columns = (outbox_table.c.id, outbox_table.c.chat_id, outbox_table.c.body, outbox_table.c.state)
            replies = session.execute(select(*columns).order_by(outbox_table.c.id)).all()
            written = select(users.c.telegram_id, messages.c.body, messages.c.telegram_message_id).select_from(
                messages.join(conversations, conversations.c.id == messages.c.conversation_id).join(
                    users, users.c.id == conversations.c.user_id
                )
            )
            outgoing = messages.c.direction == int(MessageDirection.OUTGOING)
            rows = session.execute(written.where(outgoing)).all()
            claimed = select(_log.c.at).where(_log.c.to_state == State.CLAIMED).order_by(_log.c.at)
            claims = list(session.execute(claimed).scalars())
        verdict, accepted = self.verdict, server.messages
        times = Counter((int(call.parameters["chat_id"]), call.parameters["text"]) for call in accepted)
        for reply in replies:
            many = times[(reply.chat_id, reply.body)]
            if many == 0:
                verdict.lost.append(f"{reply.id} {reply.state}")
            if many > 1:
                verdict.doubled.append(f"{reply.id} x{many}")
        place = {(reply.chat_id, reply.body): reply.id for reply in replies if reply.id not in self.late}
        arrival: dict[int, list[int]] = defaultdict(list)
        for call in accepted:
            key = (int(call.parameters["chat_id"]), call.parameters["text"])
            if key in place:
                arrival[key[0]].append(place[key])
        verdict.out_of_order = [chat for chat, ids in arrival.items() if ids != sorted(ids)]
        held = Counter((chat, message["text"]) for chat in sorted(arrival) for message in server.held(chat))
        stored = Counter((row.telegram_id, row.body) for row in rows)
        verdict.rows = [f"{key[0]} {key[1][:20]} held={held[key]} rows={stored[key]}"
                        for key in held | stored if held[key] != stored[key]]  # fmt: skip
        named = {(chat, message["message_id"], message["text"]) for chat in arrival for message in server.held(chat)}
        verdict.rows += [f"{row.telegram_id} {row.telegram_message_id}" for row in rows
                         if row.telegram_message_id and (row.telegram_id, row.telegram_message_id, row.body) not in named]  # fmt: skip  # noqa: E501
        verdict.messages = len(accepted)
        verdict.injected = server.plan.drawn
        verdict.busiest_claims = _busiest(claims)
        verdict.faults = Counter(call.fault for call in server.calls if call.fault)
        verdict.busiest_second = _busiest([datetime.fromisoformat(call.time) for call in accepted])


class Crew:
    """Processes that start within milliseconds, from one that has everything imported."""

    def __init__(self, given: Work, many: int) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([*PRELOADED])
        self._given = given
        self._started = 0
        self._running = [self._start() for _ in range(many)]

    def kill(self, index: int) -> None:
        """SIGKILL, and another in its place."""
        self._bury(index)
        self._running[index] = self._start()

    def end(self) -> None:
        for index in range(len(self._running)):
            self._bury(index)

    def _bury(self, index: int) -> None:
        process = self._running[index]
        process.kill()
        process.join()
        process.close()

    def _start(self) -> multiprocessing.process.BaseProcess:
        self._started += 1
        process = self._context.Process(target=work, args=(self._given, f"worker {self._started}"), daemon=True)
        process.start()
        return process


def prepare(url: str, chats: int) -> Database:
    """A new database with one conversation for each of so many people, ids from 1 on."""
    initialise(url)
    database = Database.open(url, timeout_ms=10_000)
    now = utc_now()
    with database.write() as session:
        for number in range(1, chats + 1):
            person = {"id": number, "telegram_id": FIRST_CHAT + number, "first_name": f"Человек {number}"}
            session.execute(insert(users).values(**person, created_at=now, updated_at=now))
            session.execute(insert(conversations).values(id=number, **new_conversation(database.features, number, now)))
    return database


def _busiest(times: list[datetime]) -> int:
    """The most messages in any second."""
    most, first = 0, 0
    for last, moment in enumerate(times):
        while moment - times[first] >= timedelta(seconds=1):
            first += 1
        most = max(most, last - first + 1)
    return most
