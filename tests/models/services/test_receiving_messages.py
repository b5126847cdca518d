"""What a message becomes in the three shapes: the seed's order and callbacks, edits, business accounts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from models.services.recording import record_outgoing
from tests.conftest import FixedClock, with_our_tables
from tests.models.services.intake import OWNER, Desk, person, seconds
from tests.seed import raw


@pytest.fixture
def desk(shape_file: Path, clock: FixedClock) -> Iterator[Desk]:
    opened = Desk(with_our_tables(shape_file), clock)
    yield opened
    opened.database.close()


@pytest.fixture
def owned(owned_file: Path, clock: FixedClock) -> Iterator[Desk]:
    opened = Desk(owned_file, clock)
    yield opened
    opened.database.close()


def test_somebody_new_writes(desk: Desk, clock: FixedClock) -> None:
    """Person, conversation, message, its callbacks: as the application does it, in each shape."""
    now = clock().replace(tzinfo=None).isoformat(" ")
    assert desk.take(desk.message(9, "hi", of=999_001)).stored == 1
    columns = "id, first_name, authenticated, admin, paid, avatar_url, created_at"
    [(user_id, *rest)] = desk.rows(f"SELECT {columns} FROM users WHERE telegram_id = 999001")
    assert rest == ["P999001", 0, 0, 0, None, now]
    columns = "id, last_message_at, unread_count, ai_processing, updated_at"
    [(id, *rest)] = desk.rows(f"SELECT {columns} FROM conversations WHERE user_id = {user_id}")
    assert rest == [now, 1, 0, now]
    columns = "user_id, body, direction, telegram_message_id, read, created_at"
    assert desk.rows(f"SELECT {columns} FROM messages WHERE conversation_id = {id}") == [(user_id, "hi", 0, 9, 0, now)]
    if desk.database.features.owner_columns:
        owner = f"SELECT conversable_type, conversable_id, channel_type FROM conversations WHERE id = {id}"
        assert desk.rows(owner) == [("User", user_id, "telegram")]
        assert desk.rows(f"SELECT crm_status FROM users WHERE id = {user_id}") == [(1,)]


def test_a_profile_is_refreshed_once_a_day(owned: Desk, clock: FixedClock) -> None:
    def name() -> object:
        return raw.one(owned.path, "SELECT first_name FROM users")

    owned.take(owned.message(1, "a"))
    changed = {"from": person(first_name="New name")}
    clock.advance(3600)
    owned.take(owned.message(2, "b", **changed))
    assert name() == "P5001"
    clock.advance(86_400)
    owned.take(owned.message(3, "c", **changed))
    assert name() == "New name"
    stamp = raw.one(owned.path, "SELECT updated_at FROM users")
    clock.advance(2 * 86_400)
    owned.take(owned.message(4, "d", **changed))
    assert raw.one(owned.path, "SELECT updated_at FROM users") == stamp


def test_what_waited_at_telegram_keeps_its_time_and_its_order(owned: Desk, clock: FixedClock) -> None:
    night = seconds(clock() - timedelta(hours=9))
    dates = [night, night, night + 60, seconds(clock()), 1, 2**31 - 1, seconds(clock()) - 3600]
    owned.take(*(owned.message(number, str(number), date=date) for number, date in enumerate(dates, 1)))
    ordered = owned.rows("SELECT body, created_at FROM messages ORDER BY created_at, id")
    assert [body for body, _ in ordered] == [str(number) for number in range(1, 8)]
    assert [at[11:19] for _, at in ordered] == ["03:00:00"] * 2 + ["03:01:00"] + ["12:00:00"] * 4
    assert raw.one(owned.path, "SELECT last_message_at FROM conversations") == "2026-11-23 12:00:00"


def test_an_edit_keeps_the_body_before_and_is_unread_again(owned: Desk, clock: FixedClock) -> None:
    at = seconds(clock())
    owned.take(owned.message(1, "yes"))
    raw.write(owned.path, "UPDATE messages SET read = 1", "UPDATE conversations SET unread_count = 0")
    state = "SELECT body, read, unread_count FROM messages m JOIN conversations c ON c.id = m.conversation_id"
    # What nobody sees is no news.
    assert owned.take(owned.message(1, "yes", kind="edited_message", edit_date=at + 1)).stored == 0
    assert owned.rows(state) == [("yes", 1, 0)]
    assert owned.take(owned.message(1, "no", kind="edited_message", edit_date=at + 3)).stored == 1
    # An older edit that comes late, and the original once more.
    owned.take(owned.message(1, "maybe", kind="edited_message", edit_date=at + 2), owned.message(1, "yes", x=1))
    assert owned.rows(state) == [("no", 0, 1)]
    assert owned.rows("SELECT body FROM console_edits") == [("yes",)]
    owned.take(owned.message(1, "never", kind="edited_message", edit_date=at + 4))
    assert owned.rows(state) == [("never", 0, 1)]


def test_an_edit_before_its_original(owned: Desk, clock: FixedClock) -> None:
    edit = owned.message(1, "second", kind="edited_message", edit_date=seconds(clock()) + 5)
    owned.take(edit, owned.message(1, "first"), owned.message(1, "first", again=True))
    assert owned.rows("SELECT body, unread_count FROM messages JOIN conversations c") == [("second", 1)]
    assert owned.rows("SELECT body FROM console_edits") == [("first",)]
    assert owned.rows("SELECT edited FROM console_message_keys") == [(1,)]


def test_a_row_of_the_application_is_recognised(desk: Desk, clock: FixedClock) -> None:
    """The application received before: the same message again, or edited, is its row."""
    telegram_id, message_id, row_id = desk.rows(
        "SELECT telegram_id, telegram_message_id, min(m.id) FROM messages m "
        "JOIN conversations c ON c.id = m.conversation_id "
        "JOIN users u ON u.id = c.user_id WHERE direction = 0 AND telegram_message_id IS NOT NULL"
    )[0]
    count = raw.one(desk.path, "SELECT count(*) FROM messages")
    assert desk.take(desk.message(message_id, "again", of=telegram_id)).repeated == 1
    edit = desk.message(message_id, "edited", of=telegram_id, kind="edited_message", edit_date=seconds(clock()))
    assert desk.take(edit).stored == 1
    assert raw.one(desk.path, "SELECT count(*) FROM messages") == count
    assert desk.rows(f"SELECT body FROM messages WHERE id = {row_id}") == [("edited",)]


def test_a_business_account_beside_the_bot(desk: Desk) -> None:
    """Ids collide between the two; the owner's own words go out; each is known again."""
    chat = 999_002
    business = {"business_connection_id": "BC1"}
    updates = [
        desk.message(1, "to the bot", of=chat),
        desk.message(1, "to Olga", of=chat, kind="business_message", **business),
        desk.message(2, "from Olga", of=chat, kind="business_message", **business, **{"from": OWNER}),
        desk.message(3, "away", of=chat, kind="business_message", **business, is_from_offline=True, **{"from": OWNER}),
    ]
    assert desk.take(*updates).stored == 4
    assert desk.take(*updates).repeated == 4
    rows = "SELECT body, direction, m.user_id IS NULL, read FROM messages m "
    rows += "JOIN conversations c ON c.id = conversation_id JOIN users u ON u.id = c.user_id "
    rows += "WHERE telegram_id = 999002 ORDER BY m.id"
    assert desk.rows(rows) == [("to the bot", 0, 0, 0), ("to Olga", 0, 0, 0), ("from Olga", 1, 1, 1), ("away", 1, 1, 1)]
    if desk.database.features.channels:
        found = desk.rows("SELECT source_type, business_connection_id FROM messages ORDER BY id DESC LIMIT 4")
        assert found == [(1, "BC1")] * 3 + [(0, None)]


