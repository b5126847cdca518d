"""Keeps the search index in step while a console is used: one short step after another, in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
from concurrent.futures import Executor

from models.errors import FrontdeskError
from models.services.search_upkeep import IDLE, Step, Upkeep

#: Seconds to rest after a fault of ours.
FAULT = 60.0


class Indexing:
    """Runs on the event loop from the start; `executor` has one thread, which nobody else uses."""

    def __init__(self, upkeep: Upkeep, *, executor: Executor) -> None:
        self._upkeep = upkeep
        self._executor = executor
        self._over = asyncio.Event()
        self._task = asyncio.create_task(self._run(), name="indexing")

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while not self._over.is_set():
            began = loop.time()
            try:
                step = await loop.run_in_executor(self._executor, self._upkeep.step)
            except FrontdeskError:
                # The database is away or locked: others say so, and the index can wait.
                step = Step(IDLE)
            except Exception:
                # An index is no reason to trouble anybody: search goes on without it, and says so.
                step = Step(FAULT)
            with contextlib.suppress(TimeoutError):
                # Half of the time at most: the keys share the interpreter.
                await asyncio.wait_for(self._over.wait(), max(step.rest, loop.time() - began))

    async def stop(self) -> None:
        """After the step that is under way; what was done is kept."""
        self._over.set()
        await self._task
