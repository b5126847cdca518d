"""The order of the inbox: which conversations a view holds, one keyset page after another.

An order is a list of runs; each run is served by one statement, so that undated and unscored rows come last on both
engines without a sort that no index serves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache, partial
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    String,
    UnaryExpression,
    bindparam,
    cast,
    false,
    func,
    literal,
    or_,
    select,
    true,
    type_coerce,
)
from sqlalchemy.sql.operators import custom_op
from sqlmodel import Session

from models.rules.bands import BOUNDS, Band
from models.rules.delivery import NOT_DELIVERED
from models.rules.triage import Place
from models.services.inbox_slices import Along, Run, after_slice, slice_end, up_to_end
from models.services.keyset import above, below
from models.services.slices import Walk
from models.services.standing import away, in_place, mine, tagged, unanswered, waiting
from models.tables.console_drafts import DraftRow
from models.tables.console_outbox import OutboxRow
from models.tables.extended import conversations
from models.tables.functions import seconds_between
from models.tables.types import SortKey, rails_text
from models.views import Cursor, Features, IdPage, Operator, Order, View

_outbox = OutboxRow.__table__  # type: ignore[attr-defined]
_drafts = DraftRow.__table__  # type: ignore[attr-defined]
_score = conversations.c.ai_ready_score
_at = conversations.c.last_message_at
_id = conversations.c.id
# A unary plus is no term of an index: an index on the score would make the planner sort every hit by date.
_plain_score: ColumnElement[int] = UnaryExpression(_score, operator=custom_op[Any]("+"), type_=_score.type)
_LOW, _HIGH = BOUNDS[Band.EXPLORING][0], BOUNDS[Band.READY][1]


@dataclass(frozen=True, slots=True, eq=False)
class _Marks:
    """Parameters for the last row of the page before: its keys and its id."""

    second: BindParameter[str] | None = None
    key: BindParameter[Any] = field(default_factory=lambda: bindparam("key"))
    id: BindParameter[int] = field(default_factory=lambda: bindparam("id"))


_FIRST: _Marks | None = None
_DATED, _UNDATED = _Marks(bindparam("second")), _Marks()

#: Views of the application's own columns, which hold what is neither done nor snoozed.
SHARED = frozenset({View.UNREAD, View.UNSCORED, View.READY, View.EVALUATING, View.INTERESTED, View.EXPLORING})
_BANDS: dict[View, Band] = {
    View.READY: Band.READY,
    View.EVALUATING: Band.EVALUATING,
    View.INTERESTED: Band.INTERESTED,
    View.EXPLORING: Band.EXPLORING,
}


def in_view(view: View, features: Features, operator: Operator | None, *, one_tag: bool = False) -> ColumnElement[bool]:
    """The condition of a view, with the parameters NOW and, for `one_tag`, TAG. Without our tables the views that live
    in them are empty."""
    if view in SHARED:
        there = shared(view)
        return there & ~away(features) if features.console_tables else there
    match view:
        case View.ALL:
            return true()
        case View.WAITING:
            return waiting(features)
        case View.MINE:
            return mine(features, operator)
        case View.SNOOZED | View.DONE:
            return in_place(features, Place(view.value))
        case View.TAGGED:
            return tagged(features, one=one_tag)
        case View.DRAFTS:
            if not features.console_tables or operator is None:
                return literal(1) == literal(0)
            return _id.in_(select(_drafts.c.conversation_id).where(_drafts.c.operator_id == operator.id))
        case _:
            if not features.console_tables:
                return literal(1) == literal(0)
            states = sorted(NOT_DELIVERED)
            return _id.in_(select(_outbox.c.conversation_id).where(_outbox.c.state.in_(states)))


def shared(view: View) -> ColumnElement[bool]:
    """What a view of SHARED holds while nothing is done or snoozed."""
    if view in _BANDS:
        low, high = BOUNDS[_BANDS[view]]
        return _plain_score.between(low, high)
    return conversations.c.unread_count > 0 if view is View.UNREAD else _no_score()


def ids_page(
    session: Session,
    features: Features,
    operator: Operator | None,
    view: View,
    order: Order,
    after: Cursor | None,
    limit: int,
    *,
    now: datetime,
    tag: str | None = None,
    walk: Walk | None = None,
) -> IdPage:
    """Ids of a view in an order, from after the cursor; a page that ends one run goes on with the next. With `walk` it
    may be a short one: an order by time is then read in slices."""
    start, cursor = _position(after)
    ids: list[int] = []
    runs = _runs(features, view, order)
    for number in range(start, len(runs)):

        def rows(cursor: Cursor | None, end: Any, many: int, number: int = number) -> Sequence[Any]:
            values: dict[str, Any] = {"many": many, "now": now, "tag": tag, "then": rails_text(now), "end": end}
            if cursor is not None:
                then, _, at = (cursor.second or "").partition("|")
                values |= {"key": cursor.key, "second": cursor.second, "id": cursor.id, "at": at}
                values["then"] = then or values["then"]
            begins = _FIRST if cursor is None else _UNDATED if cursor.second is None else _DATED
            kind = (features, operator, view, order, number, begins)
            statement = _statement(*kind, one_tag=tag is not None, ends=end is not None)
            return session.execute(statement, values).all()

        along = runs[number].along
        cut: Cursor | None = None
        if walk is None or along is None or (view, order) == (View.ALL, Order.RECENT):
            found = rows(cursor, None, limit - len(ids))
        else:
            ends = partial(_slice_end, session, along)
            behind = partial(after_slice, along)
            found, cut = walk.along(cursor, limit - len(ids), end=ends, rows=rows, behind=behind)
        ids += [int(row[0]) for row in found]
        if cut is not None and walk is not None:
            return IdPage(tuple(ids), Cursor(key=cut.key, second=str(number), id=cut.id), walk.walked)
        if found and len(ids) >= limit:
            return IdPage(tuple(ids), _cursor(number, found[-1]))
        cursor = None
    return IdPage(tuple(ids), None)


def _slice_end(session: Session, along: Along, cursor: Cursor | None, size: int) -> Any:
    statement = slice_end(along, cursor is not None)
    after = None if cursor is None else cursor.id if along is Along.UNDATED else cursor.key
    return session.execute(statement, {"size": size} if cursor is None else {"size": size, "after": after}).scalar()


@lru_cache(maxsize=512)
def _statement(
    features: Features,
    operator: Operator | None,
    view: View,
    order: Order,
    number: int,
    begins: _Marks | None,
    *,
    one_tag: bool,
    ends: bool,
) -> Select[Any]:
    """Built once: building it takes longer than SQLite takes to answer it."""
    run = _runs(features, view, order)[number]
    condition = in_view(view, features, operator, one_tag=one_tag)
    statement = run.make(condition, begins)
    if ends and run.along is not None:
        statement = up_to_end(run.along, statement)
    return statement.limit(bindparam("many", type_=Integer))


def oldest_waiting_at(session: Session, features: Features, now: datetime) -> datetime | None:
    """Since when the longest waiting person waits for an answer; None when nobody does."""
    there = unanswered() & ~away(features) if features.console_tables else unanswered()
    query = select(_at).where(_at.is_not(None), there).order_by(_at.asc(), _id.asc()).limit(1)
    return session.execute(query, {"now": now}).scalar()


def _cursor(run: int, row: Any) -> Cursor:
    """`second` holds the run and, behind a space, the keys of an order that has more than one."""
    second = str(run) if len(row) < 3 or row[2] is None else f"{run} {'|'.join(str(key) for key in row[2:])}"
    return Cursor(key=row[1], second=second, id=int(row[0]))


def _position(after: Cursor | None) -> tuple[int, Cursor | None]:
    """The run a cursor stands in, and the cursor as this run's keys."""
    if after is None:
        return 0, None
    run, space, second = (after.second or "0").partition(" ")
    return int(run), Cursor(key=after.key, second=second if space else None, id=after.id)


