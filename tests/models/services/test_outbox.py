"""The outbox: one row a part, durable, idempotent, decided by hand only along the allowed transitions."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, text

from models.errors import NotFound, Refused
from models.gateway import RefusedBy, Sent, Unknown, Unsent
from models.rules.delivery import BY_HAND, Choice, Reason, State
from models.services.dispatch import Dispatch
from models.services.operators import ensure_operator
from models.services.outbox import Outbox
from models.store.database import Database
from models.views import Operator
from tests.conftest import with_our_tables

pytestmark = pytest.mark.both_engines

START = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


def as_in_a_file(value: object) -> object:
    """What a server's driver answers, in the words of a file."""
    if isinstance(value, bool):
        return int(value)
    return value.isoformat(" ") if isinstance(value, datetime) else value


class Desk:
    """An outbox on a real file with a clock that the test moves."""

    def __init__(self, path: Path) -> None:
        self.now = START
        self.database = Database.open(str(with_our_tables(path)), clock=self.clock)
        self.operator: Operator = ensure_operator(self.database, "@anna", self.clock)
        self.outbox = Outbox(self.database, self.clock, lambda: self.operator)
        self.dispatch = Dispatch(self.database, self.clock, owner="one", lease=60)

    def clock(self) -> datetime:
        return self.now

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def queue(self, body: str = "Здравствуйте!", conversation: int = 2, hold: float = 0) -> int:
        return self.outbox.enqueue(conversation, body, client_key=uuid.uuid4().hex, hold=hold)[0].id

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        with self.database.read() as session:
            return [tuple(map(as_in_a_file, row)) for row in session.execute(text(statement))]

    def has_work(self) -> bool:
        due = self.dispatch.look().due
        return due is not None and due <= self.now

    def send(self, outcome: object) -> State | None:
        claim = self.dispatch.claim()
        assert claim is not None
        assert self.dispatch.start(claim)
        return self.dispatch.record(claim, outcome)  # type: ignore[arg-type]


@pytest.fixture
def desk(shape_file: Path) -> Iterator[Desk]:
    made = Desk(shape_file)
    yield made
    made.database.close()


@pytest.fixture
def seed_desk(seed_file: Path) -> Iterator[Desk]:
    made = Desk(seed_file)
    yield made
    made.database.close()


def test_a_reply_is_one_queued_row_with_its_log(desk: Desk) -> None:
    [reply] = desk.outbox.enqueue(2, "Привет", client_key="k")
    assert (reply.state, reply.body, reply.part_no, reply.part_of) == (State.QUEUED, "Привет", 1, 1)
    assert reply.telegram_id == 500000002
    assert reply.operator_name == "@anna"
    assert desk.rows("SELECT outbox_id, from_state, to_state FROM console_outbox_log") == [(reply.id, None, "queued")]


def test_a_double_enter_is_one_reply(desk: Desk) -> None:
    first = desk.outbox.enqueue(2, "Привет", client_key="k")
    assert desk.outbox.enqueue(2, "Привет", client_key="k") == first
    assert desk.rows("SELECT count(*) FROM console_outbox") == [(1,)]


@pytest.mark.parametrize("blank", ["", "  \n\t ", "\u00a0", "\u200b", "\u2800", "\u3000"])
def test_a_text_that_telegram_would_call_empty_is_refused(seed_desk: Desk, blank: str) -> None:
    with pytest.raises(Refused) as caught:
        seed_desk.outbox.enqueue(2, blank, client_key="k")
    assert caught.value.id == "blank-text"
    assert seed_desk.rows("SELECT count(*) FROM console_outbox") == [(0,)]


def test_an_unknown_conversation_is_not_found(seed_desk: Desk) -> None:
    with pytest.raises(NotFound):
        seed_desk.outbox.enqueue(999_999, "x", client_key="k")


def test_the_draft_goes_with_the_reply(seed_desk: Desk) -> None:
    with seed_desk.database.write() as session:
        session.execute(
            text(
                "INSERT INTO console_drafts(operator_id, conversation_id, body, client_key, updated_at)"
                " VALUES (:o, 2, 'draft', 'k', '2026-11-22 12:00:00')"
            ),
            {"o": seed_desk.operator.id},
        )
    seed_desk.outbox.enqueue(2, "Привет", client_key="k")
    assert seed_desk.rows("SELECT count(*) FROM console_drafts") == [(0,)]


