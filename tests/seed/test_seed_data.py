"""Seed: Seed Data. The example person can be made, and made again without a double."""

from __future__ import annotations

from pathlib import Path

from models.services.sign_in import complete_authentication, find_or_create_user
from models.store.database import Database
from tests.seed import raw


def test_the_example_person_is_made_once(opened: Database, any_file: Path) -> None:
    """`find_or_create_by(telegram_id: 123456789)`, run twice as `db:seed` may be."""
    before = raw.stored(any_file)
    ids = set()
    for _ in range(2):
        made = find_or_create_user(opened, 123456789, username="testuser", first_name="Test", last_name="User")
        complete_authentication(opened, made, "a" * 32)
        ids.add(made)
    [id] = ids
    assert set(raw.changes(before, raw.stored(any_file))) == {("users", id)}
    columns = "telegram_id, username, first_name, last_name, authenticated, admin, paid"
    assert raw.rows(any_file, f"SELECT {columns} FROM users WHERE id = ?", (id,)) == [
        (123456789, "testuser", "Test", "User", 1, 0, 0)
    ]
