"""Rows under the seed's column names, for scripts: what the lists show and the columns that no list has room for.

No session token and no avatar URL. One statement for each 500 rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select

from models.rules.access import full_name
from models.store.database import Database
from models.tables.extended import conversations, messages, users

T = TypeVar("T")
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class ConversationRecord:
    """A conversation with its person and its last message's body; texts are raw (foreign!)."""

    id: int
    user_id: int
    last_message_at: datetime | None
    unread_count: int
    ai_real_name: str | None
    ai_background: str | None
    ai_query: str | None
    ai_ready_score: int | None
    ai_processing: bool
    name: str
    username: str | None
    telegram_id: int | None
    last_message: str | None


@dataclass(frozen=True, slots=True)
class UserRecord:
    """A person under the seed's column names; NULL flags read as false. Texts are raw (foreign!)."""

    id: int
    telegram_id: int
    username: str | None
    first_name: str | None
    last_name: str | None
    admin: bool
    paid: bool
    authenticated: bool
    created_at: datetime | None


def conversation_records(database: Database, ids: Sequence[int]) -> tuple[ConversationRecord, ...]:
    """In the order of `ids`; those that have vanished are left out. Raises DatabaseProblem."""
    return _in_order(ids, lambda chunk: _conversations(database, chunk))


def user_records(database: Database, ids: Sequence[int]) -> tuple[UserRecord, ...]:
    """In the order of `ids`; those that have vanished are left out. Raises DatabaseProblem."""
    return _in_order(ids, lambda chunk: _users(database, chunk))


def _in_order(ids: Sequence[int], fetch: Callable[[Sequence[int]], Iterable[tuple[int, T]]]) -> tuple[T, ...]:
    found: dict[int, T] = {}
    for start in range(0, len(ids), _CHUNK):
        found.update(fetch(ids[start : start + _CHUNK]))
    return tuple(found[id] for id in ids if id in found)


def _conversations(database: Database, ids: Sequence[int]) -> Iterable[tuple[int, ConversationRecord]]:
    last = (
        select(messages.c.body)
        .where(messages.c.conversation_id == conversations.c.id)
        .order_by(messages.c.created_at.desc(), messages.c.id.desc())
        .limit(1)
        .correlate(conversations)
        .scalar_subquery()
    )
    query = (
        select(
            *(conversations.c[name] for name in ("id", "user_id", "last_message_at", "unread_count", "ai_real_name")),
            *(conversations.c[name] for name in ("ai_background", "ai_query", "ai_ready_score", "ai_processing")),
            *(users.c[name] for name in ("first_name", "last_name", "username", "telegram_id")),
            last.label("last_message"),
        )
        .select_from(conversations.outerjoin(users, users.c.id == conversations.c.user_id))
        .where(conversations.c.id.in_(ids))
    )
    with database.read() as session:
        for row in session.execute(query):
            yield (
                row.id,
                ConversationRecord(
                    id=row.id,
                    user_id=row.user_id,
                    last_message_at=row.last_message_at,
                    unread_count=row.unread_count or 0,
                    ai_real_name=row.ai_real_name,
                    ai_background=row.ai_background,
                    ai_query=row.ai_query,
                    ai_ready_score=row.ai_ready_score,
                    ai_processing=bool(row.ai_processing),
                    name=full_name(row.first_name, row.last_name),
                    username=row.username,
                    telegram_id=row.telegram_id,
                    last_message=row.last_message,
                ),
            )


def _users(database: Database, ids: Sequence[int]) -> Iterable[tuple[int, UserRecord]]:
    names = ("id", "telegram_id", "username", "first_name", "last_name", "admin", "authenticated", "created_at")
    columns = [users.c[name] for name in names]
    if database.features.paid:
        columns.append(users.c.paid)
    with database.read() as session:
        for row in session.execute(select(*columns).where(users.c.id.in_(ids))).mappings():
            yield (
                row["id"],
                UserRecord(
                    id=row["id"],
                    telegram_id=row["telegram_id"],
                    username=row["username"],
                    first_name=row["first_name"],
                    last_name=row["last_name"],
                    admin=bool(row["admin"]),
                    paid=bool(row.get("paid")),
                    authenticated=bool(row["authenticated"]),
                    created_at=row["created_at"],
                ),
            )
