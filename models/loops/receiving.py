"""The receiving loop: polls for updates under the lease, hands each batch over, confirms it with the next poll.

It never ends another receiver: a webhook is left alone, and another program's poll too, since each of our polls would
kill theirs.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import TypeVar

from models.errors import DatabaseProblem, TelegramProblem
from models.gateway import Batch, Gateway, RefusedBy, Unknown, Unsent
from models.loops.health import HealthWatch
from models.rules.updates import ALLOWED_UPDATES
from models.services.polling import Lease, LostLease
from models.services.receiving import BATCH, Receiving, Taken

log = logging.getLogger(__name__)
T = TypeVar("T")


class Standing(StrEnum):
    """What receiving is doing, and why not."""

    ASKING = "asking"  # Telegram has not told yet whether there is a webhook
    US = "us"
    COLLEAGUE = "colleague"  # another process of Frontdesk holds the lease
    WEBHOOK = "webhook"
    RIVAL = "rival"  # another program polls
    UNAUTHORIZED = "unauthorized"
    UNREACHABLE = "unreachable"
    DATABASE = "database"


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds, unless said otherwise. `poll` is the long poll's; `first` and `longest` bound the growing wait after a
    failure; a rival is given `rival_low` to `rival_high` for `rival_tries` times (it may be our own last connection,
    which can hang for a while), then `rival_rest` between tries; `lease` is how often a held lease is asked for, `tidy`
    how often old updates are forgotten, `keeps` how long Telegram keeps updates."""

    poll: int = 25
    first: float = 1.0
    longest: float = 30.0
    rival_low: float = 5.0
    rival_high: float = 10.0
    rival_tries: int = 5
    rival_rest: float = 60.0
    lease: float = 5.0
    tidy: float = 3600.0
    keeps: float = 86_400.0
    retry_slack: float = 0.5


