"""Sessions: readers can't write, writers take the lock first, and both set what every connection needs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlmodel import select

from models.errors import DatabaseProblem, Refused
from models.store.database import Database
from models.tables import User
from tests.models.store.processes import CONSOLE, RAILS, Process, together
from tests.seed import raw


@pytest.fixture
def database(seed_file: Path) -> Iterator[Database]:
    opened = Database.open(str(seed_file), timeout_ms=2000)
    yield opened
    opened.close()


def pragma(session: Any, name: str) -> object:
    return session.execute(text(f"PRAGMA {name}")).scalar()


RENAME = text("UPDATE users SET username = 'x' WHERE id = 1")


def test_a_reader_can_not_write(database: Database, seed_file: Path) -> None:
    before = raw.stored(seed_file)
    with pytest.raises(DatabaseProblem) as caught, database.read() as session:
        session.execute(RENAME)
    assert caught.value.id == "read-only"
    assert raw.changes(before, raw.stored(seed_file)) == {}


def test_a_change_to_an_object_of_a_reader_goes_nowhere(database: Database, seed_file: Path) -> None:
    with database.read() as session:
        session.exec(select(User).where(User.id == 1)).one().username = "x"
    assert raw.one(seed_file, "SELECT username FROM users WHERE id = 1") == "user_500000001"


def test_a_reader_sees_one_snapshot(database: Database, seed_file: Path) -> None:
    count = text("SELECT count(*) FROM users")
    with database.read() as session:
        assert session.execute(count).scalar_one() == 60
        raw.write(seed_file, "INSERT INTO users (telegram_id, created_at, updated_at) VALUES (1, '2026', '2026')")
        assert session.execute(count).scalar_one() == 60
    with database.read() as session:
        assert session.execute(count).scalar_one() == 61


@pytest.mark.parametrize(("kind", "synchronous", "query_only"), [("read", 1, 1), ("write", 2, 0)])
def test_what_every_connection_has_set(database: Database, kind: str, synchronous: int, query_only: int) -> None:
    """FULL where we write (the outbox shares transactions with the application's tables), NORMAL where we read."""
    with getattr(database, kind)() as session:
        assert pragma(session, "foreign_keys") == 1
        assert pragma(session, "synchronous") == synchronous
        assert pragma(session, "query_only") == query_only
        assert pragma(session, "busy_timeout") == 2000


def test_the_busy_timeout_is_five_seconds_by_default(seed_file: Path) -> None:
    database = Database.open(str(seed_file))
    with database.read() as reader, database.write() as writer:
        assert pragma(reader, "busy_timeout") == pragma(writer, "busy_timeout") == 5000
    database.close()


def test_a_writer_begins_immediate_and_a_reader_does_not(database: Database) -> None:
    seen: dict[str, list[str]] = {"read": [], "write": []}
    for kind, engine in (("read", database.reader_engine), ("write", database.writer_engine)):

        @event.listens_for(engine, "before_cursor_execute")
        def note(connection: Any, cursor: Any, statement: str, *_: Any, kind: str = kind) -> None:
            seen[kind].append(statement)

    with database.read() as session:
        session.execute(text("SELECT 1"))
    with database.write() as session:
        session.execute(text("SELECT 1"))
    assert seen == {"read": ["BEGIN", "SELECT 1"], "write": ["BEGIN IMMEDIATE", "SELECT 1"]}


def test_a_writer_holds_the_lock_before_its_first_statement(database: Database, seed_file: Path) -> None:
    with database.write(), pytest.raises(Exception, match="locked"):
        hurry(seed_file)
    hurry(seed_file)


def hurry(path: Path) -> None:
    from contextlib import closing

    from models.store.sqlite import library

    with closing(library().connect(str(path), isolation_level=None, timeout=0)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")


def test_a_write_is_committed_at_the_end(database: Database, seed_file: Path) -> None:
    with database.write() as session:
        session.execute(RENAME)
        assert raw.one(seed_file, "SELECT username FROM users WHERE id = 1") == "user_500000001"
    assert raw.one(seed_file, "SELECT username FROM users WHERE id = 1") == "x"


@pytest.mark.parametrize("failure", [ZeroDivisionError, KeyboardInterrupt, Refused])
def test_any_exception_rolls_back(database: Database, seed_file: Path, failure: type[BaseException]) -> None:
    before = raw.stored(seed_file)

    def fail() -> None:
        with database.write() as session:
            session.execute(RENAME)
            raise failure("no")

    with pytest.raises(failure):
        fail()
    assert raw.changes(before, raw.stored(seed_file)) == {}
    with database.write() as session:
        session.execute(RENAME)
    assert raw.one(seed_file, "SELECT username FROM users WHERE id = 1") == "x"


def test_a_session_is_over_when_its_block_is(database: Database) -> None:
    with database.read() as session:
        session.execute(text("SELECT id FROM users"))
    with database.write() as session:
        session.execute(text("SELECT id FROM users"))
    assert database.reader_engine.pool.checkedin() == database.writer_engine.pool.checkedin() == 1


def test_writers_of_one_process_wait_for_each_other(database: Database, seed_file: Path) -> None:
    raw.write(seed_file, "UPDATE conversations SET unread_count = 0 WHERE id = 1")
    failures: list[BaseException] = []

    def add() -> None:
        try:
            for _ in range(10):
                with database.write() as session:
                    count = session.execute(text("SELECT unread_count FROM conversations WHERE id = 1")).scalar_one()
                    session.execute(text(f"UPDATE conversations SET unread_count = {count + 1} WHERE id = 1"))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=add) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []
    assert raw.one(seed_file, "SELECT unread_count FROM conversations WHERE id = 1") == 60


def test_two_consoles_and_a_rails_writer_never_see_a_lock(seed_file: Path) -> None:
    """`BEGIN IMMEDIATE` in all three: nobody fails, no increment is lost."""
    raw.write(seed_file, "UPDATE conversations SET unread_count = 0 WHERE id = 1")
    together(Process(CONSOLE, seed_file, 150), Process(CONSOLE, seed_file, 150), Process(RAILS, seed_file, 300))
    assert raw.one(seed_file, "SELECT unread_count FROM conversations WHERE id = 1") == 600


def test_broken_utf_8_hides_no_row(database: Database, seed_file: Path) -> None:
    raw.write(
        seed_file,
        "UPDATE users SET first_name = CAST(x'D09FD180FFD0' AS TEXT) WHERE id = 2",
        "UPDATE messages SET body = CAST(x'C328' AS TEXT) WHERE id = 3",
    )
    with database.read() as session:
        people = session.exec(select(User)).all()
        assert len(people) == 60
        assert next(person.first_name for person in people if person.id == 2) == "Пр\ufffd\ufffd"
        assert session.execute(text("SELECT body FROM messages WHERE id = 3")).scalar() == "\ufffd("


def test_folding_knows_cyrillic_and_yo(database: Database) -> None:
    with database.read() as session:
        assert session.execute(text("SELECT frontdesk_fold('ЁЖИК Straße'), frontdesk_fold(NULL)")).one() == (
            "ежик strasse",
            None,
        )


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_the_journal_mode_of_a_file_stays_as_it_is(seed_file: Path, mode: str) -> None:
    raw.rows(seed_file, f"PRAGMA journal_mode={mode}")
    database = Database.open(str(seed_file))
    with database.read() as session:
        session.execute(text("SELECT count(*) FROM users"))
    with database.write() as session:
        session.execute(RENAME)
    database.change_token()
    database.close()
    assert raw.one(seed_file, "PRAGMA journal_mode") == mode
    assert raw.one(seed_file, "SELECT username FROM users WHERE id = 1") == "x"


def test_a_read_only_database_refuses_to_write_and_leaves_no_trace(seed_file: Path) -> None:
    raw.rows(seed_file, "PRAGMA journal_mode=delete")
    before = (seed_file.read_bytes(), seed_file.stat().st_mtime_ns)
    database = Database.open(str(seed_file), read_only=True)
    with pytest.raises(Refused) as caught, database.write():
        pass
    assert caught.value.id == "read-only-session"
    with database.read() as session:
        assert session.execute(text("SELECT count(*) FROM users")).scalar() == 60
    assert database.change_token()
    database.close()
    assert (seed_file.read_bytes(), seed_file.stat().st_mtime_ns) == before
    assert [entry.name for entry in seed_file.parent.glob(seed_file.name + "*")] == [seed_file.name]


def test_a_read_only_session_of_a_wal_file_writes_nothing_either(shape_file: Path) -> None:
    """Not even where the application is at work: its uncommitted pages stay its own."""
    before = raw.stored(shape_file)
    database = Database.open(str(shape_file), read_only=True)
    with pytest.raises(DatabaseProblem) as caught, database.read() as session:
        session.execute(RENAME)
    assert caught.value.id == "read-only"
    database.close()
    assert raw.stored(shape_file) == before


def test_sessions_carry_the_clock(seed_file: Path) -> None:
    moment = datetime(2030, 1, 1, tzinfo=UTC)
    database = Database.open(str(seed_file), clock=lambda: moment)
    with database.write() as session:
        session.add(User(telegram_id=1))
    database.close()
    assert raw.one(seed_file, "SELECT created_at FROM users WHERE telegram_id = 1") == "2030-01-01 00:00:00"


@pytest.mark.parametrize("failing", ["read", "write"])
def test_a_closed_database_leaves_no_file_open(seed_file: Path, failing: str) -> None:
    raw.rows(seed_file, "PRAGMA journal_mode=wal")
    database = Database.open(str(seed_file))
    with pytest.raises(ZeroDivisionError), getattr(database, failing)():
        raise ZeroDivisionError
    database.change_token()
    database.close()
    assert not [entry.name for entry in seed_file.parent.glob(seed_file.name + "-*")]
