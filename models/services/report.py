"""The report: what came in, what was answered and how soon, who is ready, what was sold. Its messages are counted in
steps (`step`); `report` then reads the counts, and again from memory while nobody has committed."""

from __future__ import annotations

import statistics
import threading
from array import array
from collections import OrderedDict
from collections.abc import Callable, Sequence
from math import ceil

from sqlalchemy import select
from sqlmodel import Session

from models.rules.access import full_name
from models.rules.clock import Clock
from models.rules.days import QUARTER, Period, moment_of
from models.services import report_kept as kept
from models.services import report_people as people
from models.services import report_sales as sales
from models.services.report_behind import ids_behind
from models.services.report_count import Counter, Rest
from models.services.report_scores import count_scores, moved_between
from models.services.report_tally import ANSWERED, BEGUN, GONE, INCOMING, OUTGOING, Tally, chunks
from models.store.database import Database
from models.tables.console_operators import OperatorRow
from models.tables.extended import users
from models.views import Cursor, IdPage
from models.views.report import (
    Behind,
    Counting,
    DayFigures,
    NamedPerson,
    OperatorFigures,
    Report,
    ScoreFigures,
)

#: Lists behind bars, and reports, that are kept in memory.
_LISTS, _REPORTS = 4, 4

_operators = OperatorRow.__table__  # type: ignore[attr-defined]


class Reports:
    """Safe from several threads. `may_keep` says whether our tables take writes."""

    def __init__(self, database: Database, clock: Clock, may_keep: Callable[[], bool]) -> None:
        self.database = database
        self.clock = clock
        self._may_keep = may_keep
        self._counter = Counter(database, clock, may_keep)
        self._made: OrderedDict[tuple[object, ...], Report] = OrderedDict()
        self._behind: OrderedDict[Behind, array[int]] = OrderedDict()
        self._lock = threading.Lock()

    def step(self, seconds: float | None = None) -> Counting:
        """Counts messages for about so long, half a second unless said. Raises DatabaseProblem."""
        return self._counter.step(seconds)

    def recount(self) -> None:
        """Forgets what was counted, so that all of it is counted again. Raises DatabaseProblem."""
        self._counter.recount()
        with self._lock:
            self._made.clear()

    def last(self, wanted: Period) -> Report | None:
        """The newest report of a period that was made here, however old."""
        with self._lock:
            return next((made for key, made in reversed(self._made.items()) if key[0] == wanted), None)

    def report(self, wanted: Period, ahead: Period) -> Report | None:
        """The figures of a period, and of access that ends in `ahead`; None: `step` has to count on first.

        Raises DatabaseProblem.
        """
        now = int(self.clock().timestamp())
        begun = sum(edge <= now for edge in wanted.edges)
        key = (wanted, ahead, self.database.change_token(), begun)
        with self._lock:
            if key in self._made:
                self._made.move_to_end(key)
                return self._made[key]
        with self.database.read() as session:
            rest = self._counter.counted(session)
            if rest is None:
                return None
            made = self._make(session, rest, wanted, ahead)
        with self._lock:
            self._made[key] = made
            while len(self._made) > _REPORTS:
                self._made.popitem(last=False)
            self._behind.clear()
        return made

    def behind(self, bar: Behind, *, after: Cursor | None = None, limit: int = 200) -> IdPage:
        """Ids behind a bar, newest first, of people or conversations (`bar.people`), as they were when it was first
        asked for. Raises DatabaseProblem."""
        with self._lock:
            ids = self._behind.get(bar)
        if ids is None:
            with self.database.read() as session:
                rest = self._counter.counted(session) or Rest()
                found = ids_behind(session, self.database.features, rest, bar)
                ids = array("q", sorted(set(found), reverse=True))
            with self._lock:
                self._behind[bar] = ids
                while len(self._behind) > _LISTS:
                    self._behind.popitem(last=False)
        start = 0 if after is None else int(after.id)
        page = ids[start : start + limit]
        end = start + len(page)
        return IdPage(tuple(page), Cursor(key=None, second=None, id=end) if end < len(ids) else None)

    def ending(self, ahead: Period, limit: int = 500) -> tuple[NamedPerson, ...]:
        """The people whose last access ends in a period, soonest first. Raises DatabaseProblem."""
        features = self.database.features
        if not (features.planned or features.console_tables):
            return ()
        with self.database.read() as session:
            ends = people.last_ends(session, features)
            found = []
            for some in chunks(people.ending_in(ends, ahead.begin, ahead.end)):
                columns = (users.c.id, users.c.first_name, users.c.last_name, users.c.username)
                for id, first, last, username in session.execute(select(*columns).where(users.c.id.in_(some))):
                    found.append(NamedPerson(id, full_name(first, last), username, ends[id]))
        found.sort(key=lambda each: (str(each.at), each.user_id))
        return tuple(found[:limit])

    # Making

    def _make(self, session: Session, rest: Rest, wanted: Period, ahead: Period) -> Report:
        features, now = self.database.features, self.clock()
        tally = kept.read_tally(session, wanted.begin, wanted.end) if rest.base > 0 else Tally()
        tally.add(rest.tally)
        before = kept.waiting_before(session, wanted.begin) if rest.base > 0 else 0
        waits = _answers(tally, wanted)
        everyone = sorted(wait for those in waits for _operator, wait in those)
        cohort = people.cohort(session, features, rest, wanted.begin, wanted.end)
        ending, lifetime = people.endings(session, features, ahead.weeks())
        sold = sales.sales_in(session, features, wanted.begin, wanted.end)
        return Report(
            since=wanted.since,
            until=wanted.until,
            at=now,
            days=_days(tally, wanted, waits, before, int(now.timestamp())),
            operators=self._by_operator(session, waits),
            answers=len(everyone),
            median=median(everyone),
            p90=p90(everyone),
            scores=ScoreFigures(now, count_scores(session)),
            score_days=self._score_days(session, wanted),
            moved=moved_between(session, wanted.begin, wanted.end) if features.console_tables else None,
            funnel=cohort.figures(),
            enrolled_known=features.planned,
            sales=sales.by_week(sold, wanted.weeks()),
            sales_from=sales.sales_from(features),
            ending=ending,
            lifetime=lifetime,
            lessons=people.lessons(session, features),
            lessons_known=features.lessons,
            undated=rest.tally.undated,
            kept=self._may_keep() and rest.base > 0,
        )

    def _score_days(self, session: Session, wanted: Period) -> tuple[ScoreFigures, ...]:
        if not self.database.features.console_tables:
            return ()
        days = kept.kept_scores(session, wanted.begin, wanted.end)
        return tuple(ScoreFigures(moment_of(second), counts) for second, counts in days)

    def _by_operator(self, session: Session, waits: Sequence[Sequence[tuple[int, int]]]) -> tuple[OperatorFigures, ...]:
        by: dict[int, list[int]] = {}
        for those in waits:
            for operator, wait in those:
                by.setdefault(operator, []).append(wait)
        names: dict[int, str] = {}
        if self.database.features.console_tables:
            names = {int(id): handle for id, handle in session.execute(select(_operators.c.id, _operators.c.handle))}
        found = []
        for id, each in by.items():
            each.sort()
            found.append(OperatorFigures(id, names.get(id), len(each), statistics.median(each), p90(each) or 0))
        return tuple(sorted(found, key=lambda each: (-each.answers, each.id)))


