"""Seed: Conversation Model. Associations, scopes and methods, on all four files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from sqlmodel import Session, select

from models.store.database import Database
from models.tables import Conversation, Message, MessageDirection, User
from tests.conftest import FixedClock
from tests.seed import raw


@pytest.fixture
def conversation_id(opened: Database) -> int:
    """A new person's new conversation."""
    with opened.write() as session:
        user = User(telegram_id=42)
        session.add(user)
        session.flush()
        return user.conversation().id or 0


def load(session: Session, conversation_id: int) -> Conversation:
    return session.exec(select(Conversation).where(Conversation.id == conversation_id)).one()


def add(database: Database, conversation_id: int, body: str, direction: int = 0, **values: object) -> int:
    with database.write() as session:
        message = Message(conversation_id=conversation_id, body=body, direction=direction, **values)
        session.add(message)
        session.flush()
        return message.id or 0


def test_belongs_to_a_user_and_has_many_messages(opened: Database, conversation_id: int) -> None:
    """Correction 18: the user is always set."""
    add(opened, conversation_id, "раз")
    add(opened, conversation_id, "два")
    with opened.read() as session:
        conversation = load(session, conversation_id)
        assert conversation.user.telegram_id == 42
        assert [message.body for message in conversation.messages] == ["раз", "два"]


def test_destroying_it_destroys_its_messages_only(opened: Database, any_file: Path) -> None:
    """`dependent: :destroy`; the person stays, other people's messages too."""
    with opened.write() as session:
        user = User(telegram_id=42)
        session.add(user)
    before = raw.stored(any_file)
    with opened.write() as session:
        session.add(user)
        conversation_id = user.conversation().id or 0
    add(opened, conversation_id, "раз")
    with opened.write() as session:
        session.delete(load(session, conversation_id))
    assert raw.changes(before, raw.stored(any_file)) == {}


def test_recent_is_newest_first_with_undated_ones_last(opened: Database, any_file: Path) -> None:
    raw.write(any_file, "DELETE FROM messages", "DELETE FROM conversations", "DELETE FROM users")
    with opened.write() as session:
        for telegram_id in (1, 2, 3):
            user = User(telegram_id=telegram_id)
            session.add(user)
            session.flush()
            user.conversation()
    raw.write(
        any_file,
        "UPDATE conversations SET last_message_at = '2026-11-23 10:00:00.5' "
        "WHERE user_id = (SELECT id FROM users WHERE telegram_id = 3)",
        "UPDATE conversations SET last_message_at = '2026-11-23 10:00:00' "
        "WHERE user_id = (SELECT id FROM users WHERE telegram_id = 1)",
    )
    with opened.read() as session:
        assert [row.user.telegram_id for row in session.exec(Conversation.recent())] == [3, 1, 2]


def test_with_unread(opened: Database, any_file: Path, conversation_id: int) -> None:
    """Corrections 3 (NULL is 0) and 5 (the column counts, not the messages)."""
    for stored, found in (("NULL", False), ("0", False), ("1", True), ("7", True)):
        raw.write(any_file, f"UPDATE conversations SET unread_count = {stored} WHERE id = {conversation_id}")
        with opened.read() as session:
            ids = {row.id for row in session.exec(Conversation.with_unread())}
        assert (conversation_id in ids) is found, stored
        assert ids == {id for (id,) in raw.rows(any_file, "SELECT id FROM conversations WHERE unread_count > 0")}


def test_last_message_is_the_newest_by_created_at(opened: Database, any_file: Path, conversation_id: int) -> None:
    late = add(opened, conversation_id, "поздно")
    early = add(opened, conversation_id, "рано")
    raw.write(any_file, f"UPDATE messages SET created_at = '2026-11-22 12:00:00' WHERE id = {early}")
    with opened.read() as session:
        last = load(session, conversation_id).last_message()
        assert last is not None
        assert last.id == late


def test_last_message_among_equals_is_the_one_written_last(opened: Database, conversation_id: int) -> None:
    add(opened, conversation_id, "раз")
    second = add(opened, conversation_id, "два")
    with opened.read() as session:
        last = load(session, conversation_id).last_message()
        assert last is not None
        assert last.id == second


def test_last_message_of_an_empty_conversation_is_none(opened: Database, conversation_id: int) -> None:
    with opened.read() as session:
        assert load(session, conversation_id).last_message() is None


def test_touch_last_message(
    opened: Database,
    any_file: Path,
    conversation_id: int,
    clock: FixedClock,
    text_of: Callable[[datetime], str],
) -> None:
    """`update!`: also moves `updated_at`; nothing else changes."""
    before = raw.stored(any_file)
    now = text_of(clock.advance(90.000001))
    with opened.write() as session:
        conversation = load(session, conversation_id)
        conversation.touch_last_message()
        assert conversation.last_message_at == clock.now
    assert raw.changes(before, raw.stored(any_file)) == {
        ("conversations", conversation_id): {"last_message_at": f"text:'{now}'", "updated_at": f"text:'{now}'"}
    }


