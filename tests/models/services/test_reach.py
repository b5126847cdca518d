"""A refusal becomes a fact about the chat; it lifts when the person comes back."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import text

from models.errors import Refused
from models.gateway import RefusedBy, Sent
from models.rules.delivery import Choice, State
from models.services import reach
from models.services.desk import Desk
from models.services.dispatch import Dispatch
from models.services.recording import record_incoming
from models.views import Reach, Unreachable
from tests.conftest import FixedClock

BLOCKED = RefusedBy(403, "Forbidden: bot was blocked by the user")
CHAT = 500000002


@pytest.fixture
def dispatch(desk: Desk) -> Dispatch:
    return Dispatch(desk.database, desk.clock, owner="one", lease=60)


def queue(desk: Desk, body: str = "Привет", *, conversation: int = 2, anyway: bool = False) -> int:
    return desk.outbox.enqueue(conversation, body, client_key=uuid.uuid4().hex, anyway=anyway)[0].id


def send(dispatch: Dispatch, outcome: Sent | RefusedBy) -> State | None:
    claim = dispatch.claim()
    assert claim is not None
    assert dispatch.start(claim)
    return dispatch.record(claim, outcome)


def writes(desk: Desk, clock: FixedClock, *, conversation: int = 2) -> None:
    """The application receives a message."""
    clock.advance(10)
    with desk.database.write() as session:
        user = session.execute(text(f"SELECT user_id FROM conversations WHERE id = {conversation}")).scalar_one()
        record_incoming(
            session, desk.features, clock, conversation_id=conversation, user_id=user, body="снова я",
            telegram_message_id=990,
        )  # fmt: skip


def states(desk: Desk, *ids: int) -> list[State]:
    return [desk.outbox.get(id).state for id in ids]


@pytest.mark.parametrize(
    ("code", "said", "kind"),
    [
        (403, "Forbidden: bot was blocked by the user", Unreachable.BLOCKED),
        (403, "Forbidden: user is deactivated", Unreachable.DEACTIVATED),
        (403, "Forbidden: bot can't initiate conversation with a user", Unreachable.NO_RIGHTS),
        (403, "Forbidden: bot was kicked from the private chat", Unreachable.BLOCKED),
        (403, "Forbidden: the group chat was deleted", Unreachable.NOT_FOUND),
        (403, "Forbidden: something new", Unreachable.NO_RIGHTS),
        (400, "Bad Request: chat not found", Unreachable.NOT_FOUND),
        (400, "Bad Request: PEER_ID_INVALID", Unreachable.NOT_FOUND),
        (400, "Bad Request: message is too long", None),
        (400, "Bad Request: business connection not found", None),
        (401, "Unauthorized", None),
        (404, "Not Found", None),
        (429, "Too Many Requests", None),
    ],
)
def test_what_a_refusal_says_of_the_chat(code: int, said: str, kind: Unreachable | None) -> None:
    assert reach.kind_of(7, code, said) is kind


def test_a_kicked_bot_in_a_group_is_not_blocked() -> None:
    assert reach.kind_of(-7, 403, "Forbidden: bot was kicked from the group chat") is Unreachable.NO_RIGHTS


def test_a_block_fails_what_is_queued_and_is_known_everywhere(desk: Desk, dispatch: Dispatch) -> None:
    first, second, other = queue(desk), queue(desk, "ещё"), queue(desk, conversation=3)
    assert send(dispatch, BLOCKED) is State.FAILED
    assert states(desk, first, second, other) == [State.FAILED, State.FAILED, State.QUEUED]
    for id in (first, second):
        reply = desk.outbox.get(id)
        assert (reply.reason, reply.error_code, reply.error) == ("unreachable-chat", 403, BLOCKED.description)
    fact = desk.inbox.lead(2).reach
    assert fact == Reach(Unreachable.BLOCKED, desk.clock(), BLOCKED.description)
    assert desk.inbox.lead(3).reach is None
    assert [row.blocked for row in desk.inbox.rows([2, 3])] == [True, False]
    assert [row.blocked for row in desk.people.rows([2, 3])] == [True, False]
    assert desk.people.person(2).row.blocked


def test_a_new_reply_is_refused_unless_forced(desk: Desk, dispatch: Dispatch) -> None:
    queue(desk)
    send(dispatch, BLOCKED)
    with pytest.raises(Refused, match="unreachable") as caught:
        queue(desk, "ещё")
    assert caught.value.values == {"kind": "blocked", "since": desk.clock()}
    forced = queue(desk, "всё равно", anyway=True)
    assert states(desk, forced) == [State.QUEUED]


def test_a_person_who_writes_again_is_back(desk: Desk, dispatch: Dispatch, clock: FixedClock) -> None:
    """Nobody receives here: the application's row tells."""
    first = queue(desk)
    send(dispatch, BLOCKED)
    writes(desk, clock)
    assert desk.inbox.lead(2).reach is None
    assert [row.blocked for row in desk.inbox.rows([2])] == [False]
    assert [row.blocked for row in desk.people.rows([2])] == [False]
    second = queue(desk, "ещё")
    assert states(desk, first, second) == [State.QUEUED, State.QUEUED]
    assert desk.outbox.get(first).error is None
    assert send(dispatch, Sent(5)) is State.SENT
    assert states(desk, first) == [State.SENT]