class Reception:
    """Runs on the event loop; all database work goes to `executor`. `may_poll` is asked before each poll; `pause` is
    told of a 429, which means the whole bot."""

    def __init__(
        self,
        receiving: Receiving,
        gateway: Gateway,
        health: HealthWatch,
        *,
        may_poll: Callable[[], bool],
        executor: Executor | None = None,
        patience: Patience | None = None,
        pause: Callable[[int | None], object] | None = None,
        chance: random.Random | None = None,
        allowed_updates: Sequence[str] = ALLOWED_UPDATES,
    ) -> None:
        self.receiving = receiving
        self.polling = receiving.polling
        self.gateway = gateway
        self.health = health
        self.standing = Standing.ASKING
        self.detail: str | None = None
        self.gap: tuple[datetime, datetime] | None = None
        self.taken = Taken()
        self._may_poll = may_poll
        self._executor = executor
        self._patience = patience or Patience()
        self._pause = pause
        self._chance = chance or random.Random()
        self._allowed = tuple(allowed_updates)
        self._stopping = asyncio.Event()
        self._failures = self._rivals = 0
        self._tidied = float("-inf")
        self._answers: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Receives until `stop`, or until Telegram no longer knows the token."""
        while not self._stopping.is_set() and self.standing is not Standing.UNAUTHORIZED:
            try:
                await self._once()
            except DatabaseProblem as error:
                # What was fetched is not confirmed: it comes again.
                self._stand(Standing.DATABASE, error.id)
                await self._rest(self._backoff())

    async def stop(self) -> None:
        """A poll is dropped, a batch that is being stored is finished."""
        self._stopping.set()
        for task in self._answers:
            task.cancel()
        if self._answers:
            await asyncio.wait(self._answers)

    async def _once(self) -> None:
        """One term with the lease, if we get it."""
        if not self._may_poll():
            if self.health.unauthorized:
                self._stand(Standing.UNAUTHORIZED)
                return
            known = self.health.info
            self._stand(Standing.ASKING if known is None else Standing.WEBHOOK, known.host if known else None)
            await self._rest(self._patience.first)
            return
        lease = await self._call(self.polling.take)
        if lease is None:
            self._stand(Standing.COLLEAGUE)
            await self._rest(self._patience.lease)
            return
        self._look_for_a_gap(lease)
        try:
            await self._term(lease)
        except LostLease:
            self._stand(Standing.COLLEAGUE)
        finally:
            with contextlib.suppress(DatabaseProblem):
                await self._call(partial(self.polling.give_back, lease))

    async def _term(self, lease: Lease) -> None:
        """Polls while nothing speaks against it. Raises LostLease, DatabaseProblem."""
        offset = lease.next_offset
        clock = asyncio.get_running_loop().time
        while not self._stopping.is_set() and self._may_poll():
            began = clock()
            answer = await self._poll(lease, offset)
            match answer:
                case None:
                    return
                case Batch(updates=updates):
                    self._failures = self._rivals = 0
                    offset = await self._take(lease, offset, updates)
                    # An empty answer that did not hang comes from an odd proxy, a batch without numbers can't be
                    # confirmed: either would be asked for without end.
                    quick = clock() - began < 0.9 * self._patience.poll
                    if (not updates and quick) or (updates and offset is None):
                        await self._rest(self._patience.first, lease)
                    await self._tidy()
                case RefusedBy(code=401 | 404, description=said):
                    self._stand(Standing.UNAUTHORIZED, said)
                    return
                case RefusedBy(code=409, description=said) if "webhook" in said.lower():
                    # Somebody set one: theirs are the updates from now on.
                    self._stand(Standing.WEBHOOK, said)
                    await self.health.ask()
                    if self._may_poll():
                        await self._rest(self._backoff(), lease)
                    else:
                        return
                case RefusedBy(code=409):
                    await self._rest(self._rival(), lease)
                case RefusedBy(code=429, retry_after=seconds):
                    if self._pause is not None:
                        await self._call(partial(self._pause, seconds))
                    self._stand(Standing.UNREACHABLE, "429")
                    await self._rest((seconds or self._patience.first) + self._patience.retry_slack, lease)
                case RefusedBy(description=said):
                    self._stand(Standing.UNREACHABLE, said)
                    await self._rest(self._backoff(), lease)
                case Unsent(reason=why) | Unknown(reason=why):
                    self._stand(Standing.UNREACHABLE, why)
                    await self._rest(self._backoff(), lease)

    async def _poll(self, lease: Lease, offset: int | None) -> Batch | RefusedBy | Unsent | Unknown | None:
        """One long poll, the lease renewed meanwhile; None: it was dropped to stop."""
        if self.standing in (Standing.ASKING, Standing.COLLEAGUE, Standing.DATABASE):
            self._stand(Standing.US)
        poll = asyncio.create_task(
            self.gateway.get_updates(
                offset=offset, limit=BATCH, timeout=self._patience.poll, allowed_updates=self._allowed
            )
        )
        try:
            while not poll.done():
                if not await self._wait_for(poll, self.polling.ttl.total_seconds() / 3):
                    return None
                if not poll.done():
                    await self._call(partial(self.polling.renew, lease))
            return poll.result()
        finally:
            if not poll.done():
                poll.cancel()
                await asyncio.wait([poll])

    async def _wait_for(self, poll: asyncio.Task[T], seconds: float) -> bool:
        """Until the poll or the time is over; False: stopping."""
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait([poll, stopping], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
        return poll.done() or not self._stopping.is_set()

    async def _take(self, lease: Lease, offset: int | None, updates: Sequence[object]) -> int | None:
        self._stand(Standing.US)
        if not updates:
            await self._call(partial(self.polling.renew, lease, answered=True))
            return offset
        taken = await self._call(partial(self.receiving.take, lease, updates))
        self.taken.stored += taken.stored
        self.taken.repeated += taken.repeated
        self.taken.skipped += taken.skipped
        self.taken.quarantined += taken.quarantined
        if taken.callbacks:
            task = asyncio.create_task(self._answer(taken.callbacks))
            self._answers.add(task)
            task.add_done_callback(self._answers.discard)
        return taken.next_offset

    async def _answer(self, callbacks: Sequence[str]) -> None:
        """Lets the buttons stop waiting, now that what they said is stored."""
        for callback in callbacks:
            with contextlib.suppress(TelegramProblem):
                await self.gateway.answer_callback_query(callback)

    async def _tidy(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._tidied >= self._patience.tidy and not await self._call(self.receiving.tidy):
            self._tidied = now

    def _look_for_a_gap(self, lease: Lease) -> None:
        now = self.receiving.clock()
        last = lease.last_answer_at
        if last is not None and now - last > timedelta(seconds=self._patience.keeps):
            self.gap = (last, now - timedelta(seconds=self._patience.keeps))
            log.warning("nobody received from %s to %s", *self.gap)

    def _rival(self) -> float:
        """How long to leave another program its poll."""
        self._rivals += 1
        self._stand(Standing.RIVAL)
        if self._rivals > self._patience.rival_tries:
            return self._patience.rival_rest
        return self._chance.uniform(self._patience.rival_low, self._patience.rival_high)

    def _backoff(self) -> float:
        wait = min(self._patience.longest, self._patience.first * 2.0 ** min(self._failures, 16))
        self._failures += 1
        return wait * self._chance.uniform(0.8, 1.0)

    async def _rest(self, seconds: float, lease: Lease | None = None) -> None:
        """Waits, or stops waiting to stop; a lease is kept alive meanwhile. Raises LostLease."""
        clock = asyncio.get_running_loop().time
        end = clock() + seconds
        renew = self.polling.ttl.total_seconds() / 3
        while not self._stopping.is_set() and (left := end - clock()) > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(left, renew)):
                    await self._stopping.wait()
            if lease is not None and left > renew:
                await self._call(partial(self.polling.renew, lease))

    def _stand(self, standing: Standing, detail: str | None = None) -> None:
        self.standing, self.detail = standing, detail

    async def _call(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)
