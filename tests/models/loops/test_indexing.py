"""The index behind a console: step by step, whatever a step raises, until it is stopped."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

from models.errors import DatabaseProblem
from models.loops import indexing
from models.loops.indexing import Indexing
from models.services.search_upkeep import Step


class Upkeep:
    """Fails twice, then works on."""

    def __init__(self) -> None:
        self.steps = 0

    def step(self) -> Step:
        self.steps += 1
        if self.steps == 1:
            raise DatabaseProblem("locked")
        if self.steps == 2:
            raise ValueError("a fault of ours")
        return Step(0.0)


async def test_it_goes_on_until_it_is_stopped(monkeypatch: Any) -> None:
    monkeypatch.setattr(indexing, "IDLE", 0.0)
    monkeypatch.setattr(indexing, "FAULT", 0.0)
    upkeep = Upkeep()
    with ThreadPoolExecutor(1) as executor:
        running = Indexing(cast(Any, upkeep), executor=executor)
        async with asyncio.timeout(50):
            while upkeep.steps < 5:
                await asyncio.sleep(0.01)
            await running.stop()
        steps = upkeep.steps
        await asyncio.sleep(0.05)
    assert upkeep.steps == steps
