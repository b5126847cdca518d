"""Changing a delivered message: the wish is written down, Telegram is asked, our copy follows what it answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial
from typing import TypeVar

from models.errors import DatabaseProblem
from models.gateway import Gateway, Outcome
from models.services.amend import Amends, Answer, Wish

T = TypeVar("T")


class Amend:
    """Runs on the event loop; all database work goes to `executor`. A request that began is finished and recorded even
    when whoever asked has gone; `stop` waits for it. `record_retry` and `patience` are seconds."""

    def __init__(
        self,
        amends: Amends,
        gateway: Gateway,
        *,
        executor: Executor | None = None,
        record_retry: float = 0.5,
        patience: float = 60.0,
    ) -> None:
        self._amends = amends
        self._gateway = gateway
        self._executor = executor
        self._record_retry = record_retry
        self._patience = patience
        self._under_way: set[asyncio.Task[Answer]] = set()

    async def edit(self, message_id: int, text: str) -> Answer:
        """Raises as `Amends.begin`; DatabaseProblem when Telegram's answer could not be written down."""
        return await self._run(message_id, text)

    async def delete(self, message_id: int) -> Answer:
        """For the person and for us. Raises as `edit`."""
        return await self._run(message_id, None)

    async def stop(self) -> None:
        """Waits for what is under way."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    async def _run(self, message_id: int, text: str | None) -> Answer:
        wish = await self._call(partial(self._amends.begin, message_id, text))
        task = asyncio.create_task(self._ask(wish), name="amend")
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)

    async def _ask(self, wish: Wish) -> Answer:
        where = {"business_connection_id": wish.business_connection_id}
        outcome: Outcome
        if wish.wanted is None:
            outcome = await self._gateway.delete_message(wish.chat_id, wish.telegram_message_id, **where)
        else:
            outcome = await self._gateway.edit_message_text(
                wish.chat_id, wish.telegram_message_id, wish.wanted, **where
            )
        return await self._record(wish, outcome)

    async def _record(self, wish: Wish, outcome: Outcome) -> Answer:
        """Tries again while the database can't take it: Telegram's copy has changed already."""
        deadline = asyncio.get_running_loop().time() + self._patience
        while True:
            try:
                return await self._call(partial(self._amends.finish, wish, outcome))
            except DatabaseProblem:
                if asyncio.get_running_loop().time() > deadline:
                    raise
                await asyncio.sleep(self._record_retry)

    async def _call(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)