def median(ordered: Sequence[int]) -> float | None:
    return statistics.median(ordered) if ordered else None


def p90(ordered: Sequence[int]) -> float | None:
    """The least value that nine of ten do not exceed (nearest rank)."""
    return ordered[ceil(len(ordered) * 0.9) - 1] if ordered else None


def _answers(tally: Tally, wanted: Period) -> list[list[tuple[int, int]]]:
    """For each day, (operator, seconds) of its first answers."""
    found: list[list[tuple[int, int]]] = [[] for _day in wanted.days]
    for (quarter, operator), waits in tally.answers.items():
        number = wanted.number(quarter * QUARTER)
        if number is not None:
            found[number].extend((operator, wait) for wait in waits)
    return found


def _days(
    tally: Tally, wanted: Period, waits: list[list[tuple[int, int]]], waiting: int, now: int
) -> tuple[DayFigures, ...]:
    sums = [[0] * 5 for _day in wanted.days]
    for quarter, figures in tally.times.items():
        number = wanted.number(quarter * QUARTER)
        if number is not None:
            for place in (INCOMING, OUTGOING, BEGUN, ANSWERED, GONE):
                sums[number][place] += figures[place]
        elif quarter * QUARTER < wanted.begin:
            waiting += figures[BEGUN] - figures[ANSWERED] - figures[GONE]
    found = []
    for number, day in enumerate(wanted.days):
        incoming, outgoing, begun, answered, gone = sums[number]
        waiting += begun - answered - gone
        ordered = sorted(wait for _operator, wait in waits[number])
        known = wanted.edges[number] <= now
        found.append(
            DayFigures(day, incoming, outgoing, len(ordered), median(ordered), p90(ordered), waiting if known else None)
        )
    return tuple(found)
