"""Receiving, for the console and `frontdesk run`: who receives is found out first, then polled for or left alone."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from concurrent.futures import Executor
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from models.errors import DatabaseProblem
from models.rules.clock import Clock, utc_now
from models.rules.mode import ATTACHED, Known, is_refused, may_poll, mode_of
from models.views import BotHealth

if TYPE_CHECKING:
    from console.config import Settings
    from models.gateway import Gateway
    from models.loops.receiving import Patience
    from models.services.desk import Desk

log = logging.getLogger(__name__)

#: Seconds that the lease on receiving lasts; a long poll is 25.
LEASE = 45.0
#: Seconds between counts of what is in quarantine.
_COUNT = 60.0


class Receiver:
    """The loops of receiving over one gateway, as tasks of the current event loop. `bot_id` is the token's public half.
    Where the application receives, the only question ever asked is getWebhookInfo."""

    def __init__(
        self,
        desk: Desk,
        gateway: Gateway,
        settings: Settings,
        *,
        bot_id: int,
        owner: str,
        executor: Executor,
        clock: Clock = utc_now,
        patience: Patience | None = None,
        health_every: float = 60.0,
    ) -> None:
        from models.loops.ai_typing import AiTyping
        from models.loops.health import HealthWatch
        from models.loops.receiving import Reception, Standing
        from models.services.ai_work import AiWork
        from models.services.pacing import Pacing
        from models.services.polling import Polling
        from models.services.receiving import Receiving

        self._desk = desk
        self._settings = settings
        self._clock = clock
        self._executor = executor
        self._quarantined = 0
        self._us = Standing.US
        self.watch = HealthWatch(gateway, clock, every=health_every)
        polling = Polling(desk.database, clock, bot_id=bot_id, owner=owner, ttl=LEASE)
        self.receiving = Receiving(polling)

        def pause(seconds: int | None) -> None:
            with desk.database.write() as session:
                Pacing().pause_bot(session, seconds, clock())

        self.reception = Reception(
            self.receiving,
            gateway,
            self.watch,
            may_poll=lambda: may_poll(self.known),
            executor=executor,
            patience=patience,
            pause=pause,
        )
        self.typing = AiTyping(
            AiWork(desk.database, clock), gateway, mine=lambda: self.reception.standing is self._us, executor=executor
        )
        self._stopping = asyncio.Event()
        self._tasks = [asyncio.create_task(self.watch.run(), name="health")]
        # Where it is certain already that the application receives, nothing that could poll is even started.
        if mode_of(self.known) != ATTACHED:
            self._tasks.append(asyncio.create_task(self.reception.run(), name="receiving"))
            self._tasks.append(asyncio.create_task(self.typing.run(), name="ai-typing"))
        self._tasks.append(asyncio.create_task(self._count(), name="quarantine"))

    @property
    def known(self) -> Known:
        """What tells who receives."""
        info = self.watch.info
        return Known(
            configured=self._settings.mode,
            rails_owned=self._desk.features.rails_owned,
            answered=info is not None,
            webhook_host=info.host if info is not None else None,
        )

    @property
    def mode(self) -> str:
        """'attached', 'standalone' or 'unknown'."""
        return mode_of(self.known)

    @property
    def health(self) -> BotHealth | None:
        """None until Telegram answered."""
        info, asked_at = self.watch.info, self.watch.asked_at
        if info is None or asked_at is None:
            return None
        known = self.known
        error, error_at = self._error()
        return BotHealth(
            mode=mode_of(known),
            receiver=self._receiver(),
            pending=info.pending_update_count,
            last_error=error,
            last_error_at=error_at,
            quarantined=self._quarantined + self.reception.taken.quarantined,
            asked_at=asked_at,
            webhook_host=info.host,
            refused=is_refused(known),
            gap=self.reception.gap,
        )

    def _receiver(self) -> str:
        from models.loops.receiving import Standing

        known = self.known
        if known.webhook_host is not None:
            return "webhook"
        if mode_of(known) == ATTACHED:
            return "nobody"
        names = {Standing.US: "us", Standing.COLLEAGUE: "another console", Standing.RIVAL: "another program"}
        return names.get(self.reception.standing, "unknown" if self.reception.standing is Standing.ASKING else "nobody")

    def _error(self) -> tuple[str | None, datetime | None]:
        from models.loops.receiving import Standing

        info = self.watch.info
        if info is not None and info.host is not None:
            return info.last_error_message, info.last_error_at
        failing = (Standing.UNREACHABLE, Standing.UNAUTHORIZED, Standing.DATABASE)
        return (self.reception.detail, None) if self.reception.standing in failing else (None, None)

    async def _count(self) -> None:
        loop = asyncio.get_running_loop()
        while not self._stopping.is_set():
            with contextlib.suppress(DatabaseProblem):
                ours = self.reception.taken.quarantined
                count = await loop.run_in_executor(self._executor, partial(self.receiving.quarantined))
                self._quarantined = count - ours
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_COUNT):
                    await self._stopping.wait()

    async def stop(self) -> None:
        """Drops the poll under way, finishes the batch that is being stored, gives the lease back."""
        self._stopping.set()
        self.watch.stop()
        self.typing.stop()
        await self.reception.stop()
        # A question or an answer to a button may take its time, and nothing depends on it.
        for task in self._tasks:
            if task.get_name() in ("health", "ai-typing"):
                task.cancel()
        for result in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(result, Exception):
                log.error("receiving failed: %s", type(result).__name__)
