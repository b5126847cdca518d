"""Seed: User Model. Associations, scopes, methods and callbacks, on all four files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from sqlmodel import Session, select

from models.errors import DatabaseProblem
from models.store.database import Database
from models.tables import Conversation, Message, MessageDirection, User
from tests.conftest import FixedClock
from tests.seed import raw


def person(session: Session, telegram_id: int = 42, **values: object) -> User:
    user = User(telegram_id=telegram_id, **values)
    session.add(user)
    session.flush()
    return user


def say(
    session: Session, conversation: Conversation, body: str, direction: MessageDirection, user: User | None
) -> None:
    session.add(
        Message(
            conversation_id=conversation.id,
            user_id=user.id if user else None,
            body=body,
            direction=direction,
        )
    )
    session.flush()


def only(database: Database, path: Path) -> int:
    """Leaves no user but one admin, one paid, one signed in and one plain; returns how many there were."""
    raw.write(
        path,
        "DELETE FROM messages",
        "DELETE FROM conversations",
        "DELETE FROM users",
    )
    with database.write() as session:
        person(session, 1, username="admin", admin=True)
        person(session, 2, username="paid", paid=True)
        person(session, 3, username="signed-in", authenticated=True)
        person(session, 4, username="plain")
    raw.write(path, "UPDATE users SET authenticated = NULL WHERE username = 'plain'")
    return 4


@pytest.mark.parametrize(
    ("scope", "names"),
    [("admins", ["admin"]), ("authenticated_users", ["signed-in"]), ("paid_users", ["admin", "paid"])],
)
def test_a_scope(opened: Database, any_file: Path, scope: str, names: list[str]) -> None:
    """Corrections 2 (`paid_users`), 3 (a NULL `authenticated` is false) and 17 (an admin is paid)."""
    only(opened, any_file)
    with opened.read() as session:
        found = session.exec(getattr(User, scope)()).all()
    assert sorted(user.username or "" for user in found) == names


def test_a_scope_can_be_narrowed_further(opened: Database, any_file: Path) -> None:
    only(opened, any_file)
    with opened.read() as session:
        narrowed = User.paid_users().where(User.username == "paid")
        assert [user.telegram_id for user in session.exec(narrowed)] == [2]


def test_has_many_conversations_and_messages(opened: Database) -> None:
    with opened.write() as session:
        user = person(session)
        conversation_id = user.conversation().id
        say(session, user.conversation(), "Привет", MessageDirection.INCOMING, user)
        say(session, user.conversation(), "Здравствуйте", MessageDirection.OUTGOING, None)
    with opened.read() as session:
        user = session.exec(select(User).where(User.telegram_id == 42)).one()
        assert [row.id for row in user.conversations] == [conversation_id]
        assert [row.body for row in user.messages] == ["Привет"]
        assert user.conversations[0].user is user


def test_destroying_a_person_destroys_his_conversations_and_their_messages(opened: Database, any_file: Path) -> None:
    """`dependent: :destroy`. Correction 8: explicit deletes, since the database cascades nothing."""
    before = raw.stored(any_file)
    with opened.write() as session:
        user = person(session)
        say(session, user.conversation(), "Привет", MessageDirection.INCOMING, user)
        say(session, user.conversation(), "Здравствуйте", MessageDirection.OUTGOING, None)
    with opened.write() as session:
        session.delete(session.exec(select(User).where(User.telegram_id == 42)).one())
    assert raw.changes(before, raw.stored(any_file)) == {}


def test_messages_of_a_person_in_another_chat_are_not_destroyed_but_forbid_it(opened: Database) -> None:
    """`has_many :messages` has no `dependent`: the foreign key refuses, as under Rails."""
    with opened.write() as session:
        user, other = person(session, 42), person(session, 43)
        say(session, other.conversation(), "Из другого чата", MessageDirection.INCOMING, user)
    with pytest.raises(DatabaseProblem), opened.write() as session:
        session.delete(session.exec(select(User).where(User.telegram_id == 42)).one())
    with opened.read() as session:
        assert session.exec(select(User).where(User.telegram_id == 42)).one()
        assert session.exec(select(Message).where(Message.body == "Из другого чата")).one().user_id == user.id


def test_conversation_makes_one_and_then_finds_it(opened: Database, any_file: Path) -> None:
    with opened.write() as session:
        made = person(session).conversation()
        assert made.id is not None
        assert made.user_id == session.exec(select(User).where(User.telegram_id == 42)).one().id
    with opened.write() as session:
        assert session.exec(select(User).where(User.telegram_id == 42)).one().conversation().id == made.id
    count = "SELECT count(*) FROM conversations JOIN users ON users.id = user_id WHERE telegram_id = 42"
    assert raw.one(any_file, count) == 1


def test_conversation_is_the_first_of_several(opened: Database, any_file: Path) -> None:
    """Correction 10: the lowest id wins."""
    with opened.write() as session:
        user = person(session)
        first = Conversation(user_id=user.id)
        session.add(first)
        session.flush()
        session.add(Conversation(user_id=user.id))
        session.flush()
        first_id = first.id
    raw.write(any_file, f"UPDATE conversations SET last_message_at = '2026-01-01' WHERE id > {first_id}")
    with opened.write() as session:
        assert session.exec(select(User).where(User.telegram_id == 42)).one().conversation().id == first_id


def test_a_new_conversation_is_written_as_the_application_writes_it(
    opened: Database, any_file: Path, clock: FixedClock
) -> None:
    """Correction 3: values are always written. In shape H without its owner it would be poison to the application."""
    with opened.write() as session:
        user = person(session)
        conversation = user.conversation()
    new = raw.stored(any_file)["conversations"][conversation.id]
    now = "text:'2026-11-23 12:00:00'"
    expected = {
        "user_id": f"integer:{user.id}",
        "last_message_at": "null:NULL",
        "unread_count": "integer:0",
        "ai_processing": "integer:0",
        "created_at": now,
        "updated_at": now,
    }
    if opened.features.ai_paused:
        expected["ai_paused"] = "integer:0"
    if opened.features.owner_columns:
        expected |= {"conversable_type": "text:'User'", "conversable_id": f"integer:{user.id}"}
        expected |= {"channel_type": "text:'telegram'", "ai_is_pql": "integer:0", "ai_action": "text:'none'"}
    assert {name: new[name] for name in expected} == expected
    assert {value for name, value in new.items() if name not in {*expected, "id"}} == {"null:NULL"}


@pytest.mark.parametrize(
    ("first", "last", "full"),
    [
        ("Иван", "Петров", "Иван Петров"),
        ("Иван", None, "Иван"),
        (None, "Петров", "Петров"),
        (None, None, "Пользователь"),
        ("", "", "Пользователь"),
        (" ", None, "Пользователь"),
        ("Иван", "", "Иван "),
    ],
)
def test_full_name(database: Database, first: str | None, last: str | None, full: str) -> None:
    """`compact` leaves out nil only, `presence` sees a blank whole."""
    assert User(telegram_id=1, first_name=first, last_name=last).full_name == full


def test_messages_count_counts_incoming_ones(opened: Database) -> None:
    """Correction 16."""
    with opened.write() as session:
        user = person(session)
        for body in ("раз", "два"):
            say(session, user.conversation(), body, MessageDirection.INCOMING, user)
        say(session, user.conversation(), "ответ", MessageDirection.OUTGOING, None)
        assert user.messages_count == 2


def test_messages_count_of_somebody_who_never_wrote_is_zero_and_makes_no_conversation(
    opened: Database, any_file: Path
) -> None:
    """Correction 16: never create on read."""
    with opened.write() as session:
        assert person(session).messages_count == 0
    count = "SELECT count(*) FROM conversations JOIN users ON users.id = user_id WHERE telegram_id = 42"
    assert raw.one(any_file, count) == 0


def test_messages_count_is_of_the_first_conversation(opened: Database) -> None:
    """Correction 10: the lowest id is the person's conversation."""
    with opened.write() as session:
        user = person(session)
        say(session, user.conversation(), "раз", MessageDirection.INCOMING, user)
        second = Conversation(user_id=user.id)
        session.add(second)
        session.flush()
        say(session, second, "два", MessageDirection.INCOMING, user)
        assert user.messages_count == 1


