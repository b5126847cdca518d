"""Asks Telegram who receives the bot's updates: read-only, at start and then at most once a minute."""

from __future__ import annotations

import asyncio
from datetime import datetime

from models.errors import TelegramProblem
from models.gateway import Gateway, WebhookInfo
from models.rules.clock import Clock


class HealthWatch:
    """Runs on the event loop. Times are seconds; `soon` is the wait after a question that was not answered."""

    def __init__(self, gateway: Gateway, clock: Clock, *, every: float = 60.0, soon: float = 5.0) -> None:
        self.gateway = gateway
        self.clock = clock
        self.info: WebhookInfo | None = None
        self.asked_at: datetime | None = None
        self.unauthorized = False
        self.heard = asyncio.Event()
        self._every = every
        self._soon = soon
        self._look = asyncio.Event()
        self._stopping = False

    async def run(self) -> None:
        """Asks until `stop`."""
        while not self._stopping:
            pause = self._every if await self.ask() else self._soon
            self._look.clear()
            if self._stopping:
                return
            try:
                async with asyncio.timeout(pause):
                    await self._look.wait()
            except TimeoutError:
                continue

    async def ask(self) -> bool:
        """One question; False: no answer, and what was known stays."""
        try:
            self.info = await self.gateway.get_webhook_info()
        except TelegramProblem as problem:
            self.unauthorized = problem.id == "telegram-unauthorized"
            return False
        self.unauthorized = False
        self.asked_at = self.clock()
        self.heard.set()
        return True

    def hurry(self) -> None:
        """Something contradicts what is known: ask at once. Call it on the event loop."""
        self._look.set()

    def stop(self) -> None:
        """Ends `run` after the question under way."""
        self._stopping = True
        self._look.set()
