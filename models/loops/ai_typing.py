"""While the application's AI works on an answer, the person sees "typing": the seed's loop, for standalone mode."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor

from models.errors import DatabaseProblem
from models.gateway import Gateway
from models.services.ai_work import AiWork


class AiTyping:
    """Runs on the event loop; `every` (seconds) is a little less than Telegram shows the sign. `mine` says whether this
    process is the one that receives: only that one types, or the person would be told by each console."""

    def __init__(
        self,
        work: AiWork,
        gateway: Gateway,
        *,
        mine: Callable[[], bool],
        executor: Executor | None = None,
        every: float = 4.0,
    ) -> None:
        self.work = work
        self.gateway = gateway
        self._mine = mine
        self._executor = executor
        self._every = every
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Looks and types until `stop`."""
        while not self._stopping.is_set():
            if self._mine():
                await self._type()
            try:
                async with asyncio.timeout(self._every):
                    await self._stopping.wait()
            except TimeoutError:
                continue

    def stop(self) -> None:
        """Ends `run`."""
        self._stopping.set()

    async def _type(self) -> None:
        try:
            chats = await asyncio.get_running_loop().run_in_executor(self._executor, self.work.chats)
        except DatabaseProblem:
            return
        for chat in chats:
            if self._stopping.is_set():
                return
            await self.gateway.send_chat_action(chat.id, business_connection_id=chat.business_connection_id)
