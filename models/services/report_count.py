"""Counting goes on from where it stood: into our side tables under a lease, else in memory; a batch at a time, so that
whoever watches sees how far it is and may leave."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from uuid import uuid4

from sqlmodel import Session

from models.errors import DatabaseProblem
from models.rules.clock import Clock, monotonic
from models.services import report_kept as kept
from models.services.report_kept import Mark
from models.services.report_scores import count_scores
from models.services.report_tally import States, Tally, fold, newest, read_batch
from models.store.database import Database
from models.store.turns import take_turn
from models.views.report import Counting

#: Messages that are counted in one transaction of ours: a tenth of a second for whoever else wants to write.
BATCH = 10_000
#: Seconds that one call of `step` works at most, about.
SLICE = 0.5
#: Seconds for which a process that counts is not disturbed.
LEASE = 30
#: Seconds within which a message with a smaller id may still be on its way into the database.
UNSETTLED = 300
#: Seconds of a day: once in each, conversations that are no more are looked for and the scores kept.
TIDY = 86_400
#: Conversations that are dropped in one transaction.
_GONE = 5000
#: Why the side tables may be out of reach while messages can be read: counting goes on in memory.
_NOT_HERE = frozenset({"read-only", "forbidden", "disk-full"})


@dataclass(slots=True)
class Rest:
    """What is counted in memory on top of the side tables: messages with ids above `base`, up to `last`."""

    base: int = -1
    last: int = -1
    tally: Tally = field(default_factory=Tally)
    states: States = field(default_factory=States)
    known: set[int] = field(default_factory=set)


class Counter:
    """Safe from several threads: one counts at a time. `may_keep` says whether our tables take writes."""

    def __init__(self, database: Database, clock: Clock, may_keep: Callable[[], bool]) -> None:
        self.database = database
        self.clock = clock
        self._may_keep = may_keep
        self._me = uuid4().hex
        self._refused = False
        self._rest = Rest()
        self._lock = threading.Lock()

    @property
    def _ours(self) -> bool:
        return self.database.features.console_tables

    def _now(self) -> int:
        return int(self.clock().timestamp())

    def step(self, seconds: float | None = None) -> Counting:
        """Counts on for about so long, `SLICE` unless said. Raises DatabaseProblem."""
        with self._lock:
            end = monotonic() + (SLICE if seconds is None else seconds)
            while True:
                found = self._next()
                if found.finished or found.elsewhere or monotonic() >= end:
                    return found

    def _next(self) -> Counting:
        if not self._may_keep() or self._refused:
            return self._step()
        try:
            return self._kept_step()
        except DatabaseProblem as error:
            if error.id not in _NOT_HERE:
                raise
            self._refused = True
            return self._step()

    def recount(self) -> None:
        """Forgets what was counted of messages. Raises Refused, DatabaseProblem."""
        with self._lock:
            if self._may_keep():
                with self.database.write() as session:
                    take_turn(session, "report")
                    kept.forget(session)
            self._rest = Rest()

    # Into our tables

    def _kept_step(self) -> Counting:
        now = self._now()
        with self.database.read() as session:
            mark, top = kept.mark_of(session), newest(session)
            if mark.held(self._me, now):
                return Counting(mark.message_id, top, finished=False, elsewhere=True)
            shrunk = top < mark.message_id
            if not shrunk:
                unsettled = (now - UNSETTLED, now + UNSETTLED)
                batch = read_batch(session, mark.message_id, BATCH, ours=True, unsettled=unsettled)
                states = kept.states_between(session, batch.low, batch.last) if batch.rows else States()
        if shrunk:
            # Another, smaller set of messages: what was counted is of the old one.
            self._forget(mark)
            return Counting(0, top, finished=False)
        if not batch.rows:
            return self._finish(mark, top, now)
        before, tally = States(dict(states.wrote), dict(states.waits)), Tally()
        fold(batch, states, tally)
        lease = (self._me, now + LEASE) if batch.full else (None, None)
        moved = replace(mark, message_id=batch.last, lease_owner=lease[0], lease_until=lease[1])
        with self.database.write() as session:
            take_turn(session, "report")
            fresh = kept.mark_of(session)
            if fresh.held(self._me, now) or not kept.move_mark(session, mark, moved):
                return Counting(fresh.message_id, top, finished=False, elsewhere=True)
            kept.add(session, tally, before, states)
        if batch.full:
            return Counting(batch.last, top, finished=False)
        return self._finish(moved, top, now)

    def _forget(self, mark: Mark) -> None:
        with self.database.write() as session:
            take_turn(session, "report")
            if kept.mark_of(session).message_id == mark.message_id:
                kept.forget(session)

    def _finish(self, mark: Mark, top: int, now: int) -> Counting:
        """What is settled is counted: the rest in memory, and once a day what else there is to keep."""
        due = mark.settled_at is None or mark.settled_at // TIDY != now // TIDY
        if due or mark.lease_owner == self._me:
            with self.database.read() as session:
                gone = kept.gone_conversations(session, _GONE)
                counts = count_scores(session)
            settled = None if len(gone) == _GONE else now
            with self.database.write() as session:
                take_turn(session, "report")
                if kept.move_mark(session, mark, replace(mark, settled_at=settled, lease_owner=None, lease_until=None)):
                    kept.drop_gone(session, gone, now)
                    kept.keep_scores(session, now // TIDY, now, counts)
            if settled is None:
                return Counting(mark.message_id, top, finished=False)
        return self._step()

    # In memory

    def _step(self) -> Counting:
        with self.database.read() as session:
            return self._rest_step(session)

    def _rest_step(self, session: Session) -> Counting:
        mark, top = self._mark(session), newest(session)
        if mark.held(self._me, self._now()) and not self._may_keep():
            return Counting(mark.message_id, top, finished=False, elsewhere=True)
        rest = self._rest
        if rest.base != mark.message_id or top < rest.last:
            rest = self._rest = Rest(base=mark.message_id, last=mark.message_id)
        batch = read_batch(session, rest.last, BATCH, ours=self._ours, unsettled=None)
        if batch.rows:
            if rest.base:
                stored = kept.states_between(session, batch.low, batch.last)
                for id, wrote in stored.wrote.items():
                    if id not in rest.known:
                        rest.known.add(id)
                        rest.states.wrote[id] = wrote
                        if id in stored.waits:
                            rest.states.waits[id] = stored.waits[id]
            fold(batch, rest.states, rest.tally)
            rest.tally.touched.clear()
            rest.last = batch.last
        return Counting(rest.last, top, finished=not batch.full)

    def _mark(self, session: Session) -> Mark:
        return kept.mark_of(session) if self._ours else Mark()

    def counted(self, session: Session) -> Rest | None:
        """What there is beside the side tables, in step with what this session sees; None: counting has to go on
        first."""
        with self._lock:
            found = self._rest_step(session)
            return self._rest if found.finished else None
