"""The order score × waiting out of `console_inbox`.

No index has it, since time alone changes it; but the rows of one score are in it as they lie in an index, who has
waited longest first. So it is a merge of as many sorted runs as there are scores, each read as far as it is wanted.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    JSON,
    BindParameter,
    ColumnElement,
    DateTime,
    Integer,
    Select,
    bindparam,
    column,
    func,
    literal_column,
    select,
    true,
    tuple_,
    type_coerce,
)
from sqlmodel import Session

from models.rules.bands import BOUNDS, Band
from models.services.inbox_table import inbox_table
from models.tables.console_inbox import ACROSS_SCORES
from models.tables.types import SortKey, parse_rails_text, rails_text
from models.tables.undated import undated
from models.views import View

#: Views with an index of their own for it. Of the others, those who wait are all of a score, or of a band.
INDEXED: Mapping[View, str] = {View(name.replace("_", "-")): name for name in ACROSS_SCORES}
#: Rows of one score that are read at first; each time that more of them are wanted, twice as many, up to these.
FEWEST, MOST = 16, 1024
#: Seconds by which a run begins too early: a wait is told in whole ones. What was on a page before is passed over.
_SLACK = 2
#: Times a score for what sorts before every moment and is none.
_FIRST = 10**15
_t = inbox_table.c
_at = type_coerce(_t.at, SortKey)
_id = _t.conversation_id
_AT: BindParameter[Any] = bindparam("at", type_=SortKey())
_RANK, _ID, _MANY = (bindparam(name, type_=Integer) for name in ("rank", "id", "many"))

_Row = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: score × seconds waited by the moment `then`, the time and the id of its last row."""

    key: int
    then: str
    at: str
    id: int


def waited(at: str, now: datetime) -> int | None:
    """Whole seconds from a time as it is stored; None where it is none."""
    moment = parse_rails_text(at)
    return None if moment is None else math.floor((now - moment).total_seconds() + 0.5)


def pressing(score: int, at: str, now: datetime) -> int:
    """Score × seconds waited; a time that is none has not been waited for."""
    return score * (waited(at, now) or 0)


def ranks_of(view: View) -> range:
    """The scores that a view may hold."""
    low, high = BOUNDS[Band[view.name]] if view.name in Band.__members__ else (0, BOUNDS[Band.READY][1])
    return range(low, high + 1)


def pressing_places(session: Session, view: View, then: str, after: Place | None, limit: int) -> list[Place]:
    """Those who wait and have a score, from after the place: by score × wait, then longest first, then by id."""
    now = parse_rails_text(then)
    assert now is not None
    starts: dict[int, str | None] = {}
    for rank in ranks_of(view):
        begins, start = _start(rank, now, after)
        if begins:
            starts[rank] = start
    runs = [
        _keyed(_run(session, view, rank, rows), rank, now, goes_on=after is not None)
        for rank, rows in _heads(session, view, starts).items()
    ]
    last = None if after is None else (-after.key, after.at, after.id)
    found: list[Place] = []
    for key, at, id in heapq.merge(*runs):
        if last is None or (key, at, id) > last:
            found.append(Place(-key, then, at, id))
            if len(found) == limit:
                break
    return found


def _start(rank: int, now: datetime, after: Place | None) -> tuple[bool, str | None]:
    """Whether a run has anything left behind the place, and from which time on that is; None: from its beginning."""
    if after is None:
        return True, None
    if rank == 0:
        return (True, None) if after.key > 0 else (after.key == 0, after.at)
    try:
        return True, rails_text(now - timedelta(seconds=after.key // rank + _SLACK))
    except OverflowError:
        return True, None


def _keyed(rows: Iterator[_Row], rank: int, now: datetime, *, goes_on: bool) -> Iterator[tuple[int, str, int]]:
    """The rows of a run by what they are merged by. What is no time stands where it sorts: behind all times it has not
    been waited for, among them it goes with the row before."""
    least = None if goes_on else _FIRST
    for at, id in rows:
        seconds = waited(at, now)
        if seconds is None and at > ":":
            seconds = 0
        if seconds is not None:
            least = seconds if least is None else min(least, seconds)
        if least is not None:  # else it was on a page before, with the row before
            yield -rank * least, at, id


def _run(session: Session, view: View, rank: int, rows: Sequence[_Row]) -> Iterator[_Row]:
    many = FEWEST
    while rows:
        yield from rows
        if len(rows) < many:
            return
        many = min(MOST, many * 2)
        at, id = rows[-1]
        values = {"rank": rank, "at": at, "id": id, "many": many}
        rows = _plain(session.execute(_statement(view, "on"), values).all())


def _heads(session: Session, view: View, starts: Mapping[int, str | None]) -> dict[int, Sequence[_Row]]:
    """The first rows of each run. A server is asked once: each question may be a long way."""
    if session.get_bind().dialect.name == "sqlite":
        found: dict[int, Sequence[_Row]] = {}
        for rank, start in starts.items():
            values: dict[str, int | str] = {"rank": rank, "many": FEWEST}
            if start is not None:
                values["at"] = start
            statement = _statement(view, "first" if start is None else "from")
            found[rank] = _plain(session.execute(statement, values).all())
        return found
    wanted = [{"rank": rank, "start": start or "-infinity"} for rank, start in starts.items()]
    lists: dict[int, list[_Row]] = {rank: [] for rank in starts}
    for at, id, rank in session.execute(_together(view), {"runs": wanted, "many": FEWEST}):
        lists[int(rank)].append((str(at), int(id)))
    return dict(lists)


def _plain(rows: Sequence[Any]) -> list[_Row]:
    return [(str(at), int(id)) for at, id in rows]


@lru_cache(maxsize=64)
def _statement(view: View, begins: str) -> Select[Any]:
    query = _waiting(view).where(_t.rank == _RANK)
    if begins == "from":
        query = query.where(_t.at >= _AT)
    elif begins == "on":
        query = query.where(tuple_(_t.at, _id) > tuple_(_AT, _ID))
    return query


@lru_cache(maxsize=16)
def _together(view: View) -> Select[Any]:
    """The heads of all runs: PostgreSQL's LATERAL searches the index once a run."""
    given = func.json_to_recordset(bindparam("runs", type_=JSON))
    runs = given.table_valued(column("rank", Integer), column("start", DateTime)).render_derived(with_types=True)
    rows = _waiting(view).where(_t.rank == runs.c.rank, _t.at >= runs.c.start).lateral("head")
    return select(rows.c.at, rows.c.id, runs.c.rank).select_from(runs.join(rows, true()))


def _waiting(view: View) -> Select[Any]:
    query = select(_at.label("at"), _id.label("id")).where(_literally("waiting"), _t.at > undated())
    if view in INDEXED:
        query = query.where(_literally(INDEXED[view]))
    return query.order_by(_t.at, _id).limit(_MANY)


def _literally(name: str) -> ColumnElement[bool]:
    """Written out, not bound: only so does the planner see that a partial index holds them."""
    flag: ColumnElement[int] = _t[name]
    return flag == literal_column("1", Integer)
