"""Seed: Query Patterns. Finding, creating and updating people, on all four files."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from models.errors import DatabaseProblem, NotFound, Refused
from models.services.sign_in import (
    clear_token,
    complete_authentication,
    conversation_of,
    find_or_create_user,
    user_by_session_token,
    user_by_telegram_id,
    user_by_username,
)
from models.store.database import Database
from tests.conftest import FixedClock, copy_of
from tests.seed import raw

ROOT = Path(__file__).parents[2]
TOKEN = "0123456789abcdef" * 2


@pytest.fixture
def anna(opened: Database) -> int:
    return find_or_create_user(opened, 42, username="johndoe", first_name="Анна", last_name="Каренина")


# Finding


def test_by_telegram_id(opened: Database, anna: int) -> None:
    with opened.read() as session:
        found = user_by_telegram_id(session, 42)
        assert found is not None
        assert (found.id, found.first_name) == (anna, "Анна")
        assert user_by_telegram_id(session, 43) is None


def test_by_session_token(opened: Database, anna: int) -> None:
    complete_authentication(opened, anna, TOKEN)
    with opened.read() as session:
        found = user_by_session_token(session, TOKEN)
        assert found is not None
        assert found.id == anna
        assert user_by_session_token(session, TOKEN[:-1]) is None


@pytest.mark.parametrize("authenticated", ["0", "NULL"])
def test_a_token_counts_only_with_authenticated_true(
    opened: Database, any_file: Path, anna: int, authenticated: str
) -> None:
    """Correction 3: NULL is false."""
    complete_authentication(opened, anna, TOKEN)
    raw.write(any_file, f"UPDATE users SET authenticated = {authenticated} WHERE id = {anna}")
    with opened.read() as session:
        assert user_by_session_token(session, TOKEN) is None


def test_no_token_finds_nobody(opened: Database, any_file: Path, anna: int) -> None:
    """Not even somebody whose token is blank; NULL matches nothing."""
    raw.write(any_file, f"UPDATE users SET authenticated = 1, session_token = '' WHERE id = {anna}")
    with opened.read() as session:
        assert user_by_session_token(session, "") is None


def test_by_username(opened: Database, anna: int) -> None:
    with opened.read() as session:
        found = user_by_username(session, "johndoe")
        assert found is not None
        assert found.id == anna
        assert user_by_username(session, "JohnDoe") is None


def test_by_a_username_that_was_handed_on(opened: Database, anna: int) -> None:
    """Usernames have no unique index: the first person's row, as `find_by` answers."""
    find_or_create_user(opened, 43, username="johndoe")
    with opened.read() as session:
        found = user_by_username(session, "johndoe")
        assert found is not None
        assert found.id == anna


# Creating


def test_find_or_create_makes_a_person_as_the_application_does(
    opened: Database, any_file: Path, clock: FixedClock, text_of: Callable[[datetime], str]
) -> None:
    before = raw.stored(any_file)
    now = text_of(clock.advance(0.5))
    made = find_or_create_user(opened, 42, username="johndoe", first_name="Анна")
    found = raw.changes(before, raw.stored(any_file))
    row = found.pop(("users", made))
    assert found == {}
    assert row is not None
    expected = {
        "telegram_id": "integer:42",
        "username": "text:'johndoe'",
        "first_name": "text:'Анна'",
        "last_name": "null:NULL",
        "session_token": "null:NULL",
        "authenticated": "integer:0",
        "admin": "integer:0",
        "paid": "integer:0",
        "avatar_url": "null:NULL",
        "created_at": f"text:'{now}'",
        "updated_at": f"text:'{now}'",
    }
    if opened.features.crm:
        expected["crm_status"] = "integer:0"
    assert {name: row[name] for name in expected} == expected


def test_find_or_create_finds_and_changes_nothing(opened: Database, any_file: Path, anna: int) -> None:
    """The block is "only executed if user doesn't exist"."""
    before = raw.stored(any_file)
    assert find_or_create_user(opened, 42, username="other", first_name="Другое", last_name="Имя") == anna
    assert raw.changes(before, raw.stored(any_file)) == {}


RACE = """
import sys
from models.services.sign_in import find_or_create_user
from models.store.database import Database
database = Database.open(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
print(*(find_or_create_user(database, 9000 + n, username=sys.argv[2]) for n in range(10)))
database.close()
"""