def test_our_own_reply_through_a_business_account_comes_back(owned: Desk, clock: FixedClock) -> None:
    owned.take(owned.message(1, "hi", kind="business_message", business_connection_id="BC1"))
    with owned.database.write() as session:
        row = record_outgoing(
            session, owned.database.features, clock, conversation_id=1, body="answer", telegram_message_id=8
        )
    now = "'2026-11-23 12:00:00'"
    raw.write(
        owned.path,
        "INSERT INTO console_outbox (client_key, part_no, part_of, conversation_id, chat_id, business_connection_id, "
        "operator_id, body, state, attempt, message_id, telegram_message_id, created_at, updated_at) VALUES "
        f"('k', 1, 1, 1, 5001, 'BC1', 1, 'answer', 'sent', 1, {row}, 8, {now}, {now})",
    )
    business = {"business_connection_id": "BC1", "sender_business_bot": {"id": 1}, "from": OWNER}
    assert owned.take(owned.message(8, "answer", kind="business_message", **business)).stored == 0
    assert raw.one(owned.path, "SELECT count(*) FROM messages") == 2
    assert owned.rows("SELECT message_id FROM console_message_keys WHERE telegram_message_id = 8") == [(row,)]


@pytest.mark.parametrize("state", ["sending", "unknown"])
def test_a_reply_of_unknown_fate_that_comes_back_has_arrived(owned: Desk, state: str) -> None:
    owned.take(owned.message(1, "hi", kind="business_message", business_connection_id="BC1"))
    now = "'2026-11-23 12:00:00'"
    raw.write(
        owned.path,
        "INSERT INTO console_outbox (client_key, part_no, part_of, conversation_id, chat_id, business_connection_id, "
        "operator_id, body, state, attempt, created_at, updated_at) VALUES "
        f"('k', 1, 1, 1, 5001, 'BC1', 1, 'answer', '{state}', 1, {now}, {now})",
    )
    business = {"business_connection_id": "BC1", "from": OWNER}
    by_phone = owned.message(7, "answer", kind="business_message", **business)
    assert owned.take(by_phone).stored == 1, "the owner's own words settle nothing"
    echo = owned.message(8, "answer", kind="business_message", **business, sender_business_bot={"id": 1})
    assert owned.take(echo).stored == 0
    [(row,)] = owned.rows("SELECT message_id FROM console_message_keys WHERE telegram_message_id = 8")
    settled = owned.rows("SELECT state, telegram_message_id, message_id FROM console_outbox")
    assert settled == [("sent", 8, row)]
    assert owned.take(echo).stored == 0
    assert raw.one(owned.path, "SELECT count(*) FROM messages WHERE body = 'answer'") == 2


def test_a_service_message_asks_for_nobody(owned: Desk) -> None:
    owned.take(owned.message(1, pinned_message={}), owned.message(2, "/start"))
    assert owned.rows("SELECT body, direction, read FROM messages") == [("[pinned a message]", 0, 1), ("/start", 0, 0)]
    assert raw.one(owned.path, "SELECT unread_count FROM conversations") == 1


def test_an_album_is_one_message_an_item(owned: Desk) -> None:
    photo = {"photo": [{"file_id": "x"}], "media_group_id": "g1"}
    owned.take(owned.message(1, **photo, caption="look"), owned.message(2, **photo))
    assert owned.rows("SELECT body FROM messages ORDER BY id") == [("look",), ("[photo]",)]
    assert owned.rows("SELECT DISTINCT media_group_id, kind FROM console_message_keys") == [("g1", "photo")]
