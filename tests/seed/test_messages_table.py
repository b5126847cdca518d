"""Seed: Messages Table. Each line of its create_table and of its field table, on all four files."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.store.sqlite import library
from tests.seed import raw

# name, type on disk, NOT NULL, default
COLUMNS = [
    ("id", "integer", True, None),
    ("conversation_id", "integer", True, None),
    ("user_id", "integer", False, None),
    ("body", "text", True, None),
    ("direction", "integer", True, "0"),
    ("telegram_message_id", "bigint", False, None),
    ("read", "boolean", False, "0"),
    ("created_at", "datetime(6)", True, None),
    ("updated_at", "datetime(6)", True, None),
]
INDEXES = {
    "index_messages_on_conversation_id_and_created_at": ("conversation_id", "created_at"),
    "index_messages_on_conversation_id": ("conversation_id",),
    "index_messages_on_telegram_message_id": ("telegram_message_id",),
    "index_messages_on_user_id": ("user_id",),
}
NOW = "'2026-11-23 12:00:00'"


@pytest.fixture
def conversation_id(any_file: Path) -> int:
    user = raw.one(
        any_file, f"INSERT INTO users (telegram_id, created_at, updated_at) VALUES (42, {NOW}, {NOW}) RETURNING id"
    )
    add = f"INSERT INTO conversations (user_id, created_at, updated_at) VALUES ({user}, {NOW}, {NOW}) RETURNING id"
    return int(raw.one(any_file, add))


def insert(values: dict[str, str]) -> str:
    return f"INSERT INTO messages ({', '.join(values)}) VALUES ({', '.join(values.values())}) RETURNING id"


def filled(conversation_id: int, **more: str) -> dict[str, str]:
    required = {"conversation_id": str(conversation_id), "body": "'Привет'", "created_at": NOW, "updated_at": NOW}
    return required | more


@pytest.mark.parametrize(("name", "kind", "not_null", "default"), COLUMNS, ids=[column[0] for column in COLUMNS])
def test_a_column_of_messages(any_file: Path, name: str, kind: str, not_null: bool, default: str | None) -> None:
    """Corrections 3 (`read` is nullable with a default) and 4 (no now())."""
    column = raw.table(any_file, "messages")[name]
    assert (column.type, column.not_null, column.default) == (kind, not_null, default)


def test_columns_come_in_the_order_of_the_migrations(any_file: Path) -> None:
    assert raw.table(any_file, "messages").names[: len(COLUMNS)] == tuple(column[0] for column in COLUMNS)


def test_the_primary_key_counts_up(any_file: Path) -> None:
    table = raw.table(any_file, "messages")
    assert [column.name for column in table.columns if column.primary_key] == ["id"]
    assert "AUTOINCREMENT" in table.sql


@pytest.mark.parametrize("name", INDEXES)
def test_an_index_by_its_name(any_file: Path, name: str) -> None:
    assert raw.table(any_file, "messages").indexes[name] == (False, INDEXES[name])


def test_our_messages_have_no_other_indexes(owned_file: Path) -> None:
    assert set(raw.table(owned_file, "messages").indexes) == set(INDEXES)


def test_foreign_keys_have_no_action(any_file: Path) -> None:
    """Correction 8: nothing cascades in the database."""
    table = raw.table(any_file, "messages")
    assert table.foreign_keys == {
        ("conversation_id", "conversations", "id"): ("NO ACTION", "NO ACTION"),
        ("user_id", "users", "id"): ("NO ACTION", "NO ACTION"),
    }
    assert "fk_rails_7f927086d2" in table.sql
    assert "fk_rails_273a25a7a6" in table.sql


@pytest.mark.parametrize("column", ["conversation_id", "user_id"])
def test_a_reference_to_nothing_is_refused(any_file: Path, conversation_id: int, column: str) -> None:
    """Correction 9: the foreign keys exist and are enforced."""
    with pytest.raises(library().IntegrityError, match="FOREIGN KEY"):
        raw.rows(any_file, insert(filled(conversation_id) | {column: "999999"}))


@pytest.mark.parametrize("column", ["conversation_id", "body", "created_at", "updated_at"])
def test_a_required_column_refuses_null(any_file: Path, conversation_id: int, column: str) -> None:
    values = filled(conversation_id)
    del values[column]
    with pytest.raises(library().IntegrityError, match=f"NOT NULL constraint failed: messages.{column}"):
        raw.rows(any_file, insert(values))


def test_direction_refuses_null(any_file: Path, conversation_id: int) -> None:
    with pytest.raises(library().IntegrityError, match="NOT NULL constraint failed: messages.direction"):
        raw.rows(any_file, insert(filled(conversation_id, direction="NULL")))


def test_defaults(any_file: Path, conversation_id: int) -> None:
    """A message is incoming and unread until told otherwise; admin and AI messages have no user."""
    made = raw.one(any_file, insert(filled(conversation_id)))
    found = raw.rows(
        any_file, "SELECT user_id, direction, telegram_message_id, read FROM messages WHERE id = ?", (made,)
    )
    assert found == [(None, 0, None, 0)]


def test_a_direction_outside_the_enum_is_no_error_of_the_database(any_file: Path, conversation_id: int) -> None:
    """Correction 12: "must be 0 or 1" is for the writer to hold, there is no CHECK."""
    made = raw.one(any_file, insert(filled(conversation_id, direction="2")))
    assert raw.one(any_file, "SELECT direction FROM messages WHERE id = ?", (made,)) == 2


def test_a_telegram_message_id_needs_all_of_its_64_bits(any_file: Path, conversation_id: int) -> None:
    made = raw.one(any_file, insert(filled(conversation_id, telegram_message_id="9007199254740993")))
    assert raw.one(any_file, "SELECT telegram_message_id FROM messages WHERE id = ?", (made,)) == 9007199254740993
