"""The outbox as the delivery loop uses it: claim, start, record. Every write is fenced by the attempt's number.

Two commits before the wire tell "crashed before sending" (`claimed`: sent by anyone) from "crashed maybe after"
(`sending`: nobody knows).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update
from sqlalchemy.sql.expression import Alias
from sqlmodel import Session

from models.errors import NotFound
from models.gateway import Outcome, RefusedBy, Sent, Unknown, Unsent
from models.rules.clock import Clock
from models.rules.delivery import IN_LINE, Reason, State
from models.services.recording import record_outgoing
from models.services.transitions import log_transition, outbox_table
from models.store.database import Database

#: Seconds added to Telegram's `retry_after`.
RETRY_SLACK = 0.5
#: Longest wait between tries while nothing leaves this host, seconds.
LONGEST_BACKOFF = 30.0
#: Earlier parts in these states hold back the later parts of the same text.
_STOPS_PARTS = (State.UNKNOWN, State.FAILED, State.CANCELLED)


@dataclass(frozen=True, slots=True)
class Claim:
    """One attempt at one reply; `attempt` is the fence."""

    id: int
    attempt: int
    conversation_id: int
    chat_id: int
    business_connection_id: str | None
    body: str


class Dispatch:
    """`lease` (seconds) must outlast the longest request; `owner` names this process in the log."""

    def __init__(self, database: Database, clock: Clock, *, owner: str, lease: float) -> None:
        self.database = database
        self.clock = clock
        self.owner = owner
        self.lease = timedelta(seconds=lease)

    def has_work(self) -> bool:
        """Whether anything is due or any lease has run out; reads only, so that idling never takes the write lock."""
        if not self.database.features.console_tables:
            return False
        now = self.clock()
        with self.database.read() as session:
            candidate = select(outbox_table.c.id).where(_due(outbox_table, now)).limit(1)
            return session.execute(candidate).first() is not None or self._expired(session, now) is not None

    def next_due(self) -> datetime | None:
        """When the next waiting reply may be tried; None when none waits."""
        if not self.database.features.console_tables:
            return None
        with self.database.read() as session:
            queued = outbox_table.c.state == State.QUEUED
            query = select(outbox_table.c.not_before).where(queued, outbox_table.c.not_before.is_not(None))
            row = session.execute(query.order_by(outbox_table.c.not_before).limit(1)).first()
            return row[0] if row else None

    def claim(self) -> Claim | None:
        """Takes the oldest reply that is due and first in its chat's line; None when there is none."""
        with self.database.write() as session:
            now = self.clock()
            self._recover(session, now)
            query = select(outbox_table).where(_due(outbox_table, now))
            row = session.execute(query.order_by(outbox_table.c.id).limit(1)).first()
            if row is None:
                return None
            attempt = row.attempt + 1
            leased: dict[str, Any] = {"lease_owner": self.owner, "lease_until": now + self.lease, "not_before": None}
            self._set(session, row.id, State.QUEUED, State.CLAIMED, row.attempt, attempt=attempt, **leased)
            return Claim(
                id=row.id,
                attempt=attempt,
                conversation_id=row.conversation_id,
                chat_id=row.chat_id,
                business_connection_id=row.business_connection_id,
                body=row.body,
            )

    def start(self, claim: Claim) -> bool:
        """`claimed` to `sending`, committed before the first byte. False: the claim was lost, send nothing."""
        with self.database.write() as session:
            until = self.clock() + self.lease
            return self._set(session, claim.id, State.CLAIMED, State.SENDING, claim.attempt, lease_until=until)

    def release(self, claim: Claim) -> bool:
        """Gives an unstarted claim back to the queue."""
        with self.database.write() as session:
            return self._set(
                session, claim.id, State.CLAIMED, State.QUEUED, claim.attempt, lease_owner=None, lease_until=None
            )

    def record(self, claim: Claim, outcome: Outcome) -> State | None:
        """What became of an attempt, in one transaction with the row in `messages`. None: this worker came too late,
        another has decided meanwhile, and nothing is overwritten."""
        went, values = self._judge(claim, outcome)
        done: dict[str, Any] = {"lease_owner": None, "lease_until": None, **values}
        with self.database.write() as session:
            if not self._set(session, claim.id, State.SENDING, went, claim.attempt, detail=_detail(outcome), **done):
                return None
            if isinstance(outcome, Sent):
                self._record_row(session, claim, outcome)
            return went

    def _judge(self, claim: Claim, outcome: Outcome) -> tuple[State, dict[str, Any]]:
        now = self.clock()
        match outcome:
            case Sent(message_id=message_id):
                return State.SENT, {
                    "telegram_message_id": message_id, "error": None, "error_code": None, "reason": None
                }  # fmt: skip
            case RefusedBy(code=429, retry_after=seconds):
                wait = timedelta(seconds=(seconds or 1) + RETRY_SLACK)
                return State.QUEUED, {"not_before": now + wait, "reason": Reason.RATE, "error_code": 429}
            case RefusedBy(code=401 | 404 as code, description=said):
                # The token is wrong, not the reply: it waits for a right one.
                wait = timedelta(seconds=LONGEST_BACKOFF)
                return State.QUEUED, {
                    "not_before": now + wait, "reason": Reason.UNAUTHORIZED, "error_code": code, "error": said
                }  # fmt: skip
            case RefusedBy(code=code, description=said):
                return State.FAILED, {"error_code": code, "error": said, "reason": None}
            case Unsent(reason=why):
                wait = timedelta(seconds=min(LONGEST_BACKOFF, 2.0 ** min(claim.attempt - 1, 6)))
                return State.QUEUED, {"not_before": now + wait, "reason": Reason.UNREACHABLE, "error": why}
            case Unknown(reason=why):
                return State.UNKNOWN, {"error": why, "reason": None}

    def _record_row(self, session: Session, claim: Claim, outcome: Sent) -> None:
        try:
            message_id = record_outgoing(
                session,
                self.database.features,
                self.clock,
                conversation_id=claim.conversation_id,
                body=claim.body,
                telegram_message_id=outcome.message_id,
                business_connection_id=claim.business_connection_id,
            )
        except NotFound:
            # The person was deleted while the reply was under way: delivered, and nowhere left to write it.
            return
        session.execute(update(outbox_table).where(outbox_table.c.id == claim.id).values(message_id=message_id))

    def _expired(self, session: Session, now: datetime) -> int | None:
        leased = outbox_table.c.state.in_((State.CLAIMED, State.SENDING))
        query = select(outbox_table.c.id).where(leased, outbox_table.c.lease_until < now).limit(1)
        row = session.execute(query).first()
        return int(row[0]) if row else None

    def _recover(self, session: Session, now: datetime) -> None:
        leased = outbox_table.c.state.in_((State.CLAIMED, State.SENDING))
        query = select(outbox_table.c.id, outbox_table.c.state, outbox_table.c.attempt)
        for row in session.execute(query.where(leased, outbox_table.c.lease_until < now)).all():
            came = State(row.state)
            went = State.QUEUED if came is State.CLAIMED else State.UNKNOWN
            self._set(session, row.id, came, went, row.attempt, detail="lease ran out", lease_owner=None,
                      lease_until=None, error=None if went is State.QUEUED else "interrupted")  # fmt: skip

    def _set(
        self,
        session: Session,
        id: int,
        came: State,
        went: State,
        fence: int,
        *,
        detail: str | None = None,
        **values: Any,
    ) -> bool:
        fenced = and_(outbox_table.c.id == id, outbox_table.c.attempt == fence, outbox_table.c.state == came)
        values |= {"state": went, "updated_at": self.clock()}
        moved = session.execute(update(outbox_table).where(fenced).values(**values).returning(outbox_table.c.attempt))
        row = moved.first()
        if row is None:
            return False
        log_transition(session, self.clock, id, came, went, attempt=row[0], owner=self.owner, detail=detail)
        return True


