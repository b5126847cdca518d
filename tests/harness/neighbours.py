"""Several consoles at one database while an application goes on writing to it: nobody is told that it is locked, no
counter is wrong, no message is missing. `make soak` runs it for ten minutes.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from uuid import uuid4

from sqlalchemy import func, select

from console.demo.talk import talk
from models.errors import FrontdeskError
from models.rules.clock import utc_now
from models.rules.triage import Deed, Kind
from models.services.check import check
from models.services.desk import Desk
from models.services.recording import record_incoming
from models.store.database import Database
from models.store.lifecycle import initialise
from models.store.seeds import seed
from models.tables.extended import conversations, messages
from models.views import Order, View
from tests.postgresql import running

#: Seconds between two looks of a console for changes, as the product looks.
POLL = 0.25
#: What each does at least, however busy the machine.
LEAST = 10


@dataclass(frozen=True, slots=True)
class Plan:
    """`rate`: the application's messages a second, each a transaction of its own; `every`: seconds between two acts of
    a console."""

    seed: int
    seconds: float = 600.0
    consoles: int = 8
    rate: float = 50.0
    every: float = 0.5
    people: int = 200


@dataclass(slots=True)
class Report:
    """What one process did, and what it was told instead of being served."""

    acts: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0


@dataclass(slots=True)
class Found:
    """What stands in the end."""

    written: int = 0
    missing: int = 0
    drifted: int = 0
    acts: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0

    @property
    def sound(self) -> bool:
        return not (self.missing or self.drifted or self.errors)


def neighbours(plan: Plan, url: str) -> Found:
    """One run on an empty database, which it fills itself."""
    initialise(url)
    with contextlib.closing(Database.open(url)) as database:
        seed(database, plan.people, plan.people * 10, talk(), now=datetime(2026, 11, 1, tzinfo=UTC), seed=plan.seed)
        before = _count(database)
        ids = _conversations(database)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["models.services.desk", "models.services.check"])
    pipes, processes = [], []
    for number in range(plan.consoles + 1):
        here, there = context.Pipe(duplex=False)
        target = application if number == 0 else console
        process = context.Process(target=target, args=(plan, url, ids, number, there), daemon=True)
        process.start()
        there.close()
        pipes.append(here)
        processes.append(process)
    reports = [pipe.recv() for pipe in pipes]
    for process in processes:
        process.join()
    found = Found(written=reports[0].acts["written"])
    for report in reports:
        found.acts += report.acts
        found.errors += report.errors
        found.slowest = max(found.slowest, report.slowest)
    with contextlib.closing(Database.open(url)) as database:
        found.missing = before + found.written - _count(database)
        found.drifted = sum(each.count for each in check(database, utc_now, kinds=("unread-counters",)))
    return found


def _count(database: Database) -> int:
    with database.read() as session:
        return int(session.execute(select(func.count()).select_from(messages)).scalar_one())


def _conversations(database: Database) -> list[tuple[int, int]]:
    with database.read() as session:
        return [(id, user) for id, user in session.execute(select(conversations.c.id, conversations.c.user_id))]


def application(plan: Plan, url: str, ids: list[tuple[int, int]], number: int, told: Connection) -> None:
    """People write, at the plan's rate."""
    chance, report, began = random.Random(plan.seed + number), Report(), time.monotonic()
    with contextlib.closing(Database.open(url, timeout_ms=5000)) as database:
        while (now := time.monotonic()) < began + plan.seconds or report.acts["written"] < LEAST:
            id, user = chance.choice(ids)
            with _served(report), database.write() as session:
                record_incoming(session, database.features, utc_now, conversation_id=id, user_id=user,
                                body="ещё вопрос", telegram_message_id=report.acts["written"] + 1)  # fmt: skip
                report.acts["written"] += 1
            due = began + report.acts["written"] / plan.rate
            time.sleep(max(0.0, due - now))
    told.send(report)


def console(plan: Plan, url: str, ids: list[tuple[int, int]], number: int, told: Connection) -> None:
    """Looks as often as the screen does, and now and then reads, marks, drafts, answers, triages."""
    chance, report, end = random.Random(plan.seed + number), Report(), time.monotonic() + plan.seconds
    act_at = 0.0
    with contextlib.closing(Desk.open(url, operator=f"@console{number}", timeout_ms=5000)) as desk:
        while (now := time.monotonic()) < end or report.acts["looks"] < LEAST:
            with _served(report):
                if desk.feed.poll() is not None:
                    desk.inbox.rows(desk.inbox.ids(View.ALL, Order.RECENT, limit=50).ids)
                report.acts["looks"] += 1
            if now >= act_at:
                act_at = now + plan.every * chance.uniform(0.5, 1.5)
                with _served(report):
                    _act(desk, chance.choice(ids)[0], chance, report)
            time.sleep(max(0.0, now + POLL - time.monotonic()))
    told.send(report)


def _act(desk: Desk, id: int, chance: random.Random, report: Report) -> None:
    act = chance.choice(["read", "read", "unread", "draft", "reply", "done", "snooze", "counts"])
    if act == "read":
        desk.inbox.thread(id)
        desk.inbox.mark_read(id)
    elif act == "unread":
        desk.inbox.mark_unread(id)
    elif act == "draft":
        desk.drafts.save(id, "начало ответа", uuid4().hex)
    elif act == "reply":
        desk.outbox.enqueue(id, "Да, конечно.", client_key=uuid4().hex, hold=3600)
    elif act == "counts":
        desk.inbox.counts()
    else:
        desk.triage.apply(Deed(Kind.DONE if act == "done" else Kind.SNOOZE), [id])
    report.acts[act] += 1


@contextlib.contextmanager
def _served(report: Report) -> Iterator[None]:
    began = time.monotonic()
    try:
        yield
    except FrontdeskError as error:
        report.errors[error.id] += 1
    report.slowest = max(report.slowest, time.monotonic() - began)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.harness.neighbours", description=__doc__)
    parser.add_argument("--seed", type=int, default=20_261_128)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--postgresql", action="store_true", help="on a PostgreSQL of its own")
    options = parser.parse_args()
    plan = Plan(options.seed, seconds=options.seconds)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(running()) if options.postgresql else None
        url = str(folder / "neighbours.sqlite3") if server is None else server.url(server.create())
        found = neighbours(plan, url)
    print(
        f"neighbours: seed {plan.seed}, {plan.consoles} consoles and an application for {plan.seconds:.0f} s: "
        f"{found.written} messages written ({found.written / plan.seconds:.0f} a second), {found.missing} missing, "
        f"{found.drifted} counters wrong, {found.errors.total()} refused {dict(found.errors)}; {dict(found.acts)}; "
        f"slowest act {found.slowest:.2f} s"
    )
    return 0 if found.sound else 1


if __name__ == "__main__":
    sys.exit(main())
