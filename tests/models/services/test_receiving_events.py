"""Blocks, buttons, reactions, connections, deletions: what each writes, and that none does so twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from models.services import reach
from models.views import Unreachable
from tests.conftest import FixedClock, with_our_tables
from tests.models.services.intake import OWNER, Desk, chat, person, seconds
from tests.seed import raw


@pytest.fixture
def desk(owned_file: Path, clock: FixedClock) -> Iterator[Desk]:
    opened = Desk(owned_file, clock)
    yield opened
    opened.database.close()


def member(desk: Desk, status: str, late: int = 0) -> dict[str, Any]:
    date = seconds(desk.clock()) + late
    return {"my_chat_member": {"chat": chat(), "from": person(), "date": date, "new_chat_member": {"status": status}}}


def mark(desk: Desk) -> Unreachable | None:
    with desk.database.read() as session:
        found = reach.of(session, 5001)
    return found.kind if found else None


def test_a_block_and_the_way_back(desk: Desk) -> None:
    desk.take(desk.message(1, "hi"))
    assert desk.take(member(desk, "kicked", 1)).stored == 1
    assert mark(desk) is Unreachable.BLOCKED
    # Telegram tells it again; and what was before it comes late.
    assert desk.take(member(desk, "kicked", 1), member(desk, "member", 0)).repeated == 2
    assert mark(desk) is Unreachable.BLOCKED
    # On our side of the thread: nobody waits for an answer there.
    rows = "SELECT body, direction, read, unread_count FROM messages JOIN conversations c ORDER BY messages.id"
    assert desk.rows(rows) == [("hi", 0, 0, 1), ("[blocked the bot]", 1, 1, 1)]
    desk.take(member(desk, "member", 2))
    assert mark(desk) is None
    desk.take(member(desk, "kicked", 3))
    assert mark(desk) is Unreachable.BLOCKED
    # Whoever writes is back.
    desk.take(desk.message(2, "/start"))
    assert mark(desk) is None


def test_a_block_by_somebody_who_never_wrote_makes_no_conversation(desk: Desk) -> None:
    assert desk.take(member(desk, "kicked")).stored == 1
    assert mark(desk) is Unreachable.BLOCKED
    assert desk.rows("SELECT count(*) FROM conversations") == [(0,)]


def test_a_pressed_button_is_a_line_and_wants_an_answer(desk: Desk) -> None:
    keyboard = {"inline_keyboard": [[{"text": "Buy", "callback_data": "b"}]]}
    message = {"message_id": 3, "chat": chat(), "date": 1, "reply_markup": keyboard}
    pressed = {"id": "77", "from": person(), "message": message, "data": "b"}
    assert desk.take({"callback_query": pressed}).callbacks == ["77"]
    assert desk.take({"callback_query": pressed}).callbacks == ["77"]
    assert desk.take({"callback_query": pressed | {"id": "78", "data": "x"}}).stored == 1
    found = desk.rows("SELECT body, telegram_message_id, read FROM messages ORDER BY id")
    assert found == [("[pressed: Buy]", None, 1), ("[pressed a button]", None, 1)]
    assert desk.take({"callback_query": {"id": "79", "from": person(), "data": "b"}}).callbacks == ["79"]


def test_the_newest_reaction_counts(desk: Desk, clock: FixedClock) -> None:
    def reacted(late: int, *emoji: str) -> dict[str, Any]:
        given = [{"type": "emoji", "emoji": one} for one in emoji]
        date = seconds(clock()) + late
        return {
            "message_reaction": {"chat": chat(), "message_id": 4, "user": person(), "date": date, "new_reaction": given}
        }

    desk.take(reacted(0, "👍"), reacted(2, "❤", "🔥"), reacted(1, "👎"))
    assert desk.rows("SELECT reactions FROM console_reactions") == [("❤ 🔥",)]
    desk.take(reacted(3))
    assert desk.rows("SELECT reactions FROM console_reactions") == [("",)]


def test_a_connection_in_our_table_and_in_the_applications(shape_file: Path, clock: FixedClock) -> None:
    desk = Desk(with_our_tables(shape_file), clock)
    at = seconds(clock())
    connection = {"id": "BC9", "user": OWNER, "user_chat_id": 77, "date": at, "is_enabled": True}
    desk.take({"business_connection": connection | {"rights": {"can_reply": True}}})
    desk.take({"business_connection": connection | {"date": at + 5, "is_enabled": False}})
    assert desk.take({"business_connection": connection | {"can_reply": True}}).stored == 0
    mine = "SELECT can_reply, is_enabled, owner_id FROM console_business_connections"
    assert desk.rows(mine) == [(0, 0, 77)]
    if desk.database.features.business_connections:
        theirs = "SELECT user_chat_id, can_reply, is_enabled, status FROM business_connections "
        found = desk.rows(theirs + "WHERE business_connection_id = 'BC9'")
        assert found == [(77, 0, 0, 1)]
    desk.database.close()


def test_deleted_messages_are_marked_and_keep_their_text(desk: Desk) -> None:
    business = {"kind": "business_message", "business_connection_id": "BC1"}
    desk.take(desk.message(1, "gone", **business), desk.message(2, "here", **business))
    deletion = {"business_connection_id": "BC1", "chat": chat(), "message_ids": [1, 424242]}
    assert desk.take({"deleted_business_messages": deletion}).stored == 1
    marks = "SELECT body, deleted_at IS NOT NULL FROM console_message_keys k JOIN messages m ON m.id = k.message_id"
    assert desk.rows(marks + " ORDER BY m.id") == [("gone", 1), ("here", 0)]


def test_a_moved_group_that_nobody_knows_is_nothing(desk: Desk) -> None:
    moved = desk.message(1, migrate_to_chat_id=-1009)
    moved["message"]["chat"] = {"id": -400, "type": "group"}
    assert desk.take(moved).stored == 0
    raw.write(
        desk.path,
        "INSERT INTO users (telegram_id, created_at, updated_at) VALUES (-400, '2026-11-23', '2026-11-23')",
    )
    assert desk.take(moved | {}).stored == 1
    with desk.database.read() as session:
        assert reach.current_id(session, -400) == -1009
