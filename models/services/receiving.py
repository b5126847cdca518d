"""Taking updates in: a batch is one transaction, an update a savepoint of its own.

A crash anywhere repeats what was not confirmed, and the keys absorb it. What can't be taken in goes to quarantine as
raw text, is counted, and never stops those behind it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import DataError, IntegrityError
from sqlmodel import Session

from models.errors import NotFound, Refused
from models.rules.bodies import UNSUPPORTED
from models.rules.events import Arrived, Barred, Connected, Deleted, Event, Moved, Pressed, Reacted, Skipped, Unreadable
from models.rules.text import one_line
from models.rules.updates import raw_text, read_update, update_id_of
from models.services import receiving_events as events
from models.services.polling import Lease, Polling
from models.services.receiving_messages import store_message
from models.services.receiving_people import Intake
from models.store.database import Database
from models.tables.console_receiving import EventRow, PollerRow, QuarantineRow, UpdateRow

_updates = UpdateRow.__table__  # type: ignore[attr-defined]
_quarantine = QuarantineRow.__table__  # type: ignore[attr-defined]
_events = EventRow.__table__  # type: ignore[attr-defined]
_poller = PollerRow.__table__  # type: ignore[attr-defined]

#: Most updates that one call of getUpdates gives.
BATCH = 100
#: How long the hashes of updates are kept, days; Telegram repeats nothing after one.
KEEP_DAYS = 7
#: Most rows that one tidying deletes, so that the write lock is held briefly.
_TIDY = 2000
#: What an update may raise that is its own fault. A locked or full disk is not among them: then the batch waits.
_POISON = (
    Unreadable,
    Refused,
    NotFound,
    IntegrityError,
    DataError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


@dataclass(slots=True)
class Taken:
    """What became of a batch. `callbacks` want to be answered now that the transaction is committed."""

    next_offset: int | None = None
    stored: int = 0
    repeated: int = 0
    skipped: int = 0
    quarantined: int = 0
    callbacks: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Parcel:
    """An update before anything is stored: what it is about, or why that can't be told."""

    id: int | None
    hash: str
    raw: str
    events: tuple[Event, ...] = ()
    trouble: Unreadable | None = None

    @property
    def mark(self) -> tuple[int | None, str]:
        return self.id, self.hash

    @property
    def callbacks(self) -> list[str]:
        return [event.callback_id for event in self.events if isinstance(event, Pressed)]

    @property
    def kept(self) -> str | None:
        """The raw text, of a message whose kind is not known yet."""
        strange = any(isinstance(event, Arrived) and event.body.kind == UNSUPPORTED for event in self.events)
        return self.raw if strange else None


