"""Rows of the inbox and the lead: what they show, of sound data and of broken data, at how many statements."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.errors import NotFound
from models.rules.access import NAMELESS
from models.rules.bands import Band
from models.rules.delivery import State
from models.services.desk import Desk
from models.services.inbox_rows import PREVIEW
from models.views import Direction, View
from tests.conftest import FixedClock
from tests.models.services.nasty import NOBODY, ORPHAN, SECOND, add_nasty_rows
from tests.models.services.statements import count, plans
from tests.seed import raw

TEN = datetime(2026, 11, 2, 10, tzinfo=UTC)


@pytest.fixture
def nasty(desk: Desk, shape_file: Path) -> Desk:
    add_nasty_rows(shape_file)
    return desk


@pytest.fixture
def plain(shape_file: Path, clock: FixedClock) -> Iterator[Desk]:
    """A desk without our tables."""
    opened = Desk.open(str(shape_file), operator="tester", clock=clock)
    yield opened
    opened.close()


def test_a_row_shows_what_is_stored(desk: Desk, shape_file: Path) -> None:
    for row in desk.inbox.rows(desk.inbox.ids(View.ALL, limit=500).ids):
        [(user_id, unread, score, processing, telegram_id, username, admin, paid)] = raw.rows(
            shape_file,
            "SELECT c.user_id, unread_count, ai_ready_score, ai_processing, telegram_id, username, admin, paid"
            " FROM conversations c JOIN users u ON u.id = c.user_id WHERE c.id = ?",
            [row.id],
        )
        assert (row.user_id, row.unread_count, row.score, row.ai_processing) == (user_id, unread, score, processing)
        assert (row.telegram_id, row.username, row.admin, row.paid) == (telegram_id, username, admin, paid)
        last = raw.rows(
            shape_file,
            "SELECT body, direction, created_at FROM messages WHERE conversation_id = ? ORDER BY created_at, id",
            [row.id],
        )
        if not last:
            assert (row.last_body, row.last_direction, row.last_at) == (None, None, None)
            continue
        body, direction, at = last[-1]
        assert row.last_body == body[:PREVIEW]
        assert row.last_direction is (Direction.OUTGOING if direction else Direction.INCOMING)
        assert row.last_at is not None
        assert row.last_at.replace(tzinfo=None).isoformat(" ") == at
        assert (row.draft, row.not_delivered, row.pending) == (False, 0, 0)


def test_the_order_is_asked_for_and_vanished_rows_are_left_out(desk: Desk) -> None:
    assert [row.id for row in desk.inbox.rows([5, 4711, 1, 3])] == [5, 1, 3]


def test_broken_values_read_as_the_application_reads_them(nasty: Desk) -> None:
    """No date for rubbish, false for NULL, 0 for NULL, unknown for a direction outside the enum."""
    rows = {row.id: row for row in nasty.inbox.rows(range(201, 225))}
    assert len(rows) == 24
    assert rows[201].last_message_at is None
    assert (rows[201].last_at, rows[201].last_direction, rows[201].last_body) == (TEN, Direction.INCOMING, "x")
    assert (rows[202].last_at, rows[202].last_direction, rows[202].last_body) == (None, None, None)
    assert rows[203].last_direction is Direction.INCOMING, "of two at the same time the one written last"
    assert rows[204].last_direction is Direction.OUTGOING
    assert rows[204].unread_count == 0
    assert (rows[SECOND].last_direction, rows[SECOND].last_at) == (Direction.UNKNOWN, None)
    assert (rows[SECOND].score, rows[SECOND].band) == (101, None)
    assert rows[SECOND].user_id == rows[201].user_id == 7, "every conversation of a person is listed"
    assert (rows[207].last_message_at, rows[208].last_message_at, rows[210].last_message_at) == (None, None, None)
    assert rows[207].last_body == "a" * PREVIEW
    assert rows[209].last_message_at == TEN
    assert rows[211].last_message_at == TEN.replace(hour=0)
    assert (rows[211].score, rows[211].band) == (None, None)
    assert (rows[212].score, rows[212].band) == (0, Band.EXPLORING)
    assert {row.ai_processing for row in rows.values()} == {False}


def test_a_conversation_whose_person_is_gone_still_shows(nasty: Desk) -> None:
    [row] = nasty.inbox.rows([ORPHAN])
    assert (row.name, row.user_id, row.telegram_id, row.username) == (NAMELESS, NOBODY, None, None)
    assert (row.admin, row.paid, row.unread_count) == (False, False, 3)
    assert row.last_body == "п\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}", "broken UTF-8 hides no row"
    lead = nasty.inbox.lead(ORPHAN)
    assert (lead.name, lead.telegram_id, lead.can_reply, lead.created_at) == (NAMELESS, None, False, None)


def test_marks_of_our_own_tables(desk: Desk, shape_file: Path) -> None:
    desk.drafts.save(4, "draft", "key")
    for number, state in enumerate(State):
        [reply] = desk.outbox.enqueue(2, "text", client_key=f"key {number}")
        raw.write(shape_file, f"UPDATE console_outbox SET state = '{state}' WHERE id = {reply.id}")
    rows = {row.id: row for row in desk.inbox.rows([1, 2, 4])}
    assert [rows[id].draft for id in (1, 2, 4)] == [False, False, True]
    assert [(rows[id].not_delivered, rows[id].pending) for id in (1, 2, 4)] == [(0, 0), (2, 3), (0, 0)]


def test_the_pause_shows_where_the_column_exists(desk: Desk, shape_file: Path) -> None:
    if desk.features.ai_paused:
        raw.write(shape_file, "UPDATE conversations SET ai_paused = 1 WHERE id = 2")
        assert [row.ai_paused for row in desk.inbox.rows([1, 2])] == [False, True]
        assert [desk.inbox.lead(id).ai_paused for id in (1, 2)] == [False, True]
    else:
        assert [row.ai_paused for row in desk.inbox.rows([1, 2])] == [False, False]
        assert [desk.inbox.lead(id).ai_paused for id in (1, 2)] == [None, None]


def test_without_our_tables(plain: Desk) -> None:
    rows = plain.inbox.rows([1, 2, 3])
    assert [row.id for row in rows] == [1, 2, 3]
    assert {(row.draft, row.not_delivered, row.pending) for row in rows} == {(False, 0, 0)}
    assert plain.inbox.lead(1).conversation_id == 1


def test_the_number_of_statements_does_not_depend_on_the_rows(nasty: Desk, shape_file: Path) -> None:
    values = "(7, '2026-11-01', '2026-11-01')"
    raw.write(
        shape_file,
        f"INSERT INTO conversations (user_id, created_at, updated_at) VALUES {', '.join([values] * 500)}",
    )
    ids = nasty.inbox.ids(View.ALL, limit=500).ids
    assert len(ids) == 500
    database, inbox = nasty.database, nasty.inbox
    assert count(database, lambda: inbox.rows(ids[:5])) == count(database, lambda: inbox.rows(ids)) == 5
    assert count(database, lambda: inbox.lead(1)) == count(database, lambda: inbox.lead(ORPHAN)) == 5


def test_rows_are_found_by_key(nasty: Desk, shape_file: Path) -> None:
    """The last message is one step into an index, and looked for once a row."""
    plan = plans(nasty.database, shape_file, lambda: nasty.inbox.rows([1, 2, 3]))[0]
    assert plan.count("CORRELATED SCALAR SUBQUERY") == 1
    assert "COVERING INDEX index_messages_on_conversation_id_and_created_at" in plan
    assert "SCAN" not in plan
    assert "TEMP B-TREE" not in plan


def test_the_lead(desk: Desk, shape_file: Path) -> None:
    lead = desk.inbox.lead(1)
    assert (lead.conversation_id, lead.user_id, lead.telegram_id, lead.name) == (1, 1, 500000001, "Алексей Морозов")
    assert (lead.username, lead.real_name, lead.background) == ("user_500000001", "Имя 0", "Ресторан, 0 точки")
    assert (lead.query, lead.score, lead.band) == ("Стоимость запуска", None, None)
    assert (lead.admin, lead.paid, lead.authenticated, lead.has_dashboard_access) == (True, True, True, True)
    assert (lead.incoming_count, lead.outgoing_count, lead.unread_count, lead.newest_message_id) == (1, 1, 0, 2)
    assert lead.can_reply
    assert lead.first_message_at is not None
    assert lead.last_message_at is not None
    assert lead.first_message_at < lead.last_message_at
    stored = raw.one(shape_file, "SELECT created_at FROM users WHERE id = 1")
    assert lead.created_at is not None
    assert lead.created_at.replace(tzinfo=None).isoformat(" ") == stored


def test_access_is_admin_or_paid(desk: Desk, shape_file: Path) -> None:
    for admin, paid in ((0, 0), (1, 0), (0, 1), (1, 1)):
        raw.write(shape_file, f"UPDATE users SET admin = {admin}, paid = {paid} WHERE id = 4")
        assert desk.inbox.lead(4).has_dashboard_access is bool(admin or paid)


def test_since_when_the_ai_works(desk: Desk, shape_file: Path) -> None:
    raw.write(shape_file, "UPDATE conversations SET ai_processing = 1, updated_at = '2026-11-02 10:00:00' WHERE id = 4")
    lead = desk.inbox.lead(4)
    assert (lead.ai_processing, lead.ai_processing_since) == (True, TEN)
    raw.write(shape_file, "UPDATE conversations SET ai_processing = 0 WHERE id = 4")
    lead = desk.inbox.lead(4)
    assert (lead.ai_processing, lead.ai_processing_since) == (False, None)


def test_a_lead_of_nobodys_messages_and_of_unknown_directions(nasty: Desk) -> None:
    empty, odd = nasty.inbox.lead(202), nasty.inbox.lead(SECOND)
    assert (empty.incoming_count, empty.outgoing_count, empty.newest_message_id) == (0, 0, None)
    assert (empty.first_message_at, empty.last_message_at) == (None, None)
    assert (odd.incoming_count, odd.outgoing_count, odd.first_message_at) == (0, 0, None)
    assert odd.newest_message_id is not None


def test_looking_writes_nothing(nasty: Desk, shape_file: Path) -> None:
    raw.write(shape_file, f"DELETE FROM messages WHERE conversation_id = {ORPHAN}")  # broken UTF-8
    before = raw.stored(shape_file)
    nasty.inbox.rows(range(1, 300))
    nasty.inbox.counts()
    nasty.inbox.thread(1)
    nasty.inbox.lead(1)
    for id in (0, -1, 4711, 2**63 - 1):
        with pytest.raises(NotFound, match="conversation-not-found"):
            nasty.inbox.lead(id)
        with pytest.raises(NotFound, match="conversation-not-found"):
            nasty.inbox.thread(id)
    assert raw.changes(before, raw.stored(shape_file)) == {}
