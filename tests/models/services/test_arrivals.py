"""What certainly arrived is recorded once, however late and by whichever way the word of it came."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from models.gateway import Sent, Unknown
from models.rules.delivery import Choice, State
from models.services.dispatch import Claim
from models.services.outbox import arrived_by_echo
from tests.conftest import copy_of
from tests.models.services.test_outbox import Desk

CHAT = 500000002


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(copy_of("H", tmp_path))
    yield made
    made.database.close()


def sending(desk: Desk, body: str = "Здравствуйте!") -> Claim:
    desk.queue(body)
    claim = desk.dispatch.claim()
    assert claim is not None
    assert desk.dispatch.start(claim)
    return claim


def by_business(desk: Desk, claim: Claim) -> Claim:
    with desk.database.write() as session:
        session.execute(text(f"UPDATE console_outbox SET business_connection_id = 'bc' WHERE id = {claim.id}"))
    return claim


def echo(desk: Desk, body: str, *, message_id: int = 9, at: datetime | None = None, chat: int = CHAT) -> int | None:
    with desk.database.write() as session:
        return arrived_by_echo(session, "bc", chat, body, message_id, at or desk.now)


def written(desk: Desk) -> list[tuple[object, ...]]:
    return desk.rows("SELECT id, body, telegram_message_id FROM messages WHERE telegram_message_id = 9")


def state(desk: Desk, claim: Claim) -> State:
    return desk.outbox.get(claim.id).state


# What a worker knows that came too late


def test_an_answer_after_the_lease_makes_known_what_was_unknown(desk: Desk) -> None:
    claim = sending(desk)
    desk.later(61)
    desk.dispatch.claim()
    assert state(desk, claim) is State.UNKNOWN
    assert desk.dispatch.record(claim, Sent(9)) is State.SENT
    assert len(written(desk)) == 1
    assert desk.dispatch.record(claim, Sent(9)) is State.SENT
    assert len(written(desk)) == 1


@pytest.mark.parametrize("choice", list(Choice))
def test_an_answer_after_a_persons_decision_changes_nothing(desk: Desk, choice: Choice) -> None:
    claim = sending(desk)
    desk.dispatch.record(claim, Unknown("timeout"))
    decided = desk.outbox.decide(claim.id, choice).state
    assert desk.dispatch.record(claim, Sent(9)) is None
    assert (state(desk, claim), written(desk)) == (decided, [])


# Notes


def test_a_note_settles_what_is_sending_or_unknown(desk: Desk) -> None:
    claim = sending(desk)
    assert desk.dispatch.recall(claim.id, claim.attempt, 9) is State.SENT
    assert len(written(desk)) == 1
    assert desk.dispatch.record(claim, Sent(9)) is State.SENT, "the worker itself was only slower"
    assert desk.dispatch.recall(claim.id, claim.attempt, 9) is None
    second = sending(desk, "второе")
    desk.dispatch.record(second, Unknown("timeout"))
    assert desk.dispatch.recall(second.id, second.attempt, None) is State.SENT
    assert desk.outbox.get(second.id).message_id is not None


def test_a_note_of_another_attempt_or_reply_is_nothing(desk: Desk) -> None:
    claim = sending(desk)
    assert desk.dispatch.recall(claim.id, claim.attempt + 1, 9) is None
    assert desk.dispatch.recall(999, 1, 9) is None
    assert state(desk, claim) is State.SENDING


# Echoes


@pytest.mark.parametrize("unknown", [False, True])
def test_an_echo_settles_its_reply_once(desk: Desk, unknown: bool) -> None:
    claim = by_business(desk, sending(desk, "  Да,\tесть  "))
    if unknown:
        desk.dispatch.record(claim, Unknown("timeout"))
    row = echo(desk, "Да, есть", at=desk.now + timedelta(seconds=3))
    assert written(desk) == [(row, "Да, есть", 9)]
    assert state(desk, claim) is State.SENT
    assert desk.outbox.get(claim.id).message_id == row
    assert echo(desk, "Да, есть") == row, "the same update again"
    assert desk.dispatch.record(claim, Sent(9)) is State.SENT
    assert len(written(desk)) == 1
    [log] = desk.rows(f"SELECT from_state, detail FROM console_outbox_log WHERE outbox_id = {claim.id}"
                      " AND to_state = 'sent'")  # fmt: skip
    assert log == ("unknown" if unknown else "sending", "echo")


def test_an_echo_of_what_is_recorded_names_its_row(desk: Desk) -> None:
    claim = by_business(desk, sending(desk))
    desk.dispatch.record(claim, Sent(9))
    assert echo(desk, "anything") == desk.outbox.get(claim.id).message_id


def test_an_echo_of_what_a_person_said_had_arrived_writes_no_second_row(desk: Desk) -> None:
    claim = by_business(desk, sending(desk))
    desk.dispatch.record(claim, Unknown("timeout"))
    decided = desk.outbox.decide(claim.id, Choice.DELIVERED)
    assert echo(desk, "Здравствуйте!") == decided.message_id
    assert desk.outbox.get(claim.id).telegram_message_id == 9
    assert desk.rows("SELECT count(*) FROM messages WHERE body = 'Здравствуйте!' AND id > 166") == [(1,)]


def test_an_echo_of_another_text_chat_time_or_channel_is_nobodys(desk: Desk) -> None:
    claim = by_business(desk, sending(desk))
    assert echo(desk, "Другое") is None
    assert echo(desk, "Здравствуйте!", chat=7) is None
    assert echo(desk, "Здравствуйте!", at=desk.now + timedelta(minutes=3)) is None
    with desk.database.write() as session:
        assert arrived_by_echo(session, "other", CHAT, "Здравствуйте!", 9, desk.now) is None
    assert state(desk, claim) is State.SENDING
    desk.dispatch.record(claim, Unknown("timeout"))
    desk.outbox.decide(claim.id, Choice.CANCEL)
    assert echo(desk, "Здравствуйте!") is None


def test_what_came_back_before_its_answer_is_one_row(desk: Desk) -> None:
    """Taken for somebody else's, since the text differs: the answer's id tells whose it is."""
    claim = by_business(desk, sending(desk))
    claim = replace(claim, business_connection_id="bc")
    with desk.database.write() as session:
        session.execute(
            text(
                "INSERT INTO console_message_keys (business_connection_id, chat_id, telegram_message_id, message_id, "
                f"edited) VALUES ('bc', {CHAT}, 9, 3, 0)"
            )
        )
    assert desk.dispatch.record(claim, Sent(9)) is State.SENT
    assert (desk.outbox.get(claim.id).message_id, written(desk)) == (3, [])


def test_a_sent_reply_is_found_by_telegrams_key(desk: Desk) -> None:
    claim = sending(desk)
    desk.dispatch.record(claim, Sent(9))
    keys = desk.rows("SELECT business_connection_id, chat_id, message_id FROM console_message_keys")
    assert keys == [("", CHAT, desk.outbox.get(claim.id).message_id)]


def test_two_alike_are_told_apart_by_their_order(desk: Desk) -> None:
    first, second = by_business(desk, sending(desk)), None
    desk.dispatch.record(first, Unknown("timeout"))
    second = by_business(desk, sending(desk))
    desk.dispatch.record(second, Unknown("timeout"))
    assert echo(desk, "Здравствуйте!", message_id=9) == desk.outbox.get(first.id).message_id
    assert echo(desk, "Здравствуйте!", message_id=10) == desk.outbox.get(second.id).message_id
