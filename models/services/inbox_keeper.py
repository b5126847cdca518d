"""Keeps `console_inbox` right: makes it, follows what is written, and looks everything over for what left no trace.

Several consoles may do this at once without harm; a lease lets one of them do the work. Each transaction that writes is
short, and is followed by a pause.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session

from models.rules.clock import Clock, monotonic
from models.rules.triage import Place
from models.services.inbox_ids import ids_page
from models.services.inbox_progress import State, Tops, as_state, cursor_of, micros, named, seen_in
from models.services.inbox_table import (
    MOST,
    differing,
    differing_between,
    inbox_table,
    read_state,
    rewrite,
    take_table,
    write_state,
)
from models.services.standing import triage
from models.store.database import Database
from models.tables.extended import conversations, messages
from models.views import Order, View

#: With fewer conversations no table is made: each view is a short walk.
LEAST = 5_000
#: Ids of conversations in one transaction while the table is made; in one look for what the application wrote over; in
#: one thorough look, which reads the newest message of each.
BUILD, QUICK, THOROUGH = 2_000, 20_000, 1_000
#: More new rows than this since the last look: everything is looked over instead.
FAR = 50_000
#: Rows of one look behind the newest that are looked at again where many write at once: a lower id may commit later.
OVERLAP = 100
#: Seconds: a lease; what is left of it when it is renewed; between two looks when nothing moves, at least and at most.
LEASE, RENEW, REST, LONGEST = 6.0, 3.0, 0.25, 1.0
#: Seconds from a commit that nothing explains to looking everything over; from one that something explains; between two
#: thorough slices.
SOON, LATER, SLOWLY = 0.3, 60.0, 10.0
#: A slice is followed by a pause this many times as long as it took, and not shorter than this.
BREATH, SHORTEST = 1.0, 0.01


@dataclass(slots=True)
class _Sweep:
    """A look over all conversations by id, a slice at a time. `due`: when the next slice is, by the monotonic clock,
    None: not wanted; `at`: up to where it is done, None: not begun."""

    slice: int
    thorough: bool
    due: float | None = None
    at: int | None = None
    hurry: bool = False
    again: bool = False

    def want(self, due: float, *, hurry: bool = False) -> None:
        self.hurry = self.hurry or hurry
        if self.at is not None and not hurry:
            self.again = True
        elif self.due is None or due < self.due or hurry:
            self.due, self.at = due, None if hurry else self.at

    def is_due(self, now: float) -> bool:
        return self.due is not None and self.due <= now


class InboxKeeper:
    """Safe from several threads: one of them works. `usable`: whether the table can be relied on."""

    def __init__(
        self, database: Database, clock: Clock, owner: str, *, least: int = LEAST, breath: float = BREATH
    ) -> None:
        self.database = database
        self.clock = clock
        self.owner = owner
        self.usable = False
        #: How far the table is made and how far that goes; None when it is there.
        self.progress: tuple[int, int] | None = None
        self._least = least
        self._breath = breath
        self._lock = threading.Lock()
        self._token: object = None
        self._epoch: object = None
        self._seen: Tops | None = None
        self._behind = True
        self._totals: dict[str, int] = {}
        self._lease_until = 0.0
        self._recheck: float | None = None
        self._fresh = True
        self._ends_after: datetime | None = None
        self._quick, self._thorough = _Sweep(QUICK, False), _Sweep(THOROUGH, True)

    @property
    def at_rest(self) -> bool:
        """Whether everything that was noticed is in the table, and nothing is being looked over."""
        return self.usable and not self._behind and self._quick.due is None and self._thorough.due is None

    def begin(self) -> None:
        """At the start, before anybody asks: whether the table is there, and about right. Raises DatabaseProblem."""
        if self.database.read_only or not self.database.features.console_tables:
            return
        with self.database.read() as session:
            state = read_state(session)
            if "complete" in state:
                newest = session.execute(select(func.max(messages.c.id))).scalar() or 0
                behind = newest - state.get("seen message", (0, None))[0]
                self.usable = behind <= FAR
                return
            top = session.execute(select(func.max(conversations.c.id))).scalar() or 0
            self.progress = self._made(state, int(top)) if top >= self._least else None

    def step(self) -> float:
        """One piece of work. Returns the seconds until the next is wanted. Raises DatabaseProblem."""
        if not self._lock.acquire(blocking=False):
            return REST
        try:
            return self._step()
        finally:
            self._lock.release()

    def _step(self) -> float:
        if self.database.read_only or not self.database.features.console_tables:
            self.usable = False
            return 10 * REST
        token = self.database.change_token()
        moved = token != self._token
        if self._epoch is None:
            self._epoch = token[0]
        elif token[0] != self._epoch:
            self._forget(token[0])
        now = monotonic()
        if not moved and self._idle(now):
            due = [sweep.due for sweep in (self._quick, self._thorough) if sweep.due is not None]
            due += [self._recheck] if self._recheck is not None else []
            return min(LONGEST, max(REST, min(due) - now)) if due else REST
        work = self._work(moved)
        self._token = token
        return max(SHORTEST, (monotonic() - now) * self._breath) if work else REST

    def _forget(self, epoch: object) -> None:
        """Another file, or a server that came back: nothing seen before counts."""
        self.usable, self._epoch, self._seen, self._behind, self._fresh = False, epoch, None, True, True
        self._quick, self._thorough = _Sweep(QUICK, False), _Sweep(THOROUGH, True)

    def _idle(self, now: float) -> bool:
        if self._recheck is not None and self._recheck <= now:
            return False
        if self._epoch is None or self._behind or self._quick.is_due(now) or self._thorough.is_due(now):
            return False
        return not (self.usable and self._ends_after is not None and self._ends_after <= self.clock())

    def _work(self, moved: bool) -> bool:
        """Whether there is more to do at once."""
        with self.database.read() as session:
            state = read_state(session)
            tops = self._tops(session)
        if "complete" not in state:
            self.usable = False
            return self._build(state, tops) if tops.conversation >= self._least else self._rest()
        self.progress = None
        if not self._may_keep(state):
            # Whoever holds the lease keeps it; this console only reads, and looks again when the lease is over.
            self.usable = tops.message - state.get("seen message", (0, None))[0] <= FAR
            self._seen, self._behind, self._recheck = None, False, monotonic() + LEASE if moved else None
            return False
        return self._keep(state, tops, moved)

    def _rest(self) -> bool:
        """So few that the application's tables alone answer fast enough."""
        self._behind = False
        return False

    # Making it

    @staticmethod
    def _made(state: State, top: int) -> tuple[int, int]:
        return state.get("total all", (0, None))[0], max(1, top)

    def _build(self, state: State, tops: Tops) -> bool:
        """The next page of all conversations, by time: their rows then stand side by side in most indexes."""
        self.progress = self._made(state, tops.conversation)
        if not self._may_keep(state):
            return False
        if "built" in state:
            # What is made already is shown already.
            self._seen = self._follow(state, tops)
        features, now = self.database.features, self.clock()
        after = cursor_of(state.get("built"))
        with self.database.read() as session:
            page = ids_page(session, features, None, View.ALL, Order.RECENT, after, BUILD, now=now)
        with self.database.write() as session:
            take_table(session)
            if read_state(session).get("built") != state.get("built"):
                return True  # somebody else was faster
            if "built" not in state:
                for name, top in named(tops):
                    write_state(session, name, top)
            for at in range(0, len(page.ids), MOST):
                rewrite(session, features, now, page.ids[at : at + MOST])
            write_state(session, "built", *as_state(page.next))
            if page.next is None:
                write_state(session, "complete", 1)
            self._renew(session)
        return True

    # Following what is written

    def _keep(self, state: State, tops: Tops, moved: bool) -> bool:
        seen = self._seen or seen_in(state)
        reached = self._follow(state, tops)
        totals = {name: value for name, (value, _) in state.items() if name.startswith("total ")}
        explained = tops != seen or totals != self._totals
        self._totals, self._recheck = totals, None
        self._seen = reached
        self._behind = reached != tops
        if self._behind:
            return True
        now = monotonic()
        if self._fresh or moved:
            self._quick.want(now if self._fresh else now + (LATER if explained else SOON))
            self._thorough.want(now + SLOWLY)
            self._fresh = False
        more = self._look(self._quick, tops) or self._look(self._thorough, tops)
        self.usable = not self._thorough.hurry
        return more

    def _follow(self, state: State, tops: Tops) -> Tops:
        """Writes what new rows tell of; up to which row that is."""
        wanted, reached = self._news(self._seen or seen_in(state), tops)
        self._settle(wanted, reached)
        return reached

    def _news(self, seen: Tops, tops: Tops) -> tuple[set[int], Tops]:
        """The conversations that new rows tell of, and up to which row that is."""
        from models.services.inbox_news import told_of

        if tops.message - seen.message > FAR or tops.act - seen.act > FAR or tops.reply - seen.reply > FAR:
            self._thorough.want(monotonic(), hurry=True)
            return set(), tops
        overlap = OVERLAP if self.database.engine == "postgresql" else 0
        with self.database.read() as session:
            wanted, reached = told_of(session, astuple(seen), astuple(tops), overlap)
            wanted |= self._ended(session)
        return wanted, Tops(*reached)

    def _ended(self, session: Session) -> set[int]:
        """Whose snooze ended since the last look."""
        now = self.clock()
        snoozed = triage.c.place == Place.SNOOZED.value
        stale = inbox_table.c.snoozed == 1
        joined = triage.join(inbox_table, inbox_table.c.conversation_id == triage.c.conversation_id)
        query = select(triage.c.conversation_id).select_from(joined).where(snoozed, triage.c.place_until <= now, stale)
        ended = set(session.execute(query.limit(MOST)).scalars())
        coming = select(func.min(triage.c.place_until)).where(snoozed, triage.c.place_until > now)
        self._ends_after = session.execute(coming).scalar()
        return {int(id) for id in ended}

    def _settle(self, ids: Iterable[int], reached: Tops | None = None) -> None:
        """Writes what differs; that nothing does is found without the lock."""
        features, now, ordered = self.database.features, self.clock(), sorted(set(ids))
        for at in range(0, len(ordered), MOST):
            some = ordered[at : at + MOST]
            with self.database.read() as session:
                some = differing(session, features, now, some)
            if not some:
                continue
            with self.database.write() as session:
                take_table(session)
                rewrite(session, features, now, some)
                if reached is not None and at + MOST >= len(ordered):
                    for name, top in named(reached):
                        write_state(session, name, top)
                self._renew(session)

    # Looking everything over

    def _look(self, sweep: _Sweep, tops: Tops) -> bool:
        """One slice, when it is due. Whether the next is at once."""
        now = monotonic()
        if not sweep.is_due(now):
            return False
        low = sweep.at or 0
        high = low + sweep.slice
        features = self.database.features
        with self.database.read() as session:
            last = session.execute(select(func.max(inbox_table.c.conversation_id))).scalar() or 0
            found = differing_between(session, features, self.clock(), low, high, thorough=sweep.thorough)
        self._settle(found)
        if high < max(tops.conversation, int(last)):
            slow = sweep.thorough and not sweep.hurry
            sweep.at, sweep.due = high, now + (SLOWLY if slow else 0)
            return not slow
        if sweep.hurry:
            self._note(tops)
        again, sweep.at, sweep.due, sweep.again, sweep.hurry = sweep.again, None, None, False, False
        if again:
            sweep.want(now + (SLOWLY if sweep.thorough else SOON))
        return False

    def _note(self, tops: Tops) -> None:
        with self.database.write() as session:
            take_table(session)
            for name, top in named(tops):
                write_state(session, name, top)
            self._renew(session)

    # Whose work it is

    def _may_keep(self, state: State) -> bool:
        """Whether the lease is ours, or anybody's; taken with the next transaction that writes."""
        until, owner = state.get("keeper", (0, None))
        return owner in (None, self.owner) or until <= micros(self.clock())

    def _renew(self, session: Session) -> None:
        if monotonic() < self._lease_until - RENEW:
            return
        write_state(session, "keeper", micros(self.clock()) + round(LEASE * 1e6), self.owner)
        self._lease_until = monotonic() + LEASE

    def _tops(self, session: Session) -> Tops:
        # Not with the module: the tables that it reads would delay the first page.
        from models.services.inbox_news import newest

        return Tops(*newest(session))
