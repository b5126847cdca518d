"""A thread, page by page: who wrote what, when, through which channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, bindparam, literal, select, type_coerce
from sqlmodel import Session

from models.rules.delivery import OPEN
from models.services.channels import BOT, BUSINESS, through
from models.services.directions import direction_of
from models.services.keyset import above, below
from models.services.replies import replies_of
from models.services.thread_marks import Mark, marks_of, reactions_of
from models.services.triage_facets import notes_of
from models.tables.console_operators import OperatorRow
from models.tables.console_outbox import OutboxRow
from models.tables.extended import messages
from models.tables.message_codes import SOURCE_BUSINESS, MessageDirection
from models.tables.types import SortKey
from models.views import Author, Cursor, Direction, Features, MessageView, Operator, Reply, ThreadPage

_outbox = OutboxRow.__table__  # type: ignore[attr-defined]
_operators = OperatorRow.__table__  # type: ignore[attr-defined]
_UNMARKED = Mark()
_at, _id = messages.c.created_at, messages.c.id


def thread_page(
    session: Session,
    features: Features,
    operator: Operator | None,
    conversation_id: int,
    before: Cursor | None,
    limit: int,
    channel: str | None = None,
) -> ThreadPage:
    """At most `limit` messages before the cursor (None: the newest), oldest first; of one channel only if named."""
    if not features.channels:
        channel = None
    # One more than asked tells whether there is an older page.
    values: dict[str, Any] = {"conversation": conversation_id, "many": limit + 1}
    if before is not None:
        values |= {"key": before.key, "id": before.id}
    found = session.execute(_page(features, before is not None, channel), values).all()
    rows = list(reversed(found[:limit]))
    older = None
    if len(found) > limit:
        older = Cursor(key=rows[0].sort_key or "", second=None, id=rows[0].id)
    replies: tuple[Reply, ...] = ()
    if before is None and features.console_tables:
        replies = tuple(
            reply for reply in replies_of(session, conversation_id, OPEN) if channel in (None, reply.channel)
        )
    notes = notes_of(session, conversation_id) if before is None and features.console_tables else ()
    views = _to_views(session, features, operator, rows)
    return ThreadPage(conversation_id, views, older, replies, notes=notes)


def page_after(
    session: Session,
    features: Features,
    operator: Operator | None,
    conversation_id: int,
    after: Cursor,
    limit: int,
    channel: str | None = None,
) -> ThreadPage:
    """At most `limit` messages after the cursor, oldest first. With the newest of them come the replies."""
    if not features.channels:
        channel = None
    values = {"conversation": conversation_id, "many": limit + 1, "key": after.key, "id": after.id}
    found = session.execute(_page_below(features, channel), values).all()
    rows = found[:limit]
    newer = None
    if len(found) > limit:
        newer = Cursor(key=rows[-1].sort_key or "", second=None, id=rows[-1].id)
    views = _to_views(session, features, operator, rows)
    replies: tuple[Reply, ...] = ()
    if newer is None and features.console_tables:
        replies = tuple(
            reply for reply in replies_of(session, conversation_id, OPEN) if channel in (None, reply.channel)
        )
    notes = notes_of(session, conversation_id) if features.console_tables else ()
    return ThreadPage(conversation_id, views, None, replies, newer, notes)


def page_around(
    session: Session,
    features: Features,
    operator: Operator | None,
    conversation_id: int,
    message_id: int,
    limit: int,
    channel: str | None = None,
) -> ThreadPage | None:
    """The message with about as many before as after it; None: it is not in the conversation any more."""
    query = select(_id, type_coerce(_at, SortKey)).where(
        _id == message_id, messages.c.conversation_id == conversation_id
    )
    pivot = session.execute(query).first()
    if pivot is None:
        return None
    here = Cursor(key=pivot[1] or "", second=None, id=int(pivot[0]))
    before = thread_page(session, features, operator, conversation_id, here, limit // 2, channel)
    from_here = replace(here, id=here.id - 1)
    after = page_after(session, features, operator, conversation_id, from_here, limit - limit // 2, channel)
    return replace(after, messages=(*before.messages, *after.messages), older=before.older)


def newer_than(
    session: Session, features: Features, operator: Operator | None, conversation_id: int, after_message_id: int
) -> tuple[MessageView, ...]:
    """Messages of the conversation with a higher id, oldest first; at most 200."""
    query = _select(features).where(messages.c.conversation_id == conversation_id, _id > after_message_id)
    rows = session.execute(query.order_by(_id).limit(200)).all()
    return _to_views(session, features, operator, rows)


@lru_cache(maxsize=16)
def _page(features: Features, older: bool, channel: str | None) -> Select[Any]:
    """Built once: building it takes longer than SQLite takes to answer it."""
    query = _select(features).where(messages.c.conversation_id == bindparam("conversation"))
    if channel is not None:
        query = query.where(through(channel))
    if older:
        query = query.where(below(type_coerce(_at, SortKey), _id, bindparam("key"), bindparam("id")))
    return query.order_by(_at.desc(), _id.desc()).limit(bindparam("many", type_=Integer))


@lru_cache(maxsize=16)
def _page_below(features: Features, channel: str | None) -> Select[Any]:
    query = _select(features).where(messages.c.conversation_id == bindparam("conversation"))
    if channel is not None:
        query = query.where(through(channel))
    query = query.where(above(type_coerce(_at, SortKey), _id, bindparam("key"), bindparam("id")))
    return query.order_by(_at, _id).limit(bindparam("many", type_=Integer))


def _select(features: Features) -> Select[Any]:
    columns: list[ColumnElement[Any]] = [
        messages.c[name] for name in ("id", "conversation_id", "user_id", "body", "direction")
    ]
    columns += [messages.c[name] for name in ("telegram_message_id", "read", "created_at")]
    columns.append(messages.c.source_type if features.channels else literal(None).label("source_type"))
    return select(*columns, type_coerce(_at, SortKey).label("sort_key"))


def _to_views(
    session: Session, features: Features, operator: Operator | None, rows: Sequence[Sequence[Any]]
) -> tuple[MessageView, ...]:
    outgoing = int(MessageDirection.OUTGOING)
    authors = _authors(session, features, [row[0] for row in rows if row[4] == outgoing])
    marks: dict[int, Mark] = {}
    reactions: dict[tuple[str, int], str] = {}
    if features.console_tables and rows:
        marks = marks_of(session, [row[0] for row in rows])
        numbers = [row[5] for row in rows if row[5] is not None]
        reactions = reactions_of(session, rows[0][1], numbers, {mark.connection_id for mark in marks.values()})
    seen: set[int] = set()
    views = []
    for row in rows:
        id, conversation_id, user_id, body, stored, telegram_id, read, at, source, _ = row
        direction = direction_of(stored)
        author, name = _author(id, direction, authors, operator)
        mark = marks.get(id, _UNMARKED)
        views.append(
            MessageView(
                id=id,
                conversation_id=conversation_id,
                user_id=user_id,
                body=body,
                direction=direction,
                telegram_message_id=telegram_id,
                read=bool(read),
                created_at=at,
                channel=_channel(source) if features.channels else BUSINESS if mark.connection_id else None,
                author=author,
                author_name=name,
                duplicate=telegram_id is not None and telegram_id in seen,
                edited=mark.edited,
                deleted=mark.deleted,
                reactions=reactions.get((mark.connection_id, telegram_id or 0), ""),
            )
        )
        seen.add(telegram_id)
    return tuple(views)


def _channel(source: int | None) -> str:
    return BUSINESS if source == SOURCE_BUSINESS else BOT


def _authors(session: Session, features: Features, ids: list[int]) -> dict[int, tuple[int, str]]:
    """Which operator wrote which message, as our outbox knows it."""
    if not features.console_tables or not ids:
        return {}
    rows = session.execute(_authors_query(), {"ids": ids})
    return {int(row[0]): (int(row[1]), str(row[2] or "")) for row in rows}


@cache
def _authors_query() -> Select[Any]:
    query = select(_outbox.c.message_id, _outbox.c.operator_id, _operators.c.handle).select_from(
        _outbox.outerjoin(_operators, _operators.c.id == _outbox.c.operator_id)
    )
    return query.where(_outbox.c.message_id.in_(bindparam("ids", expanding=True)))


def _author(
    id: int, direction: Direction, authors: dict[int, tuple[int, str]], operator: Operator | None
) -> tuple[Author, str | None]:
    if direction is not Direction.OUTGOING:
        return Author.PERSON, None
    known = authors.get(id)
    if known is None:
        return Author.ELSEWHERE, None
    return (Author.YOU if operator is not None and known[0] == operator.id else Author.COLLEAGUE), known[1]
