"""The pace is the database's: all processes of a bot keep it together, and a 429 stops them all."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from models.gateway import RefusedBy, Sent
from models.rules.delivery import Reason, State
from models.rules.pace import Rate, Rates
from models.services.dispatch import Claim, Dispatch
from models.services.pacing import Pacing, pause_of
from models.store.database import Database
from models.views import Pause
from tests.conftest import FixedClock
from tests.models.services.test_outbox import Desk

pytestmark = pytest.mark.both_engines

RATES = Rates(bot=Rate(0.1, 5), chat=Rate(1.0, 3), group=Rate(3.0, 2))


@pytest.fixture
def desk(seed_file: Path) -> Iterator[Desk]:
    made = Desk(seed_file)
    made.dispatch = Dispatch(made.database, made.clock, owner="one", lease=60, pacing=Pacing(RATES))
    yield made
    made.database.close()


def sent(desk: Desk, dispatch: Dispatch | None = None, outcome: Sent | RefusedBy | None = None) -> Claim | None:
    dispatch = dispatch or desk.dispatch
    claim = dispatch.claim()
    if claim is not None:
        assert dispatch.start(claim)
        dispatch.record(claim, outcome or Sent(claim.id))
    return claim


def all_sent(desk: Desk, dispatch: Dispatch | None = None) -> int:
    many = 0
    while sent(desk, dispatch) is not None:
        many += 1
    return many


def due(desk: Desk) -> float | None:
    """Seconds until the next claim."""
    moment = desk.dispatch.look().due
    return None if moment is None else (moment - desk.now).total_seconds()


def test_a_chat_gets_its_burst_and_then_one_a_second(desk: Desk) -> None:
    for number in range(6):
        desk.queue(f"{number}")
    assert all_sent(desk) == 3
    assert due(desk) == 1
    desk.later(0.9)
    assert all_sent(desk) == 0
    desk.later(0.1)
    assert all_sent(desk) == 1
    desk.later(10)
    assert all_sent(desk) == 2
    assert due(desk) is None


def test_the_bot_keeps_its_pace_over_all_chats_and_processes(desk: Desk) -> None:
    other = Dispatch(
        Database.open(desk.database.place, clock=desk.clock), desk.clock, owner="two", lease=60, pacing=Pacing(RATES)
    )
    for number in range(12):
        desk.queue(f"{number}", conversation=2 + number)
    assert all_sent(desk) + all_sent(desk, other) == 5
    assert due(desk) == pytest.approx(0.1)
    desk.later(0.25)
    assert all_sent(desk, other) + all_sent(desk) == 2
    other.database.close()


def test_a_chat_at_its_limit_holds_up_no_other(desk: Desk) -> None:
    for number in range(4):
        desk.queue(f"{number}")
    all_sent(desk)
    id = desk.queue("другой", conversation=3)
    claim = sent(desk)
    assert claim is not None
    assert claim.id == id


def test_a_group_is_slower(desk: Desk) -> None:
    with desk.database.write() as session:
        pacing, now = Pacing(RATES), desk.now
        assert [pacing.take(session, -7, now) for _ in range(3)] == [True, True, False]
        assert not pacing.take(session, -7, now + timedelta(seconds=2.9))
        assert pacing.take(session, -7, now + timedelta(seconds=3))


def test_a_claim_that_the_pace_refuses_leaves_no_trace(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when another process took the last place between the look and the claim."""
    id = desk.queue()
    monkeypatch.setattr(Pacing, "take", lambda *_: False)
    assert desk.dispatch.claim() is None
    reply = desk.outbox.get(id)
    assert (reply.state, reply.attempt) == (State.QUEUED, 0)
    assert desk.rows("SELECT count(*) FROM console_outbox_log WHERE outbox_id = 1") == [(1,)]


def test_a_429_stops_its_chat_for_just_as_long_and_the_row_keeps_its_place(desk: Desk) -> None:
    first, second = desk.queue("раз"), desk.queue("два")
    sent(desk, outcome=RefusedBy(429, "Too Many Requests: retry after 3", retry_after=3))
    reply = desk.outbox.get(first)
    assert (reply.state, reply.reason) == (State.QUEUED, Reason.RATE)
    assert reply.not_before == desk.now + timedelta(seconds=3.5)
    assert due(desk) == 3.5
    assert desk.outbox.pause() is None
    other = desk.queue("другой", conversation=3)
    claim = sent(desk)
    assert claim is not None
    assert claim.id == other
    desk.later(3.5)
    assert [claim.id for claim in (sent(desk), sent(desk)) if claim] == [first, second]


