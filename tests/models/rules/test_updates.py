"""What updates are about: the whole hostile corpus, every kind, every shape that identifies nothing."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from typing import Any

import pytest

from models.rules.events import (
    Arrived,
    Barred,
    Connected,
    Deleted,
    Moved,
    Pressed,
    Reacted,
    Sender,
    Skipped,
    Unreadable,
)
from models.rules.updates import raw_text, read_update, update_id_of
from tests.corpus import BEYOND, HOSTILE, META, mutated

VERA = {"id": 5001, "is_bot": False, "first_name": "Vera", "username": "vera"}
CHAT = {"id": 5001, "type": "private", "first_name": "Vera"}
OWNER = {"id": 7, "is_bot": False, "first_name": "Olga"}
AT = 1_790_000_000
WHEN = datetime.fromtimestamp(AT, UTC)


def message(**fields: Any) -> dict[str, Any]:
    return {"message_id": 11, "from": VERA, "chat": CHAT, "date": AT} | fields


def only(kind: str, payload: Any) -> Any:
    (event,) = read_update({"update_id": 1, kind: payload})
    return event


def test_a_message_of_the_corpus_keeps_its_text_and_every_update_is_read() -> None:
    texts = 0
    for update in HOSTILE:
        for event in read_update(update):
            about = META.get(str(update["update_id"]), {})
            if about.get("body_is_text") and isinstance(event, Arrived):
                text = next(value for kind, value in update.items() if kind != "update_id")["text"]
                assert event.body.text == text.replace("\0", "␀"), about["name"]
                texts += 1
    assert texts > 40


def test_beyond_the_documentation() -> None:
    found: dict[str, str] = {}
    for one in BEYOND:
        try:
            found[one["name"]] = " ".join(type(event).__name__ for event in read_update(one["update"]))
        except Unreadable as error:
            found[one["name"]] = f"unreadable {error}"
    assert found == {
        "unknown_kind": "Skipped",
        "no_kind": "Skipped",
        "two_kinds": "Arrived Arrived",
        "unknown_content": "Arrived",
        "unknown_chat_type": "Skipped",
        "unknown_entity": "Arrived",
        "null_fields": "Arrived",
        "id_string": "unreadable update_id",
        "text_not_string": "unreadable text",
        "message_list": "unreadable message",
    }


def test_a_message() -> None:
    event = only("message", message(text="hi", media_group_id="g", forward_origin={"sender_user_name": "F\x1b[2J"}))
    assert event == Arrived(
        chat_id=5001,
        message_id=11,
        person=Sender(5001, "vera", "Vera", None),
        sender_id=5001,
        at=WHEN,
        body=event.body,
        media_group_id="g",
        forwarded_from="F␛[2J",
    )


def test_an_edit_carries_its_time() -> None:
    assert only("edited_message", message(text="hi", edit_date=AT + 5)).edited_at == datetime.fromtimestamp(AT + 5, UTC)
    assert only("edited_message", message(text="hi")).edited_at == WHEN


def test_a_business_message_belongs_to_the_customer_whoever_wrote_it() -> None:
    event = only("business_message", message(text="hi", business_connection_id="BC1", **{"from": OWNER}))
    assert (event.person.telegram_id, event.sender_id, event.business_connection_id) == (5001, 7, "BC1")
    bot = only("business_message", message(text="hi", business_connection_id="BC1", sender_business_bot={"id": 1}))
    assert bot.by_bot
    assert only("business_message", message(text="hi", business_connection_id="B", is_from_offline=True)).automatic
    with pytest.raises(Unreadable):
        only("business_message", message(text="hi"))


def test_connections_deletions_blocks_and_moves() -> None:
    connection = {"id": "BC1", "user": OWNER, "user_chat_id": 7, "date": AT, "is_enabled": True}
    for more, can in (({"rights": {"can_reply": True}}, True), ({"can_reply": True}, True), ({"rights": {}}, False)):
        assert only("business_connection", connection | more) == Connected(
            "BC1", Sender(7, None, "Olga", None), 7, can, True, WHEN
        )
    deletion = {"business_connection_id": "BC1", "chat": CHAT, "message_ids": [1, 2]}
    assert only("deleted_business_messages", deletion) == Deleted("BC1", 5001, (1, 2))
    member = {"chat": CHAT, "from": VERA, "date": AT, "new_chat_member": {"status": "kicked"}}
    assert only("my_chat_member", member) == Barred(Sender(5001, None, "Vera", None), True, WHEN)
    assert isinstance(only("my_chat_member", member | {"chat": CHAT | {"type": "group"}}), Skipped)
    group = {"id": -400, "type": "group"}
    assert only("message", message(chat=group, migrate_to_chat_id=-1009)) == Moved(-400, -1009)


def test_a_button_is_named_by_the_keyboard_never_by_its_data() -> None:
    keyboard = {"inline_keyboard": [[{"text": "Buy\x1b[2J", "callback_data": "b"}]]}
    pressed = {"id": "9", "from": VERA, "message": message(reply_markup=keyboard), "data": "b"}
    assert only("callback_query", pressed) == Pressed("9", Sender(5001, "vera", "Vera", None), "Buy␛[2J")
    assert only("callback_query", pressed | {"data": "forged"}).label is None
    # In a group, of somebody else's chat, or inline: only answered.
    for chat in ({"id": 5002, "type": "private"}, {"id": -5, "type": "group"}, None):
        assert only("callback_query", pressed | {"message": {"chat": chat}}).person is None
    assert only("callback_query", {"id": "9", "from": VERA, "data": "b"}).person is None


def test_reactions_replace_each_other() -> None:
    given = [{"type": "emoji", "emoji": "❤"}, {"type": "custom_emoji", "custom_emoji_id": "5"}, {"type": "paid"}]
    reaction = {"chat": CHAT, "message_id": 3, "user": VERA, "date": AT, "new_reaction": given}
    assert only("message_reaction", reaction) == Reacted(5001, 3, 5001, "❤ ☆ ⭐", WHEN)
    assert only("message_reaction", reaction | {"new_reaction": []}).reactions == ""


@pytest.mark.parametrize(
    "fields",
    [
        {"message_id": 0},
        {"message_id": 2**63},
        {"message_id": True},
        {"chat": CHAT | {"id": 2**63}},
        {"chat": CHAT | {"id": "5001"}},
        {"chat": []},
        {"from": {"id": 2**70}},
        {"from": 5},
        {"from": VERA | {"username": 5}},
        {"date": -1},
        {"date": 2**40},
        {"date": "1790000000"},
        {"date": None},
        {"caption": ["x"]},
        {"business_connection_id": 5},
    ],
)
def test_what_identifies_nothing_is_unreadable(fields: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        only("message", message(text="hi") | fields)


@pytest.mark.parametrize(
    "update", [None, 5, "x", [], [[]], {"update_id": True}, {"update_id": -1}, {"update_id": 2**64}]
)
def test_what_is_no_update_is_unreadable(update: object) -> None:
    with pytest.raises(Unreadable):
        read_update(update)


def test_an_update_written_as_a_text_still_has_its_number() -> None:
    assert [update_id_of({"update_id": id}) for id in (7, "8", "x", "²", None, 2**64, -1)] == [7, 8] + [None] * 5


def test_the_raw_text_is_ascii_whatever_is_in_it() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    for update in ({"a": "\0\ud800\x1b"}, deep, {"x": float("nan")}):
        assert raw_text(update).isascii()
        assert raw_text(update).isprintable()


def test_mutated_updates_are_read_or_unreadable_and_nothing_else() -> None:
    chance = random.Random(20261123)
    outcomes = {"read": 0, "unreadable": 0}
    for update in mutated(chance, 2_000):
        try:
            for event in read_update(update):
                json.dumps(repr(event)).encode()
            outcomes["read"] += 1
        except Unreadable:
            outcomes["unreadable"] += 1
    assert min(outcomes.values()) > 200
