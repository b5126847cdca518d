"""A process killed at each point of a delivery, and what the next one makes of it."""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from console.standin.server import StandIn
from models.rules.delivery import State
from tests.harness.doomed import ACCEPTED, BEFORE_CLAIM, CLAIMED, NOTED, RECORDED, SENDING, WRITING, deliver
from tests.harness.worker import PRELOADED
from tests.models.loops.test_delivery import TOKEN, Bench, until


@pytest.fixture
async def bench(seed_file: Path) -> AsyncIterator[Bench]:
    async with StandIn(TOKEN) as server:
        made = await asyncio.to_thread(Bench, seed_file, server)
        yield made
        await made.gateway.aclose()
        await asyncio.to_thread(made.database.close)


@pytest.mark.parametrize(
    ("point", "left", "found", "arrived"),
    [
        (BEFORE_CLAIM, State.QUEUED, State.SENT, 1),
        (CLAIMED, State.CLAIMED, State.SENT, 1),
        (SENDING, State.SENDING, State.UNKNOWN, 0),
        (ACCEPTED, State.SENDING, State.UNKNOWN, 1),
        (NOTED, State.SENDING, State.SENT, 1),
        (WRITING, State.SENDING, State.UNKNOWN, 1),
        (RECORDED, State.SENT, State.SENT, 1),
    ],
)
async def test_each_point(bench: Bench, seed_file: Path, point: str, left: State, found: State, arrived: int) -> None:
    id = bench.queue("раз")
    following = bench.queue("два")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*PRELOADED])
    process = context.Process(target=deliver, args=(str(seed_file), bench.server.url, point), daemon=True)
    process.start()
    await asyncio.to_thread(process.join, 60)
    assert process.exitcode == -signal.SIGKILL
    process.close()
    assert bench.state(id) is left
    running = asyncio.create_task(bench.loop.run())
    await until(lambda: bench.state(id) is found and bench.state(following) is State.SENT, 30)
    await bench.loop.stop()
    await running
    assert bench.texts().count("раз") == arrived
    assert bench.stored().count("раз") == (found is State.SENT)
    assert bench.texts()[-1] == "два"
    assert not bench.notes.path.exists()
