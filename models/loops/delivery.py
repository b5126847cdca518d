"""The delivery loop: claims replies one by one, sends them through the gateway, records what became of them.

Every process with a token and write access runs one; there is no leader. A request in flight is never cancelled:
`stop` waits for it, since a cancelled send may have arrived.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from models.errors import DatabaseProblem, FrontdeskError
from models.gateway import Gateway, Outcome, RefusedBy, Sent, Unknown, Unsent
from models.rules.delivery import State
from models.services.dispatch import Claim, Dispatch

log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Delivered:
    """What the loop tells its owner after each attempt; `state` None: the fence was lost."""

    id: int
    conversation_id: int
    state: State | None
    error: str | None = None


@dataclass(slots=True)
class Trouble:
    """The last thing that kept replies from leaving: 'unauthorized', 'unreachable', 'database' or None."""

    kind: str | None = None
    detail: str = ""


class Delivery:
    """Runs on the event loop; all database work goes to `executor`. Times are seconds.

    `poll` is how often the database is asked for work that another process queued; `workers` how many requests may be
    in flight at once.
    """

    def __init__(
        self,
        dispatch: Dispatch,
        gateway: Gateway,
        *,
        executor: Executor | None = None,
        poll: float = 0.5,
        workers: int = 3,
        record_retry: float = 0.5,
        on_outcome: Callable[[Delivered], None] | None = None,
    ) -> None:
        self.dispatch = dispatch
        self.gateway = gateway
        self.trouble = Trouble()
        self._executor = executor
        self._poll = poll
        self._workers = workers
        self._record_retry = record_retry
        self._on_outcome = on_outcome
        self._kicked = asyncio.Event()
        self._stopping = False
        self._in_flight: set[asyncio.Task[None]] = set()

    def kick(self) -> None:
        """Something was queued: look at once. Call it on the event loop."""
        self._kicked.set()

    async def run(self) -> None:
        """Delivers until `stop` or cancellation; requests in flight outlive the cancellation (see `stop`)."""
        while not self._stopping:
            try:
                busy = await self._step()
            except FrontdeskError as error:
                # Locked or gone: the replies are safe where they are, so wait and look again.
                self.trouble = Trouble("database", error.id)
                busy = False
            if not busy:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._kicked.wait(), self._poll)
                self._kicked.clear()

    async def stop(self) -> None:
        """Claims nothing more and waits for the requests in flight to be recorded."""
        self._stopping = True
        self._kicked.set()
        while self._in_flight:
            await asyncio.wait(self._in_flight)

    @property
    def in_flight(self) -> int:
        """How many requests are under way."""
        return len(self._in_flight)

    async def _step(self) -> bool:
        """Starts one delivery if there is one and a place for it. True: there may be more."""
        if len(self._in_flight) >= self._workers:
            await asyncio.wait(self._in_flight, return_when=asyncio.FIRST_COMPLETED)
            return True
        if not await self._call(self.dispatch.has_work):
            return False
        claim = await self._call(self.dispatch.claim)
        if claim is None:
            return False
        if self._stopping:
            await self._call(partial(self.dispatch.release, claim))
            return False
        task = asyncio.create_task(self._deliver(claim))
        self._in_flight.add(task)
        task.add_done_callback(self._landed)
        return True

    def _landed(self, task: asyncio.Task[None]) -> None:
        self._in_flight.discard(task)
        self._kicked.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            # The lease runs out and the reply becomes `unknown`: never lost, never repeated.
            log.error("delivery failed: %s", type(error).__name__)

    async def _deliver(self, claim: Claim) -> None:
        try:
            started = await self._call(partial(self.dispatch.start, claim))
        except FrontdeskError:
            # Nothing was sent: the lease runs out and the claim goes back to the queue.
            return
        if not started:
            return
        outcome = await self.gateway.send_message(
            claim.chat_id, claim.body, business_connection_id=claim.business_connection_id
        )
        self._judge(outcome)
        state = await self._record(claim, outcome)
        if self._on_outcome is not None:
            self._on_outcome(Delivered(claim.id, claim.conversation_id, state, _why(outcome)))

    async def _record(self, claim: Claim, outcome: Outcome) -> State | None:
        """Writes the outcome, trying again while the database can't take it and the lease lasts."""
        deadline = asyncio.get_running_loop().time() + self.dispatch.lease.total_seconds()
        while True:
            try:
                return await self._call(partial(self.dispatch.record, claim, outcome))
            except DatabaseProblem as error:
                self.trouble = Trouble("database", error.id)
                if asyncio.get_running_loop().time() > deadline:
                    return None
                await asyncio.sleep(self._record_retry)

    def _judge(self, outcome: Outcome) -> None:
        match outcome:
            case Sent():
                self.trouble = Trouble()
            case RefusedBy(code=401 | 404, description=said):
                self.trouble = Trouble("unauthorized", said)
            case Unsent(reason=why):
                self.trouble = Trouble("unreachable", why)

    async def _call(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)


def _why(outcome: Outcome) -> str | None:
    match outcome:
        case Sent():
            return None
        case RefusedBy(description=said):
            return said
        case Unsent(reason=why) | Unknown(reason=why):
            return why
