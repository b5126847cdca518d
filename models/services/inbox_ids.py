"""The order of the inbox: which conversations a view holds, one keyset page after another.

An order is a list of runs; each run is served by one statement, so that undated and unscored rows come last on both
engines without a sort that no index serves.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, true, type_coerce
from sqlmodel import Session

from models.rules.bands import BOUNDS, Band
from models.rules.delivery import NOT_DELIVERED
from models.services.keyset import above, below
from models.tables import DraftRow, OutboxRow
from models.tables.extended import conversations, messages
from models.tables.message import MessageDirection
from models.tables.types import SortKey
from models.views import Cursor, Features, IdPage, Operator, Order, View

_outbox = OutboxRow.__table__  # type: ignore[attr-defined]
_drafts = DraftRow.__table__  # type: ignore[attr-defined]
_score = conversations.c.ai_ready_score
_at = conversations.c.last_message_at
_id = conversations.c.id
_LOW, _HIGH = BOUNDS[Band.EXPLORING][0], BOUNDS[Band.READY][1]

_BANDS: dict[View, Band] = {
    View.READY: Band.READY,
    View.EVALUATING: Band.EVALUATING,
    View.INTERESTED: Band.INTERESTED,
    View.EXPLORING: Band.EXPLORING,
}


def last_direction() -> ColumnElement[int]:
    """Direction of a conversation's newest message, as a correlated subquery on its (conversation, time) index."""
    query = select(messages.c.direction).where(messages.c.conversation_id == _id).correlate(conversations)
    return query.order_by(messages.c.created_at.desc(), messages.c.id.desc()).limit(1).scalar_subquery()


def waiting() -> ColumnElement[bool]:
    """The person spoke last."""
    return last_direction() == int(MessageDirection.INCOMING)


def in_view(view: View, features: Features, operator: Operator | None) -> ColumnElement[bool]:
    """The condition of a view. Without our tables the views that live in them are empty."""
    if view in _BANDS:
        low, high = BOUNDS[_BANDS[view]]
        # The plus keeps the planner on the date index: an index on the score would make it sort every hit.
        return (_score + 0).between(low, high)
    match view:
        case View.ALL:
            return true()
        case View.WAITING:
            return waiting()
        case View.UNREAD:
            return conversations.c.unread_count > 0
        case View.UNSCORED:
            return or_(_score.is_(None), _score < _LOW, _score > _HIGH)
        case View.DRAFTS:
            if not features.console_tables or operator is None:
                return literal(1) == literal(0)
            return _id.in_(select(_drafts.c.conversation_id).where(_drafts.c.operator_id == operator.id))
        case _:
            if not features.console_tables:
                return literal(1) == literal(0)
            states = sorted(NOT_DELIVERED)
            return _id.in_(select(_outbox.c.conversation_id).where(_outbox.c.state.in_(states)))


def ids_page(
    session: Session,
    features: Features,
    operator: Operator | None,
    view: View,
    order: Order,
    after: Cursor | None,
    limit: int,
) -> IdPage:
    """Ids of a view in an order, from after the cursor; a page that ends one run goes on with the next."""
    condition = in_view(view, features, operator)
    runs = _runs(order)
    start = 0 if after is None else int(after.second or 0)
    ids: list[int] = []
    cursor = after
    for number in range(start, len(runs)):
        rows: list[Any] = list(session.execute(runs[number](condition, cursor).limit(limit - len(ids))).all())
        ids += [int(row[0]) for row in rows]
        if len(ids) >= limit:
            return IdPage(tuple(ids), Cursor(key=rows[-1][1], second=str(number), id=ids[-1]))
        cursor = None
    return IdPage(tuple(ids), None)


def _runs(order: Order) -> list[Any]:
    match order:
        case Order.RECENT:
            return [_dated, _undated]
        case Order.WAITING:
            return [_oldest_waiting, _dated_not_waiting, _undated]
        case _:
            return [_scored, _dated_unscored, _undated_unscored]


def _base(condition: ColumnElement[bool], key: ColumnElement[Any]) -> Select[Any]:
    return select(_id, key).where(condition)


def _dated(condition: ColumnElement[bool], cursor: Cursor | None, *more: ColumnElement[bool]) -> Select[Any]:
    # Stored text, not a parsed time: the cursor then stands where the index stands, whatever was stored.
    key = type_coerce(_at, SortKey)
    query = _base(condition, key).where(_at.is_not(None), *more)
    if cursor is not None:
        query = query.where(below(key, _id, cursor))
    return query.order_by(_at.desc(), _id.desc())


def _undated(condition: ColumnElement[bool], cursor: Cursor | None, *more: ColumnElement[bool]) -> Select[Any]:
    query = _base(condition, literal(None)).where(_at.is_(None), *more)
    if cursor is not None:
        query = query.where(_id < cursor.id)
    return query.order_by(_id.desc())


def _oldest_waiting(condition: ColumnElement[bool], cursor: Cursor | None) -> Select[Any]:
    key = type_coerce(_at, SortKey)
    query = _base(condition, key).where(_at.is_not(None), waiting())
    if cursor is not None:
        query = query.where(above(key, _id, cursor))
    return query.order_by(_at.asc(), _id.desc())


def _dated_not_waiting(condition: ColumnElement[bool], cursor: Cursor | None) -> Select[Any]:
    return _dated(condition, cursor, func.coalesce(last_direction(), -1) != int(MessageDirection.INCOMING))


def _scored(condition: ColumnElement[bool], cursor: Cursor | None) -> Select[Any]:
    query = _base(condition, _score).where(_score.between(_LOW, _HIGH))
    if cursor is not None:
        query = query.where(below(_score, _id, cursor))
    return query.order_by(_score.desc(), _id.desc())


def _no_score() -> ColumnElement[bool]:
    return or_(_score.is_(None), and_(_score.is_not(None), ~_score.between(_LOW, _HIGH)))


def _dated_unscored(condition: ColumnElement[bool], cursor: Cursor | None) -> Select[Any]:
    return _dated(condition, cursor, _no_score())


def _undated_unscored(condition: ColumnElement[bool], cursor: Cursor | None) -> Select[Any]:
    return _undated(condition, cursor, _no_score())
