"""`db seed` and `db reset` as a script calls them."""

from __future__ import annotations

from pathlib import Path

from tests.console.command import frontdesk, frontdesk_json
from tests.seed import raw


def test_the_example_person_is_made_once(owned_file: Path, seed_file: Path) -> None:
    for path in (owned_file, seed_file):
        ids = {frontdesk_json("db", "seed", path)["id"] for _ in range(2)}
        columns = "telegram_id, username, first_name, last_name, authenticated, admin, paid"
        assert len(ids) == 1
        assert raw.rows(path, f"SELECT {columns} FROM users WHERE id = ?", tuple(ids)) == [
            (123456789, "testuser", "Test", "User", 1, 0, 0)
        ]
    frontdesk("--read-only", "db", "seed", owned_file, code=4)


def test_many_people_and_an_empty_database_again(owned_file: Path, seed_file: Path) -> None:
    made = frontdesk_json("db", "seed", owned_file, "--people", "30", "--messages", "200")
    assert made == {"people": 30, "messages": 200}
    assert raw.one(owned_file, "SELECT count(*) FROM messages") == 200
    frontdesk("db", "seed", owned_file, "--people", "30", code=4)
    frontdesk("db", "seed", seed_file, "--people", "30", code=4)
    frontdesk("db", "reset", seed_file, code=4)
    assert frontdesk_json("db", "reset", owned_file)["removed"]["messages"] == 200
    assert raw.one(owned_file, "SELECT count(*) FROM users") == 0