def test_the_delivery_loop_finds_out_too(desk: Desk, dispatch: Dispatch, clock: FixedClock) -> None:
    first, second = queue(desk), queue(desk, conversation=3)
    send(dispatch, BLOCKED)
    send(dispatch, BLOCKED)
    assert dispatch.welcome_back() == 0
    writes(desk, clock, conversation=3)
    assert dispatch.welcome_back() == 1
    assert states(desk, first, second) == [State.FAILED, State.QUEUED]
    assert dispatch.welcome_back() == 0


def test_an_old_message_lifts_nothing(desk: Desk, dispatch: Dispatch, clock: FixedClock) -> None:
    writes(desk, clock)
    clock.advance(1)
    queue(desk)
    send(dispatch, BLOCKED)
    assert dispatch.welcome_back() == 0
    assert desk.inbox.lead(2).reach is not None


def test_a_delivered_message_lifts(desk: Desk, dispatch: Dispatch) -> None:
    first = queue(desk)
    send(dispatch, BLOCKED)
    queue(desk, "всё равно", anyway=True)
    send(dispatch, Sent(7))
    assert desk.inbox.lead(2).reach is None
    assert states(desk, first) == [State.QUEUED]


def test_what_failed_for_other_reasons_or_was_given_up_stays(desk: Desk, dispatch: Dispatch) -> None:
    long = queue(desk, "слишком длинно")
    send(dispatch, RefusedBy(400, "Bad Request: message is too long"))
    first, second = queue(desk), queue(desk, "ещё")
    send(dispatch, BLOCKED)
    desk.outbox.decide(second, Choice.CANCEL)
    with desk.database.write() as session:
        assert reach.lift(session, desk.clock, CHAT)
        assert not reach.lift(session, desk.clock, CHAT)
    assert states(desk, long, first, second) == [State.FAILED, State.QUEUED, State.CANCELLED]


def test_marking_is_for_receivers_too(desk: Desk) -> None:
    id = queue(desk)
    with desk.database.write() as session:
        assert reach.mark(session, desk.features, desk.clock, CHAT, 403, "Forbidden: bot was kicked")
        assert not reach.mark(session, desk.features, desk.clock, CHAT, 429, "Too Many Requests")
    assert states(desk, id) == [State.FAILED]
    with desk.database.read() as session:
        fact = reach.of(session, CHAT)
        assert fact is not None
        assert fact.kind is Unreachable.BLOCKED
        assert reach.of(session, 1) is None


def test_a_second_block_counts_from_its_own_time(desk: Desk, dispatch: Dispatch, clock: FixedClock) -> None:
    queue(desk)
    send(dispatch, BLOCKED)
    writes(desk, clock)
    clock.advance(60)
    queue(desk, "ещё")
    send(dispatch, BLOCKED)
    fact = desk.inbox.lead(2).reach
    assert fact is not None
    assert fact.since == clock()


def test_a_chat_that_moved_is_followed(desk: Desk, dispatch: Dispatch) -> None:
    first, second = queue(desk), queue(desk, "ещё")
    said = "Bad Request: group chat was upgraded to a supergroup chat"
    assert send(dispatch, RefusedBy(400, said, migrate_to_chat_id=-1001)) is State.QUEUED
    third = queue(desk, "новое")
    assert [desk.outbox.get(id).telegram_id for id in (first, second, third)] == [-1001] * 3
    assert desk.inbox.lead(2).reach is None
    assert [row.blocked for row in desk.inbox.rows([2])] == [False]
    claim = dispatch.claim()
    assert claim is not None
    assert (claim.id, claim.chat_id) == (first, -1001)
    with desk.database.read() as session:
        assert reach.current_id(session, CHAT) == -1001
    with desk.database.write() as session:
        assert not reach.lift(session, desk.clock, CHAT), "a move is no obstacle"


def test_a_chat_that_moved_to_itself_fails(desk: Desk, dispatch: Dispatch) -> None:
    queue(desk)
    assert send(dispatch, RefusedBy(400, "Bad Request: upgraded", migrate_to_chat_id=CHAT)) is State.FAILED


def test_a_refusal_in_a_business_chat_says_nothing_of_the_bots(desk: Desk, dispatch: Dispatch) -> None:
    id = queue(desk)
    with desk.database.write() as session:
        session.execute(text(f"UPDATE console_outbox SET business_connection_id = 'bc' WHERE id = {id}"))
    assert send(dispatch, BLOCKED) is State.FAILED
    assert desk.inbox.lead(2).reach is None
    assert desk.outbox.get(id).reason is None


def test_the_parts_of_a_text_come_back_together(desk: Desk, dispatch: Dispatch, clock: FixedClock) -> None:
    parts = [part.id for part in desk.outbox.enqueue(2, "слово " * 1500, client_key="long")]
    send(dispatch, BLOCKED)
    assert states(desk, *parts) == [State.FAILED] * len(parts)
    writes(desk, clock)
    dispatch.welcome_back()
    for number, _ in enumerate(parts):
        assert send(dispatch, Sent(100 + number)) is State.SENT
    assert states(desk, *parts) == [State.SENT] * len(parts)


def test_since_is_when_it_was_noticed(desk: Desk, dispatch: Dispatch, clock: FixedClock) -> None:
    queue(desk)
    clock.advance(3)
    send(dispatch, BLOCKED)
    fact = desk.inbox.lead(2).reach
    assert fact is not None
    assert clock() - fact.since == timedelta(0)