@pytest.mark.parametrize("shape", ["S"])
def test_eight_processes_find_or_create_the_same_people(tmp_path: Path, shape: str) -> None:
    """Correction 11: not atomic under Rails, atomic here: one row each, no error, and all agree on the ids."""
    path = copy_of(shape, tmp_path)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", RACE, str(path), f"process{number}"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(8)
    ]
    try:
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        answers = []
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        for process in processes:
            out, err = process.communicate(timeout=60)
            assert (process.returncode, err) == (0, "")
            answers.append([int(word) for word in out.split()])
    finally:
        for process in processes:
            if process.poll() is None:
                process.kill()
                process.communicate(timeout=10)
    rows = raw.rows(path, "SELECT id FROM users WHERE telegram_id BETWEEN 9000 AND 9009 ORDER BY telegram_id")
    assert answers == [[id for (id,) in rows]] * 8
    assert len(rows) == 10


def test_the_auth_flow(opened: Database, any_file: Path) -> None:
    """Find or create, then `update(session_token:, authenticated: true)`."""
    made = find_or_create_user(opened, 42, username="johndoe")
    complete_authentication(opened, made, TOKEN)
    found = raw.rows(
        any_file, "SELECT session_token, typeof(authenticated), authenticated FROM users WHERE id = ?", (made,)
    )
    assert found == [(TOKEN, "integer", 1)]


def test_a_new_persons_conversation_has_its_owner(
    opened: Database, any_file: Path, clock: FixedClock, anna: int
) -> None:
    """Correction 18: the user is always set; in shape H the owner columns too."""
    with opened.write() as session:
        made = conversation_of(session, opened.features, clock, anna)
        assert conversation_of(session, opened.features, clock, anna) == made
    row = raw.stored(any_file)["conversations"][made]
    assert row["user_id"] == f"integer:{anna}"
    if opened.features.owner_columns:
        assert (row["conversable_type"], row["conversable_id"]) == ("text:'User'", f"integer:{anna}")


# Updating


def test_complete_authentication(
    opened: Database, any_file: Path, anna: int, clock: FixedClock, text_of: Callable[[datetime], str]
) -> None:
    before = raw.stored(any_file)
    now = text_of(clock.advance(60))
    complete_authentication(opened, anna, TOKEN)
    assert raw.changes(before, raw.stored(any_file)) == {
        ("users", anna): {
            "session_token": f"text:'{TOKEN}'",
            "authenticated": "integer:1",
            "updated_at": f"text:'{now}'",
        }
    }


def test_a_token_of_somebody_else_is_refused_and_not_shown(opened: Database, any_file: Path, anna: int) -> None:
    complete_authentication(opened, anna, TOKEN)
    other = find_or_create_user(opened, 43)
    with pytest.raises(DatabaseProblem) as caught:
        complete_authentication(opened, other, TOKEN)
    assert TOKEN not in repr(caught.value) + str(caught.value)
    assert raw.rows(any_file, "SELECT session_token, authenticated FROM users WHERE id = ?", (other,)) == [(None, 0)]


def test_clear_session_token(
    opened: Database, any_file: Path, anna: int, clock: FixedClock, text_of: Callable[[datetime], str]
) -> None:
    """Correction 15: the seed's clear; NULL is stored, so that two people can be signed out."""
    other = find_or_create_user(opened, 43)
    for person, token in ((anna, TOKEN), (other, TOKEN[::-1])):
        complete_authentication(opened, person, token)
    before = raw.stored(any_file)
    now = text_of(clock.advance(60))
    clear_token(opened, anna)
    clear_token(opened, other)
    cleared = {"session_token": "null:NULL", "authenticated": "integer:0", "updated_at": f"text:'{now}'"}
    assert raw.changes(before, raw.stored(any_file)) == {("users", anna): cleared, ("users", other): cleared}
    with opened.read() as session:
        assert user_by_session_token(session, TOKEN) is None


def test_a_blank_token_is_stored_as_null(opened: Database, any_file: Path, anna: int) -> None:
    """The index is unique: two empty strings would collide."""
    for person in (anna, find_or_create_user(opened, 43)):
        complete_authentication(opened, person, "")
    found = raw.rows(any_file, "SELECT typeof(session_token) FROM users WHERE telegram_id IN (42, 43)")
    assert found == [("null",), ("null",)]


def test_a_person_who_is_gone_is_not_found(opened: Database) -> None:
    for update in (lambda: complete_authentication(opened, 999, TOKEN), lambda: clear_token(opened, 999)):
        with pytest.raises(NotFound) as caught:
            update()
        assert (caught.value.id, caught.value.values) == ("user-not-found", {"id": 999})


def test_nothing_is_written_read_only(any_file: Path) -> None:
    database = Database.open(str(any_file), read_only=True)
    before = raw.stored(any_file)
    for write in (
        lambda: find_or_create_user(database, 42),
        lambda: complete_authentication(database, 1, TOKEN),
        lambda: clear_token(database, 1),
    ):
        with pytest.raises(Refused) as caught:
            write()
        assert caught.value.id == "read-only-session"
    database.close()
    assert raw.stored(any_file) == before
