"""The word "typing" for the person while an operator types: seldom, never before a message, forgotten when it fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial

from models.errors import FrontdeskError
from models.gateway import Gateway
from models.services.presence import Presence, Whom

#: Seconds between two for one conversation: Telegram shows each for five.
EVERY = 4.5


class Typing:
    """Runs on the event loop; `monotonic` tells seconds. One request at a time: a second waits for no one."""

    def __init__(
        self,
        presence: Presence,
        gateway: Gateway,
        *,
        executor: Executor | None = None,
        monotonic: Callable[[], float],
    ) -> None:
        self._presence = presence
        self._gateway = gateway
        self._executor = executor
        self._monotonic = monotonic
        self._told: tuple[int, float] | None = None
        self._task: asyncio.Task[None] | None = None

    def tell(self, conversation_id: int, channel: str | None = None) -> None:
        """A key was pressed; most of the time that means nothing has to be done."""
        now = self._monotonic()
        recent = self._told is not None and self._told[0] == conversation_id and now - self._told[1] < EVERY
        if recent or (self._task is not None and not self._task.done()):
            return
        self._told = (conversation_id, now)
        self._task = asyncio.create_task(self._show(conversation_id, channel), name="typing")

    async def stop(self) -> None:
        """Drops what is under way: nobody needs to know."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _show(self, conversation_id: int, channel: str | None) -> None:
        try:
            look = partial(self._presence.whom, conversation_id, channel)
            whom: Whom | None = await asyncio.get_running_loop().run_in_executor(self._executor, look)
        except FrontdeskError:
            return
        if whom is not None:
            await self._gateway.send_chat_action(whom.chat_id, business_connection_id=whom.business_connection_id)
