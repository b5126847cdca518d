"""Read and unread: what is written, compared column by column on all three shapes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from models.errors import DatabaseProblem, NotFound, Refused
from models.services.desk import Desk
from tests.conftest import FixedClock
from tests.models.services.statements import sent
from tests.models.store.processes import Process, together
from tests.seed import raw

Changed = dict[tuple[str, object], dict[str, str] | None]


@pytest.fixture
def changed(shape_file: Path) -> Callable[[Callable[[], None]], Changed]:
    def run(act: Callable[[], None]) -> Changed:
        before = raw.stored(shape_file)
        act()
        return raw.changes(before, raw.stored(shape_file))

    return run


@pytest.fixture
def now(clock: FixedClock) -> str:
    return f"text:'{stored(clock.now)}'"


def stored(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(" ")


def ids(path: Path, condition: str) -> list[int]:
    return [id for (id,) in raw.rows(path, f"SELECT id FROM messages WHERE {condition} ORDER BY created_at, id")]


def test_mark_read(desk: Desk, shape_file: Path, now: str, changed: Callable[[Callable[[], None]], Changed]) -> None:
    """The counter with `updated_at`, and `read` of every unread message, outgoing ones too; NULL stays NULL."""
    raw.write(
        shape_file,
        "UPDATE conversations SET unread_count = 2 WHERE id = 2",
        "UPDATE messages SET read = 0 WHERE conversation_id = 2",
        "UPDATE messages SET read = NULL WHERE id = (SELECT min(id) FROM messages WHERE conversation_id = 2)",
    )
    unread = ids(shape_file, "conversation_id = 2 AND read = 0")
    assert unread
    assert raw.one(shape_file, "SELECT count(*) FROM messages WHERE conversation_id = 2 AND direction = 1 AND read = 0")
    assert changed(lambda: desk.inbox.mark_read(2)) == {
        ("conversations", 2): {"unread_count": "integer:0", "updated_at": now},
        **{("messages", id): {"read": "integer:1"} for id in unread},
    }


@pytest.mark.parametrize(("counter", "written"), [("NULL", True), ("0", False), ("7", True), ("-1", True)])
def test_the_counter_is_written_only_where_it_changes(
    desk: Desk,
    shape_file: Path,
    now: str,
    changed: Callable[[Callable[[], None]], Changed],
    counter: str,
    written: bool,
) -> None:
    """NULL to 0 is a change to Rails."""
    raw.write(
        shape_file,
        f"UPDATE conversations SET unread_count = {counter} WHERE id = 2",
        "UPDATE messages SET read = 1 WHERE conversation_id = 2",
    )
    expected = {("conversations", 2): {"unread_count": "integer:0", "updated_at": now}} if written else {}
    assert changed(lambda: desk.inbox.mark_read(2)) == expected


def test_messages_become_read_though_the_counter_says_nothing_is_unread(
    desk: Desk, shape_file: Path, changed: Callable[[Callable[[], None]], Changed]
) -> None:
    raw.write(
        shape_file,
        "UPDATE conversations SET unread_count = 0 WHERE id = 2",
        "UPDATE messages SET read = 0 WHERE conversation_id = 2",
    )
    found = changed(lambda: desk.inbox.mark_read(2))
    assert found == {("messages", id): {"read": "integer:1"} for id in ids(shape_file, "conversation_id = 2")}


def test_nothing_to_do_locks_nothing(desk: Desk, shape_file: Path) -> None:
    desk.inbox.mark_read(2)
    with sent(desk.database) as found:
        desk.inbox.mark_read(2)
    assert not [statement for statement, _ in found if statement.startswith(("BEGIN", "UPDATE"))]


def test_marking_is_one_transaction(desk: Desk, shape_file: Path) -> None:
    with sent(desk.database) as found:
        desk.inbox.mark_read(2)
    assert [statement.split()[0] for statement, _ in found if not statement.startswith("SELECT")] == [
        "BEGIN",
        "UPDATE",
        "UPDATE",
    ]


@pytest.mark.parametrize("counter", ["0", "NULL", "3"])
def test_mark_unread(
    desk: Desk, shape_file: Path, now: str, changed: Callable[[Callable[[], None]], Changed], counter: str
) -> None:
    """The counter becomes 1 if it was 0, and the newest incoming message unread; no other message, no other time."""
    raw.write(
        shape_file,
        f"UPDATE conversations SET unread_count = {counter} WHERE id = 2",
        "UPDATE messages SET read = 1 WHERE conversation_id = 2",
    )
    newest = ids(shape_file, "conversation_id = 2 AND direction = 0")[-1]
    expected: Changed = {("messages", newest): {"read": "integer:0"}}
    if counter != "3":
        expected["conversations", 2] = {"unread_count": "integer:1", "updated_at": now}
    assert changed(lambda: desk.inbox.mark_unread(2)) == expected
    assert changed(lambda: desk.inbox.mark_unread(2)) == {}, "again is the same"


def test_unread_and_read_again_is_as_before(
    desk: Desk, shape_file: Path, changed: Callable[[Callable[[], None]], Changed]
) -> None:
    desk.inbox.mark_read(2)

    def both() -> None:
        desk.inbox.mark_unread(2)
        desk.inbox.mark_read(2)

    assert changed(both) == {}


def test_a_thread_without_incoming_messages_can_be_marked(desk: Desk, shape_file: Path) -> None:
    raw.write(
        shape_file,
        "DELETE FROM messages WHERE conversation_id = 2",
        "UPDATE conversations SET unread_count = 0 WHERE id = 2",
    )
    desk.inbox.mark_unread(2)
    assert desk.inbox.lead(2).unread_count == 1
    desk.inbox.mark_read(2)
    assert desk.inbox.lead(2).unread_count == 0


def test_refusals(desk: Desk, shape_file: Path, clock: FixedClock) -> None:
    for act in (desk.inbox.mark_read, desk.inbox.mark_unread):
        with pytest.raises(NotFound, match="conversation-not-found"):
            act(4711)
    desk.close()
    looking = Desk.open(str(shape_file), operator="tester", clock=clock, read_only=True)
    for act in (looking.inbox.mark_read, looking.inbox.mark_unread):
        with pytest.raises(Refused, match="read-only-session"):
            act(2)
    looking.close()


def test_without_our_tables_nothing_is_written(seed_file: Path, clock: FixedClock) -> None:
    desk = Desk.open(str(seed_file), operator="tester", clock=clock)
    for act in (desk.inbox.mark_read, desk.inbox.mark_unread):
        with pytest.raises(Refused, match="no-console-tables"):
            act(2)
    desk.close()


#: The application's webhook: a message and its counter in one transaction, as fast as it can.
INCOMING = """
import sys
from models.rules.clock import utc_now
from models.services.recording import record_incoming
from models.store.database import Database
database = Database.open(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[2])):
    with database.write() as session:
        record_incoming(session, database.features, utc_now, conversation_id=2, user_id=2, body=f"n{number}",
                        telegram_message_id=None)
