"""Every table and every query of the models is written for both engines: compiled for PostgreSQL, no server asked."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlmodel import SQLModel

from models.services.replies import select_replies
from models.tables import Conversation, Message, OutboxRow, User
from models.tables.extended import business_connections, conversations, messages, traffic_sources, users
from models.tables.functions import fold
from models.tables.names import TABLE_NAMES
from models.tables.whole import TABLES as OURS
from models.tables.whole import THEIRS
from tests.seed import raw

POSTGRESQL = postgresql.dialect()
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TABLES = [*raw.SEED_TABLES, *(str(table.__tablename__) for table in OURS)]

QUERIES: dict[str, Callable[[], Any]] = {
    "admins": User.admins,
    "authenticated_users": User.authenticated_users,
    "paid_users": User.paid_users,
    "recent": Conversation.recent,
    "with_unread": Conversation.with_unread,
    "unread": Message.unread,
    "by_time": Message.by_time,
    "replies": select_replies,
    "users": lambda: users.select(),
    "conversations": lambda: conversations.select(),
    "messages": lambda: messages.select(),
    "business_connections": lambda: business_connections.select(),
    "traffic_sources": lambda: traffic_sources.select(),
    "fold": lambda: select(fold(users.c.first_name)),
}


def test_the_names_that_are_known_without_the_tables_are_theirs() -> None:
    assert tuple(str(table.__tablename__) for table in OURS) == TABLE_NAMES
    assert set(SQLModel.metadata.tables) == {str(table.__tablename__) for table in (*THEIRS, *OURS)}


def create(name: str) -> str:
    return " ".join(str(CreateTable(SQLModel.metadata.tables[name]).compile(dialect=POSTGRESQL)).split())


@pytest.mark.parametrize("name", TABLES)
def test_a_table_compiles(name: str) -> None:
    sql = create(name)
    assert not re.search(r"\bdatetime\b|AUTOINCREMENT|\bDOUBLE\b", sql, re.IGNORECASE)
    for column in SQLModel.metadata.tables[name].columns:
        assert f"{column.name} " in sql


def counts_up(name: str) -> bool:
    """Whether the table numbers its rows itself; some of ours hold one row, or rows by somebody else's number."""
    columns = SQLModel.metadata.tables[name].c
    return "id" in columns and columns.id.autoincrement is not False


@pytest.mark.parametrize("name", [name for name in TABLES if counts_up(name)])
def test_a_primary_key_is_a_bigint_that_counts_up(name: str) -> None:
    assert re.search(r"\(\s*id BIGSERIAL NOT NULL", create(name))


def test_moments_are_timestamps_without_a_zone_and_flags_are_booleans() -> None:
    sql = create("users")
    assert "created_at TIMESTAMP(6) WITHOUT TIME ZONE NOT NULL" in sql
    assert "admin BOOLEAN DEFAULT false NOT NULL" in sql
    assert "telegram_id BIGINT NOT NULL" in sql


@pytest.mark.parametrize("name", TABLES)
def test_its_indexes_compile(name: str) -> None:
    for index in SQLModel.metadata.tables[name].indexes:
        sql = str(CreateIndex(index).compile(dialect=POSTGRESQL))
        assert f"INDEX {index.name} ON {name}" in sql
        if index.name == "index_console_outbox_in_line":
            assert "WHERE state IN ('claimed', 'queued', 'sending')" in sql


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_compiles(name: str) -> None:
    sql = str(QUERIES[name]().compile(dialect=POSTGRESQL))
    assert sql.startswith("SELECT")
    assert "frontdesk_fold(" not in sql
    assert not re.search(r"IS [01]\b", sql), "a boolean compared with an integer"


def test_undated_conversations_come_last_on_both_engines() -> None:
    for dialect in (POSTGRESQL, sqlite.dialect()):
        assert "ORDER BY conversations.last_message_at DESC NULLS LAST" in str(
            Conversation.recent().compile(dialect=dialect)
        )


def test_folding_is_each_engines_own() -> None:
    query = select(fold(users.c.first_name))
    assert "replace(lower(users.first_name), 'ё', 'е')" in str(query.compile(dialect=POSTGRESQL))
    assert "frontdesk_fold(users.first_name)" in str(query.compile(dialect=sqlite.dialect()))


def test_values_are_bound_in_the_engines_own_way() -> None:
    table = OutboxRow.__table__  # type: ignore[attr-defined]
    statement = table.update().values(not_before=NOW)
    bound = {}
    for dialect in (POSTGRESQL, sqlite.dialect()):
        compiled = statement.compile(dialect=dialect)
        process = compiled.bind_names and compiled.binds["not_before"].type.dialect_impl(dialect).bind_processor(
            dialect
        )
        bound[dialect.name] = process(NOW)
    assert bound == {"sqlite": "2026-11-23 12:00:00", "postgresql": NOW.replace(tzinfo=None)}
