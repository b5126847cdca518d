"""Leaving with held replies: send now, wait, keep."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from console.leaving import held_ones, let_go
from models.gateway import Sent
from models.rules.delivery import State
from models.views import Reply
from tests.models.services.test_outbox import Desk


class Services:
    """Delivers one reply a kick; a kick is `step` seconds after the one before."""

    def __init__(self, path: Path, *, step: float = 2.0, trouble: str | None = None) -> None:
        self.desk = Desk(path)
        self.can_send = True
        self.trouble = trouble
        self.step = step
        self.kicks = 0

    async def call(self, use: Any) -> Any:
        return use(self.desk)

    def kick(self) -> None:
        self.kicks += 1
        self.desk.later(self.step)
        if self.trouble is None and (claim := self.desk.dispatch.claim()) is not None:
            assert self.desk.dispatch.start(claim)
            self.desk.dispatch.record(claim, Sent(100 + self.kicks))


async def held(services: Any) -> tuple[Reply, ...]:
    return await held_ones(services)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    async def sleep(seconds: float) -> None:
        assert seconds > 0

    monkeypatch.setattr("console.leaving.asyncio.sleep", sleep)


async def test_wait_leaves_when_they_have_gone_out_by_themselves(seed_file: Path) -> None:
    services: Any = Services(seed_file)
    ids = [services.desk.queue("one", hold=5), services.desk.queue("two", conversation=3, hold=9)]
    replies = await held(services)
    assert [reply.id for reply in replies] == ids
    await let_go(services, replies, now=False)
    assert [services.desk.outbox.get(id).state for id in ids] == [State.SENT, State.SENT]
    assert services.kicks == 5  # nine seconds, two a kick: nothing went out before its time


async def test_send_now_ends_the_window_and_does_not_wait_for_a_dead_network(seed_file: Path) -> None:
    services: Any = Services(seed_file, step=0.1)
    id = services.desk.queue("one", hold=500)
    await let_go(services, await held(services), now=True)
    assert services.desk.outbox.get(id).state is State.SENT
    dead: Any = Services(seed_file, step=0.1, trouble="unreachable")
    id = dead.desk.queue("two", hold=500)
    await let_go(dead, await held(dead), now=True)
    reply = dead.desk.outbox.get(id)
    assert (reply.state, reply.not_before) == (State.QUEUED, None)


async def test_nothing_is_held_where_nothing_can_be_sent(seed_file: Path) -> None:
    services: Any = Services(seed_file)
    services.desk.queue("one", hold=5)
    services.can_send = False
    assert await held(services) == ()