def _runs(features: Features, view: View, order: Order) -> list[Run]:
    """Runs that a view is sure to leave empty are left out: finding nothing would read the whole table."""

    def waits(run: Callable[..., Select[Any]]) -> Callable[..., Select[Any]]:
        return lambda condition, cursor: run(condition, cursor, waiting(features))

    def waits_not(condition: ColumnElement[bool], cursor: _Marks | None) -> Select[Any]:
        return _dated(condition, cursor, func.coalesce(waiting(features), false()).is_(False))

    dated, undated = Run(_dated, Along.NEWEST), Run(_undated, Along.UNDATED)
    rests = [] if view is View.WAITING else [Run(waits_not, Along.NEWEST)]
    match order:
        case Order.RECENT:
            return [dated, undated]
        case Order.WAITING:
            oldest = _oldest if view is View.WAITING else waits(_oldest)
            return [Run(oldest, Along.OLDEST), *rests, undated]
        case Order.PRESSING:
            pressing = [] if view is View.UNSCORED else [Run(waits(_pressing))]
            pressing += [] if view in _BANDS else [Run(waits(_oldest_unscored), Along.OLDEST)]
            return [*pressing, *rests, undated]
        case _:
            if view in _BANDS:
                return [Run(_scored)]
            if view is View.UNSCORED:
                return [dated, undated]
            return [Run(_scored), Run(_dated_unscored, Along.NEWEST), Run(_undated_unscored, Along.UNDATED)]


