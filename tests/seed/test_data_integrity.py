"""Seed: Data Integrity. What the database refuses, it refuses on our connections too; values lie as Rails lays them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import select

from models.errors import DatabaseProblem
from models.store.database import Database
from models.tables import Conversation, Message, User
from tests.conftest import FixedClock
from tests.seed import raw


def refused(database: Database, add: Callable[[], object]) -> DatabaseProblem:
    """The problem that keeping a row ends in."""
    with pytest.raises(DatabaseProblem) as caught, database.write() as session:
        session.add(add())
    return caught.value


def test_duplicates_are_refused(opened: Database, any_file: Path) -> None:
    """Correction 13: the unique indexes are what holds, there is no validation of uniqueness."""
    with opened.write() as session:
        session.add(User(telegram_id=42, session_token="a" * 32))
    before = raw.stored(any_file)
    assert refused(opened, lambda: User(telegram_id=42)).values == {"kind": "IntegrityError"}
    assert refused(opened, lambda: User(telegram_id=43, session_token="a" * 32)).id == "failed"
    assert raw.changes(before, raw.stored(any_file)) == {}


def test_a_refusal_names_no_values(opened: Database) -> None:
    """A statement's parameters may be a body or a session token."""
    with opened.write() as session:
        session.add(User(telegram_id=42, session_token="s3cret"))
    problem = refused(opened, lambda: User(telegram_id=43, session_token="s3cret"))
    assert "s3cret" not in repr(problem) + str(problem)
    assert problem.__cause__ is None


def test_foreign_keys_are_enforced(opened: Database, any_file: Path) -> None:
    """Correction 9: not "future"."""
    before = raw.stored(any_file)
    assert refused(opened, lambda: Conversation(user_id=999999)).values == {"kind": "IntegrityError"}
    assert refused(opened, lambda: Message(conversation_id=999999, body="Привет")).values == {"kind": "IntegrityError"}
    assert raw.changes(before, raw.stored(any_file)) == {}


def test_many_people_without_a_token_are_no_duplicates(opened: Database, any_file: Path) -> None:
    """NULL is stored, never '': two empty strings would collide."""
    with opened.write() as session:
        session.add(User(telegram_id=42))
        session.add(User(telegram_id=43))
    found = raw.rows(any_file, "SELECT typeof(session_token) FROM users WHERE telegram_id IN (42, 43)")
    assert found == [("null",), ("null",)]


MSK = timezone(timedelta(hours=3))


@pytest.mark.parametrize(
    ("moment", "stored"),
    [
        (datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC), "2026-11-23 12:00:00"),
        (datetime(2026, 11, 23, 12, 0, 0, 1, tzinfo=UTC), "2026-11-23 12:00:00.000001"),
        (datetime(2026, 11, 23, 12, 0, 0, 500000, tzinfo=UTC), "2026-11-23 12:00:00.500000"),
        (datetime(2026, 11, 23, 1, 0, 0, tzinfo=MSK), "2026-11-22 22:00:00"),
        (datetime(987, 1, 2, 3, 4, 5, tzinfo=UTC), "0987-01-02 03:04:05"),
    ],
)
def test_datetimes_lie_as_rails_lays_them(opened: Database, any_file: Path, moment: datetime, stored: str) -> None:
    """UTC text without a zone; the fraction is left off when it is zero."""
    with opened.write() as session:
        user = User(telegram_id=42, created_at=moment)
        session.add(user)
        session.flush()
        user.conversation().last_message_at = moment
    query = (
        "SELECT typeof(last_message_at), last_message_at, typeof(users.created_at), users.created_at "
        "FROM conversations JOIN users ON users.id = user_id WHERE telegram_id = 42"
    )
    assert raw.rows(any_file, query) == [("text", stored, "text", stored)]
    with opened.read() as session:
        user = session.exec(select(User).where(User.telegram_id == 42)).one()
        assert user.created_at == moment
        assert user.created_at.tzinfo is UTC