class Receiving:
    """Writes what a poll has brought. Safe from any thread; one batch at a time."""

    def __init__(self, polling: Polling) -> None:
        self.polling = polling
        self.database = polling.database
        self.clock = polling.clock

    def take(self, lease: Lease, batch: Sequence[Any]) -> Taken:
        """Stores a batch and says from which offset to ask on. Raises LostLease or DatabaseProblem, storing nothing."""
        taken = Taken(next_offset=_after(batch))
        parcels = [_unwrap(one) for one in batch]
        with self.database.write() as session:
            self.polling.hold(session, lease, answered=True, next_offset=taken.next_offset)
            intake = Intake(session, self.database.features, self.clock)
            intake.look_ahead([event for parcel in parcels for event in parcel.events if isinstance(event, Arrived)])
            known = self._known(session, lease, parcels)
            fresh = []
            for parcel in parcels:
                if parcel.mark in known:
                    taken.repeated += 1
                    taken.callbacks += parcel.callbacks
                elif self._take_one(intake, lease, parcel, taken):
                    known.add(parcel.mark)
                    fresh.append({"bot_id": lease.bot_id, "update_id": parcel.id, "hash": parcel.hash,
                                  "at": self.clock(), "raw": parcel.kept})  # fmt: skip
            if fresh:
                session.execute(insert(_updates), fresh)
            if taken.skipped:
                more = update(_poller).where(_poller.c.bot_id == lease.bot_id)
                session.execute(more.values(skipped=_poller.c.skipped + taken.skipped))
        return taken

    def quarantined(self) -> int:
        """How many updates wait for a person's eyes."""
        return count_quarantined(self.database)

    def tidy(self) -> int:
        """Forgets updates that Telegram can't repeat any more; at most so many at once. Returns how many."""
        before = self.clock() - timedelta(days=KEEP_DAYS)
        with self.database.read() as session:
            old = select(_updates.c.at).where(_updates.c.at < before).order_by(_updates.c.at)
            last = session.execute(old.offset(_TIDY - 1).limit(1)).scalar()
            if last is None and session.execute(old.limit(1)).first() is None:
                return 0
        with self.database.write() as session:
            gone = session.execute(delete(_updates).where(_updates.c.at <= (last or before)))
            session.execute(delete(_events).where(_events.c.kind == events.PRESSED, _events.c.at < before))
            return int(gone.rowcount)  # type: ignore[attr-defined]

    def _known(self, session: Session, lease: Lease, parcels: Sequence[_Parcel]) -> set[tuple[int | None, str]]:
        """Those that were taken in before, number and content alike."""
        ids = [parcel.id for parcel in parcels if parcel.id is not None]
        query = select(_updates.c.update_id, _updates.c.hash).where(_updates.c.bot_id == lease.bot_id)
        return {(row[0], row[1]) for row in session.execute(query.where(_updates.c.update_id.in_(ids)))}

    def _take_one(self, intake: Intake, lease: Lease, parcel: _Parcel, taken: Taken) -> bool:
        """False: it went to quarantine."""
        savepoint = intake.session.connection().begin_nested()
        try:
            if parcel.trouble is not None:
                raise parcel.trouble
            wrote = [_store(intake, event) for event in parcel.events]
            savepoint.commit()
        except _POISON as error:
            savepoint.rollback()
            intake.forget()
            taken.quarantined += self._set_aside(intake.session, lease, parcel, _why(error))
            return False
        only_skipped = all(isinstance(event, Skipped) for event in parcel.events)
        taken.stored += any(wrote)
        taken.skipped += only_skipped
        taken.repeated += not any(wrote) and not only_skipped
        taken.callbacks += parcel.callbacks
        return True

    def _set_aside(self, session: Session, lease: Lease, parcel: _Parcel, why: str) -> bool:
        mine = (_quarantine.c.bot_id == lease.bot_id) & (_quarantine.c.hash == parcel.hash)
        if session.execute(select(_quarantine.c.id).where(mine)).first() is not None:
            return False
        values = {"bot_id": lease.bot_id, "hash": parcel.hash, "update_id": parcel.id, "at": self.clock()}
        session.execute(insert(_quarantine).values(**values, why=why, raw=parcel.raw))
        return True


def count_quarantined(database: Database) -> int:
    """How many updates could not be taken in, of all bots."""
    with database.read() as session:
        return int(session.execute(select(func.count()).select_from(_quarantine)).scalar_one())


def _unwrap(one: Any) -> _Parcel:
    raw = raw_text(one)
    hash = hashlib.sha256(raw.encode()).hexdigest()[:32]
    try:
        return _Parcel(update_id_of(one), hash, raw, events=read_update(one))
    except Unreadable as error:
        return _Parcel(update_id_of(one), hash, raw, trouble=error)


def _store(intake: Intake, event: Event) -> bool:
    """Whether anything was written."""
    match event:
        case Arrived():
            return store_message(intake, event)
        case Barred():
            return events.store_barred(intake, event)
        case Pressed():
            return events.store_pressed(intake, event)
        case Reacted():
            return events.store_reaction(intake, event)
        case Connected():
            return events.store_connection(intake, event)
        case Deleted():
            return events.store_deletion(intake, event)
        case Moved():
            return events.store_move(intake, event)
        case Skipped():
            return False


def _after(batch: Sequence[Any]) -> int | None:
    """One more than the last number of the answer, never than the highest ever seen: numbers may begin anew."""
    numbers = [number for one in batch if (number := update_id_of(one)) is not None]
    return numbers[-1] + 1 if numbers else None


def _why(error: Exception) -> str:
    """In a few words that quote nothing of the update."""
    where = str(error) if isinstance(error, Unreadable) else ""
    return one_line(f"{type(error).__name__} {where}".strip(), 100)
