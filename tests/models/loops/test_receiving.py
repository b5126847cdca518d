"""The receiving loop against a gateway that answers as told: every refusal, its wait, and what is stored."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from models.errors import TelegramProblem
from models.gateway import Batch, BotIdentity, Outcome, RefusedBy, Unknown, Unsent, WebhookInfo
from models.loops.health import HealthWatch
from models.loops.receiving import Patience, Reception, Standing
from models.rules.updates import ALLOWED_UPDATES
from tests.conftest import FixedClock
from tests.models.services.intake import Desk, person

QUICK = Patience(poll=1, first=0.01, longest=0.02, rival_low=0.01, rival_high=0.02, rival_rest=0.03, lease=0.01)
WEBHOOK = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
RIVAL = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"


class Told:
    """Answers polls from a list, then hangs; notes offsets."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.offsets: list[int | None] = []
        self.asked: list[tuple[int, int, Sequence[str]]] = []
        self.answered: list[str] = []
        self.host: str | None = None
        self.silent = False
        self.hanging = asyncio.Event()

    async def get_webhook_info(self) -> WebhookInfo:
        if self.silent:
            raise TelegramProblem("telegram-unreachable", reason="x")
        return WebhookInfo(self.host, 3)

    async def get_updates(
        self, *, offset: int | None, limit: int, timeout: int, allowed_updates: Sequence[str]
    ) -> Batch | RefusedBy | Unsent | Unknown:
        self.offsets.append(offset)
        self.asked.append((limit, timeout, allowed_updates))
        if not self.answers:
            self.hanging.set()
            await asyncio.Event().wait()
        answer = self.answers.pop(0)
        if callable(answer):
            answer = answer()
        assert isinstance(answer, Batch | RefusedBy | Unsent | Unknown)
        return answer

    async def answer_callback_query(self, callback_query_id: str) -> None:
        self.answered.append(callback_query_id)
        raise TelegramProblem("telegram-refused", code=400, description="query is too old")

    async def get_me(self) -> BotIdentity:
        raise NotImplementedError

    async def send_message(self, chat_id: int, text: str, *, business_connection_id: str | None = None) -> Outcome:
        raise NotImplementedError

    async def send_chat_action(self, chat_id: int, *, business_connection_id: str | None = None) -> None:
        raise NotImplementedError

    async def edit_message_text(
        self, chat_id: int, message_id: int, text: str, *, business_connection_id: str | None = None
    ) -> Outcome:
        raise NotImplementedError

    async def delete_message(
        self, chat_id: int, message_id: int, *, business_connection_id: str | None = None
    ) -> Outcome:
        raise NotImplementedError

    async def aclose(self) -> None:
        pass


@pytest.fixture
async def desk(owned_file: Path, clock: FixedClock) -> AsyncIterator[Desk]:
    opened = Desk(owned_file, clock)
    opened.polling.give_back(opened.lease)
    yield opened
    opened.database.close()


