"""The feed: what moved, whoever moved it, asked cheaply; and what a restored or replaced file means."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from models.errors import DatabaseProblem
from models.services import feed
from models.services.desk import Desk
from models.services.recording import record_incoming
from models.views import Changes, View
from tests.conftest import FixedClock
from tests.models.services.statements import plans, sent
from tests.seed import raw

EVERYTHING = Changes(everything=True)


@pytest.fixture
def watched(desk: Desk) -> Desk:
    """A desk whose first picture has been taken."""
    assert desk.feed.poll() is not None
    assert desk.feed.poll() is None
    return desk


def message(conversation_id: int) -> str:
    return (
        "INSERT INTO messages (conversation_id, body, direction, created_at, updated_at)"
        f" VALUES ({conversation_id}, 'x', 0, '2026-11-23 11:00:00', '2026-11-23 11:00:00')"
    )


def test_the_first_look_asks_for_everything(desk: Desk) -> None:
    changes = desk.feed.poll()
    assert changes is not None
    assert changes.everything
    assert changes.conversations == frozenset()
    assert desk.feed.poll() is None


def test_messages_of_another_program(watched: Desk, shape_file: Path) -> None:
    raw.write(shape_file, message(3), message(5), message(3))
    assert watched.feed.poll() == Changes(conversations=frozenset({3, 5}))
    assert watched.feed.poll() is None


def test_what_we_write_ourselves_is_seen_too(watched: Desk, clock: FixedClock) -> None:
    with watched.database.write() as session:
        record_incoming(
            session, watched.features, clock, conversation_id=4, user_id=4, body="x", telegram_message_id=None
        )
    assert watched.feed.poll() == Changes(conversations=frozenset({4}))
    watched.drafts.save(1, "text", "key")
    assert watched.feed.poll() == Changes()
    watched.outbox.enqueue(1, "text", client_key="key")
    assert watched.feed.poll() == Changes(outbox=True)
    watched.access.set_paid(4, not watched.people.person(4).row.paid)
    assert watched.feed.poll() == Changes(people=True)
    watched.inbox.mark_unread(1)
    assert watched.feed.poll() == Changes()
    assert watched.feed.poll() is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE conversations SET unread_count = 9 WHERE id = 3",
        "UPDATE messages SET read = 1",
        "DELETE FROM messages WHERE id = 1",
    ],
)
def test_something_that_no_watermark_names(watched: Desk, shape_file: Path, statement: str) -> None:
    raw.write(shape_file, statement)
    assert watched.feed.poll() == Changes()


def test_a_new_person(watched: Desk, shape_file: Path) -> None:
    raw.write(shape_file, "INSERT INTO users (telegram_id, created_at, updated_at) VALUES (1, '2026', '2026')")
    assert watched.feed.poll() == Changes(people=True)


def test_reading_moves_nothing(watched: Desk, shape_file: Path) -> None:
    watched.inbox.counts()
    watched.inbox.mark_read(1)
    raw.rows(shape_file, "SELECT * FROM users")
    with watched.database.write() as session:
        session.connection()
    assert watched.feed.poll() is None


def test_a_gap_too_large_to_name(watched: Desk, shape_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "GAP", 3)
    raw.write(shape_file, *(message(number) for number in (1, 2, 3)))
    assert watched.feed.poll() == Changes(conversations=frozenset({1, 2, 3}))
    raw.write(shape_file, *(message(number) for number in (1, 2, 3, 4)))
    assert watched.feed.poll() == EVERYTHING


@pytest.mark.parametrize("table", ["messages", "users"])
def test_a_database_that_shrank(watched: Desk, shape_file: Path, table: str) -> None:
    """As after a restore into the same file."""
    raw.write(shape_file, f"DELETE FROM {table} WHERE id = (SELECT max(id) FROM {table})")
    changes = watched.feed.poll()
    assert changes is not None
    assert changes.everything
    raw.write(shape_file, message(3))
    assert watched.feed.poll() == Changes(conversations=frozenset({3}))


def test_another_file_in_its_place(watched: Desk, shape_file: Path, tmp_path: Path) -> None:
    """Told once; then everything is new, even where the ids happen to have grown."""
    other = Path(shutil.copyfile(shape_file, tmp_path / "other"))
    raw.write(other, message(3))
    os.replace(other, shape_file)
    with pytest.raises(DatabaseProblem, match="replaced"):
        watched.feed.poll()
    assert watched.feed.poll() == EVERYTHING
    assert watched.feed.poll() is None
    raw.write(shape_file, message(5))
    assert watched.feed.poll() == Changes(conversations=frozenset({5}))


def test_a_file_that_is_gone_and_comes_back(watched: Desk, shape_file: Path, tmp_path: Path) -> None:
    away = tmp_path / "away"
    shape_file.rename(away)
    for _ in range(3):
        with pytest.raises(DatabaseProblem, match="replaced"):
            watched.feed.poll()
    away.rename(shape_file)
    assert watched.feed.poll() is None, "the same file, untouched"
    raw.write(shape_file, message(5))
    assert watched.feed.poll() == Changes(conversations=frozenset({5}))


def test_a_look_that_failed_is_taken_again(watched: Desk, shape_file: Path) -> None:
    raw.write(shape_file, "ALTER TABLE users RENAME TO hidden", message(3))
    with pytest.raises(DatabaseProblem, match="missing-column"):
        watched.feed.poll()
    raw.write(shape_file, "ALTER TABLE hidden RENAME TO users")
    assert watched.feed.poll() == Changes(conversations=frozenset({3}))


def test_without_our_tables_and_read_only(shape_file: Path, clock: FixedClock) -> None:
    for read_only in (False, True):
        desk = Desk.open(str(shape_file), operator="tester", clock=clock, read_only=read_only)
        first = desk.feed.poll()
        assert first is not None
        assert first.everything
        raw.write(shape_file, message(3))
        assert desk.feed.poll() == Changes(conversations=frozenset({3}))
        desk.close()


def test_looking_is_cheap(watched: Desk, shape_file: Path) -> None:
    """Nothing moved: no statement of ours. Something moved: the ends of keys, and the new rows by key."""
    with sent(watched.database) as found:
        assert watched.feed.poll() is None
    assert found == []
    raw.write(shape_file, message(3))
    for plan in plans(watched.database, shape_file, watched.feed.poll):
        assert "SCAN" not in plan.replace("SCAN console_presence", ""), plan  # a row for each console


def test_the_files_say_that_there_is_nothing_to_look_for(desk: Desk, shape_file: Path) -> None:
    assert not desk.feed.quiet(), "nothing was seen yet"
    desk.feed.poll()
    assert desk.feed.quiet()
    with sent(desk.database) as statements:
        assert desk.feed.quiet()
    assert statements == []
    desk.inbox.ids(View.ALL)
    assert desk.feed.quiet()
    raw.write(shape_file, message(3))
    assert not desk.feed.quiet()
    assert desk.feed.poll() == Changes(conversations=frozenset({3}))
    assert desk.feed.quiet()
    desk.drafts.save(1, "text", "key")
    assert not desk.feed.quiet(), "our own commits count too"


def test_a_file_that_is_replaced_is_no_quiet_one(watched: Desk, shape_file: Path, tmp_path: Path) -> None:
    assert watched.feed.quiet()
    copy = tmp_path / "copy.sqlite3"
    shutil.copy(shape_file, copy)
    copy.replace(shape_file)
    assert not watched.feed.quiet()
