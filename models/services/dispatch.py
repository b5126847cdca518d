"""The outbox as the delivery loop uses it: claim, start, record. Every write is fenced by the attempt's number.

Two commits before the wire tell "crashed before sending" (`claimed`: sent by anyone) from "crashed maybe after"
(`sending`: nobody knows).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, select, update
from sqlmodel import Session

from models.gateway import Outcome, RefusedBy, Sent, Unknown, Unsent
from models.rules.clock import Clock
from models.rules.delivery import Reason, State
from models.rules.pace import wait_after
from models.services import reach
from models.services.arrivals import ARRIVES_FROM, settle
from models.services.line import first_due, next_due
from models.services.pacing import Pacing, pause_of
from models.services.switchover import stand_back, timeline_of
from models.services.transitions import log_transition, outbox_table
from models.store.database import Database
from models.views import Pause

#: Longest wait between tries while nothing leaves this host, seconds.
LONGEST_BACKOFF = 30.0


@dataclass(frozen=True, slots=True)
class Claim:
    """One attempt at one reply; `attempt` is the fence."""

    id: int
    attempt: int
    conversation_id: int
    chat_id: int
    business_connection_id: str | None
    body: str


@dataclass(frozen=True, slots=True)
class Look:
    """What there is to do at `now`: `due` is when the next reply may be claimed (None: none waits)."""

    now: datetime
    due: datetime | None = None
    pause: Pause | None = None

    @property
    def wait(self) -> float | None:
        """Seconds until then; not positive: at once."""
        return None if self.due is None else (self.due - self.now).total_seconds()


class Dispatch:
    """`lease` (seconds) must outlast the longest request; `owner` names this process in the log. `pacing` None keeps
    no pace: where nothing is really sent."""

    def __init__(
        self, database: Database, clock: Clock, *, owner: str, lease: float, pacing: Pacing | None = None
    ) -> None:
        self.database = database
        self.clock = clock
        self.owner = owner
        self.lease = timedelta(seconds=lease)
        self.pacing = pacing

    def look(self) -> Look:
        """When there is work again, and whether Telegram asked the bot to wait; reads only, so that idling never takes
        the write lock."""
        if not self.database.features.console_tables:
            return Look(self.clock())
        with self.database.read() as session:
            now = self._now(session)
            return Look(now, next_due(session, now, self.pacing), pause_of(session, now))

    def claim(self) -> Claim | None:
        """Takes the oldest reply that is due, first in its chat's line and admitted by the pace; None when there is
        none."""
        with self.database.write() as session:
            now = self._now(session)
            if self._switched_over(session):
                return None
            self._recover(session, now)
            if self.pacing is not None and self.pacing.bot_due(session, now) > now:
                return None
            row = self._first_due(session, now)
            if row is None:
                return None
            attempt = row.attempt + 1
            leased: dict[str, Any] = {"lease_owner": self.owner, "lease_until": now + self.lease, "not_before": None}
            if not self._set(session, row.id, State.QUEUED, State.CLAIMED, row.attempt, attempt=attempt, **leased) or (
                self.pacing is not None and not self.pacing.take(session, row.chat_id, now)
            ):
                session.rollback()
                return None
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
            until = self._now(session) + self.lease
            return self._set(session, claim.id, State.CLAIMED, State.SENDING, claim.attempt, lease_until=until)

    def release(self, claim: Claim) -> bool:
        """Gives an unstarted claim back to the queue."""
        with self.database.write() as session:
            return self._set(
                session, claim.id, State.CLAIMED, State.QUEUED, claim.attempt, lease_owner=None, lease_until=None
            )

    def record(self, claim: Claim, outcome: Outcome) -> State | None:
        """What became of an attempt, in one transaction with the row in `messages` and what it says of the chat. None:
        this worker came too late, another has decided meanwhile, and nothing is overwritten."""
        with self.database.write() as session:
            if isinstance(outcome, Sent):
                return self._arrived(session, claim, outcome.message_id)
            went, values = self._judge(claim, outcome, self._now(session))
            done: dict[str, Any] = {"lease_owner": None, "lease_until": None, **values}
            if not self._set(session, claim.id, State.SENDING, went, claim.attempt, detail=_detail(outcome), **done):
                return None
            if isinstance(outcome, RefusedBy):
                self._learn(session, claim, outcome)
            return went

    def recall(self, id: int, attempt: int, telegram_message_id: int | None) -> State | None:
        """Telegram's acceptance that could not be written when it came. None: nothing is left to write."""
        with self.database.write() as session:
            found = select(outbox_table).where(outbox_table.c.id == id, outbox_table.c.attempt == attempt)
            row = session.execute(found).first()
            if row is None or row.state not in ARRIVES_FROM:
                return None
            return self._arrived(session, row, telegram_message_id)

    def welcome_back(self) -> int:
        """Lifts the marks of people who have written since, as the application's rows tell. Returns how many."""
        if not self.database.features.console_tables:
            return 0
        with self.database.read() as session:
            returned = reach.returned(session, self.database.features)
        if not returned:
            return 0
        with self.database.write() as session:
            return sum(reach.lift(session, self.clock, chat_id) for chat_id in returned)

    def _arrived(self, session: Session, claim: Any, telegram_message_id: int | None) -> State | None:
        """What counted as unknown meanwhile is known now; whatever a person decided stands."""
        features = self.database.features
        if settle(session, features, self.clock, claim, telegram_message_id, owner=self.owner, detail="accepted"):
            if claim.business_connection_id is None:
                reach.lift(session, self.clock, claim.chat_id)
            return State.SENT
        mine = (outbox_table.c.id == claim.id) & (outbox_table.c.attempt == claim.attempt)
        known = select(outbox_table.c.id).where(
            mine,
            outbox_table.c.state == State.SENT,
            outbox_table.c.telegram_message_id == telegram_message_id,
        )
        return State.SENT if session.execute(known).first() is not None else None

    def _learn(self, session: Session, claim: Claim, refusal: RefusedBy) -> None:
        """What a refusal says beyond the one reply."""
        if refusal.code == 429 and self.pacing is not None:
            self.pacing.refused(session, claim.chat_id, refusal.retry_after, self._now(session))
        if refusal.migrate_to_chat_id not in (None, claim.chat_id):
            reach.move(session, self.clock, claim.chat_id, refusal.migrate_to_chat_id, refusal.description)
        elif claim.business_connection_id is None:
            reach.mark(session, self.database.features, self.clock, claim.chat_id, refusal.code, refusal.description)

    def _judge(
        self, claim: Claim, outcome: RefusedBy | Unsent | Unknown, now: datetime
    ) -> tuple[State, dict[str, Any]]:
        match outcome:
            case RefusedBy(code=429, retry_after=seconds):
                until = now + wait_after(seconds)
                return State.QUEUED, {"not_before": until, "reason": Reason.RATE, "error_code": 429}
            case RefusedBy(code=401 | 404 as code, description=said):
                # The token is wrong, not the reply: it waits for a right one.
                wait = timedelta(seconds=LONGEST_BACKOFF)
                return State.QUEUED, {
                    "not_before": now + wait, "reason": Reason.UNAUTHORIZED, "error_code": code, "error": said
                }  # fmt: skip
            case RefusedBy(migrate_to_chat_id=int() as moved) if moved != claim.chat_id:
                return State.QUEUED, {"reason": None}
            case RefusedBy(code=code, description=said):
                bot = claim.business_connection_id is None
                marks = bot and reach.kind_of(claim.chat_id, code, said) is not None
                reason = Reason.UNREACHABLE_CHAT if marks else None
                return State.FAILED, {"error_code": code, "error": said, "reason": reason}
            case Unsent(reason=why):
                wait = timedelta(seconds=min(LONGEST_BACKOFF, 2.0 ** min(claim.attempt - 1, 6)))
                return State.QUEUED, {"not_before": now + wait, "reason": Reason.UNREACHABLE, "error": why}
            case Unknown(reason=why):
                return State.UNKNOWN, {"error": why, "reason": None}

    def _now(self, session: Session) -> datetime:
        """What all processes at this database agree on: leases and waits are told by no host's own clock there."""
        return self.database.time(session) if self.database.server_time else self.clock()

    def _first_due(self, session: Session, now: datetime) -> Row[Any] | None:
        return first_due(session, now, self.pacing)

    def _switched_over(self, session: Session) -> bool:
        """Whether this is another server than the last time, in which case nothing is claimed before people looked."""
        if self.database.engine != "postgresql":
            return False
        timeline = timeline_of(session)
        return timeline is not None and stand_back(session, self.clock, self.owner, timeline)

    def _recover(self, session: Session, now: datetime) -> None:
        leased = outbox_table.c.state.in_((State.CLAIMED, State.SENDING))
        query = select(outbox_table.c.id, outbox_table.c.state, outbox_table.c.attempt)
        query = query.where(leased, outbox_table.c.lease_until < now).order_by(outbox_table.c.id)
        for row in session.execute(query.with_for_update(skip_locked=True)).all():
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


def _detail(outcome: RefusedBy | Unsent | Unknown) -> str:
    match outcome:
        case RefusedBy(code=code, description=said):
            return f"{code} {said}"[:300]
        case Unsent(reason=why) | Unknown(reason=why):
            return why[:300]