def test_a_long_text_is_parts_in_order_and_comes_back_whole(seed_desk: Desk) -> None:
    long = "слово " * 1500
    parts = seed_desk.outbox.enqueue(2, long, client_key="k")
    assert [part.part_no for part in parts] == list(range(1, len(parts) + 1))
    assert len(parts) > 1
    assert all(len(part.body) <= 4096 for part in parts)
    assert seed_desk.outbox.take_back("k") == long
    assert {part.state for part in seed_desk.outbox.by_key("k")} == {State.CANCELLED}


def test_a_held_reply_is_not_due_before_its_time_and_can_be_taken_back(seed_desk: Desk) -> None:
    [reply] = seed_desk.outbox.enqueue(2, "Подождите", client_key="k", hold=5)
    assert reply.reason == Reason.UNDO
    assert not seed_desk.has_work()
    assert seed_desk.dispatch.claim() is None
    assert [held.id for held in seed_desk.outbox.held()] == [reply.id]
    assert seed_desk.dispatch.look().due == START + timedelta(seconds=5)
    assert seed_desk.outbox.take_back("k") == "Подождите"
    seed_desk.later(6)
    assert seed_desk.dispatch.claim() is None


def test_a_held_reply_goes_when_its_time_has_come_or_is_released(seed_desk: Desk) -> None:
    [reply] = seed_desk.outbox.enqueue(2, "Подождите", client_key="k", hold=5)
    seed_desk.outbox.release([reply.id])
    claim = seed_desk.dispatch.claim()
    assert claim is not None
    assert claim.id == reply.id
    assert seed_desk.outbox.take_back("k") is None


def test_a_sent_reply_is_one_row_as_the_application_writes_it(desk: Desk) -> None:
    before = desk.rows("SELECT unread_count, created_at FROM conversations WHERE id = 2")
    id = desk.queue("Добрый день, Анна!")
    assert desk.send(Sent(777)) is State.SENT
    reply = desk.outbox.get(id)
    assert (reply.state, reply.telegram_message_id) == (State.SENT, 777)
    [row] = desk.rows(
        "SELECT id, conversation_id, user_id, body, direction, telegram_message_id, read, created_at, updated_at"
        " FROM messages ORDER BY id DESC LIMIT 1"
    )
    stamp = "2026-11-22 12:00:00"
    assert row == (reply.message_id, 2, None, "Добрый день, Анна!", 1, 777, 1, stamp, stamp)
    [conversation] = desk.rows("SELECT last_message_at, updated_at FROM conversations WHERE id = 2")
    assert conversation == (stamp, stamp)
    assert desk.rows("SELECT unread_count, created_at FROM conversations WHERE id = 2") == before
    if desk.database.features.channels:
        assert desk.rows(f"SELECT source_type, business_connection_id FROM messages WHERE id = {reply.message_id}") == [
            (0, None)
        ]


def test_message_id_zero_is_stored_as_null(seed_desk: Desk) -> None:
    id = seed_desk.queue()
    seed_desk.send(Sent(None))
    assert seed_desk.outbox.get(id).state is State.SENT
    assert seed_desk.rows("SELECT telegram_message_id FROM messages ORDER BY id DESC LIMIT 1") == [(None,)]


def test_429_waits_exactly_and_keeps_the_line(seed_desk: Desk) -> None:
    first, second = seed_desk.queue("раз"), seed_desk.queue("два")
    other = seed_desk.queue("другой", conversation=3)
    assert seed_desk.send(RefusedBy(429, "Too Many Requests", retry_after=30)) is State.QUEUED
    reply = seed_desk.outbox.get(first)
    assert (reply.reason, reply.not_before) == (Reason.RATE, START + timedelta(seconds=30.5))
    claim = seed_desk.dispatch.claim()
    assert claim is not None
    assert claim.id == other, "a chat that waits holds back no other chat"
    assert seed_desk.dispatch.claim() is None, "the second reply stays behind the first"
    seed_desk.later(31)
    seed_desk.dispatch.start(claim)
    seed_desk.dispatch.record(claim, Sent(1))
    again = seed_desk.dispatch.claim()
    assert again is not None
    assert (again.id, again.attempt) == (first, 2)
    assert seed_desk.outbox.get(second).state is State.QUEUED


def test_a_refusal_fails_with_its_reason_and_frees_the_line(seed_desk: Desk) -> None:
    first, second = seed_desk.queue("раз"), seed_desk.queue("два")
    assert seed_desk.send(RefusedBy(400, "Bad Request: message is too long")) is State.FAILED
    reply = seed_desk.outbox.get(first)
    assert (reply.error_code, reply.error) == (400, "Bad Request: message is too long")
    assert seed_desk.rows("SELECT count(*) FROM messages WHERE body = 'раз'") == [(0,)]
    claim = seed_desk.dispatch.claim()
    assert claim is not None
    assert claim.id == second


