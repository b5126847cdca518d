"""A gateway and the loops over it: the same for the console, `run` and `reply`."""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
import socket
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from console.config import Settings, state_path
from console.receiving import Receiver
from console.telegram import TelegramGateway
from models.loops.amend import Amend
from models.loops.delivery import Delivered, Delivery
from models.loops.typing import Typing
from models.rules.clock import Clock, monotonic, utc_now
from models.services.dispatch import Dispatch
from models.services.notes import Notes
from models.services.pacing import Pacing

if TYPE_CHECKING:
    from console.telegram import Token
    from models.services.desk import Desk

#: Seconds a lease outlasts the longest request, for recording what became of it.
LEASE_SLACK = 30.0


class Courier:
    """A gateway and the loops over it, running as tasks of the current event loop: delivery, and with `receive` also
    receiving, where it is ours to receive."""

    def __init__(
        self,
        desk: Desk,
        token: Token,
        settings: Settings,
        *,
        executor: Executor,
        clock: Clock = utc_now,
        on_outcome: Callable[[Delivered], None] | None = None,
        receive: bool = False,
    ) -> None:
        self.gateway = TelegramGateway(token, settings.telegram_api_url)
        lease = self.gateway.deadline + LEASE_SLACK
        dispatch = Dispatch(desk.database, clock, owner=process_name(), lease=lease, pacing=Pacing())
        self.delivery: Delivery = Delivery(
            dispatch, self.gateway, executor=executor, notes=notes_of(settings), on_outcome=on_outcome
        )
        self.amend = Amend(desk.amends, self.gateway, executor=executor)
        self.typing = Typing(desk.presence, self.gateway, executor=executor, monotonic=monotonic)
        self._task = asyncio.create_task(self.delivery.run(), name="delivery")
        self.receiver: Receiver | None = None
        if receive:
            # One thread of its own: a batch that waits for the file must not hold up what was answered to a reply.
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="receiving")
            self.receiver = Receiver(
                desk,
                self.gateway,
                settings,
                bot_id=token.bot_id,
                owner=process_name(),
                executor=self._thread,
                clock=clock,
            )

    async def stop(self) -> None:
        """Receives and claims nothing more, lets requests in flight finish and be recorded, closes the connections."""
        try:
            if self.receiver is not None:
                await self.receiver.stop()
                self._thread.shutdown(wait=False)
            await self.delivery.stop()
            await self._task
            await self.amend.stop()
            await self.typing.stop()
        finally:
            await self.gateway.aclose()


def notes_of(settings: Settings) -> Notes:
    """The notes of this database's deliveries, in the state folder; named by a hash: a URL may hold a password."""
    from models.services.notes import Notes

    named = settings.database or ""
    if "://" not in named:
        named = str(Path(named).expanduser().absolute())
    return Notes(state_path() / f"accepted-{hashlib.sha256(named.encode()).hexdigest()[:16]}")


def process_name() -> str:
    """Names this process in the outbox's leases: host, process id and a nonce, since ids come again."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