def test_rows_that_rails_wrote_read_as_they_are(shape_file: Path) -> None:
    """Both of its spellings, with a fraction and without: every datetime of the real files."""
    database = Database.open(str(shape_file))
    lengths = set()
    with database.read() as session:
        for model in (User, Conversation, Message):
            table = str(model.__tablename__)
            for row in session.exec(select(model)):
                for name in ("created_at", "updated_at"):
                    stored = raw_text(session, table, name, row.id)
                    lengths.add(len(stored))
                    assert getattr(row, name).replace(tzinfo=None).isoformat(" ") == stored
    database.close()
    assert lengths == {19, 26}


def raw_text(session: object, table: str, column: str, id: int | None) -> str:
    found = session.execute(text(f"SELECT {column} FROM {table} WHERE id = :id"), {"id": id})  # type: ignore[attr-defined]
    return str(found.scalar_one())


@pytest.mark.parametrize("flag", [True, False])
def test_booleans_lie_as_integers(opened: Database, any_file: Path, flag: bool) -> None:
    with opened.write() as session:
        user = User(telegram_id=42, authenticated=flag, admin=flag, paid=flag)
        session.add(user)
        session.flush()
        conversation = user.conversation()
        conversation.ai_processing = flag
        session.flush()
        session.add(Message(conversation_id=conversation.id, body="Привет", read=flag))
    query = (
        "SELECT typeof(authenticated) || authenticated, typeof(admin) || admin, typeof(paid) || paid, "
        "typeof(ai_processing) || ai_processing, typeof(read) || read FROM users "
        "JOIN conversations ON conversations.user_id = users.id "
        "JOIN messages ON conversation_id = conversations.id WHERE telegram_id = 42"
    )
    assert raw.rows(any_file, query) == [(f"integer{int(flag)}",) * 5]


def test_nil_lies_as_null(opened: Database, any_file: Path) -> None:
    """Everything that may be absent is NULL, never ''."""
    with opened.write() as session:
        user = User(telegram_id=42)
        session.add(user)
        session.flush()
        conversation_id = user.conversation().id
        session.add(Message(conversation_id=conversation_id, body="Привет"))
    stored = raw.stored(any_file)
    [person] = [row for row in stored["users"].values() if row["telegram_id"] == "integer:42"]
    conversation = stored["conversations"][conversation_id]
    [message] = [row for row in stored["messages"].values() if row["conversation_id"] == f"integer:{conversation_id}"]
    for row, names in (
        (person, ("username", "first_name", "last_name", "session_token", "avatar_url")),
        (conversation, ("ai_real_name", "ai_background", "ai_query", "ai_ready_score")),
        (message, ("user_id", "telegram_message_id")),
    ):
        assert {row[name] for name in names} == {"null:NULL"}


def test_what_the_database_would_let_be_null_is_written_all_the_same(
    opened: Database, any_file: Path, clock: FixedClock
) -> None:
    """Corrections 3 and 4: NULL in `unread_count` makes the application's inbox raise."""
    with opened.write() as session:
        user = User(telegram_id=42)
        session.add(user)
        session.flush()
        conversation_id = user.conversation().id
        session.add(Message(conversation_id=conversation_id, body="Ответ", direction=1))
    stored = raw.stored(any_file)
    conversation = stored["conversations"][conversation_id]
    assert (conversation["unread_count"], conversation["ai_processing"]) == ("integer:0", "integer:0")
    [message] = [row for row in stored["messages"].values() if row["conversation_id"] == f"integer:{conversation_id}"]
    assert message["read"] == "integer:0"
    [person] = [row for row in stored["users"].values() if row["telegram_id"] == "integer:42"]
    assert person["authenticated"] == "integer:0"


def test_every_file_is_sound_after_we_wrote(opened: Database, any_file: Path) -> None:
    with opened.write() as session:
        user = User(telegram_id=42, admin=True)
        session.add(user)
        session.flush()
        session.add(Message(conversation_id=user.conversation().id, user_id=user.id, body="Привет"))
    assert raw.rows(any_file, "PRAGMA foreign_key_check") == []
    assert raw.one(any_file, "PRAGMA integrity_check") == "ok"
