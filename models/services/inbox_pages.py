"""Pages of the inbox out of `console_inbox`: each run of an order is a search in an index that has this very order.

A page's cursor begins with "t", so that a list goes on with the kind of page it began with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    bindparam,
    literal_column,
    select,
    tuple_,
    type_coerce,
)
from sqlmodel import Session

from models.services.inbox_pressing import Place, pressing_places
from models.services.inbox_table import NO_SCORE, VIEWS, inbox_table
from models.tables.types import SortKey, rails_text
from models.tables.undated import undated
from models.views import Cursor, IdPage, Order, View

_MARK = "t"
_t = inbox_table.c
_at = type_coerce(_t.at, SortKey)
_id = _t.conversation_id
_MANY = bindparam("many", type_=Integer)
_RANK, _ID = bindparam("rank", type_=Integer), bindparam("id", type_=Integer)
_AT: BindParameter[Any] = bindparam("at", type_=SortKey())


@dataclass(frozen=True, slots=True)
class _Run:
    """A stretch of an order: rows by these keys, all of them falling or all rising; of those that wait or that don't,
    of those with or without a date, None: of all; `unscored`: of those without a score only. `pressing`: those that
    wait and have one, as `models.services.inbox_pressing` puts them in order."""

    keys: tuple[str, ...] = ("at", "id")
    falling: bool = True
    waits: bool | None = None
    dated: bool | None = None
    unscored: bool = False
    pressing: bool = False


def serves(view: View, order: Order) -> bool:
    """Whether the table has an index for it; all conversations by time are the application's own index."""
    return view in VIEWS or (view is View.ALL and order is not Order.RECENT)


def is_ours(cursor: Cursor | None) -> bool:
    """Whether a page from here ended at this cursor."""
    return cursor is not None and (cursor.second or "").startswith(_MARK)


def table_page(
    session: Session, view: View, order: Order, after: Cursor | None, limit: int, *, now: datetime
) -> IdPage:
    """Ids of a view in an order, from after the cursor; a page that ends one run goes on with the next. `now`: when a
    wait ends that the order reckons with, on a first page."""
    start, values = _position(after)
    ids: list[int] = []
    runs = _runs(view, order)
    for number in range(start, len(runs)):
        if runs[number].pressing:
            place = None if values is None or after is None else _place(after, values)
            places = pressing_places(session, view, place.then if place else rails_text(now), place, limit)
            ids += [each.id for each in places]
            if len(ids) >= limit:
                return IdPage(tuple(ids), _after_place(number, places[-1]))
            values = None
            continue
        found = session.execute(
            _statement(view, order, number, values is not None), {"many": limit - len(ids), **(values or {})}
        ).all()
        ids += [int(row[0]) for row in found]
        if found and len(ids) >= limit:
            return IdPage(tuple(ids), _cursor(number, found[-1]))
        values = None
    return IdPage(tuple(ids), None)


def _position(after: Cursor | None) -> tuple[int, dict[str, Any] | None]:
    if after is None:
        return 0, None
    number, _, at = (after.second or "").removeprefix(_MARK).partition(" ")
    return int(number), {"rank": after.key, "at": at, "id": after.id}


def _cursor(number: int, row: Sequence[Any]) -> Cursor:
    return Cursor(key=int(row[2]), second=f"{_MARK}{number} {row[1]}", id=int(row[0]))


def _place(after: Cursor, values: Mapping[str, Any]) -> Place:
    then, _, at = str(values["at"]).partition("|")
    return Place(int(after.key or 0), then, at, after.id)


def _after_place(number: int, place: Place) -> Cursor:
    return Cursor(key=place.key, second=f"{_MARK}{number} {place.then}|{place.at}", id=place.id)


def _runs(view: View, order: Order) -> list[_Run]:
    match order:
        case Order.RECENT:
            return [_Run()]
        case Order.SCORE:
            return [_Run(("rank", "at", "id"))]
    waits, rests = [_Run(falling=False, waits=True, dated=True)], [_Run(waits=False, dated=True)]
    if order is Order.PRESSING:
        waits = _pressing(view)
    if view is View.ALL:
        return [*waits, *rests, _Run(waits=True, dated=False), _Run(waits=False, dated=False)]
    return [*waits, *([] if view is View.WAITING else rests), _Run(dated=False)]


def _pressing(view: View) -> list[_Run]:
    """Those of a view that wait. What is done or snoozed does not; who has no score comes last, longest first."""
    if view in (View.SNOOZED, View.DONE):
        return []
    scored = [] if view is View.UNSCORED else [_Run(pressing=True)]
    bands = (View.READY, View.EVALUATING, View.INTERESTED, View.EXPLORING)
    none = _Run(falling=False, waits=True, dated=True, unscored=view is not View.UNSCORED)
    return [*scored, *([] if view in bands else [none])]


@lru_cache(maxsize=256)
def _statement(view: View, order: Order, number: int, goes_on: bool) -> Select[Any]:
    """Built once: building it takes longer than SQLite takes to answer it."""
    run = _runs(view, order)[number]
    keys = [key.desc() if run.falling else key.asc() for key in _keys(run)]
    return _rows(view, run, goes_on).order_by(*keys).limit(_MANY)


def _keys(run: _Run) -> list[ColumnElement[Any]]:
    return [{"rank": _t.rank, "at": _t.at, "id": _id}[key] for key in run.keys]


def _rows(view: View, run: _Run, goes_on: bool) -> Select[Any]:
    query = select(_id.label("id"), _at.label("at"), _t.rank.label("rank"))
    # Written out, not bound: only so does the planner see that a partial index holds them.
    if view in VIEWS:
        query = query.where(_literally(VIEWS[view], 1))
    if run.waits is not None and view is not View.WAITING:
        query = query.where(_literally("waiting", int(run.waits)))
    if run.unscored:
        query = query.where(_literally("rank", NO_SCORE))
    if run.dated is not None:
        query = query.where(_t.at > undated() if run.dated else _t.at == undated())
    if goes_on:
        keys = tuple_(*_keys(run))
        last = tuple_(*({"rank": _RANK, "at": _AT, "id": _ID}[key] for key in run.keys))
        query = query.where(keys < last if run.falling else keys > last)
    return query


def _literally(name: str, value: int) -> ColumnElement[bool]:
    column: ColumnElement[int] = _t[name]
    return column == literal_column(str(value), Integer)
