"""`conversations`, `messages` and `users` on files that ActiveRecord wrote: the seed's names, Z times, ASCII JSON."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import with_our_tables
from tests.console.command import frontdesk, frontdesk_json
from tests.e2e.conftest import rows
from tests.e2e.terminal import strangers

ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
CONVERSATION = [
    "id", "user_id", "last_message_at", "unread_count", "ai_real_name", "ai_background", "ai_query", "ai_ready_score",
    "ai_processing", "name", "username", "telegram_id", "last_message",
]  # fmt: skip
MESSAGE = ["id", "conversation_id", "user_id", "body", "direction", "telegram_message_id", "read", "created_at"]
USER = ["id", "telegram_id", "username", "first_name", "last_name", "admin", "paid", "authenticated", "created_at"]


def test_conversations_as_json(shape_file: Path) -> None:
    found = frontdesk_json("--database", shape_file, "conversations", "--limit", "7", process=True)
    assert [list(each) for each in found] == [CONVERSATION] * 7
    query = "SELECT id FROM conversations ORDER BY last_message_at IS NULL, last_message_at DESC, id DESC LIMIT 7"
    assert [each["id"] for each in found] == [id for (id,) in rows(shape_file, query)]
    for each in found:
        assert each["last_message_at"] is None or ISO.fullmatch(each["last_message_at"])
        assert isinstance(each["unread_count"], int)
        assert isinstance(each["ai_processing"], bool)
        assert isinstance(each["telegram_id"], int)


def test_all_conversations_come_once(shape_file: Path) -> None:
    found = frontdesk_json("--database", shape_file, "conversations", "--limit", "100000")
    assert sorted(each["id"] for each in found) == [
        id for (id,) in rows(shape_file, "SELECT id FROM conversations ORDER BY id")
    ]


def test_a_view_narrows_the_list(shape_file: Path) -> None:
    found = frontdesk_json("--database", shape_file, "conversations", "--view", "unread", "--limit", "1000")
    assert {each["id"] for each in found} == {
        id for (id,) in rows(shape_file, "SELECT id FROM conversations WHERE unread_count > 0")
    }
    assert all(each["unread_count"] > 0 for each in found)


def test_messages_as_json(shape_file: Path) -> None:
    found = frontdesk_json("--database", shape_file, "messages", "2")
    assert [list(each) for each in found] == [MESSAGE] * len(found)
    query = "SELECT id, body FROM messages WHERE conversation_id = 2 ORDER BY created_at, id"
    assert [(each["id"], each["body"]) for each in found] == rows(shape_file, query)
    assert {each["direction"] for each in found} <= {"incoming", "outgoing"}
    assert all(ISO.fullmatch(each["created_at"]) for each in found)


def test_the_newest_messages_oldest_first(shape_file: Path) -> None:
    whole = frontdesk_json("--database", shape_file, "messages", "2")
    assert len(whole) > 2
    assert frontdesk_json("--database", shape_file, "messages", "2", "--limit", "2") == whole[-2:]


def test_users_as_json(shape_file: Path) -> None:
    found = frontdesk_json("--database", shape_file, "users", "--limit", "1000")
    assert [list(each) for each in found] == [USER] * rows(shape_file, "SELECT count(*) FROM users")[0][0]
    for each in found:
        assert [type(each[name]) for name in ("admin", "paid", "authenticated")] == [bool] * 3
        assert ISO.fullmatch(each["created_at"])


@pytest.mark.parametrize("search", ["500000001", "user_500000001", "@user_500000001", "морозов", "МОРОЗОВ"])
def test_users_are_found_by_name_username_and_telegram_id(search: str, shape_file: Path) -> None:
    found = frontdesk_json("--database", shape_file, "users", "--search", search, "--limit", "1000")
    assert 1 in [each["id"] for each in found]


def test_users_are_filtered(shape_file: Path) -> None:
    found = frontdesk_json("--database", shape_file, "users", "--filter", "admin", "--limit", "1000")
    assert {each["id"] for each in found} == {id for (id,) in rows(shape_file, "SELECT id FROM users WHERE admin = 1")}


def test_no_secret_and_no_address_is_printed(shape_file: Path) -> None:
    secrets = rows(shape_file, "SELECT session_token FROM users WHERE session_token IS NOT NULL")
    secrets += rows(shape_file, "SELECT avatar_url FROM users WHERE avatar_url IS NOT NULL")
    said = "".join(
        frontdesk("--database", shape_file, *arguments, "--limit", "1000").stdout
        for arguments in (["users"], ["users", "--json"], ["conversations", "--json"])
    )
    for (secret,) in secrets:
        assert str(secret) not in said


@pytest.mark.parametrize("verb", [["conversations"], ["users"], ["messages", "2"]])
def test_plain_lists_are_for_people(verb: list[str], shape_file: Path) -> None:
    said = frontdesk("--database", shape_file, *verb, "--limit", "1000").stdout
    assert said.strip()
    assert strangers(said.encode()) == []


HOSTILE = "\x1b]52;c;eA==\x07\x1b[2J\u202eevil\x9b31m\nsecond\ttab"


def test_hostile_texts_never_reach_the_terminal_raw(owned_file: Path) -> None:
    from models.store.sqlite import library

    connection = library().connect(str(owned_file), isolation_level=None)
    now = "2026-11-23 10:00:00"
    connection.execute(
        "INSERT INTO users (id, telegram_id, username, first_name, last_name, created_at, updated_at)"
        " VALUES (1, 5, ?, ?, ?, ?, ?)",
        (HOSTILE, HOSTILE, HOSTILE, now, now),
    )
    connection.execute(
        "INSERT INTO conversations (id, user_id, last_message_at, created_at, updated_at) VALUES (1, 1, ?, ?, ?)",
        (now, now, now),
    )
    connection.execute(
        "INSERT INTO messages (conversation_id, user_id, body, direction, created_at, updated_at)"
        " VALUES (1, 1, ?, 0, ?, ?)",
        (HOSTILE, now, now),
    )
    connection.close()
    for verb in (["conversations"], ["users"], ["messages", "1"]):
        assert strangers(frontdesk("--database", owned_file, *verb).stdout.encode()) == []
    [message] = frontdesk_json("--database", owned_file, "messages", "1")
    assert message["body"] == HOSTILE


def test_what_is_not_there_is_code_3(shape_file: Path) -> None:
    assert "4242" in frontdesk("--database", shape_file, "messages", "4242", code=3).stderr


def test_lists_write_nothing(shape_file: Path) -> None:
    with_our_tables(shape_file)
    before = rows(shape_file, "SELECT count(*) FROM console_operators")
    content = rows(shape_file, "SELECT * FROM users") + rows(shape_file, "SELECT * FROM conversations")
    for verb in (["conversations"], ["users"], ["messages", "2"], ["outbox"], ["db", "status"]):
        frontdesk("--database", shape_file, *verb)
    assert rows(shape_file, "SELECT count(*) FROM console_operators") == before
    assert rows(shape_file, "SELECT * FROM users") + rows(shape_file, "SELECT * FROM conversations") == content


def test_an_empty_database_prints_empty_lists(owned_file: Path) -> None:
    for verb in ("conversations", "users", "outbox"):
        assert frontdesk_json("--database", owned_file, verb) == []
        frontdesk("--database", owned_file, verb)
