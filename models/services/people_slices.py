"""The order of Users in slices: by id and by last message along an index, which shows what is found as it is found; by
name and by score, for which there is none, as the first of all in one pass, a slice at a time."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from itertools import count
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, bindparam, func, select, type_coerce
from sqlmodel import Session

from models.services.drift import Span
from models.services.keyset import above, below
from models.services.slices import Walk
from models.tables.extended import conversations, users
from models.tables.types import SortKey
from models.views import Cursor, PeopleFilter

#: Filters that many people may pass, whatever their access.
MANY = frozenset({PeopleFilter.ALL, PeopleFilter.PAID, PeopleFilter.SIGNED_IN, PeopleFilter.NEVER_WROTE})
#: The people of a slice, where it is one of people: the facts of access are read of them alone.
SLICE = Span(bindparam("first"), bindparam("last"))
#: How many of an order without an index one pass finds at least, after the first page; passes that are remembered.
AT_ONCE, REMEMBERED = 20_000, 4
#: An id above all others.
_LAST = 2**62
_at = conversations.c.last_message_at
_at_key = type_coerce(_at, SortKey)


class Along(Enum):
    """How a run is read in slices."""

    ID = "id"
    TIME = "time"
    PEOPLE = "people"  # in a pass over all people
    CONVERSATIONS = "conversations"  # in a pass over all conversations


class Run(NamedTuple):
    """A stretch of an order: makes its statement (id, key) of a condition and of where the last page ended. Of a run
    that is read in passes, `falling`: whether the key does; `column`: the key, where it is no more than a column."""

    make: Callable[[ColumnElement[bool], Cursor | None], Select[Any]]
    along: Along
    falling: bool = False
    column: ColumnElement[Any] | None = None


def along_index(
    session: Session, walk: Walk, run: Run, found: ColumnElement[bool], after: Cursor | None, limit: int
) -> tuple[list[Any], Cursor | None]:
    """Rows of a run along an index, and where it was cut short."""
    by_time = run.along is Along.TIME

    def end(cursor: Cursor | None, size: int) -> Any:
        if by_time:
            query = select(_at_key).where(_at.is_not(None)).order_by(_at.desc())
            query = query.where(_at_key < cursor.key) if cursor is not None else query
        else:
            query = select(users.c.id).order_by(users.c.id.desc())
            query = query.where(users.c.id < cursor.id) if cursor is not None else query
        return session.execute(query.limit(1).offset(size)).scalar()

    def rows(cursor: Cursor | None, end: Any, many: int) -> Sequence[Any]:
        query = run.make(found, cursor)
        if end is not None:
            query = query.where(_at_key >= end if by_time else users.c.id >= end)
        span = {} if by_time else _span(end, None if cursor is None else cursor.id)
        return session.execute(query.limit(many), span).all()

    def behind(end: Any) -> Cursor:
        return Cursor(key=end, second=None, id=0) if by_time else Cursor(key=None, second=None, id=int(end))

    return walk.along(after, limit, end=end, rows=rows, behind=behind)


@dataclass(slots=True)
class _Pass:
    """The first so many of an order behind a place, among the rows up to the id `at`."""

    most: int
    best: list[tuple[Any, int]] = field(default_factory=list)
    at: int = 0


class Passes:
    """Passes that are under way, by the cursor that goes on with them, and what finished ones found. Safe from several
    threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[object, Any] = OrderedDict()
        self._numbers = count(1)

    def page(
        self,
        session: Session,
        walk: Walk,
        run: Run,
        found: ColumnElement[bool],
        asked: object,
        after: Cursor | None,
        limit: int,
    ) -> tuple[list[tuple[int, Any]], Cursor | None]:
        """(id, key) of the next ones of `asked` (who is looked for, in which order, which run), and where the pass was
        cut short, as `along_index`."""
        place, under_way = _place(after)
        known = self._take((asked, place)) if under_way is None else None
        if known is None:
            made = self._take(under_way) or _Pass(limit if place is None else max(limit, AT_ONCE))
            if not self._go_on(session, walk, run, found, place, made):
                number = next(self._numbers)
                self._keep(number, made)
                key, id = (None, "") if place is None else (place.key, place.id)
                return [], Cursor(key=key, second=f"pass {number} {id}", id=made.at)
            known = made.best if len(made.best) == made.most else [*made.best, None]
        rows = [row for row in known[:limit] if row is not None]
        last = Cursor(rows[-1][0], None, rows[-1][1]) if rows else None
        if len(known) > limit:
            self._keep((asked, last), known[limit:])
        walk.walked = 0
        # Fewer than were asked for are no end where the pass was to find no more.
        return [(id, key) for key, id in rows], last if len(rows) == len(known) < limit else None

    def _go_on(
        self,
        session: Session,
        walk: Walk,
        run: Run,
        found: ColumnElement[bool],
        place: Cursor | None,
        made: _Pass,
    ) -> bool:
        """Whether the pass is over."""
        id = users.c.id if run.along is Along.PEOPLE else conversations.c.id

        def end(low: int | None, size: int) -> Any:
            query = select(id).where(id > (low or 0)).order_by(id).limit(1).offset(size)
            return session.execute(query).scalar()

        def rows(low: int | None, high: Any, many: int) -> Sequence[Any]:
            part = run.make(found, None).order_by(None).where(id > (low or 0))
            part = part if high is None else part.where(id <= high)
            worst = made.best[-1][0] if len(made.best) == made.most else None
            if worst is not None and run.column is not None:
                part = part.where(run.column >= worst if run.falling else run.column <= worst)
            # A limit keeps it apart: what a row is ordered by is reckoned once, however often it is compared.
            person, key = part.limit(_LAST).subquery("part").c
            query = select(person, key)
            if place is not None:
                query = query.where((below if run.falling else above)(key, person, place.key, place.id))
            if worst is not None:
                query = query.where(key >= worst if run.falling else key <= worst)
            order = (key.desc(), person.desc()) if run.falling else (key, person)
            query = query.order_by(*order)
            span = _span(low, high) if run.along is Along.PEOPLE else {}
            better = [(row[1], int(row[0])) for row in session.execute(query.limit(made.most), span)]
            if better:
                # Both are in order already; nothing is a copy of a sort of everything.
                both = sorted([*made.best, *better], reverse=run.falling)
                made.best = both[: made.most]
            return ()

        _none, cut = walk.along(made.at, 1, end=end, rows=rows, behind=int)
        made.at = cut or 0
        return cut is None

    def _keep(self, name: object, value: Any) -> None:
        with self._lock:
            self._kept[name] = value
            while len(self._kept) > REMEMBERED:
                self._kept.popitem(last=False)

    def _take(self, name: object) -> Any:
        with self._lock:
            return self._kept.pop(name, None)


