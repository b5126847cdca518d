"""Rows of the inbox: a conversation, its person, its last message, and what of ours hangs on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, case, func, literal, select
from sqlmodel import Session

from models.rules.access import full_name
from models.rules.bands import band
from models.rules.delivery import IN_LINE, NOT_DELIVERED, State
from models.services.directions import direction_of
from models.services.inbox_triage import NOTHING, Triaged, triaged_of, waiting_since
from models.services.reach_marks import reach_table, to_reach
from models.tables.console_drafts import DraftRow
from models.tables.console_outbox import OutboxRow
from models.tables.extended import conversations, messages, users
from models.views import ConversationRow, Direction, Features, Operator

#: Characters of the last message that a row may show; a huge body is not fetched for one line.
PREVIEW = 300

_outbox = OutboxRow.__table__  # type: ignore[attr-defined]
_drafts = DraftRow.__table__  # type: ignore[attr-defined]


def rows_of(
    session: Session, features: Features, operator: Operator | None, ids: Sequence[int], now: datetime
) -> tuple[ConversationRow, ...]:
    """In the order of `ids`; vanished ones are left out."""
    found = {row[0]: row for row in session.execute(_row_query(features), {"ids": list(ids)}).all()}
    counts = _reply_counts(session, ids) if features.console_tables else {}
    drafts: frozenset[int] = frozenset()
    if features.console_tables and operator is not None:
        drafts = frozenset(session.execute(_draft_query(), {"operator": operator.id, "ids": list(ids)}).scalars())
    triaged = triaged_of(session, features, operator, ids, now)
    return tuple(
        _to_row(found[id], id in drafts, counts.get(id, (0, 0)), triaged.get(id, NOTHING)) for id in ids if id in found
    )


def _reply_counts(session: Session, ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    return {int(row[0]): (int(row[1]), int(row[2])) for row in session.execute(_reply_query(), {"ids": list(ids)})}


@cache
def _reply_query() -> Select[Any]:
    def how_many(states: frozenset[State]) -> ColumnElement[int]:
        return func.sum(case((_outbox.c.state.in_(sorted(states)), 1), else_=0))

    return (
        select(_outbox.c.conversation_id, how_many(NOT_DELIVERED), how_many(IN_LINE))
        .where(_outbox.c.conversation_id.in_(bindparam("ids", expanding=True)))
        .where(_outbox.c.state.in_(sorted(NOT_DELIVERED | IN_LINE)))
        .group_by(_outbox.c.conversation_id)
    )


@cache
def _draft_query() -> Select[Any]:
    theirs = _drafts.c.conversation_id.in_(bindparam("ids", expanding=True))
    return select(_drafts.c.conversation_id).where(_drafts.c.operator_id == bindparam("operator"), theirs)


def joined(*columns: Any) -> Select[Any]:
    """A conversation whose person is gone still shows."""
    return select(*columns).select_from(conversations.outerjoin(users, users.c.id == conversations.c.user_id))


@lru_cache(maxsize=16)
def _row_query(features: Features) -> Select[Any]:
    """Rows of the parameter `ids`. Built once: building it takes longer than SQLite takes to answer it."""

    def last(column: ColumnElement[Any]) -> ColumnElement[Any]:
        query = select(column).where(messages.c.conversation_id == conversations.c.id).correlate(conversations)
        return query.order_by(messages.c.created_at.desc(), messages.c.id.desc()).limit(1).scalar_subquery()

    rows = (
        joined(
            conversations.c.id,
            conversations.c.user_id,
            conversations.c.last_message_at,
            conversations.c.unread_count,
            conversations.c.ai_ready_score,
            conversations.c.ai_processing,
            conversations.c.updated_at,
            (conversations.c.ai_paused if features.ai_paused else literal(False)).label("ai_paused"),
            *(users.c[name] for name in ("telegram_id", "username", "first_name", "last_name", "admin")),
            (users.c.paid if features.paid else literal(False)).label("paid"),
            last(messages.c.id).label("newest_id"),
        )
        .where(conversations.c.id.in_(bindparam("ids", expanding=True)))
        .subquery()
    )
    # The newest id stays inside: named out here too, SQLite would look for it twice.
    found = rows.outerjoin(messages, messages.c.id == rows.c.newest_id)
    if features.console_tables:
        found = found.outerjoin(reach_table, reach_table.c.telegram_id == rows.c.telegram_id)
    return select(
        *(column for column in rows.c if column.name != "newest_id"),
        messages.c.id.label("last_id"),
        func.substr(messages.c.body, 1, PREVIEW).label("last_body"),
        messages.c.direction.label("last_direction"),
        messages.c.created_at.label("last_at"),
        *reach_columns(features),
    ).select_from(found)


def _to_row(row: Sequence[Any], draft: bool, counts: tuple[int, int], known: Triaged) -> ConversationRow:
    # By position, as `_row_query` names them: by name, reading a row takes longer than fetching it.
    id, user_id, last_message_at, unread_count, score, ai_processing, changed_at, ai_paused, *more = row
    telegram_id, username, first_name, last_name, admin, paid, last_id, last_body, last_direction, last_at, *mark = more
    direction = None if last_id is None else direction_of(last_direction)
    reach = to_reach(*mark)
    unanswered = direction is Direction.INCOMING
    back = unanswered and reach is not None and last_at is not None and last_at > reach.since
    return ConversationRow(
        id=id,
        user_id=user_id,
        telegram_id=telegram_id,
        name=full_name(first_name, last_name),
        username=username,
        last_message_at=last_message_at,
        unread_count=unread_count or 0,
        last_body=last_body,
        last_direction=direction,
        last_at=last_at,
        score=score,
        band=band(score),
        admin=bool(admin),
        paid=bool(paid),
        ai_processing=bool(ai_processing),
        ai_paused=bool(ai_paused),
        draft=draft,
        not_delivered=counts[0],
        pending=counts[1],
        blocked=reach is not None and not back,
        ai_processing_since=changed_at if ai_processing else None,
        waiting_since=waiting_since(known, unanswered=unanswered, at=last_message_at or last_at),
        place=known.place,
        snoozed_until=known.until,
        outcome=known.outcome,
        claimed_by=known.claimed_by,
        claimed_by_me=known.claimed_by_me,
        tags=known.tags,
    )


def reach_columns(features: Features) -> tuple[ColumnElement[Any], ...]:
    if not features.console_tables:
        return literal(None).label("reach_kind"), literal(None).label("reach_since"), literal(None).label("reach_said")
    return (
        reach_table.c.kind.label("reach_kind"),
        reach_table.c.since.label("reach_since"),
        reach_table.c.said.label("reach_said"),
    )
