"""Seed: Conversations Table. Each line of its create_table and of its field table, on all four files."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.store.sqlite import library
from tests.seed import raw

# name, type on disk, NOT NULL, default
COLUMNS = [
    ("id", "integer", True, None),
    ("user_id", "integer", True, None),
    ("last_message_at", "datetime(6)", False, None),
    ("unread_count", "integer", False, "0"),
    ("created_at", "datetime(6)", True, None),
    ("updated_at", "datetime(6)", True, None),
    ("ai_real_name", "varchar", False, None),
    ("ai_background", "text", False, None),
    ("ai_query", "text", False, None),
    ("ai_ready_score", "integer", False, None),
    ("ai_processing", "boolean", False, "0"),
]

NOW = "'2026-11-23 12:00:00'"


@pytest.fixture
def user_id(any_file: Path) -> int:
    add = f"INSERT INTO users (telegram_id, created_at, updated_at) VALUES (42, {NOW}, {NOW}) RETURNING id"
    return int(raw.one(any_file, add))


@pytest.mark.parametrize(("name", "kind", "not_null", "default"), COLUMNS, ids=[column[0] for column in COLUMNS])
def test_a_column_of_conversations(any_file: Path, name: str, kind: str, not_null: bool, default: str | None) -> None:
    """Corrections 3 (`unread_count`, `ai_processing` are nullable with a default) and 4 (no now())."""
    column = raw.table(any_file, "conversations")[name]
    assert (column.type, column.not_null, column.default) == (kind, not_null, default)


def test_columns_come_in_the_order_of_the_migrations(any_file: Path) -> None:
    """Correction 24: the AI columns were added after the timestamps."""
    assert raw.table(any_file, "conversations").names[: len(COLUMNS)] == tuple(column[0] for column in COLUMNS)


def test_the_primary_key_counts_up(any_file: Path) -> None:
    table = raw.table(any_file, "conversations")
    assert [column.name for column in table.columns if column.primary_key] == ["id"]
    assert "AUTOINCREMENT" in table.sql


@pytest.mark.parametrize("column", ["last_message_at", "user_id"])
def test_an_index_by_its_name(any_file: Path, column: str) -> None:
    """Correction 10: the index on `user_id` is not unique."""
    assert raw.table(any_file, "conversations").indexes[f"index_conversations_on_{column}"] == (False, (column,))


def test_our_conversations_have_no_other_indexes(owned_file: Path) -> None:
    assert set(raw.table(owned_file, "conversations").indexes) == {
        "index_conversations_on_last_message_at",
        "index_conversations_on_user_id",
    }


def test_the_foreign_key_to_users_has_no_action(any_file: Path) -> None:
    """Corrections 8 (not "cascade delete") and 9 (it exists and is enforced)."""
    table = raw.table(any_file, "conversations")
    assert table.foreign_keys == {("user_id", "users", "id"): ("NO ACTION", "NO ACTION")}
    assert "fk_rails_7c15d62a0a" in table.sql


def test_a_conversation_of_nobody_is_refused(any_file: Path) -> None:
    with pytest.raises(library().IntegrityError, match="FOREIGN KEY"):
        raw.rows(any_file, f"INSERT INTO conversations (user_id, created_at, updated_at) VALUES (999999, {NOW}, {NOW})")


def test_the_database_itself_cascades_nothing(any_file: Path, user_id: int) -> None:
    """Correction 8: the user can't be deleted before his conversations."""
    raw.rows(any_file, f"INSERT INTO conversations (user_id, created_at, updated_at) VALUES ({user_id}, {NOW}, {NOW})")
    with pytest.raises(library().IntegrityError, match="FOREIGN KEY"):
        raw.rows(any_file, "DELETE FROM users WHERE id = ?", (user_id,))


@pytest.mark.parametrize("column", ["user_id", "created_at", "updated_at"])
def test_a_required_column_refuses_null(any_file: Path, user_id: int, column: str) -> None:
    values = {"user_id": str(user_id), "created_at": NOW, "updated_at": NOW}
    del values[column]
    with pytest.raises(library().IntegrityError, match=f"NOT NULL constraint failed: conversations.{column}"):
        raw.rows(any_file, f"INSERT INTO conversations ({', '.join(values)}) VALUES ({', '.join(values.values())})")


def test_defaults(any_file: Path, user_id: int) -> None:
    raw.rows(any_file, f"INSERT INTO conversations (user_id, created_at, updated_at) VALUES ({user_id}, {NOW}, {NOW})")
    names = ("last_message_at", "unread_count", "ai_real_name", "ai_background", "ai_query", "ai_ready_score")
    found = raw.rows(
        any_file, f"SELECT {', '.join(names)}, ai_processing FROM conversations WHERE user_id = ?", (user_id,)
    )
    assert found == [(None, 0, None, None, None, None, 0)]


def test_the_database_lets_a_person_have_two_conversations(any_file: Path, user_id: int) -> None:
    """Correction 10: "one conversation per user" is application logic, there is no unique index."""
    add = f"INSERT INTO conversations (user_id, created_at, updated_at) VALUES ({user_id}, {NOW}, {NOW})"
    raw.rows(any_file, add)
    raw.rows(any_file, add)
    assert raw.one(any_file, "SELECT count(*) FROM conversations WHERE user_id = ?", (user_id,)) == 2


def test_a_score_out_of_range_is_stored_as_it_is(any_file: Path, user_id: int) -> None:
    """Correction 1: a bare integer, no CHECK."""
    raw.rows(
        any_file,
        f"INSERT INTO conversations (user_id, ai_ready_score, created_at, updated_at) "
        f"VALUES ({user_id}, 250, {NOW}, {NOW})",
    )
    assert raw.one(any_file, "SELECT ai_ready_score FROM conversations WHERE user_id = ?", (user_id,)) == 250