def _held_back(row: Any) -> ColumnElement[bool]:
    """An earlier part of the same text did not arrive for certain."""
    part: Alias = outbox_table.alias()
    return exists(
        select(part.c.id).where(
            part.c.client_key == row.c.client_key,
            part.c.part_no < row.c.part_no,
            part.c.state.in_(_STOPS_PARTS),
        )
    )


def _due(row: Any, now: datetime) -> ColumnElement[bool]:
    """Queued, its time come, not held back, and first in its chat's line. What is held back blocks no other text."""
    earlier: Alias = outbox_table.alias()
    same_chat = and_(
        earlier.c.chat_id == row.c.chat_id,
        func.coalesce(earlier.c.business_connection_id, "") == func.coalesce(row.c.business_connection_id, ""),
    )
    blocked = exists(
        select(earlier.c.id).where(
            same_chat, earlier.c.id < row.c.id, earlier.c.state.in_(sorted(IN_LINE)), ~_held_back(earlier)
        )
    )
    return and_(
        row.c.state == State.QUEUED,
        or_(row.c.not_before.is_(None), row.c.not_before <= now),
        ~_held_back(row),
        ~blocked,
    )


def _detail(outcome: Outcome) -> str:
    match outcome:
        case Sent():
            return "accepted"
        case RefusedBy(code=code, description=said):
            return f"{code} {said}"[:300]
        case Unsent(reason=why) | Unknown(reason=why):
            return why[:300]
