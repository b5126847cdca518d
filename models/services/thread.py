"""A thread, page by page: who wrote what, when, through which channel."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping, Select, select, type_coerce
from sqlmodel import Session

from models.rules.delivery import OPEN
from models.services.keyset import below
from models.services.recording import SOURCE_BUSINESS
from models.services.replies import replies_of
from models.tables import OperatorRow, OutboxRow
from models.tables.extended import messages
from models.tables.message import MessageDirection
from models.tables.types import SortKey
from models.views import Author, Cursor, Direction, Features, MessageView, Operator, Reply, ThreadPage

_outbox = OutboxRow.__table__  # type: ignore[attr-defined]
_operators = OperatorRow.__table__  # type: ignore[attr-defined]
_at, _id = messages.c.created_at, messages.c.id


def direction_of(stored: int | None) -> Direction:
    """The enum's name; an integer outside it is unknown."""
    match stored:
        case MessageDirection.INCOMING:
            return Direction.INCOMING
        case MessageDirection.OUTGOING:
            return Direction.OUTGOING
    return Direction.UNKNOWN


def thread_page(
    session: Session,
    features: Features,
    operator: Operator | None,
    conversation_id: int,
    before: Cursor | None,
    limit: int,
) -> ThreadPage:
    """At most `limit` messages before the cursor (None: the newest), oldest first."""
    query = _select(features).where(messages.c.conversation_id == conversation_id)
    if before is not None:
        query = query.where(below(type_coerce(_at, SortKey), _id, before))
    # One more than asked tells whether there is an older page.
    found = session.execute(query.order_by(_at.desc(), _id.desc()).limit(limit + 1)).mappings().all()
    rows = list(reversed(found[:limit]))
    older = None
    if len(found) > limit:
        older = Cursor(key=rows[0]["sort_key"] or "", second=None, id=rows[0]["id"])
    replies: tuple[Reply, ...] = ()
    if before is None and features.console_tables:
        replies = replies_of(session, conversation_id, OPEN)
    views = _to_views(session, features, operator, rows)
    return ThreadPage(conversation_id, views, older, replies)


def newer_than(
    session: Session, features: Features, operator: Operator | None, conversation_id: int, after_message_id: int
) -> tuple[MessageView, ...]:
    """Messages of the conversation with a higher id, oldest first; at most 200."""
    query = _select(features).where(messages.c.conversation_id == conversation_id, _id > after_message_id)
    rows = session.execute(query.order_by(_id).limit(200)).mappings().all()
    return _to_views(session, features, operator, list(rows))


def _select(features: Features) -> Select[Any]:
    columns = [messages.c[name] for name in ("id", "conversation_id", "user_id", "body", "direction")]
    columns += [messages.c[name] for name in ("telegram_message_id", "read", "created_at")]
    if features.channels:
        columns.append(messages.c.source_type)
    return select(*columns, type_coerce(_at, SortKey).label("sort_key"))


def _to_views(
    session: Session, features: Features, operator: Operator | None, rows: list[RowMapping]
) -> tuple[MessageView, ...]:
    outgoing = [row["id"] for row in rows if direction_of(row["direction"]) is Direction.OUTGOING]
    authors = _authors(session, features, outgoing)
    seen: set[int] = set()
    views = []
    for row in rows:
        telegram_id = row["telegram_message_id"]
        author, name = _author(row, authors, operator)
        views.append(
            MessageView(
                id=row["id"],
                conversation_id=row["conversation_id"],
                user_id=row["user_id"],
                body=row["body"],
                direction=direction_of(row["direction"]),
                telegram_message_id=telegram_id,
                read=bool(row["read"]),
                created_at=row["created_at"],
                channel=_channel(features, row),
                author=author,
                author_name=name,
                duplicate=telegram_id is not None and telegram_id in seen,
            )
        )
        if telegram_id is not None:
            seen.add(telegram_id)
    return tuple(views)


def _channel(features: Features, row: RowMapping) -> str | None:
    if not features.channels:
        return None
    return "business" if row["source_type"] == SOURCE_BUSINESS else "bot"


def _authors(session: Session, features: Features, ids: list[int]) -> dict[int, tuple[int, str]]:
    """Which operator wrote which message, as our outbox knows it."""
    if not features.console_tables or not ids:
        return {}
    query = select(_outbox.c.message_id, _outbox.c.operator_id, _operators.c.handle).select_from(
        _outbox.outerjoin(_operators, _operators.c.id == _outbox.c.operator_id)
    )
    rows = session.execute(query.where(_outbox.c.message_id.in_(ids)))
    return {int(row[0]): (int(row[1]), str(row[2] or "")) for row in rows}


def _author(
    row: RowMapping, authors: dict[int, tuple[int, str]], operator: Operator | None
) -> tuple[Author, str | None]:
    if direction_of(row["direction"]) is not Direction.OUTGOING:
        return Author.PERSON, None
    known = authors.get(row["id"])
    if known is None:
        return Author.ELSEWHERE, None
    return (Author.YOU if operator is not None and known[0] == operator.id else Author.COLLEAGUE), known[1]