def test_a_wrong_token_loses_nothing(seed_desk: Desk) -> None:
    id = seed_desk.queue()
    assert seed_desk.send(RefusedBy(401, "Unauthorized")) is State.QUEUED
    assert seed_desk.outbox.get(id).reason == Reason.UNAUTHORIZED


def test_what_never_left_this_host_is_tried_again_with_growing_pauses(seed_desk: Desk) -> None:
    id = seed_desk.queue()
    pauses = []
    for _ in range(7):
        assert seed_desk.send(Unsent("connection refused")) is State.QUEUED
        due = seed_desk.outbox.get(id).not_before
        assert due is not None
        pauses.append((due - seed_desk.now).total_seconds())
        seed_desk.now = due
    assert pauses == [1, 2, 4, 8, 16, 30, 30]


def test_unknown_is_never_sent_again_by_itself_and_holds_back_only_its_own_parts(seed_desk: Desk) -> None:
    parts = seed_desk.outbox.enqueue(2, "слово " * 1500, client_key="long")
    other = seed_desk.queue("другой текст тому же человеку")
    assert seed_desk.send(Unknown("no answer")) is State.UNKNOWN
    seed_desk.later(3600)
    claim = seed_desk.dispatch.claim()
    assert claim is not None
    assert claim.id == other
    seed_desk.dispatch.start(claim)
    seed_desk.dispatch.record(claim, Sent(5))
    assert seed_desk.dispatch.claim() is None
    assert not seed_desk.has_work()
    assert seed_desk.outbox.get(parts[1].id).state is State.QUEUED
    seed_desk.outbox.decide(parts[0].id, Choice.DELIVERED)
    claim = seed_desk.dispatch.claim()
    assert claim is not None
    assert claim.id == parts[1].id


def test_it_arrived_records_a_row_without_a_telegram_id(desk: Desk) -> None:
    id = desk.queue("Дошло?")
    desk.send(Unknown("no answer"))
    reply = desk.outbox.decide(id, Choice.DELIVERED, reason="she answered")
    joined = (
        "console_journal j JOIN console_journal_texts ON entry_id = j.id JOIN conversations c ON c.user_id = subject_id"
    )
    assert desk.rows(f"SELECT action, after, reason FROM {joined} WHERE c.id = {reply.conversation_id}") == [
        ("reply.delivered", f'{{"state": "sent", "reply": {id}}}', "she answered")
    ]
    assert (reply.state, reply.reason) == (State.SENT, "she answered")
    assert desk.rows("SELECT id, body, telegram_message_id, read FROM messages ORDER BY id DESC LIMIT 1") == [
        (reply.message_id, "Дошло?", None, 1)
    ]


def test_giving_up_cancels_the_later_parts_too(seed_desk: Desk) -> None:
    parts = seed_desk.outbox.enqueue(2, "слово " * 1500, client_key="long")
    seed_desk.send(RefusedBy(400, "Bad Request: chat not found"))
    seed_desk.outbox.decide(parts[0].id, Choice.CANCEL)
    assert {part.state for part in seed_desk.outbox.by_key("long")} == {State.CANCELLED}


def test_send_again_is_a_new_attempt(seed_desk: Desk) -> None:
    id = seed_desk.queue()
    seed_desk.send(Unknown("no answer"))
    reply = seed_desk.outbox.decide(id, Choice.RETRY)
    assert (reply.state, reply.error) == (State.QUEUED, None)
    claim = seed_desk.dispatch.claim()
    assert claim is not None
    assert claim.attempt == 2


@pytest.mark.parametrize("choice", list(Choice))
@pytest.mark.parametrize("state", list(State))
def test_only_the_allowed_decisions_are_taken(seed_desk: Desk, choice: Choice, state: State) -> None:
    id = seed_desk.queue()
    with seed_desk.database.write() as session:
        session.execute(text("UPDATE console_outbox SET state = :s WHERE id = :i"), {"s": state.value, "i": id})
    allowed, target = BY_HAND[choice]
    if state in allowed:
        assert seed_desk.outbox.decide(id, choice).state is target
    else:
        with pytest.raises(Refused) as caught:
            seed_desk.outbox.decide(id, choice)
        assert caught.value.values["state"] == state.value
        assert seed_desk.outbox.get(id).state is state