@pytest.mark.parametrize(
    ("admin", "paid", "access"), [(True, True, True), (True, False, True), (False, True, True), (False, False, False)]
)
def test_has_dashboard_access(admin: bool, paid: bool, access: bool) -> None:
    assert User(telegram_id=1, admin=admin, paid=paid).has_dashboard_access is access


@pytest.mark.parametrize("how", ["created", "promoted"])
def test_an_admin_is_paid_after_save(opened: Database, any_file: Path, how: str) -> None:
    """Correction 17: the callback writes, also where the row and the object are fresh."""
    with opened.write() as session:
        user = person(session, admin=how == "created")
        if how == "promoted":
            assert user.paid is False
            user.admin = True
            session.flush()
        assert user.paid is True
    assert raw.one(any_file, "SELECT typeof(paid) || paid FROM users WHERE telegram_id = 42") == "integer1"


def test_paying_for_an_admin_touches_no_timestamp(
    opened: Database, any_file: Path, clock: FixedClock, text_of: Callable[[datetime], str]
) -> None:
    """Correction 17: `update_column` changes nothing but the column."""
    with opened.write() as session:
        person(session)
    saved_at = clock.advance(3600)
    with opened.write() as session:
        session.exec(select(User).where(User.telegram_id == 42)).one().admin = True
        session.flush()
        clock.advance(3600)
    assert raw.rows(any_file, "SELECT admin, paid, updated_at FROM users WHERE telegram_id = 42") == [
        (1, 1, text_of(saved_at))
    ]