def _place(after: Cursor | None) -> tuple[Cursor | None, int | None]:
    """Behind which place a page begins, and the pass that is to go on."""
    if after is None:
        return None, None
    kind, _, rest = (after.second or "").partition(" ")
    if kind != "pass":
        return replace(after, second=None), None
    number, _, id = rest.partition(" ")
    return (Cursor(after.key, None, int(id)) if id else None), int(number)


def _span(first: int | None, last: int | None) -> dict[str, int]:
    return {"first": first or 0, "last": _LAST if last is None else last}


def count_slice(session: Session, condition: ColumnElement[bool], after: int, seconds: float) -> tuple[int, int | None]:
    """How many of those with an id above `after` pass, and up to which id that was, None: all."""
    total = 0

    def end(low: int | None, size: int) -> Any:
        query = select(users.c.id).where(users.c.id > (low or 0)).order_by(users.c.id).limit(1).offset(size)
        return session.execute(query).scalar()

    def rows(low: int | None, high: Any, many: int) -> Sequence[Any]:
        nonlocal total
        query = select(func.count()).select_from(users).where(condition, users.c.id > (low or 0))
        query = query if high is None else query.where(users.c.id <= high)
        total += int(session.execute(query, _span(low, high)).scalar_one())
        return ()

    _none, cut = Walk(seconds).along(after, 1, end=end, rows=rows, behind=int)
    return total, cut
