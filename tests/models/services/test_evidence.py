"""What speaks for and against a reply having arrived: only what came after the attempt, as Telegram spells it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from models.gateway import RefusedBy, Unknown, Unsent
from models.rules.delivery import Choice, State
from models.services.dispatch import Dispatch
from models.services.evidence import Evidence
from models.services.recording import record_incoming, record_outgoing
from tests.models.services.test_outbox import Desk


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


def incoming(desk: Desk, body: str) -> int:
    with desk.database.write() as session:
        return record_incoming(
            session, desk.database.features, desk.clock, conversation_id=2, user_id=2, body=body,
            telegram_message_id=None,
        )  # fmt: skip


def outgoing(desk: Desk, body: str, telegram_id: int | None = None) -> int:
    with desk.database.write() as session:
        return record_outgoing(
            session, desk.database.features, desk.clock, conversation_id=2, body=body, telegram_message_id=telegram_id
        )


def evidence(desk: Desk, id: int) -> Evidence:
    return desk.outbox.evidence([id])[id]


def test_a_reply_that_was_never_tried_has_none(seed_desk: Desk) -> None:
    id = seed_desk.queue()
    assert evidence(seed_desk, id) == Evidence(None)
    assert seed_desk.outbox.evidence([id, 99_999]) == {id: Evidence(None)}


def test_only_what_came_after_the_attempt_counts(desk: Desk) -> None:
    incoming(desk, "before")
    outgoing(desk, "Здравствуйте!")
    desk.later(60)
    id = desk.queue()
    began = desk.now
    desk.send(Unknown("no answer in 30 s"))
    nothing = evidence(desk, id)
    assert (nothing.since, nothing.incoming, nothing.same_text) == (began, 0, ())
    [attempt] = nothing.attempts
    assert (attempt.number, attempt.outcome, attempt.owner, attempt.detail) == (
        1, State.UNKNOWN, "one", "no answer in 30 s"
    )  # fmt: skip
    desk.later(30)
    incoming(desk, "thanks!")
    incoming(desk, "and one more")
    outgoing(desk, "another text")
    row = outgoing(desk, " Здравствуйте!\r\n", 77)
    found = evidence(desk, id)
    assert (found.incoming, found.last_incoming_at) == (2, desk.now)
    assert [(same.message_id, same.telegram_message_id) for same in found.same_text] == [(row, 77)]


def test_the_first_doubtful_attempt_is_where_looking_begins(seed_desk: Desk) -> None:
    id = seed_desk.queue()
    seed_desk.send(Unsent("no route"))
    seed_desk.later(60)
    first = seed_desk.now
    seed_desk.send(Unknown("reset"))
    seed_desk.later(60)
    seed_desk.outbox.decide(id, Choice.RETRY)
    seed_desk.send(RefusedBy(403, "Forbidden: bot was blocked by the user"))
    found = evidence(seed_desk, id)
    assert found.since == first
    assert [each.outcome for each in found.attempts] == [State.QUEUED, State.UNKNOWN, State.FAILED]


def test_an_attempt_whose_console_died_counts_as_doubtful(seed_desk: Desk) -> None:
    id = seed_desk.queue()
    claim = seed_desk.dispatch.claim()
    assert claim is not None
    assert seed_desk.dispatch.start(claim)
    assert evidence(seed_desk, id).attempts[0].outcome is None
    seed_desk.later(61)
    later = Dispatch(seed_desk.database, seed_desk.clock, owner="two", lease=60)
    assert later.claim() is None
    [attempt] = evidence(seed_desk, id).attempts
    assert (attempt.outcome, attempt.detail) == (State.UNKNOWN, "lease ran out")
    assert attempt.ended_at is not None
    assert attempt.ended_at - attempt.began_at == timedelta(seconds=61)