def test_an_admin_can_not_be_saved_unpaid(opened: Database, any_file: Path) -> None:
    with opened.write() as session:
        person(session, admin=True)
    with opened.write() as session:
        user = session.exec(select(User).where(User.telegram_id == 42)).one()
        user.paid = False
        session.flush()
        assert user.paid is True
    assert raw.one(any_file, "SELECT paid FROM users WHERE telegram_id = 42") == 1


def test_a_former_admin_stays_paid(opened: Database, any_file: Path) -> None:
    with opened.write() as session:
        person(session, admin=True)
    with opened.write() as session:
        session.exec(select(User).where(User.telegram_id == 42)).one().admin = False
    assert raw.rows(any_file, "SELECT admin, paid FROM users WHERE telegram_id = 42") == [(0, 1)]


def test_the_callback_leaves_others_alone(opened: Database, any_file: Path) -> None:
    before = raw.stored(any_file)
    with opened.write() as session:
        user = person(session, admin=True)
    assert set(raw.changes(before, raw.stored(any_file))) == {("users", user.id)}


def test_timestamps_are_filled_by_the_writer(
    opened: Database, any_file: Path, clock: FixedClock, text_of: Callable[[datetime], str]
) -> None:
    """Correction 4: both are filled, in UTC; an edit moves only `updated_at`; saving no change moves nothing."""
    made_at = clock.advance(0.25)
    with opened.write() as session:
        person(session)
    stamps = "SELECT created_at, updated_at FROM users WHERE telegram_id = 42"
    assert raw.rows(any_file, stamps) == [(text_of(made_at), text_of(made_at))]
    assert text_of(made_at) == "2026-11-23 12:00:00.250000"
    edited_at = clock.advance(60)
    with opened.write() as session:
        session.exec(select(User).where(User.telegram_id == 42)).one().username = "new"
    assert raw.rows(any_file, stamps) == [(text_of(made_at), text_of(edited_at))]
    clock.advance(60)
    with opened.write() as session:
        session.exec(select(User).where(User.telegram_id == 42)).one().username = "new"
    assert raw.rows(any_file, stamps) == [(text_of(made_at), text_of(edited_at))]


def test_secrets_are_in_no_repr() -> None:
    """Correction 20 and the seed's `session_token`: neither token nor picture address shows by accident."""
    shown = repr(User(telegram_id=1, session_token="s3cret", avatar_url="https://example.org/bot1:TOKEN/x.jpg"))
    assert "s3cret" not in shown
    assert "TOKEN" not in shown
