"""A file copied into PostgreSQL and into another file: every row, resumed after a kill, caught up beside a writer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from console.demo.talk import talk
from models.errors import Refused
from models.services.check import check
from models.store.copy_run import copy
from models.store.copy_schema import PROGRESS
from models.store.copy_values import Copied, Kind, canonical, converted, digest
from models.store.database import Database
from models.store.seeds import seed
from models.store.sqlite import library
from tests.conftest import FixedClock, copy_of, with_our_tables
from tests.models.store.processes import Process
from tests.postgresql import Server
from tests.seed import raw

Ask = Callable[[str], list[Any]]


@pytest.fixture
def ask(server: Server, empty_url: str) -> Ask:
    """A statement on the target."""
    name = empty_url.partition("?")[0].rpartition("/")[2]
    return lambda statement: [tuple(row) for row in server.execute(statement, name)]


@pytest.fixture
def filled(owned_file: Path, clock: FixedClock) -> Path:
    database = Database.open(str(owned_file), clock=clock)
    seed(database, 40, 700, talk(), now=clock(), seed=7)
    database.close()
    return owned_file


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.store.copy_run.BATCH", 100)
    monkeypatch.setattr("models.store.copy_run.RANGE", 150)


@pytest.mark.parametrize("shape", ["S", "H"])
def test_the_applications_file_becomes_a_database_of_a_server(
    tmp_path: Path, empty_url: str, shape: str, ask: Ask
) -> None:
    """Every shape, with our tables beside: the same rows, the console opens it, new ids come after the old ones."""
    path = with_our_tables(copy_of(shape, tmp_path))
    before = path.read_bytes()
    done = copy(path, empty_url)
    assert done.same
    assert done.changed_count == 0
    assert {name: side.rows for name, side in done.tables.items()} == {
        name: raw.one(path, f'SELECT count(*) FROM "{name}"') for name in raw.table_names(path) - {"sqlite_sequence"}
    }
    database = Database.open(empty_url)
    assert (database.features.shape, database.features.console_tables, database.features.rails_owned) == (
        shape,
        True,
        True,
    )
    database.close()
    types = "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'messages'"
    found = dict(ask(types))
    assert (found["id"], found["user_id"], found["direction"]) == ("bigint", "bigint", "integer")
    assert (found["read"], found["created_at"]) == ("boolean", "timestamp without time zone")
    names = {name for (name,) in ask("SELECT indexname FROM pg_indexes WHERE tablename = 'messages'")}
    assert set(raw.table(path, "messages").indexes) <= names
    highest = raw.one(path, "SELECT max(id) FROM users")
    new = "INSERT INTO users (telegram_id, created_at, updated_at) VALUES (1, now(), now()) RETURNING id"
    assert ask(new) == [(highest + 1,)]
    assert not [name for (name,) in ask("SELECT tablename FROM pg_tables") if name == PROGRESS]
    assert path.read_bytes() == before


def test_a_database_of_our_own_moves_whole(filled: Path, empty_url: str, clock: FixedClock) -> None:
    assert copy(filled, empty_url).same
    database = Database.open(empty_url, clock=clock)
    assert [finding.name for finding in check(database, clock) if finding.count] == []
    from models.store.lifecycle import plan_upgrade, status

    assert (status(database).owner, plan_upgrade(database).steps) == ("frontdesk", ())
    database.close()


def test_a_file_becomes_the_same_file(filled: Path, tmp_path: Path) -> None:
    target = tmp_path / "new" / "copy.sqlite3"
    assert copy(filled, str(target)).same
    assert raw.master(target).items() >= {k: v for k, v in raw.master(filled).items() if "autoindex" not in k}.items()
    before, after = raw.stored(filled), raw.stored(target)
    assert before.keys() == after.keys()
    for name, rows in before.items():
        # Tables without an id of their own may number their rows otherwise.
        assert sorted(map(repr, after[name].values())) == sorted(map(repr, rows.values())), name


def test_what_can_not_go_as_it_is_goes_and_is_listed(seed_file: Path, empty_url: str, ask: Ask) -> None:
    with closing(library().connect(str(seed_file), isolation_level=None)) as connection:
        connection.execute("UPDATE messages SET body = 'a' || char(0) || 'b' WHERE id = 1")
        connection.execute("UPDATE messages SET body = CAST(x'D0FF41' AS TEXT) WHERE id = 2")
        connection.execute("UPDATE users SET authenticated = 'true' WHERE id = 3")
        connection.execute("UPDATE conversations SET last_message_at = 'yesterday' WHERE id = 4")
        connection.execute("UPDATE conversations SET ai_ready_score = 'many' WHERE id = 5")
    done = copy(seed_file, empty_url)
    assert done.same
    listed = {(value.table, value.id, value.column) for value in done.changed_values}
    assert listed == {
        ("messages", 1, "body"),
        ("messages", 2, "body"),
        ("users", 3, "authenticated"),
        ("conversations", 4, "last_message_at"),
        ("conversations", 5, "ai_ready_score"),
    }
    assert done.changed_count == 5
    assert ask("SELECT body FROM messages WHERE id = 1") == [("a␀b",)]
    assert ask("SELECT authenticated FROM users WHERE id = 3") == [(True,)]
    assert ask("SELECT last_message_at FROM conversations WHERE id = 4") == [(None,)]


KILLED = """
import os, sys
from pathlib import Path
import models.store.copy_run as copy_run
copy_run.BATCH = copy_run.RANGE = 100
point, left = sys.argv[3], int(sys.argv[4])
def kill(stage, done, total):
    global left
    if stage == point and done:
        left -= 1
        if left == 0:
            os.kill(os.getpid(), 9)
