"""Flood limits, enforced on demand: Telegram's guidance for bulk messages, with true 429 answers.

Source of the figures: Telegram Bot Support's FAQ (one message a second to a chat, short bursts tolerated; about thirty
a second to different people; twenty a minute to a group). The real limits are higher at times, and not published.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from console.standin.refusal import Refusal
from models.rules.clock import monotonic


@dataclass(frozen=True, slots=True)
class Limits:
    """Rates, and how many messages may come at once after a rest."""

    per_second: float = 30.0
    burst: int = 30
    chat_per_second: float = 1.0
    chat_burst: int = 3
    group_per_minute: float = 20.0
    group_burst: int = 20
    methods: frozenset[str] = frozenset({"sendmessage", "editmessagetext"})


class Flood:
    """Counts calls against `limits` (None: none). Whoever goes over one is refused until the time to wait is over."""

    def __init__(self, limits: Limits | None, seconds: Callable[[], float] = monotonic) -> None:
        self.limits = limits
        self._seconds = seconds
        #: By chat, and None for the whole bot: when the next call fits in exactly, and until when none is taken.
        self._due: dict[int | None, float] = {}
        self._over: dict[int | None, float] = {}
        self._paused: dict[int | None, float] = {}

    def pause(self, seconds: float, chat_id: int | None = None) -> None:
        """Every call is refused for so long, whatever its method; or every call to one chat."""
        self._paused[chat_id] = self._seconds() + seconds

    def check(self, method: str, chat: str | None) -> None:
        """Counts one call. Raises Refusal 429: for the chat when it is the chat's limit, else for the bot's."""
        now = self._seconds()
        chat_id = int(chat) if chat is not None and chat.removeprefix("-").isdecimal() else None
        _refuse_until(self._paused, chat_id, now)
        if self.limits is None or method.lower() not in self.limits.methods:
            return
        _refuse_until(self._over, chat_id, now)
        buckets: list[tuple[int | None, float, int]] = [(None, 1 / self.limits.per_second, self.limits.burst)]
        if chat_id is not None and chat_id > 0:
            buckets.insert(0, (chat_id, 1 / self.limits.chat_per_second, self.limits.chat_burst))
        elif chat_id is not None:
            buckets.insert(0, (chat_id, 60 / self.limits.group_per_minute, self.limits.group_burst))
        for key, interval, burst in buckets:
            early = self._due.get(key, now) - (burst - 1) * interval - now
            if early > 1e-9:
                self._over[key] = now + math.ceil(early)
                raise _too_many(early)
        for key, interval, _ in buckets:
            self._due[key] = max(self._due.get(key, now), now) + interval


def _refuse_until(times: dict[int | None, float], chat_id: int | None, now: float) -> None:
    until = max(times.get(chat_id, now), times.get(None, now))
    if now < until:
        raise _too_many(until - now)


def _too_many(seconds: float) -> Refusal:
    wait = max(1, math.ceil(seconds))
    return Refusal(429, f"Too Many Requests: retry after {wait}", retry_after=wait)