def test_an_expired_claim_goes_back_and_an_expired_send_is_unknown(seed_desk: Desk) -> None:
    first, second = seed_desk.queue("раз"), seed_desk.queue("два", conversation=3)
    claimed = seed_desk.dispatch.claim()
    sending = seed_desk.dispatch.claim()
    assert claimed is not None
    assert sending is not None
    seed_desk.dispatch.start(sending)
    seed_desk.later(61)
    assert seed_desk.has_work()
    again = seed_desk.dispatch.claim()
    assert again is not None
    assert (again.id, again.attempt) == (first, 2)
    assert seed_desk.outbox.get(second).state is State.UNKNOWN


def test_a_late_worker_overwrites_nothing(seed_desk: Desk) -> None:
    id = seed_desk.queue()
    slow = seed_desk.dispatch.claim()
    assert slow is not None
    seed_desk.later(61)
    quick = Dispatch(seed_desk.database, seed_desk.clock, owner="two", lease=60)
    claim = quick.claim()
    assert claim is not None
    assert not seed_desk.dispatch.start(slow), "the claim was lost"
    assert quick.start(claim)
    assert quick.record(claim, Sent(9)) is State.SENT
    assert seed_desk.dispatch.record(slow, RefusedBy(403, "Forbidden")) is None
    assert seed_desk.outbox.get(id).state is State.SENT
    assert seed_desk.rows("SELECT count(*) FROM messages WHERE telegram_message_id = 9") == [(1,)]


def test_a_reply_delivered_to_someone_deleted_meanwhile_is_still_sent(seed_desk: Desk) -> None:
    id = seed_desk.queue()
    claim = seed_desk.dispatch.claim()
    assert claim is not None
    seed_desk.dispatch.start(claim)
    with seed_desk.database.write() as session:
        session.execute(text("DELETE FROM messages WHERE conversation_id = 2"))
        session.execute(text("DELETE FROM conversations WHERE id = 2"))
    assert seed_desk.dispatch.record(claim, Sent(9)) is State.SENT
    assert seed_desk.outbox.get(id).message_id is None


def test_business_replies_take_the_channel_of_the_last_message(desk: Desk) -> None:
    if not desk.database.features.channels:
        assert desk.queue() > 0
        return
    with desk.database.write() as session:
        session.execute(
            text(
                "INSERT INTO business_connections(business_connection_id, user_id, user_chat_id, can_reply, is_enabled,"
                " connected_at, status, created_at, updated_at) VALUES"
                " ('bc1', 1, 1, true, true, '2026-11-01 00:00:00', 0, '2026-11-01 00:00:00', '2026-11-01 00:00:00')"
            )
        )
        session.execute(
            text(
                "INSERT INTO messages(conversation_id, user_id, body, direction, read, created_at, updated_at,"
                " source_type, business_connection_id)"
                " VALUES (2, 2, 'hi', 0, false, '2026-11-23 00:00:00', '2026-11-23 00:00:00', 1, 'bc1')"
            )
        )
    id = desk.queue()
    assert desk.rows(f"SELECT business_connection_id FROM console_outbox WHERE id = {id}") == [("bc1",)]
    assert desk.send(Sent(3)) is State.SENT
    assert desk.rows("SELECT source_type, business_connection_id FROM messages ORDER BY id DESC LIMIT 1") == [
        (1, "bc1")
    ]
    with desk.database.write() as session:
        session.execute(text("UPDATE business_connections SET can_reply = false"))
    id = desk.queue("ботом")
    assert desk.rows(f"SELECT business_connection_id FROM console_outbox WHERE id = {id}") == [(None,)]


@pytest.mark.sqlite_only("asks SQLite's planner")
def test_idling_reads_the_outbox_through_its_indexes(seed_desk: Desk) -> None:
    for number in range(50):
        seed_desk.queue(f"{number}", conversation=2 + number % 5, hold=60)
    seen: list[tuple[str, object]] = []
    engine = seed_desk.database.reader_engine

    @event.listens_for(engine, "before_cursor_execute")
    def note(_c: object, _k: object, statement: str, parameters: object, *_: object) -> None:
        seen.append((statement, parameters))

    assert not seed_desk.has_work()
    assert seed_desk.dispatch.look().due is not None
    event.remove(engine, "before_cursor_execute", note)
    statements = [pair for pair in seen if pair[0].startswith("SELECT")]
    assert len(statements) == 2 * 4
    with engine.connect() as connection:
        for statement, parameters in statements:
            plan = str(connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, parameters).all())
            assert "SCAN" not in plan, plan
