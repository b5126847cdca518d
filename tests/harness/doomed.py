"""A deliverer that kills its own process at one point of a delivery."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

from console.telegram import Deadlines, TelegramGateway, Token
from models.gateway import Outcome
from models.loops.delivery import Delivery
from models.rules.clock import utc_now
from models.rules.delivery import State
from models.services.dispatch import Claim, Dispatch
from models.services.notes import Note, Notes
from models.store.database import Database
from tests.harness.worker import TOKEN

LEASE = 3.0
BEFORE_CLAIM, CLAIMED, SENDING, ACCEPTED, NOTED, WRITING, RECORDED = (
    "before the claim", "claimed", "sending", "accepted", "noted", "writing", "recorded",
)  # fmt: skip


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Doomed(Dispatch):
    """Kills its process at one point."""

    point = ""
    notes: Notes

    def claim(self) -> Claim | None:
        if self.point == BEFORE_CLAIM:
            die()
        claim = super().claim()
        if claim is not None and self.point == CLAIMED:
            die()
        return claim

    def start(self, claim: Claim) -> bool:
        started = super().start(claim)
        if self.point == SENDING:
            die()
        return started

    def record(self, claim: Claim, outcome: Outcome) -> State | None:
        if self.point == ACCEPTED:
            die()
        if self.point == NOTED:
            self.notes.write(Note(claim.id, claim.attempt, getattr(outcome, "message_id", None), utc_now()))
            die()
        if self.point == WRITING:
            with self.database.write() as session:
                self._arrived(session, claim, getattr(outcome, "message_id", None))
                session.flush()
                die()
        state = super().record(claim, outcome)
        if self.point == RECORDED:
            die()
        return state


def deliver(path: str, url: str, point: str) -> None:
    """The process that is killed."""
    asyncio.run(_deliver(path, url, point))


async def _deliver(path: str, url: str, point: str) -> None:
    dispatch = Doomed(Database.open(path), utc_now, owner="doomed", lease=LEASE)
    dispatch.point, dispatch.notes = point, Notes(Path(path).with_name("accepted"))
    gateway = TelegramGateway(Token(TOKEN), url, deadlines=Deadlines(connect=1, write=1, read=1, total=2))
    await Delivery(dispatch, gateway, poll=0.02).run()