@pytest.mark.parametrize("seconds", [5, 34, 10_072])
def test_a_long_wait_means_the_bot(desk: Desk, seconds: int) -> None:
    desk.queue()
    sent(desk, outcome=RefusedBy(429, "Too Many Requests", retry_after=seconds))
    until = desk.now + timedelta(seconds=seconds + 0.5)
    assert desk.outbox.pause() == desk.dispatch.look().pause == Pause(until, whole_bot=True)
    desk.queue("другой", conversation=3)
    assert due(desk) == seconds + 0.5
    assert desk.dispatch.claim() is None
    desk.later(seconds + 0.5)
    assert desk.outbox.pause() is None
    assert all_sent(desk) == 2


def test_two_chats_within_two_seconds_mean_the_bot(desk: Desk) -> None:
    desk.queue("раз", conversation=2)
    sent(desk, outcome=RefusedBy(429, "Too Many Requests", retry_after=2))
    desk.later(2.1)
    desk.queue("два", conversation=3)
    sent(desk, outcome=RefusedBy(429, "Too Many Requests", retry_after=2))
    assert desk.outbox.pause() is None
    desk.later(1.9)
    desk.queue("три", conversation=4)
    while (claim := sent(desk, outcome=RefusedBy(429, "Too Many Requests", retry_after=2))) is not None:
        if claim.conversation_id == 4:
            break
    assert desk.outbox.pause() == Pause(desk.now + timedelta(seconds=2.5), whole_bot=True)


def test_a_pause_is_never_shortened(desk: Desk) -> None:
    pacing = Pacing(RATES)
    with desk.database.write() as session:
        long = pacing.pause_bot(session, 30, desk.now)
        pacing.pause_bot(session, 1, desk.now)
        assert pause_of(session, desk.now) == Pause(long, whole_bot=True)


def test_niceties_are_left_out_while_anybody_waits(desk: Desk) -> None:
    pacing = Pacing(RATES)

    def quiet(chat_id: int | None = None) -> bool:
        with desk.database.read() as session:
            return pacing.quiet(session, desk.now, chat_id)

    assert not quiet()
    assert not quiet(7)
    with desk.database.write() as session:
        pacing.refused(session, 7, 3, desk.now)
    assert quiet(7)
    assert not quiet(8)
    desk.later(3.5)
    assert not quiet(7)
    with desk.database.write() as session:
        for chat_id in range(10, 15):
            assert pacing.take(session, chat_id, desk.now)
    assert quiet()
    desk.later(1)
    assert not quiet()
    with desk.database.write() as session:
        pacing.pause_bot(session, 5, desk.now)
    assert quiet()
    assert quiet(99)


def test_many_threads_take_no_place_twice(seed_file: Path, clock: FixedClock) -> None:
    desk = Desk(seed_file)
    pacing = Pacing(Rates(bot=Rate(1.0, 7), chat=Rate(1.0, 50)))
    taken: list[bool] = []

    def take() -> None:
        database = Database.open(str(seed_file))
        for number in range(5):
            with database.write() as session:
                taken.append(pacing.take(session, number + 1, clock()))
        database.close()

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(taken), sum(taken)) == (20, 7)
    desk.database.close()


def test_a_held_back_head_is_no_reason_to_look(desk: Desk) -> None:
    """A later part behind one that is unknown waits for a person, not for a time."""
    desk.outbox.enqueue(2, "слово " * 1500, client_key="long")
    claim = desk.dispatch.claim()
    assert claim is not None
    desk.dispatch.start(claim)
    desk.later(61)
    assert due(desk) == 0
    assert desk.dispatch.claim() is None
    assert desk.dispatch.look().due is None


def test_the_time_of_a_lease_is_a_reason_to_look(desk: Desk) -> None:
    desk.queue()
    assert desk.dispatch.claim() is not None
    moment = desk.dispatch.look().due
    assert isinstance(moment, datetime)
    assert moment - desk.now == timedelta(seconds=60)