copy_run.copy(Path(sys.argv[1]), sys.argv[2], progress=kill)
"""


@pytest.mark.parametrize(("point", "left"), [("rows", 4), ("digest", 4)])
def test_a_copy_that_is_killed_goes_on_where_it_was(filled: Path, empty_url: str, point: str, left: int) -> None:
    process = Process(KILLED, filled, empty_url, point, left)
    process.popen.communicate(timeout=60)
    assert process.popen.returncode == -9
    done = copy(filled, empty_url)
    assert done.same
    # What the killed run had brought is not brought again.
    assert done.written < sum(side.rows for side in done.tables.values())


def writer(path: Path, until: threading.Event, pause: float) -> list[int]:
    """Another process' work: messages come, are read and go, people are renamed; 50 rows a second or so."""
    made: list[int] = []
    with closing(library().connect(str(path), isolation_level=None, timeout=10, check_same_thread=False)) as connection:
        connection.execute("PRAGMA foreign_keys=ON")
        number = 0
        while not until.wait(pause):
            number += 1
            connection.execute("BEGIN IMMEDIATE")
            cursor = connection.execute(
                "INSERT INTO messages (conversation_id, user_id, body, direction, read, created_at, updated_at) VALUES"
                " (?, ?, ?, 0, 0, '2026-11-23 12:00:00', '2026-11-23 12:00:00')",
                (number % 40 + 1, number % 40 + 1, f"new {number}"),
            )
            made.append(cursor.lastrowid)
            # As the application's increment and mark-read: `updated_at` stays as it is.
            connection.execute(
                "UPDATE conversations SET unread_count = unread_count + 1 WHERE id = ?", (number % 40 + 1,)
            )
            connection.execute("UPDATE messages SET read = 1 WHERE id = ?", (number,))
            if number % 5 == 0:
                connection.execute("DELETE FROM messages WHERE id = ?", (number + 100,))
            connection.execute("COMMIT")
    return made


def test_a_move_beside_a_writer_loses_nothing(filled: Path, empty_url: str, ask: Ask) -> None:
    """Copy, catch up, freeze, catch up for the last time: the same rows on both sides."""
    stop = threading.Event()
    busy = threading.Thread(target=writer, args=(filled, stop, 0.002))
    busy.start()
    try:
        passes = [copy(filled, empty_url)]
        passes.append(copy(filled, empty_url, catch_up=True))
    finally:
        stop.set()
        busy.join()
    last = copy(filled, empty_url, catch_up=True)
    assert all(done.same for done in [*passes, last])
    assert copy(filled, empty_url, catch_up=True).written == 0
    assert ask("SELECT count(*), sum(id) FROM messages") == raw.rows(filled, "SELECT count(*), sum(id) FROM messages")
    assert ask("SELECT sum(unread_count) FROM conversations") == raw.rows(
        filled, "SELECT sum(unread_count) FROM conversations"
    )


def test_what_is_refused(filled: Path, owned_file: Path, owned_url: str, tmp_path: Path) -> None:
    cases: list[tuple[str, Callable[[], Copied]]] = [
        ("copy-itself", lambda: copy(filled, str(filled))),
        ("copy-not-empty", lambda: copy(filled, owned_url)),
        ("copy-nothing", lambda: copy(filled, str(tmp_path / "none.sqlite3"), catch_up=True)),
    ]
    for id, attempt in cases:
        with pytest.raises(Refused) as caught:
            attempt()
        assert caught.value.id == id
    lacking = copy_of("S", tmp_path)
    with pytest.raises(Refused) as caught:
        copy(filled, str(lacking), catch_up=True)
    assert caught.value.id == "copy-schema"
    raw.write(filled, "UPDATE messages SET user_id = 999 WHERE id = 1")
    with pytest.raises(Refused) as caught:
        copy(filled, str(tmp_path / "orphans.sqlite3"))
    assert caught.value.id == "copy-orphans"


@pytest.mark.parametrize(
    ("value", "kind", "wanted"),
    [
        ("t", Kind.BOOLEAN, True),
        (2, Kind.BOOLEAN, True),
        ("", Kind.BOOLEAN, None),
        (2**31, Kind.INTEGER, None),
        (2**62, Kind.BIGINT, 2**62),
        ("12", Kind.INTEGER, 12),
        (1.5, Kind.INTEGER, None),
        ("2026-11-23T12:00:00.5+03:00", Kind.MOMENT, "2026-11-23 09:00:00.500000"),
        (0.1, Kind.NUMBER, Decimal("0.1")),
        (38000, Kind.NUMBER, Decimal(38000)),
        ("x", Kind.FLOAT, None),
        (7, Kind.TEXT, "7"),
        (b"a\0", Kind.ANY, b"a\0"),
    ],
)
def test_what_values_become(value: Any, kind: Kind, wanted: Any) -> None:
    assert converted(value, kind, nullable=True)[0] == wanted


def test_equal_values_compare_equal() -> None:
    at = datetime(2026, 11, 23, 12, 0)
    assert canonical(at) == canonical(at.replace(tzinfo=UTC)) == "2026-11-23 12:00:00"
    assert canonical(True) == canonical(1) == canonical(1.0) == canonical(Decimal("1.00")) == 1
    assert canonical(Decimal("0.10")) == canonical(0.1)
    assert digest([(1, "a"), (2, None)]) != digest([(1, "a"), (2, "")])
