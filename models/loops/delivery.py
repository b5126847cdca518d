"""The delivery loop: claims replies one by one, sends them through the gateway, records what became of them.

It sleeps until the next reply is due or somebody kicks it, never while it holds a lease. Every process with a token and
write access runs one; there is no leader. A request in flight is never cancelled: `stop` waits for it, since a
cancelled send may have arrived.
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
from models.services.notes import Note, Notes
from models.views import Pause

log = logging.getLogger(__name__)
T = TypeVar("T")

#: Longest wait between tries to record an outcome, seconds.
LONGEST_RETRY = 4.0
#: Seconds until the next look after another process was quicker.
LOST = 0.02


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
    in flight at once; `welcome` how often the application's rows are asked whether somebody unreachable has written.
    `notes` keeps Telegram's acceptances that the database can't take. Raises ValueError when a lease could end before
    its request.
    """

    def __init__(
        self,
        dispatch: Dispatch,
        gateway: Gateway,
        *,
        executor: Executor | None = None,
        notes: Notes | None = None,
        poll: float = 0.5,
        workers: int = 4,
        record_retry: float = 0.25,
        welcome: float = 5.0,
        on_outcome: Callable[[Delivered], None] | None = None,
    ) -> None:
        self._margin = dispatch.lease.total_seconds() - gateway.deadline
        if self._margin <= 0:
            raise ValueError("a lease must outlast the longest request")
        self.dispatch = dispatch
        self.gateway = gateway
        self.trouble = Trouble()
        self.pause: Pause | None = None
        self._executor = executor
        self._poll = poll
        self._workers = workers
        self._record_retry = record_retry
        self._welcome = welcome
        self._welcomed: float | None = None
        self._notes = notes
        self._recall = notes is not None
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
            wait: float | None = self._poll
            try:
                if self._recall:
                    await self._call(self._read_notes)
                wait = await self._step()
            except FrontdeskError as error:
                # Locked or gone: the replies are safe where they are, so wait and look again.
                self.trouble = Trouble("database", error.id)
            if wait is not None:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._kicked.wait(), wait)
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

    async def _step(self) -> float | None:
        """Starts one delivery if one is due and there is a place for it. None: look again at once; else the seconds
        until there may be more."""
        if len(self._in_flight) >= self._workers:
            await asyncio.wait(self._in_flight, return_when=asyncio.FIRST_COMPLETED)
            return None
        await self._welcome_back()
        look = await self._call(self.dispatch.look)
        self.pause = look.pause
        wait = self._poll if look.wait is None else look.wait
        if wait > 0:
            return min(wait, self._poll)
        claim = await self._call(self.dispatch.claim)
        if claim is None:
            # Another process was quicker, or an outworn lease was all there was.
            return LOST
        if self._stopping:
            await self._call(partial(self.dispatch.release, claim))
            return self._poll
        task = asyncio.create_task(self._deliver(claim))
        self._in_flight.add(task)
        task.add_done_callback(self._landed)
        return None

    async def _welcome_back(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._welcomed is None or now - self._welcomed >= self._welcome:
            self._welcomed = now
            await self._call(self.dispatch.welcome_back)

    def _read_notes(self) -> None:
        """What Telegram accepted and the database could not take, from this or a killed process of this host."""
        assert self._notes is not None
        for note in self._notes.read():
            self.dispatch.recall(note.outbox_id, note.attempt, note.message_id)
            self._notes.remove(note)
        self._recall = False

    def _landed(self, task: asyncio.Task[None]) -> None:
        self._in_flight.discard(task)
        self._kicked.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            # The lease runs out and the reply becomes `unknown`: never lost, never repeated.
            log.error("delivery failed: %s", type(error).__name__)

    async def _deliver(self, claim: Claim) -> None:
        begun = self.dispatch.clock()
        try:
            started = await self._call(partial(self.dispatch.start, claim))
        except FrontdeskError:
            # Nothing was sent: the lease runs out and the claim goes back to the queue.
            return
        if not started:
            return
        if (self.dispatch.clock() - begun).total_seconds() > self._margin:
            # The machine slept in between: the request might outlast the lease, and another send it too.
            outcome: Outcome = Unsent("woke up too late")
        else:
            outcome = await self.gateway.send_message(
                claim.chat_id, claim.body, business_connection_id=claim.business_connection_id
            )
        self._judge(outcome)
        state = await self._record(claim, outcome)
        if self._on_outcome is not None:
            self._on_outcome(Delivered(claim.id, claim.conversation_id, state, _why(outcome)))

    async def _record(self, claim: Claim, outcome: Outcome) -> State | None:
        """Writes the outcome, trying again while the database can't take it and the lease lasts."""
        loop = asyncio.get_running_loop()
        deadline, wait = loop.time() + self.dispatch.lease.total_seconds(), self._record_retry
        note: Note | None = None
        while True:
            try:
                state = await self._call(partial(self.dispatch.record, claim, outcome))
                break
            except DatabaseProblem as error:
                self.trouble = Trouble("database", error.id)
            if note is None and self._notes is not None and isinstance(outcome, Sent):
                note = Note(claim.id, claim.attempt, outcome.message_id, self.dispatch.clock())
                await self._call(partial(self._notes.write, note))
            if loop.time() > deadline:
                self._recall = note is not None
                return None
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST_RETRY)
        if note is not None and self._notes is not None:
            await self._call(partial(self._notes.remove, note))
        return state

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
