"""One delivering process, as `frontdesk run` delivers; and two that are wrong in ways the harness must find."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Row, select
from sqlmodel import Session

from console.telegram import Deadlines, TelegramGateway, Token
from models.gateway import Outcome, Unknown, Unsent
from models.loops.delivery import Delivery
from models.rules.clock import utc_now
from models.rules.delivery import State
from models.rules.pace import Rate, Rates
from models.services.dispatch import Claim, Dispatch, Look
from models.services.notes import Notes
from models.services.pacing import Pacing
from models.services.transitions import outbox_table
from models.store.database import Database

TOKEN = "424242:standin"
#: What the process that all others are forked from has imported.
PRELOADED = ("tests.harness.worker", "tests.harness.doomed", "tests.harness.poller", "httpx", "ssl")
FAST = Rates(bot=Rate(0.001, 100), chat=Rate(0.002, 50))


@dataclass(frozen=True, slots=True)
class Work:
    """Seconds; `parent` is the harness's process, whose end is everybody's; `fast` keeps no pace to speak of;
    `planted` is '', 'retry' or 'order'."""

    url: str
    api: str
    notes: Path
    deadline: float
    lease: float
    fast: bool
    parent: int
    planted: str = ""


class RetriesAnything(Dispatch):
    """Planted: whatever went wrong is sent again."""

    def record(self, claim: Claim, outcome: Outcome) -> State | None:
        return super().record(claim, Unsent(outcome.reason) if isinstance(outcome, Unknown) else outcome)


class NoLine(Dispatch):
    """Planted: a reply need not be the first of its chat."""

    def look(self) -> Look:
        look = super().look()
        return Look(look.now, look.now if look.due is not None else None)

    def _first_due(self, session: Session, now: datetime) -> Row[Any] | None:
        later = outbox_table.c.not_before.is_(None) | (outbox_table.c.not_before <= now)
        queued = select(outbox_table).where(outbox_table.c.state == State.QUEUED, later)
        return session.execute(queued.order_by(outbox_table.c.id).limit(1)).first()


KINDS = {"": Dispatch, "retry": RetriesAnything, "order": NoLine}


def work(given: Work, name: str) -> None:
    """Delivers until it is killed."""
    # Of the parent's: a group of its own keeps a Ctrl+C for whoever kills.
    os.setsid()
    threading.Thread(target=_end_with, args=(given.parent,), daemon=True).start()
    asyncio.run(_deliver(given, name))


def _end_with(parent: int) -> None:
    while True:
        try:
            os.kill(parent, 0)
        except ProcessLookupError:
            os._exit(1)
        time.sleep(1)


async def _deliver(given: Work, name: str) -> None:
    database = Database.open(given.url, timeout_ms=10_000)
    deadlines = Deadlines(connect=given.deadline, write=given.deadline, read=given.deadline, total=given.deadline)
    gateway = TelegramGateway(Token(TOKEN), given.api, deadlines=deadlines)
    pacing = Pacing(FAST if given.fast else None)
    dispatch = KINDS[given.planted](database, utc_now, owner=name, lease=given.lease, pacing=pacing)
    await Delivery(dispatch, gateway, notes=Notes(given.notes), poll=0.05 if given.fast else 0.5).run()
