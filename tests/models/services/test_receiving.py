"""A batch: one transaction, each update for itself, repeated ones absorbed, poison set aside."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from models.rules.text import clean
from models.services.polling import Polling
from models.services.receiving import KEEP_DAYS, Receiving
from models.store.database import Database
from tests.conftest import FixedClock
from tests.corpus import BEYOND, HOSTILE, mutated
from tests.models.services.intake import BOT, Desk
from tests.seed import raw


@pytest.fixture
def desk(owned_file: Path, clock: FixedClock) -> Iterator[Desk]:
    opened = Desk(owned_file, clock)
    yield opened
    opened.database.close()


def test_the_whole_corpus_twice(desk: Desk) -> None:
    first = desk.take_raw(HOSTILE)
    assert (first.next_offset, first.quarantined) == (900005222, 0)
    count = raw.one(desk.path, "SELECT count(*) FROM messages")
    assert count > 80
    again = desk.take_raw(HOSTILE)
    assert (again.stored, again.quarantined, again.callbacks) == (0, 0, first.callbacks)
    assert raw.one(desk.path, "SELECT count(*) FROM messages") == count
    unread = "SELECT count(*) FROM messages m WHERE m.conversation_id = c.id AND direction = 0 AND read = 0"
    assert desk.rows(f"SELECT id FROM conversations c WHERE unread_count != ({unread})") == []


def test_postgresql_takes_in_the_same(desk: Desk, owned_url: str, clock: FixedClock) -> None:
    """Corpus, what is beyond it, and mutated ones: both engines store and set aside alike."""
    updates = [HOSTILE, [one["update"] for one in BEYOND], list(mutated(random.Random(6), 300))]
    database = Database.open(owned_url, clock=clock)
    try:
        polling = Polling(database, clock, bot_id=BOT, owner="test", ttl=60)
        lease = polling.take()
        assert lease is not None
        there = Receiving(polling)
        for batch in updates:
            assert there.take(lease, batch) == desk.take_raw(batch)
        assert there.quarantined() == desk.receiving.quarantined()
        with database.read() as session:
            bodies = [row[0] for row in session.execute(text("SELECT body FROM messages ORDER BY id"))]
        assert bodies == [body for (body,) in desk.rows("SELECT body FROM messages ORDER BY id")]
    finally:
        database.close()


def test_poison_is_set_aside_and_stops_nothing(desk: Desk) -> None:
    poison = next(one["update"] for one in BEYOND if one["name"] == "text_not_string")
    good = [{"update_id": 20 + number} | desk.message(50 + number, "\0 ok \ud83d") for number in range(3)]
    taken = desk.take_raw([good[0], poison, "no update", {"update_id": 21, "message": {"x": "\0\ud800"}}, *good[1:]])
    assert (taken.next_offset, taken.stored, taken.quarantined) == (23, 3, 3)
    assert [body for (body,) in desk.rows("SELECT body FROM messages")] == ["␀ ok \ufffd"] * 3
    kept = desk.rows("SELECT update_id, why, raw FROM console_quarantine ORDER BY id")
    assert [(id, why) for id, why, _ in kept] == [
        (9, "Unreadable text"),
        (None, "Unreadable update"),
        (21, "Unreadable chat"),
    ]
    assert kept[2][2] == '{"update_id": 21, "message": {"x": "\\u0000\\ud800"}}'
    # The same again is no news.
    assert desk.take_raw([poison]).quarantined == 0
    assert desk.receiving.quarantined() == 3


def test_numbers_may_begin_anew(desk: Desk) -> None:
    assert desk.take_raw([{"update_id": 900} | desk.message(1, "before")]).next_offset == 901
    taken = desk.take_raw(
        [{"update_id": 900} | desk.message(2, "another"), {"update_id": 7} | desk.message(3, "after")]
    )
    assert (taken.stored, taken.next_offset) == (2, 8)
    assert desk.take_raw([]).next_offset is None
    lease = desk.polling.take()
    assert lease is not None
    assert lease.next_offset == 8


def test_one_message_under_two_numbers_is_one_row(desk: Desk) -> None:
    taken = desk.take(desk.message(1, "hi"), desk.message(1, "hi"))
    assert (taken.stored, taken.repeated) == (1, 1)
    assert desk.rows("SELECT count(*), unread_count FROM messages m JOIN conversations c") == [(1, 1)]


def test_groups_and_strange_kinds_are_skipped_and_counted(desk: Desk) -> None:
    group = desk.message(1, "hi")
    group["message"]["chat"] = {"id": -5, "type": "group", "title": "G"}
    taken = desk.take(group, {"inline_query": {"id": "1"}}, {})
    assert (taken.stored, taken.skipped) == (0, 3)
    assert desk.rows("SELECT skipped FROM console_poller") == [(3,)]
    assert desk.rows("SELECT count(*) FROM users") == [(0,)]


def test_a_kind_not_known_yet_keeps_its_raw_text(desk: Desk) -> None:
    desk.take(desk.message(1, hologram={"file_id": "x"}), desk.message(2, "hi"))
    assert desk.rows("SELECT body FROM messages ORDER BY id") == [("[unsupported message]",), ("hi",)]
    [(kept,), (none,)] = desk.rows("SELECT raw FROM console_updates ORDER BY update_id")
    assert ('"hologram"' in kept, none) == (True, None)


def test_old_updates_are_forgotten_and_messages_stay(desk: Desk, clock: FixedClock) -> None:
    pressed = {"id": "1", "from": {"id": 5001, "first_name": "P"}, "message": {"chat": {"id": 5001, "type": "private"}}}
    desk.take(desk.message(1, "hi"), {"callback_query": pressed})
    clock.advance((KEEP_DAYS + 1) * 86_400)
    desk.take(desk.message(2, "later"))
    assert (desk.receiving.tidy(), desk.receiving.tidy()) == (2, 0)
    assert desk.rows("SELECT count(*) FROM console_updates") == [(1,)]
    assert desk.rows("SELECT count(*) FROM console_events") == [(0,)]
    assert desk.take(desk.message(1, "hi")).repeated == 1


def test_fuzzed_updates_wedge_nothing_and_nothing_stored_reaches_a_terminal(desk: Desk) -> None:
    chance = random.Random(5)
    updates = list(mutated(chance, 1500))
    quarantined = 0
    for start in range(0, len(updates), 100):
        quarantined += desk.take_raw(updates[start : start + 100]).quarantined
    # Afterwards everything still works.
    assert desk.take(desk.message(999_999, "still here", of=31337)).stored == 1
    assert desk.receiving.quarantined() == quarantined > 100
    texts = [body for (body,) in desk.rows("SELECT body FROM messages")]
    for column in ("first_name", "last_name", "username"):
        texts += [name for (name,) in desk.rows(f"SELECT {column} FROM users WHERE {column} IS NOT NULL")]
    texts += [one for row in desk.rows("SELECT raw, why FROM console_quarantine") for one in row]
    assert len(texts) > 500
    for stored in texts:
        shown = clean(stored)
        assert not any(ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in shown)
        shown.encode()
