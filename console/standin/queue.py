"""The update queue behind getUpdates: at-least-once, confirmed by offset, one hanging poll.

Source: telegram-bot-api's Client.cpp (process_get_updates_query, do_get_updates, abort_long_poll, fail_query_conflict,
JsonUpdates) and TDLib's TQueue.cpp.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from console.standin.refusal import Refusal
from models.rules.clock import Clock, monotonic, utc_now

#: What is kept for a bot at most; more is dropped without a word.
SIZE_LIMIT = 100_000
#: An answer is cut here, in bytes.
ANSWER_LIMIT = 4 << 20
RETENTION = timedelta(hours=24)
_ON_REQUEST = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
KINDS = _ON_REQUEST | {
    *("message", "edited_message", "channel_post", "edited_channel_post", "business_connection", "business_message"),
    *("edited_business_message", "deleted_business_messages", "inline_query", "chosen_inline_result"),
    *("callback_query", "shipping_query", "pre_checkout_query", "purchased_paid_media", "poll", "poll_answer"),
    *("my_chat_member", "chat_join_request", "chat_boost", "removed_chat_boost"),
}
DEFAULT = KINDS - _ON_REQUEST
_DATED = {kind for kind in KINDS if kind.endswith(("message", "_post"))}
_NEWS = "news"
_OTHER = "terminated by other getUpdates request; make sure that only one bot instance is running"
_NOT_ASCII = re.compile("[^\x00-\x7f]")
_ANY = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds: the longest poll; within what time the same offset again means at least that timeout, and within what
    time it means one update only; how long a 409 answer waits after another one."""

    longest_poll: float = 50.0
    hot_timeout: float = 3.0
    hot_limit: float = 0.5
    conflict: float = 3.0


@dataclass(frozen=True, slots=True)
class Queued:
    """One update as it goes over the wire: ASCII, with \\u escapes."""

    id: int
    kind: str | None
    text: str
    until: float


