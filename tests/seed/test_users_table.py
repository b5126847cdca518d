"""Seed: Users Table. Each line of its create_table and of its field table, on all four files."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.store.sqlite import library
from tests.seed import raw

# name, type on disk, NOT NULL, default
COLUMNS = [
    ("id", "integer", True, None),
    ("telegram_id", "bigint", True, None),
    ("username", "varchar", False, None),
    ("first_name", "varchar", False, None),
    ("last_name", "varchar", False, None),
    ("session_token", "varchar", False, None),
    ("authenticated", "boolean", False, "0"),
    ("created_at", "datetime(6)", True, None),
    ("updated_at", "datetime(6)", True, None),
    ("admin", "boolean", True, "0"),
    ("avatar_url", "varchar", False, None),
    ("paid", "boolean", True, "0"),
]

NOW = "'2026-11-23 12:00:00'"


@pytest.mark.parametrize(("name", "kind", "not_null", "default"), COLUMNS, ids=[column[0] for column in COLUMNS])
def test_a_column_of_users(any_file: Path, name: str, kind: str, not_null: bool, default: str | None) -> None:
    """Corrections 2 (`paid` is in the contract), 3 (`authenticated` is nullable with a default) and 4 (no now())."""
    column = raw.table(any_file, "users")[name]
    assert (column.type, column.not_null, column.default) == (kind, not_null, default)


def test_columns_come_in_the_order_of_the_migrations(any_file: Path) -> None:
    """Correction 24: create_users, then the later migrations."""
    assert raw.table(any_file, "users").names[: len(COLUMNS)] == tuple(column[0] for column in COLUMNS)


def test_the_primary_key_counts_up_and_never_reuses_an_id(any_file: Path) -> None:
    table = raw.table(any_file, "users")
    assert [column.name for column in table.columns if column.primary_key] == ["id"]
    assert "AUTOINCREMENT" in table.sql
    add = f"INSERT INTO users (telegram_id, created_at, updated_at) VALUES (?, {NOW}, {NOW}) RETURNING id"
    first = raw.one(any_file, add, (-1,))
    raw.rows(any_file, "DELETE FROM users WHERE id = ?", (first,))
    assert raw.one(any_file, add, (-1,)) == first + 1


@pytest.mark.parametrize("column", ["session_token", "telegram_id"])
def test_an_index_by_its_name_is_unique(any_file: Path, column: str) -> None:
    assert raw.table(any_file, "users").indexes[f"index_users_on_{column}"] == (True, (column,))


def test_our_users_have_no_other_indexes(owned_file: Path) -> None:
    assert set(raw.table(owned_file, "users").indexes) == {
        "index_users_on_session_token",
        "index_users_on_telegram_id",
    }


def test_telegram_id_is_unique(any_file: Path) -> None:
    add = f"INSERT INTO users (telegram_id, created_at, updated_at) VALUES (42, {NOW}, {NOW})"
    raw.rows(any_file, add)
    with pytest.raises(library().IntegrityError, match="users.telegram_id"):
        raw.rows(any_file, add)


@pytest.mark.parametrize("column", ["telegram_id", "created_at", "updated_at"])
def test_a_required_column_refuses_null(any_file: Path, column: str) -> None:
    """Correction 4: timestamps have no default in the database, whoever writes fills both."""
    values = {"telegram_id": "42", "created_at": NOW, "updated_at": NOW}
    del values[column]
    with pytest.raises(library().IntegrityError, match=f"NOT NULL constraint failed: users.{column}"):
        raw.rows(any_file, f"INSERT INTO users ({', '.join(values)}) VALUES ({', '.join(values.values())})")


@pytest.mark.parametrize("column", ["admin", "paid"])
def test_a_flag_refuses_null(any_file: Path, column: str) -> None:
    with pytest.raises(library().IntegrityError, match=f"NOT NULL constraint failed: users.{column}"):
        raw.rows(
            any_file,
            f"INSERT INTO users (telegram_id, created_at, updated_at, {column}) VALUES (42, {NOW}, {NOW}, NULL)",
        )


def test_session_token_is_unique_if_present(any_file: Path) -> None:
    add = f"INSERT INTO users (telegram_id, session_token, created_at, updated_at) VALUES (?, ?, {NOW}, {NOW})"
    raw.rows(any_file, add, (41, None))
    raw.rows(any_file, add, (42, None))
    raw.rows(any_file, add, (43, "a" * 32))
    with pytest.raises(library().IntegrityError, match="users.session_token"):
        raw.rows(any_file, add, (44, "a" * 32))


def test_flags_default_to_false(any_file: Path) -> None:
    """The defaults are integers, as Rails stores booleans."""
    add = f"INSERT INTO users (telegram_id, created_at, updated_at) VALUES (42, {NOW}, {NOW})"
    raw.rows(any_file, add)
    flags = ", ".join(f"typeof({name}) || {name}" for name in ("authenticated", "admin", "paid"))
    assert raw.rows(any_file, f"SELECT {flags} FROM users WHERE telegram_id = 42") == [
        ("integer0", "integer0", "integer0")
    ]


def test_a_telegram_id_needs_all_of_its_64_bits(any_file: Path) -> None:
    big = 2**62 + 1
    raw.rows(any_file, f"INSERT INTO users (telegram_id, created_at, updated_at) VALUES (?, {NOW}, {NOW})", (big,))
    kind = "SELECT typeof(telegram_id) FROM users WHERE telegram_id = ?"
    assert raw.one(any_file, kind, (big,)) == "integer"
    assert raw.rows(any_file, kind, (big - 1,)) == []
