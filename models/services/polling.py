"""The lease on receiving: one process polls for a bot, all others read what it wrote.

`epoch` grows with each new owner and fences every write of receiving: a laptop that slept through its lease can't
write what it had fetched before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, insert, or_, select, update
from sqlmodel import Session

from models.errors import FrontdeskError
from models.rules.clock import Clock
from models.store.database import Database
from models.store.turns import take_turn
from models.tables.console_receiving import PollerRow

_poller = PollerRow.__table__  # type: ignore[attr-defined]


class LostLease(FrontdeskError):
    """Another process receives for this bot now; nothing was written. Id: lost-lease."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to receive for a bot. `next_offset` and `last_answer_at` are what the last owner left, None: nobody
    ever received."""

    bot_id: int
    owner: str
    epoch: int
    next_offset: int | None
    last_answer_at: datetime | None


class Polling:
    """`ttl` (seconds) must outlast a long poll; `owner` names this process."""

    def __init__(self, database: Database, clock: Clock, *, bot_id: int, owner: str, ttl: float) -> None:
        self.database = database
        self.clock = clock
        self.bot_id = bot_id
        self.owner = owner
        self.ttl = timedelta(seconds=ttl)

    def holder(self) -> str | None:
        """Who receives now; None: nobody. Reads only."""
        query = select(_poller.c.owner, _poller.c.until).where(_poller.c.bot_id == self.bot_id)
        with self.database.read() as session:
            row = session.execute(query).first()
            held = row is not None and row.until is not None and row.until > self._now(session)
        return row.owner if row is not None and held else None

    def take(self) -> Lease | None:
        """The lease, when nobody else holds it. Idling never takes the write lock."""
        if self.holder() not in (None, self.owner):
            return None
        with self.database.write() as session:
            take_turn(session, f"poller {self.bot_id}")
            now = self._now(session)
            columns = (_poller.c.next_offset, _poller.c.last_answer_at)
            found = session.execute(select(*columns).where(_poller.c.bot_id == self.bot_id)).first()
            if found is None:
                values = {"owner": self.owner, "epoch": 1, "until": now + self.ttl, "skipped": 0}
                session.execute(insert(_poller).values(bot_id=self.bot_id, **values))
                return Lease(self.bot_id, self.owner, 1, None, None)
            free = or_(_poller.c.until.is_(None), _poller.c.until <= now, _poller.c.owner == self.owner)
            taken = update(_poller).where(_poller.c.bot_id == self.bot_id, free)
            taken = taken.values(owner=self.owner, epoch=_poller.c.epoch + 1, until=now + self.ttl)
            epoch = session.execute(taken.returning(_poller.c.epoch)).scalar()
            if epoch is None:
                return None
            return Lease(self.bot_id, self.owner, int(epoch), found.next_offset, found.last_answer_at)

    def renew(self, lease: Lease, *, answered: bool = False) -> None:
        """Longer; `answered`: Telegram has just answered a poll. Raises LostLease."""
        with self.database.write() as session:
            self.hold(session, lease, answered=answered)

    def hold(self, session: Session, lease: Lease, *, answered: bool, next_offset: int | None = None) -> None:
        """Renews inside a write session, which is thereby fenced. Raises LostLease."""
        now = self._now(session)
        held = update(_poller).where(_mine(lease)).values(until=now + self.ttl)
        if answered:
            held = held.values(last_answer_at=now)
        if next_offset is not None:
            held = held.values(next_offset=next_offset)
        if session.execute(held.returning(_poller.c.epoch)).first() is None:
            raise LostLease("lost-lease")

    def _now(self, session: Session) -> datetime:
        """What all processes at this database agree on: a lease is told by no host's own clock there."""
        return self.database.time(session) if self.database.server_time else self.clock()

    def give_back(self, lease: Lease) -> None:
        """Nobody has to wait for it to run out."""
        with self.database.write() as session:
            session.execute(update(_poller).where(_mine(lease)).values(owner=None, until=None))


def _mine(lease: Lease) -> ColumnElement[bool]:
    return and_(_poller.c.bot_id == lease.bot_id, _poller.c.owner == lease.owner, _poller.c.epoch == lease.epoch)