database.close()
"""

READING = """
import sys
from models.services.desk import Desk
desk = Desk.open(sys.argv[1], operator="reader")
print("ready", flush=True)
sys.stdin.readline()
for _ in range(int(sys.argv[2])):
    desk.inbox.mark_read(2)
desk.close()
"""


@pytest.mark.one_shape
def test_counter_and_messages_agree_whoever_writes_meanwhile(desk: Desk, shape_file: Path) -> None:
    """Marking while messages come in: in the end the counter is the number of unread incoming messages."""
    desk.inbox.mark_read(2)
    together(Process(INCOMING, shape_file, 25), Process(READING, shape_file, 40), Process(INCOMING, shape_file, 25))
    counter = raw.one(shape_file, "SELECT unread_count FROM conversations WHERE id = 2")
    unread = raw.one(
        shape_file, "SELECT count(*) FROM messages WHERE conversation_id = 2 AND direction = 0 AND read = 0"
    )
    assert counter == unread
    desk.inbox.mark_read(2)
    assert raw.one(shape_file, "SELECT unread_count FROM conversations WHERE id = 2") == 0


def test_a_lock_that_stays_has_a_name(shape_file: Path, clock: FixedClock) -> None:
    desk = Desk.open(str(shape_file), operator="tester", clock=clock, timeout_ms=50)
    desk.upgrade()
    from models.store.sqlite import library

    other = library().connect(str(shape_file), isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseProblem, match="locked"):
            desk.inbox.mark_read(2)
        other.execute("ROLLBACK")
        desk.inbox.mark_read(2)
    finally:
        other.close()
        desk.close()