@pytest.mark.parametrize(("stored", "then"), [("0", 1), ("6", 7), ("NULL", 1)])
def test_increment_unread(
    opened: Database, any_file: Path, conversation_id: int, clock: FixedClock, stored: str, then: int
) -> None:
    """Correction 3 (NULL is 0); `increment!` does not touch `updated_at`."""
    raw.write(any_file, f"UPDATE conversations SET unread_count = {stored} WHERE id = {conversation_id}")
    before = raw.stored(any_file)
    clock.advance(60)
    with opened.write() as session:
        conversation = load(session, conversation_id)
        conversation.increment_unread()
        assert conversation.unread_count == then
    assert raw.changes(before, raw.stored(any_file)) == {
        ("conversations", conversation_id): {"unread_count": f"integer:{then}"}
    }


def test_increment_unread_adds_to_what_is_stored_not_to_what_was_read(opened: Database, conversation_id: int) -> None:
    """An atomic increment: a stale copy in memory loses nothing."""
    with opened.read() as session:
        stale = load(session, conversation_id)
    assert stale.unread_count == 0
    with opened.write() as session:
        load(session, conversation_id).increment_unread()
    with opened.write() as session:
        session.add(stale)
        stale.increment_unread()
        assert stale.unread_count == 2


def test_mark_all_read(
    opened: Database,
    any_file: Path,
    conversation_id: int,
    clock: FixedClock,
    text_of: Callable[[datetime], str],
) -> None:
    """Correction 6: outgoing messages too, NULL is not matched, messages keep their `updated_at`."""
    incoming = add(opened, conversation_id, "входящее")
    outgoing = add(opened, conversation_id, "исходящее", MessageDirection.OUTGOING)
    unset = add(opened, conversation_id, "без флага")
    raw.write(any_file, f"UPDATE messages SET read = NULL WHERE id = {unset}")
    with opened.write() as session:
        other = User(telegram_id=43)
        session.add(other)
        session.flush()
        other_id = other.conversation().id or 0
    add(opened, other_id, "чужое")
    before = raw.stored(any_file)
    now = text_of(clock.advance(60))
    with opened.write() as session:
        conversation = load(session, conversation_id)
        messages = list(conversation.messages)
        conversation.mark_all_read()
        assert conversation.unread_count == 0
        assert [message.read for message in messages] == [True, True, None]
    assert raw.changes(before, raw.stored(any_file)) == {
        ("conversations", conversation_id): {"unread_count": "integer:0", "updated_at": f"text:'{now}'"},
        ("messages", incoming): {"read": "integer:1"},
        ("messages", outgoing): {"read": "integer:1"},
    }


def test_mark_all_read_of_a_read_conversation_still_heals_its_messages(
    opened: Database, any_file: Path, conversation_id: int, clock: FixedClock
) -> None:
    """`updated_at` moves only where the counter changes; the messages are marked whatever the counter said."""
    message = add(opened, conversation_id, "входящее")
    raw.write(any_file, f"UPDATE conversations SET unread_count = 0 WHERE id = {conversation_id}")
    before = raw.stored(any_file)
    clock.advance(60)
    with opened.write() as session:
        load(session, conversation_id).mark_all_read()
    assert raw.changes(before, raw.stored(any_file)) == {("messages", message): {"read": "integer:1"}}


def test_mark_all_read_replaces_a_null_counter(opened: Database, any_file: Path, conversation_id: int) -> None:
    """Correction 3: NULL makes the application's inbox raise."""
    raw.write(any_file, f"UPDATE conversations SET unread_count = NULL WHERE id = {conversation_id}")
    with opened.write() as session:
        load(session, conversation_id).mark_all_read()
    assert raw.one(any_file, "SELECT unread_count FROM conversations WHERE id = ?", (conversation_id,)) == 0


def test_null_flags_read_as_none_and_never_raise(opened: Database, any_file: Path, conversation_id: int) -> None:
    """Correction 3."""
    raw.write(
        any_file,
        f"UPDATE conversations SET unread_count = NULL, ai_processing = NULL WHERE id = {conversation_id}",
    )
    with opened.read() as session:
        conversation = load(session, conversation_id)
        assert (conversation.unread_count, conversation.ai_processing) == (None, None)


@pytest.mark.parametrize("score", [0, 30, 31, 60, 61, 85, 86, 100, -5, 250])
def test_a_score_is_neither_rescaled_nor_clamped(
    opened: Database, any_file: Path, conversation_id: int, score: int
) -> None:
    """Correction 1: the stored number stays what it is, out of range too."""
    with opened.write() as session:
        load(session, conversation_id).ai_ready_score = score
    assert raw.one(any_file, "SELECT ai_ready_score FROM conversations WHERE id = ?", (conversation_id,)) == score
    with opened.read() as session:
        assert load(session, conversation_id).ai_ready_score == score
