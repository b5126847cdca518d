"""Who is at the keyboard: one row a name, linked to the user whom the name means."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.errors import Refused
from models.services.operators import ensure_operator
from models.store.database import Database
from tests.conftest import FixedClock, with_our_tables
from tests.models.store.processes import Process, together
from tests.seed import raw


@pytest.fixture
def database(shape_file: Path, clock: FixedClock) -> Iterator[Database]:
    opened = Database.open(str(with_our_tables(shape_file)), clock=clock)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("handle", "name", "user_id", "non_admin"),
    [
        ("@user_500000001", "@user_500000001", 1, False),
        ("@user_500000002", "@user_500000002", 2, True),
        ("500000001", "500000001", 1, False),
        ("500000002", "500000002", 2, True),
        ("@nobody", "@nobody", None, False),
        ("123", "123", None, False),
        ("user_500000001", "user_500000001", None, False),
        ("Анна Каренина", "Анна Каренина", None, False),
        ("  anna  ", "anna", None, False),
        ("", "operator", None, False),
        ("   ", "operator", None, False),
        ("9" * 40, "9" * 40, None, False),
        ("٥٠٠٠٠٠٠٠١", "٥٠٠٠٠٠٠٠١", None, False),
        ("@", "@", None, False),
    ],
)
def test_a_name_means_a_user_or_nobody(
    database: Database, clock: FixedClock, handle: str, name: str, user_id: int | None, non_admin: bool
) -> None:
    """`@username` or a Telegram id; who matches a user without admin is warned."""
    found = ensure_operator(database, handle, clock)
    assert (found.name, found.user_id, found.non_admin) == (name, user_id, non_admin)


def test_the_row(database: Database, shape_file: Path, clock: FixedClock) -> None:
    before = raw.stored(shape_file)
    found = ensure_operator(database, "@user_500000001", clock)
    assert raw.changes(before, raw.stored(shape_file)) == {
        ("console_operators", found.id): {
            "id": f"integer:{found.id}",
            "handle": "text:'@user_500000001'",
            "user_id": "integer:1",
            "created_at": "text:'2026-11-23 12:00:00'",
            "last_seen_at": "text:'2026-11-23 12:00:00'",
        }
    }


def test_an_operator_who_returns_is_the_same_one(database: Database, shape_file: Path, clock: FixedClock) -> None:
    first = ensure_operator(database, "anna", clock)
    clock.advance(60)
    assert ensure_operator(database, "anna", clock) == first
    assert raw.rows(shape_file, "SELECT created_at, last_seen_at FROM console_operators") == [
        ("2026-11-23 12:00:00", "2026-11-23 12:01:00")
    ]
    assert ensure_operator(database, "boris", clock).id != first.id


def test_the_link_follows_the_username(database: Database, shape_file: Path, clock: FixedClock) -> None:
    """A username that was given up links to nobody any more, one that was handed on to the new person."""
    first = ensure_operator(database, "@user_500000002", clock)
    raw.write(
        shape_file,
        "UPDATE users SET username = 'gone' WHERE id = 2",
        "UPDATE users SET username = 'user_500000002' WHERE id = 1",
    )
    second = ensure_operator(database, "@user_500000002", clock)
    assert (second.id, second.user_id, second.non_admin) == (first.id, 1, False)
    raw.write(shape_file, "UPDATE users SET username = NULL WHERE id = 1")
    assert ensure_operator(database, "@user_500000002", clock).user_id is None
    assert raw.rows(shape_file, "SELECT user_id FROM console_operators") == [(None,)]


def test_consoles_of_one_operator_start_at_once(seed_file: Path) -> None:
    """One row for the name, and all of them are he."""
    with_our_tables(seed_file)
    script = """
import sys
from models.rules.clock import utc_now
from models.services.operators import ensure_operator
from models.store.database import Database
database = Database.open(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
print(ensure_operator(database, "anna", utc_now).id)
database.close()
"""
    assert together(*(Process(script, seed_file) for _ in range(4))) == ["1\n"] * 4
    assert raw.rows(seed_file, "SELECT id, handle FROM console_operators") == [(1, "anna")]


def test_a_read_only_session_has_no_operator(seed_file: Path, clock: FixedClock) -> None:
    database = Database.open(str(seed_file), read_only=True)
    with pytest.raises(Refused) as caught:
        ensure_operator(database, "anna", clock)
    assert caught.value.id == "read-only-session"
    database.close()
