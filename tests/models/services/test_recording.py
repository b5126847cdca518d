"""What is recorded, and what is left alone: raw columns of the whole file before and after, on all three shapes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from models.errors import DatabaseProblem, NotFound, Refused
from models.services.recording import find_or_create_conversation, record_incoming, record_outgoing
from models.store.database import Database
from tests.conftest import FixedClock, copy_of
from tests.seed import raw

pytestmark = pytest.mark.both_engines

Changes = dict[tuple[str, object], dict[str, str] | None]


class TickingClock(FixedClock):
    """Each look is 250 ms later, so that it shows which time went where."""

    def __call__(self) -> datetime:
        now = self.now
        self.advance(0.25)
        return now


@pytest.fixture
def clock() -> TickingClock:
    return TickingClock()


@pytest.fixture
def database(shape_file: Path, clock: TickingClock) -> Iterator[Database]:
    opened = Database.open(str(shape_file), clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def changed(shape_file: Path) -> Callable[[Callable[[], None]], Changes]:
    """Runs something and says what of the whole database is different afterwards."""

    def run(act: Callable[[], None]) -> Changes:
        before = raw.stored(shape_file)
        act()
        return raw.changes(before, raw.stored(shape_file))

    return run


def stored(moment: datetime) -> str:
    return f"text:'{moment.replace(tzinfo=None).isoformat(' ')}'"


def channel(database: Database, connection: str | None = None) -> dict[str, str]:
    """The columns that shapes O and H have more."""
    if not database.features.channels:
        return {}
    return {
        "source_type": "integer:1" if connection else "integer:0",
        "business_connection_id": f"text:'{connection}'" if connection else "null:NULL",
    }


@pytest.mark.parametrize("connection", [None, "bc-1"])
@pytest.mark.parametrize("telegram_message_id", [9007199254740993, None])
def test_an_outgoing_message(
    database: Database,
    clock: TickingClock,
    changed: Callable[[Callable[[], None]], Changes],
    connection: str | None,
    telegram_message_id: int | None,
) -> None:
    """Read, of no user, with Telegram's id; the conversation's times a moment later; the counter stays."""
    start = clock.now
    made: list[int] = []

    def act() -> None:
        with database.write() as session:
            made.append(
                record_outgoing(
                    session,
                    database.features,
                    clock,
                    conversation_id=2,
                    body="  Здравствуйте!\nЭто 'ответ'  ",
                    telegram_message_id=telegram_message_id,
                    business_connection_id=connection,
                )
            )

    later = stored(start + timedelta(seconds=0.25))
    found = changed(act)
    assert found.pop(("conversations", 2)) == {"last_message_at": later, "updated_at": later}
    assert found.pop(("messages", made[0])) == {
        "id": "integer:167",
        "conversation_id": "integer:2",
        "user_id": "null:NULL",
        "body": "text:'  Здравствуйте!\nЭто ''ответ''  '",
        "direction": "integer:1",
        "telegram_message_id": f"integer:{telegram_message_id}" if telegram_message_id else "null:NULL",
        "read": "integer:1",
        "created_at": "text:'2026-11-23 12:00:00'",
        "updated_at": "text:'2026-11-23 12:00:00'",
        **channel(database, connection),
    }
    assert found == {}


@pytest.mark.parametrize("connection", [None, "bc-1"])
@pytest.mark.parametrize(("unread", "then"), [("0", 1), ("2", 3), ("NULL", 1)])
def test_an_incoming_message(
    database: Database,
    shape_file: Path,
    clock: TickingClock,
    changed: Callable[[Callable[[], None]], Changes],
    connection: str | None,
    unread: str,
    then: int,
) -> None:
    """Unread, of its sender; times; the counter, from NULL to 1. User 2 wrote before: his CRM status stays."""
    raw.write(shape_file, f"UPDATE conversations SET unread_count = {unread} WHERE id = 2")
    start = clock.now

    def act() -> None:
        with database.write() as session:
            record_incoming(
                session,
                database.features,
                clock,
                conversation_id=2,
                user_id=2,
                body="Сколько стоит?",
                telegram_message_id=77,
                business_connection_id=connection,
            )

    later = stored(start + timedelta(seconds=0.25))
    found = changed(act)
    assert found.pop(("conversations", 2)) == {
        "last_message_at": later,
        "updated_at": later,
        "unread_count": f"integer:{then}",
    }
    assert found.pop(("messages", 167)) == {
        "id": "integer:167",
        "conversation_id": "integer:2",
        "user_id": "integer:2",
        "body": "text:'Сколько стоит?'",
        "direction": "integer:0",
        "telegram_message_id": "integer:77",
        "read": "integer:0",
        "created_at": stored(start),
        "updated_at": stored(start),
        **channel(database, connection),
    }
    assert found == {}


def newcomer(database: Database, path: Path, status: int = 0) -> tuple[int, int]:
    """A person who has not written yet, and his conversation."""
    extra = (", crm_status", f", {status}") if database.features.crm else ("", "")
    add = (
        f"INSERT INTO users (telegram_id, created_at, updated_at{extra[0]}) "
        f"VALUES (42, '2026-01-01 00:00:00', '2026-01-01 00:00:00'{extra[1]}) RETURNING id"
    )
    user_id = int(raw.one(path, add))
    with database.write() as session:
        return user_id, find_or_create_conversation(session, database.features, database.clock, user_id)


@pytest.mark.parametrize("status", [0, 1, 5])
def test_the_first_message_ever_makes_a_new_lead_contacted(
    database: Database,
    shape_file: Path,
    clock: TickingClock,
    changed: Callable[[Callable[[], None]], Changes],
    status: int,
) -> None:
    """Shape H: from 0 to 1 and `updated_at`; any other status stays; the other shapes have no such column."""
    user_id, conversation_id = newcomer(database, shape_file, status)
    start = clock.now

    def write(body: str) -> Callable[[], None]:
        def act() -> None:
            with database.write() as session:
                record_incoming(
                    session,
                    database.features,
                    clock,
                    conversation_id=conversation_id,
                    user_id=user_id,
                    body=body,
                    telegram_message_id=1,
                )

        return act

    person = changed(write("раз")).get(("users", user_id), {})
    if database.features.crm and status == 0:
        assert person == {"crm_status": "integer:1", "updated_at": stored(start + timedelta(seconds=0.5))}
        raw.write(shape_file, f"UPDATE users SET crm_status = 0 WHERE id = {user_id}")
    else:
        assert person == {}
    assert ("users", user_id) not in changed(write("два")), "only the first one ever"


def test_an_outgoing_message_before_does_not_count_as_the_first(
    database: Database, shape_file: Path, clock: TickingClock
) -> None:
    user_id, conversation_id = newcomer(database, shape_file)
    with database.write() as session:
        record_outgoing(
            session, database.features, clock, conversation_id=conversation_id, body="Эй", telegram_message_id=1
        )
        record_incoming(
            session,
            database.features,
            clock,
            conversation_id=conversation_id,
            user_id=user_id,
            body="Да?",
            telegram_message_id=2,
        )
    if database.features.crm:
        assert raw.one(shape_file, "SELECT crm_status FROM users WHERE id = ?", (user_id,)) == 1
    count = "SELECT unread_count FROM conversations WHERE id = ?"
    assert raw.one(shape_file, count, (conversation_id,)) == 1


@pytest.mark.parametrize("body", ["", "  \n", "\u00a0"])
def test_a_blank_body_is_refused(
    database: Database, clock: TickingClock, changed: Callable[[Callable[[], None]], Changes], body: str
) -> None:
    def act() -> None:
        for record in (outgoing, incoming):
            with pytest.raises(Refused) as caught, database.write() as session:
                record(session, body)
            assert caught.value.id == "blank-text"

    def outgoing(session: object, body: str) -> None:
        record_outgoing(session, database.features, clock, conversation_id=2, body=body, telegram_message_id=1)  # type: ignore[arg-type]

    def incoming(session: object, body: str) -> None:
        record_incoming(  # type: ignore[arg-type]
            session, database.features, clock, conversation_id=2, user_id=2, body=body, telegram_message_id=1
        )

    assert changed(act) == {}


def test_a_conversation_that_is_gone_is_not_found(
    database: Database, clock: TickingClock, changed: Callable[[Callable[[], None]], Changes]
) -> None:
    def act() -> None:
        with pytest.raises(NotFound) as caught, database.write() as session:
            record_outgoing(
                session, database.features, clock, conversation_id=999, body="Привет", telegram_message_id=1
            )
        assert (caught.value.id, caught.value.values) == ("conversation-not-found", {"id": 999})

    assert changed(act) == {}


def test_all_or_nothing(
    database: Database, clock: TickingClock, changed: Callable[[Callable[[], None]], Changes]
) -> None:
    """A sender who does not exist fails at the foreign key, and takes the message with him."""

    def act() -> None:
        with pytest.raises(DatabaseProblem), database.write() as session:
            record_incoming(
                session,
                database.features,
                clock,
                conversation_id=2,
                user_id=999,
                body="Привет",
                telegram_message_id=1,
            )

    assert changed(act) == {}


def test_a_new_conversation(
    database: Database,
    shape_file: Path,
    clock: TickingClock,
    changed: Callable[[Callable[[], None]], Changes],
) -> None:
    """Every value of the application's own, in shape H with the owner columns; nothing else."""
    user_id = int(
        raw.one(
            shape_file,
            "INSERT INTO users (telegram_id, created_at, updated_at) "
            "VALUES (42, '2026-01-01 00:00:00', '2026-01-01 00:00:00') RETURNING id",
        )
    )
    now = stored(clock.now)
    made: list[int] = []

    def act() -> None:
        with database.write() as session:
            made.append(find_or_create_conversation(session, database.features, clock, user_id))
            made.append(find_or_create_conversation(session, database.features, clock, user_id))

    found = changed(act)
    assert made == [61, 61]
    expected = {
        "id": "integer:61",
        "user_id": f"integer:{user_id}",
        "last_message_at": "null:NULL",
        "unread_count": "integer:0",
        "created_at": now,
        "updated_at": now,
        "ai_real_name": "null:NULL",
        "ai_background": "null:NULL",
        "ai_query": "null:NULL",
        "ai_ready_score": "null:NULL",
        "ai_processing": "integer:0",
    }
    if database.features.ai_paused:
        expected["ai_paused"] = "integer:0"
    if database.features.owner_columns:
        expected |= {
            "conversable_type": "text:'User'",
            "conversable_id": f"integer:{user_id}",
            "channel_type": "text:'telegram'",
            "ai_is_pql": "integer:0",
            "ai_action": "text:'none'",
        }
    row = found.pop(("conversations", 61))
    assert row is not None
    assert {name: row[name] for name in expected} == expected
    assert {value for name, value in row.items() if name not in expected} <= {"null:NULL"}
    assert found == {}


def test_the_conversation_with_the_lowest_id_wins(database: Database, shape_file: Path, clock: TickingClock) -> None:
    raw.write(
        shape_file,
        "INSERT INTO conversations (user_id, last_message_at, created_at, updated_at) "
        "VALUES (2, '2027-01-01 00:00:00', '2027-01-01 00:00:00', '2027-01-01 00:00:00')",
    )
    with database.write() as session:
        assert find_or_create_conversation(session, database.features, clock, 2) == 2


def test_a_conversation_of_ours_is_written_as_activerecord_writes_it(tmp_path: Path, clock: TickingClock) -> None:
    """Value by value and storage class by storage class against a row that ActiveRecord made in shape H."""
    path = copy_of("H", tmp_path)
    theirs = raw.stored(path)["conversations"][2]
    database = Database.open(str(path), clock=clock)
    _, made = newcomer(database, path)
    database.close()
    ours = raw.stored(path)["conversations"][made]
    same = {"unread_count", "last_message_at", "user_id", "id", "conversable_id", "created_at", "updated_at"}
    assert {name: value for name, value in ours.items() if name not in same and not name.startswith("ai_r")} == {
        name: value for name, value in theirs.items() if name not in same and not name.startswith("ai_r")
    }
