"""Seed: Message Model. Associations, enum, validations, scopes, methods and callbacks, on all four files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from sqlmodel import select

from models.errors import Refused
from models.store.database import Database
from models.tables import Conversation, Message, MessageDirection, User
from tests.conftest import FixedClock
from tests.seed import raw


@pytest.fixture
def ids(opened: Database) -> tuple[int, int]:
    """A new person and his new conversation."""
    with opened.write() as session:
        user = User(telegram_id=42)
        session.add(user)
        session.flush()
        return user.id or 0, user.conversation().id or 0


def add(database: Database, **values: object) -> int:
    with database.write() as session:
        message = Message(**values)
        session.add(message)
        session.flush()
        return message.id or 0


def test_belongs_to_a_conversation_and_perhaps_to_a_user(opened: Database, ids: tuple[int, int]) -> None:
    user_id, conversation_id = ids
    theirs = add(opened, conversation_id=conversation_id, user_id=user_id, body="Привет")
    ours = add(opened, conversation_id=conversation_id, body="Ответ", direction=MessageDirection.OUTGOING)
    with opened.read() as session:
        first, second = session.exec(select(Message).where(Message.id.in_((theirs, ours))).order_by(Message.id)).all()
        assert first.conversation.id == second.conversation.id == conversation_id
        assert first.user.id == user_id
        assert second.user is None


def test_a_message_may_be_added_through_its_conversation(opened: Database, ids: tuple[int, int]) -> None:
    with opened.write() as session:
        conversation = session.exec(select(Conversation).where(Conversation.id == ids[1])).one()
        conversation.messages.append(Message(body="Привет"))
    with opened.read() as session:
        assert session.exec(select(Message).where(Message.conversation_id == ids[1])).one().body == "Привет"


def test_the_enum() -> None:
    assert {direction.name: direction.value for direction in MessageDirection} == {"INCOMING": 0, "OUTGOING": 1}


@pytest.mark.parametrize("direction", list(MessageDirection))
def test_direction_is_stored_as_an_integer(
    opened: Database, any_file: Path, ids: tuple[int, int], direction: MessageDirection
) -> None:
    """Correction 12."""
    made = add(opened, conversation_id=ids[1], body="Привет", direction=direction)
    assert raw.one(any_file, "SELECT typeof(direction) || direction FROM messages WHERE id = ?", (made,)) == (
        f"integer{direction.value}"
    )


@pytest.mark.parametrize("body", [None, "", " ", "\n\t ", "\u00a0", "\u3000"])
def test_a_body_must_be_present(opened: Database, any_file: Path, ids: tuple[int, int], body: str | None) -> None:
    """Corrections 13 and 14: blank is refused, and nothing is written."""
    before = raw.stored(any_file)
    with pytest.raises(Refused) as caught:
        add(opened, conversation_id=ids[1], body=body)
    assert caught.value.id == "blank-text"
    assert raw.changes(before, raw.stored(any_file)) == {}


@pytest.mark.parametrize("direction", [None, 2, -1])
def test_a_direction_must_be_of_the_enum(
    opened: Database, any_file: Path, ids: tuple[int, int], direction: int | None
) -> None:
    """Corrections 12 and 13: validated on write."""
    before = raw.stored(any_file)
    with pytest.raises(Refused) as caught:
        add(opened, conversation_id=ids[1], body="Привет", direction=direction)
    assert caught.value.id == "bad-direction"
    assert raw.changes(before, raw.stored(any_file)) == {}


def test_validations_hold_for_edits_too(opened: Database, ids: tuple[int, int]) -> None:
    made = add(opened, conversation_id=ids[1], body="Привет")
    with pytest.raises(Refused), opened.write() as session:
        session.exec(select(Message).where(Message.id == made)).one().body = " "
    with opened.read() as session:
        assert session.exec(select(Message).where(Message.id == made)).one().body == "Привет"


def test_a_direction_outside_the_enum_is_read(opened: Database, any_file: Path, ids: tuple[int, int]) -> None:
    """Correction 12: tolerated on read, and neither incoming nor outgoing."""
    made = add(opened, conversation_id=ids[1], body="Привет")
    raw.write(any_file, f"UPDATE messages SET direction = 2 WHERE id = {made}")
    with opened.read() as session:
        message = session.exec(select(Message).where(Message.id == made)).one()
        assert message.direction == 2
        assert not any((message.incoming, message.outgoing, message.from_admin, message.from_user))


def test_a_body_is_kept_as_it_is(opened: Database, any_file: Path, ids: tuple[int, int]) -> None:
    """No trimming, no cleaning: foreign text is cleaned where it is drawn."""
    body = "  \x1b[31m<b>[bold]\u202e строка\n\nещё \U0001f469\u200d\U0001f4bb  "
    made = add(opened, conversation_id=ids[1], body=body)
    assert raw.one(any_file, "SELECT body FROM messages WHERE id = ?", (made,)) == body


def test_unread(opened: Database, any_file: Path, ids: tuple[int, int]) -> None:
    """Correction 3: as in SQL, `read = 0` does not match NULL."""
    unread = add(opened, conversation_id=ids[1], body="раз")
    add(opened, conversation_id=ids[1], body="два", read=True)
    unset = add(opened, conversation_id=ids[1], body="три")
    raw.write(any_file, f"UPDATE messages SET read = NULL WHERE id = {unset}")
    with opened.read() as session:
        found = session.exec(Message.unread().where(Message.conversation_id == ids[1])).all()
    assert [message.id for message in found] == [unread]


def test_by_time_is_oldest_first(opened: Database, any_file: Path, ids: tuple[int, int]) -> None:
    late = add(opened, conversation_id=ids[1], body="поздно")
    early = add(opened, conversation_id=ids[1], body="рано")
    raw.write(any_file, f"UPDATE messages SET created_at = '2026-11-22 12:00:00' WHERE id = {early}")
    with opened.read() as session:
        found = session.exec(Message.by_time().where(Message.conversation_id == ids[1])).all()
    assert [message.id for message in found] == [early, late]


@pytest.mark.parametrize(
    ("direction", "user_id", "admin", "user"),
    [
        (MessageDirection.OUTGOING, None, True, False),
        (MessageDirection.OUTGOING, 1, False, False),
        (MessageDirection.INCOMING, None, False, False),
        (MessageDirection.INCOMING, 1, False, True),
    ],
)
def test_from_admin_and_from_user(direction: MessageDirection, user_id: int | None, admin: bool, user: bool) -> None:
    message = Message(conversation_id=1, body="Привет", direction=direction, user_id=user_id)
    assert (message.from_admin, message.from_user) == (admin, user)


def test_an_incoming_message_moves_time_and_counter_of_its_conversation(
    opened: Database,
    any_file: Path,
    ids: tuple[int, int],
    clock: FixedClock,
    text_of: Callable[[datetime], str],
) -> None:
    """`after_create`: `touch_last_message!`, then `increment_unread!`; correction 3: from NULL to 1."""
    raw.write(any_file, f"UPDATE conversations SET unread_count = NULL WHERE id = {ids[1]}")
    before = raw.stored(any_file)
    now = text_of(clock.advance(60))
    made = add(opened, conversation_id=ids[1], user_id=ids[0], body="Привет", telegram_message_id=7)
    found = raw.changes(before, raw.stored(any_file))
    assert found.pop(("conversations", ids[1])) == {
        "last_message_at": f"text:'{now}'",
        "updated_at": f"text:'{now}'",
        "unread_count": "integer:1",
    }
    message = found.pop(("messages", made))
    assert message is not None
    assert {name: message[name] for name in ("direction", "read", "user_id", "telegram_message_id", "created_at")} == {
        "direction": "integer:0",
        "read": "integer:0",
        "user_id": f"integer:{ids[0]}",
        "telegram_message_id": "integer:7",
        "created_at": f"text:'{now}'",
    }
    assert found == {}


def test_an_outgoing_message_moves_the_time_only(
    opened: Database, any_file: Path, ids: tuple[int, int], clock: FixedClock, text_of: Callable[[datetime], str]
) -> None:
    """`if: :incoming?`. Correction 7: an outgoing message is written as read."""
    before = raw.stored(any_file)
    now = text_of(clock.advance(60))
    add(opened, conversation_id=ids[1], body="Ответ", direction=MessageDirection.OUTGOING, read=True)
    assert raw.changes(before, raw.stored(any_file))["conversations", ids[1]] == {
        "last_message_at": f"text:'{now}'",
        "updated_at": f"text:'{now}'",
    }
    assert raw.one(any_file, "SELECT read FROM messages WHERE body = 'Ответ' AND conversation_id = ?", (ids[1],)) == 1


def test_a_conversation_in_memory_sees_what_the_callbacks_did(opened: Database, ids: tuple[int, int]) -> None:
    with opened.write() as session:
        conversation = session.exec(select(Conversation).where(Conversation.id == ids[1])).one()
        assert conversation.unread_count == 0
        session.add(Message(conversation_id=ids[1], body="Привет"))
        session.flush()
        assert conversation.unread_count == 1
        assert conversation.last_message_at is not None


def test_callbacks_are_of_creation_only(opened: Database, any_file: Path, ids: tuple[int, int]) -> None:
    made = add(opened, conversation_id=ids[1], body="Привет")
    before = raw.stored(any_file)
    with opened.write() as session:
        session.exec(select(Message).where(Message.id == made)).one().body = "Правка"
    assert raw.changes(before, raw.stored(any_file)) == {("messages", made): {"body": "text:'Правка'"}}


def test_a_failed_callback_takes_the_message_with_it(opened: Database, any_file: Path, ids: tuple[int, int]) -> None:
    """Message and callbacks are one transaction."""
    before = raw.stored(any_file)

    def fail() -> None:
        with opened.write() as session:
            session.add(Message(conversation_id=ids[1], body="Привет"))
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert raw.changes(before, raw.stored(any_file)) == {}


def test_the_body_is_in_no_repr() -> None:
    assert "тайна" not in repr(Message(conversation_id=1, body="тайна"))