def _base(condition: ColumnElement[bool], *keys: ColumnElement[Any]) -> Select[Any]:
    return select(_id, *keys).where(condition)


def _dated(condition: ColumnElement[bool], cursor: _Marks | None, *more: ColumnElement[bool]) -> Select[Any]:
    # Stored text, not a parsed time: the cursor then stands where the index stands, whatever was stored.
    key = type_coerce(_at, SortKey)
    query = _base(condition, key).where(_at.is_not(None), *more)
    if cursor is not None:
        query = query.where(below(key, _id, cursor.key, cursor.id))
    return query.order_by(_at.desc(), _id.desc())


def _undated(condition: ColumnElement[bool], cursor: _Marks | None, *more: ColumnElement[bool]) -> Select[Any]:
    query = _base(condition, literal(None)).where(_at.is_(None), *more)
    if cursor is not None:
        query = query.where(_id < cursor.id)
    return query.order_by(_id.desc())


def _oldest(condition: ColumnElement[bool], cursor: _Marks | None, *more: ColumnElement[bool]) -> Select[Any]:
    key = type_coerce(_at, SortKey)
    query = _base(condition, key).where(_at.is_not(None), *more)
    if cursor is not None:
        query = query.where(above(key, _id, cursor.key, cursor.id))
    return query.order_by(_at.asc(), _id.asc())


def _pressing(condition: ColumnElement[bool], cursor: _Marks | None, *more: ColumnElement[bool]) -> Select[Any]:
    """By score × seconds waited, of equal ones who has waited longest; all pages reckon the wait at the moment of the
    first."""
    then: BindParameter[Any] = bindparam("then")
    key, at = _score * seconds_between(_at, then), type_coerce(_at, SortKey)
    query = _base(condition, key.label("pressing"), cast(then, String), at).where(_at.is_not(None), *more)
    query = query.where(_score.between(_LOW, _HIGH))
    if cursor is not None:
        later = above(at, _id, bindparam("at"), cursor.id)
        query = query.where(key <= cursor.key, or_(key < cursor.key, later))
    return query.order_by(key.desc(), _at.asc(), _id.asc())


def _oldest_unscored(condition: ColumnElement[bool], cursor: _Marks | None, *more: ColumnElement[bool]) -> Select[Any]:
    return _oldest(condition, cursor, _no_score(), *more)


def _scored(condition: ColumnElement[bool], cursor: _Marks | None) -> Select[Any]:
    """Readiest first; among equals as in RECENT."""
    key = type_coerce(_at, SortKey)
    query = _base(condition, _score, key).where(_score.between(_LOW, _HIGH))
    if cursor is not None:
        undated = _at.is_(None) & (_id < cursor.id)
        later = undated if cursor.second is None else or_(_at.is_(None), below(key, _id, cursor.second, cursor.id))
        query = query.where(_score <= cursor.key, or_(_score < cursor.key, later))
    return query.order_by(_score.desc(), _at.desc().nulls_last(), _id.desc())


def _no_score() -> ColumnElement[bool]:
    return or_(_plain_score.is_(None), _plain_score < _LOW, _plain_score > _HIGH)


def _dated_unscored(condition: ColumnElement[bool], cursor: _Marks | None) -> Select[Any]:
    return _dated(condition, cursor, _no_score())


def _undated_unscored(condition: ColumnElement[bool], cursor: _Marks | None) -> Select[Any]:
    return _undated(condition, cursor, _no_score())