async def eventually(check: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not check():
            await asyncio.sleep(0.005)


@asynccontextmanager
async def receiving(
    desk: Desk, told: Told, *, pause: Callable[[int | None], object] | None = None
) -> AsyncIterator[Reception]:
    health = HealthWatch(told, desk.clock)
    await health.ask()
    loop = Reception(
        desk.receiving,
        told,
        health,
        may_poll=lambda: health.info is not None and health.info.host is None,
        patience=QUICK,
        pause=pause,
        chance=random.Random(1),
    )
    task = asyncio.create_task(loop.run())
    try:
        yield loop
    finally:
        await loop.stop()
        async with asyncio.timeout(20):
            await task


def batch(desk: Desk, *messages: dict[str, Any], first: int) -> Batch:
    return Batch(tuple({"update_id": first + number} | one for number, one in enumerate(messages)))


async def test_batches_are_stored_then_confirmed_by_the_next_poll(desk: Desk) -> None:
    one = batch(desk, desk.message(1, "a"), desk.message(2, "b"), first=70)
    pressed = {"callback_query": {"id": "77", "from": person(), "data": "b"}}
    told = Told(one, one, batch(desk, pressed, first=5))
    async with receiving(desk, told) as loop:
        await told.hanging.wait()
        assert (loop.standing, desk.polling.holder()) == (Standing.US, "test")
        await eventually(lambda: told.answered == ["77"])
    assert told.offsets == [None, 72, 72, 6]
    assert told.asked[0] == (100, 1, ALLOWED_UPDATES)
    assert desk.rows("SELECT body FROM messages") == [("a",), ("b",)]
    assert desk.polling.holder() is None
    # Whoever comes next asks from where this one ended.
    lease = desk.polling.take()
    assert lease is not None
    assert lease.next_offset == 6


async def test_whoever_has_no_lease_polls_not_at_all(desk: Desk, clock: FixedClock) -> None:
    from models.services.polling import Polling

    other = Polling(desk.database, clock, bot_id=desk.polling.bot_id, owner="other", ttl=60)
    lease = other.take()
    assert lease is not None
    told = Told()
    async with receiving(desk, told) as loop:
        await eventually(lambda: loop.standing is Standing.COLLEAGUE)
        assert told.offsets == []
        other.give_back(lease)
        await told.hanging.wait()
    assert told.offsets == [None]


async def test_a_batch_fetched_before_the_lease_was_lost_is_not_written(desk: Desk, clock: FixedClock) -> None:
    from models.services.polling import Polling

    other = Polling(desk.database, clock, bot_id=desk.polling.bot_id, owner="other", ttl=60)

    def meanwhile() -> Batch:
        clock.advance(61)
        assert other.take() is not None
        return batch(desk, desk.message(1, "late"), first=9)

    async with receiving(desk, Told(meanwhile)) as loop:
        await eventually(lambda: loop.standing is Standing.COLLEAGUE)
    assert desk.rows("SELECT count(*) FROM messages") == [(0,)]


async def test_a_webhook_that_appears_ends_polling_and_nothing_else(desk: Desk) -> None:
    told = Told(Batch(()), lambda: (setattr(told, "host", "app.example"), RefusedBy(409, WEBHOOK))[1])
    async with receiving(desk, told) as loop:
        await eventually(lambda: loop.standing is Standing.WEBHOOK and loop.detail == "app.example")
        polls = len(told.offsets)
        await asyncio.sleep(0.05)
        assert len(told.offsets) == polls == 2
        assert desk.polling.holder() is None
        told.host = None
        await loop.health.ask()
        await told.hanging.wait()


async def test_another_program_is_left_its_poll(desk: Desk) -> None:
    told = Told(*[RefusedBy(409, RIVAL)] * 7, Batch(()))
    standings: list[Standing] = []
    async with receiving(desk, told) as loop:
        await eventually(lambda: standings.append(loop.standing) or told.hanging.is_set())
        assert loop.standing is Standing.US
    assert Standing.RIVAL in standings
    assert len(told.offsets) == 9


@pytest.mark.parametrize("answer", [RefusedBy(502, "Bad Gateway"), Unsent("refused"), Unknown("garbled"), Unknown("x")])
async def test_a_failure_is_waited_out_and_the_same_is_asked_again(desk: Desk, answer: Any) -> None:
    told = Told(answer, answer, batch(desk, desk.message(1, "a"), first=9))
    async with receiving(desk, told) as loop:
        await told.hanging.wait()
        assert loop.standing is Standing.US
    assert told.offsets == [None, None, None, 10]


async def test_a_flood_warning_pauses_the_bot(desk: Desk) -> None:
    paused: list[int | None] = []
    told = Told(RefusedBy(429, "Too Many Requests", retry_after=0), Batch(()))
    async with receiving(desk, told, pause=paused.append):
        await told.hanging.wait()
    assert paused == [0]


async def test_an_unknown_token_ends_it(desk: Desk) -> None:
    told = Told(RefusedBy(401, "Unauthorized"))
    async with receiving(desk, told) as loop:
        await eventually(lambda: loop.standing is Standing.UNAUTHORIZED)
    assert told.offsets == [None]


async def test_nothing_polls_until_telegram_told_of_webhooks(desk: Desk) -> None:
    told = Told()
    told.silent = True
    async with receiving(desk, told) as loop:
        await asyncio.sleep(0.05)
        assert (loop.standing, told.offsets) == (Standing.ASKING, [])
        told.silent = False
        await loop.health.ask()
        await told.hanging.wait()


async def test_updates_without_numbers_are_not_asked_for_in_a_hot_loop(desk: Desk) -> None:
    told = Told(Batch(("x",)), Batch(("x",)))
    async with receiving(desk, told) as loop:
        await told.hanging.wait()
        assert (loop.taken.quarantined, told.offsets) == (1, [None, None, None])


async def test_a_day_without_a_receiver_is_told(desk: Desk, clock: FixedClock) -> None:
    desk.polling.renew(lease := desk.polling.take(), answered=True)  # type: ignore[arg-type]
    desk.polling.give_back(lease)  # type: ignore[arg-type]
    silent = clock()
    clock.advance(3 * 86_400)
    async with receiving(desk, Told()) as loop:
        await eventually(lambda: loop.gap)
        assert loop.gap == (silent, silent + timedelta(days=2))