class UpdateQueue:
    """Belongs to one event loop. `first_id`: the first update's; `by_date`: messages older than a day are not queued
    and expire a day after their date, as at Telegram, whatever the test's clock says."""

    def __init__(
        self,
        *,
        first_id: int = 700_000_001,
        by_date: bool = False,
        size_limit: int = SIZE_LIMIT,
        timings: Timings | None = None,
        clock: Clock = utc_now,
        seconds: Callable[[], float] = monotonic,
    ) -> None:
        self.timings = timings or Timings()
        self.allowed = DEFAULT
        self.dropped = 0
        self._by_date = by_date
        self._size_limit = size_limit
        self._clock = clock
        self._seconds = seconds
        self._events: deque[Queued] = deque()
        self._ordered = True
        self._tail = first_id
        self._created = False
        self._last_offset = 0
        self._last_start = float("-inf")
        self._next_conflict = float("-inf")
        self._hanging: asyncio.Future[str] | None = None

    @property
    def is_polled(self) -> bool:
        """A poll is hanging right now."""
        return self._hanging is not None

    @property
    def pending(self) -> tuple[Queued, ...]:
        """What waits for confirmation, oldest first."""
        self._expire()
        return tuple(self._events)

    @property
    def pending_count(self) -> int:
        self._expire()
        return len(self._events)

    @property
    def next_id(self) -> int:
        return self._tail

    def restart_ids(self, next_id: int) -> None:
        """Update ids begin anew, up or down, as they do at random after a week without updates."""
        self._tail = next_id

    def push(self, text: str, value: Any) -> int | None:
        """Queues one update, given as JSON and as what it parses to; its id, or None when it was not queued: a kind
        that is not allowed, too old, or the queue is full. One without update_id gets the next; an own id is kept, and
        nothing in the text is touched but what is not ASCII."""
        kind = _kind(value)
        if kind in KINDS and kind not in self.allowed:
            return None
        self._expire()
        now = self._clock().timestamp()
        until = now + RETENTION.total_seconds()
        if self._by_date and kind in _DATED:
            until = value[kind]["date"] + RETENTION.total_seconds()
            if max(until, value[kind].get("edit_date", 0) + RETENTION.total_seconds()) < now:
                return None
        if len(self._events) >= self._size_limit:
            self.dropped += 1
            return None
        own = value.get("update_id") if isinstance(value, dict) else None
        number = own if isinstance(own, int) and not isinstance(own, bool) else self._tail
        if not text.isascii():
            text = _NOT_ASCII.sub(lambda found: json.dumps(found[0])[1:-1], text)
        if isinstance(value, dict) and "update_id" not in value:
            text = f'{{"update_id":{number}{"," if value else ""}{text.lstrip()[1:]}'
        self._ordered = (self._ordered or not self._events) and (not self._events or number > self._events[-1].id)
        self._events.append(Queued(number, kind, text, until))
        self._tail, self._created = number + 1, True
        self._wake(_NEWS)
        return number

    async def get(self, parameters: Mapping[str, str]) -> list[str]:
        """getUpdates: the updates' texts. Raises Refusal 409 when another poll takes its place."""
        offset = _integer(parameters, "offset", 0)
        limit = min(max(_integer(parameters, "limit", 100), 1), 100)
        timeout = float(min(max(_integer(parameters, "timeout", 0), 0), self.timings.longest_poll))
        self.allow(parameters.get("allowed_updates"))
        now = self._seconds()
        if offset == self._last_offset:
            if timeout < self.timings.hot_timeout and now < self._last_start + self.timings.hot_timeout:
                timeout = self.timings.hot_timeout
            if now < self._last_start + self.timings.hot_limit:
                limit = 1
        self._last_offset, self._last_start = offset, now
        if offset < 0:
            while len(self._events) > -offset:
                self._events.popleft()
        found = self._take(offset, limit)
        return found if found or not timeout else await self._hang(offset, limit, timeout)

    def terminate(self) -> None:
        """setWebhook ends the hanging poll."""
        self._wake("terminated by setWebhook request")

    async def conflict(self, why: str) -> Refusal:
        """A 409, which comes late when there was one a moment ago."""
        now = self._seconds()
        if now >= self._next_conflict:
            self._next_conflict = now + self.timings.conflict
        else:
            await asyncio.sleep(self.timings.conflict)
        return Refusal(409, f"Conflict: {why}")

    def drop_all(self) -> None:
        self._events.clear()

    def allow(self, given: str | None) -> None:
        """allowed_updates is sticky: absent or not understood changes nothing, nothing known in it is the default."""
        try:
            names = json.loads(given) if given is not None else None
        except ValueError:
            return
        if isinstance(names, list):
            known = {name.lower() for name in names if isinstance(name, str)} & KINDS
            self.allowed = frozenset(known) or DEFAULT

    async def _hang(self, offset: int, limit: int, timeout: float) -> list[str]:
        # Only a poll that hangs itself ends the older one; it is the older one that is told.
        self._wake(_OTHER)
        deadline = self._seconds() + timeout
        found: list[str] = []
        while not found and (left := deadline - self._seconds()) > 0:
            hanging = self._hanging = asyncio.get_running_loop().create_future()
            try:
                async with asyncio.timeout(left):
                    why = await hanging
            except TimeoutError:
                break
            finally:
                if self._hanging is hanging:
                    self._hanging = None
            if why != _NEWS:
                raise await self.conflict(why)
            found = self._take(offset, limit)
            if not found and self._hanging is not None:
                raise await self.conflict(_OTHER)
        return found

    def _wake(self, why: str) -> None:
        hanging, self._hanging = self._hanging, None
        if hanging is not None and not hanging.done():
            hanging.set_result(why)

    def _take(self, offset: int, limit: int) -> list[str]:
        """Forgets what `offset` confirms, and gives what comes after."""
        self._expire()
        if offset > 0 and self._created:
            self._confirm(offset)
        taken: list[str] = []
        left = ANSWER_LIMIT
        for event in itertools.islice(self._events, limit):
            left -= 50 + len(event.text)
            if left <= 0 and taken:
                break
            taken.append(event.text)
        return taken

    def _confirm(self, offset: int) -> None:
        """An offset far ahead or far behind is ignored. Ids only fall inside one queue when a test makes them: then
        an offset confirms up to the place of the update before it."""
        if not self._ordered:
            place = max((at for at, event in enumerate(self._events) if event.id == offset - 1), default=-1)
            if place >= 0:
                for _ in range(place + 1):
                    self._events.popleft()
                return
        head = self._events[0].id if self._events else self._tail
        if offset > self._tail + 10 or offset < head - SIZE_LIMIT:
            return
        while self._events and self._events[0].id < offset:
            self._events.popleft()

    def _expire(self) -> None:
        if self._events:
            now = self._clock().timestamp()
            if self._events[0].until <= now or self._by_date:
                self._events = deque(event for event in self._events if event.until > now)


def elements(given: str | dict[str, Any] | Iterable[Any]) -> list[tuple[str, Any]]:
    """Each update as JSON and as what it parses to. Text is an update or an array of them, and every update in it stays
    as it is written, byte for byte. Raises ValueError when it is not JSON."""
    if not isinstance(given, str):
        values = [given] if isinstance(given, dict) else list(given)
        return [
            (value, json.loads(value)) if isinstance(value, str) else (json.dumps(value), value) for value in values
        ]
    found: list[tuple[str, Any]] = []
    text = given.strip()
    if not text.startswith("["):
        return [(text, json.loads(text))]
    json.loads(text)
    at = 1
    while True:
        while text[at] in " \t\r\n,":
            at += 1
        if text[at] == "]":
            return found
        value, end = _ANY.raw_decode(text, at)
        found.append((text[at:end], value))
        at = end


def _kind(value: Any) -> str | None:
    """The first field that is not the id names the kind."""
    if not isinstance(value, dict):
        return None
    return next((name for name in value if name != "update_id"), None)


def _integer(parameters: Mapping[str, str], name: str, default: int) -> int:
    given = parameters.get(name, "")
    return int(given) if re.fullmatch("-?[0-9]{1,18}", given) else default
