"""The watch on the file: another process's commit, and a file that was replaced under us."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from models.errors import DatabaseProblem
from models.store.database import Database
from models.store.lifecycle import upgrade
from tests.models.store.processes import RAILS, Process
from tests.seed import raw

RENAME = "UPDATE users SET username = 'x' WHERE id = 1"


@pytest.fixture
def database(seed_file: Path) -> Iterator[Database]:
    opened = Database.open(str(seed_file))
    yield opened
    opened.close()


def test_it_stands_still_while_nobody_writes(database: Database) -> None:
    first = database.change_token()
    with database.read() as session:
        session.execute(text("SELECT count(*) FROM messages"))
    assert database.change_token() == first


def test_it_moves_with_each_commit_of_another_connection(database: Database, seed_file: Path) -> None:
    tokens = {database.change_token()}
    for name in ("x", "y", "z"):
        raw.write(seed_file, f"UPDATE users SET username = '{name}' WHERE id = 1")
        tokens.add(database.change_token())
    assert len(tokens) == 4


def test_it_moves_with_our_own_commits_too(database: Database) -> None:
    first = database.change_token()
    with database.write() as session:
        session.execute(text(RENAME))
    assert database.change_token() != first


def test_it_sees_what_no_timestamp_tells(database: Database, seed_file: Path) -> None:
    """An increment and a mark-read of the application leave `updated_at` alone."""
    first = database.change_token()
    raw.write(seed_file, "UPDATE conversations SET unread_count = unread_count + 1 WHERE id = 2")
    assert database.change_token() != first


def test_a_rollback_moves_nothing(database: Database) -> None:
    first = database.change_token()

    def fail() -> None:
        with database.write() as session:
            session.execute(text(RENAME))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert database.change_token() == first


def test_another_processs_commit_is_seen_at_the_next_poll(database: Database, seed_file: Path) -> None:
    process = Process(RAILS, seed_file, 1)
    try:
        process.ready()
        first = database.change_token()
        process.start()
        process.finish()
        assert database.change_token() != first
    finally:
        process.kill()


def test_it_works_read_only(seed_file: Path) -> None:
    database = Database.open(str(seed_file), read_only=True)
    first = database.change_token()
    raw.write(seed_file, RENAME)
    assert database.change_token() != first
    database.close()


def test_it_costs_next_to_nothing(database: Database) -> None:
    """Polled four times a second for hours."""
    database.change_token()
    started = time.perf_counter()
    for _ in range(200):
        database.change_token()
    assert (time.perf_counter() - started) / 200 < 0.005


def replace(path: Path) -> None:
    """Another file at the same path, as a restore or a deploy puts it there: with one user renamed."""
    new = path.with_name("restored.sqlite3")
    raw.rows(path, "PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copyfile(path, new)
    raw.write(new, "UPDATE users SET username = 'restored' WHERE id = 1")
    raw.rows(new, "PRAGMA journal_mode=delete")
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    new.replace(path)


def test_a_replaced_file_is_said_once_and_then_read_anew(database: Database, seed_file: Path) -> None:
    first = database.change_token()
    with database.read() as session:
        assert session.execute(text("SELECT username FROM users WHERE id = 1")).scalar() == "user_500000001"
    replace(seed_file)
    with pytest.raises(DatabaseProblem) as caught:
        database.change_token()
    assert caught.value.id == "replaced"
    second = database.change_token()
    assert second[0] == first[0] + 1, "a new file's own count may be the old one's by chance"
    with database.read() as session:
        assert session.execute(text("SELECT username FROM users WHERE id = 1")).scalar() == "restored"
    with database.write() as session:
        session.execute(text(RENAME))
    assert raw.one(seed_file, "SELECT username FROM users WHERE id = 1") == "x"


@pytest.mark.parametrize("noticed", [False, True])
def test_no_write_reaches_a_replaced_file(database: Database, seed_file: Path, noticed: bool) -> None:
    """Neither the new one nor the old one, which nobody will read again; whether or not the watch has noticed."""
    database.change_token()
    old = seed_file.with_name("old.sqlite3")
    with database.write() as session:
        session.execute(text("UPDATE users SET last_name = 'before' WHERE id = 1"))
    replace_keeping(seed_file, old)
    before, gone = raw.stored(seed_file), raw.stored(old)
    if noticed:
        with pytest.raises(DatabaseProblem):
            database.change_token()
    with pytest.raises(DatabaseProblem) as caught, database.write() as session:
        session.execute(text(RENAME))
    assert caught.value.id == "replaced"
    assert raw.stored(seed_file) == before
    assert raw.stored(old) == gone


def replace_keeping(path: Path, old: Path) -> None:
    """The same, with the old file still there under another name."""
    new = path.with_name("restored.sqlite3")
    raw.rows(path, "PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copyfile(path, new)
    raw.rows(new, "PRAGMA journal_mode=delete")
    for suffix in ("", "-wal", "-shm"):
        moved = path.with_name(path.name + suffix)
        if moved.exists():
            moved.rename(old.with_name(old.name + suffix))
    new.replace(path)


def test_a_deleted_file_is_said_until_it_is_back(database: Database, seed_file: Path) -> None:
    database.change_token()
    kept = seed_file.with_name("kept.sqlite3")
    shutil.copyfile(seed_file, kept)
    seed_file.unlink()
    for _ in range(3):
        with pytest.raises(DatabaseProblem) as caught:
            database.change_token()
        assert caught.value.id == "replaced"
    with pytest.raises(DatabaseProblem), database.write() as session:
        session.execute(text(RENAME))
    assert not seed_file.exists(), "never created again by us"
    for suffix in ("-wal", "-shm"):
        seed_file.with_name(seed_file.name + suffix).unlink(missing_ok=True)
    kept.rename(seed_file)
    assert within(5, database)
    with database.write() as session:
        session.execute(text(RENAME))


def within(seconds: float, database: Database) -> bool:
    """Whether the watch recovers in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            database.change_token()
        except DatabaseProblem:
            continue
        return True
    return False


def test_a_replacement_of_another_shape_is_not_taken(database: Database, seed_file: Path) -> None:
    database.change_token()
    other = seed_file.with_name("other.sqlite3")
    raw.write(other, "CREATE TABLE songs (id integer)")
    for suffix in ("-wal", "-shm"):
        seed_file.with_name(seed_file.name + suffix).unlink(missing_ok=True)
    other.replace(seed_file)
    seen = []
    for _ in range(3):
        with pytest.raises(DatabaseProblem) as caught:
            database.change_token()
        seen.append(caught.value.id)
    assert seen == ["replaced", "unknown-shape", "unknown-shape"]
    with pytest.raises(DatabaseProblem), database.write() as session:
        session.execute(text("CREATE TABLE more (id integer)"))
    assert raw.table_names(seed_file) == {"songs"}


def test_features_follow_the_new_file(database: Database, seed_file: Path, tmp_path: Path) -> None:
    database.change_token()
    assert not database.features.console_tables
    upgraded = tmp_path / "upgraded.sqlite3"
    raw.rows(seed_file, "PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copyfile(seed_file, upgraded)
    other = Database.open(str(upgraded))
    upgrade(other)
    other.close()
    raw.rows(upgraded, "PRAGMA journal_mode=delete")
    for suffix in ("-wal", "-shm"):
        seed_file.with_name(seed_file.name + suffix).unlink(missing_ok=True)
    upgraded.replace(seed_file)
    assert within(5, database)
    assert database.features.console_tables
