"""Flood limits, enforced on demand: Telegram's guidance for bulk messages, with true 429 answers.

Source of the figures: Telegram Bot Support's FAQ (one message a second to a chat, short bursts tolerated; about thirty
a second to different people; twenty a minute to a group). The real limits are higher at times, and not published.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from console.standin.refusal import Refusal
from models.rules.clock import monotonic


@dataclass(frozen=True, slots=True)
class Limits:
    """No second holds more than `per_second` messages to all chats, no minute more than `group_per_minute` to a group.
    A chat with a person takes `chat_burst` at once after a rest, then `chat_per_second`."""

    per_second: int = 30
    chat_per_second: float = 1.0
    chat_burst: int = 3
    group_per_minute: int = 20
    methods: frozenset[str] = frozenset({"sendmessage", "editmessagetext"})


class Flood:
    """Counts calls against `limits` (None: none). Whoever goes over one is refused until the time to wait is over."""

    def __init__(self, limits: Limits | None, seconds: Callable[[], float] = monotonic) -> None:
        self.limits = limits
        self._seconds = seconds
        #: By chat, and None for the whole bot: the newest calls, when the next fits in exactly, until when none does.
        self._newest: dict[int | None, deque[float]] = {}
        self._due: dict[int, float] = {}
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
        if chat_id is not None:
            group = chat_id < 0
            wait = self._window(chat_id, now, self.limits.group_per_minute, 60) if group else self._early(chat_id, now)
            self._judge(chat_id, now, wait)
        self._judge(None, now, self._window(None, now, self.limits.per_second, 1))
        self._newest[None].append(now)
        if chat_id is not None and chat_id < 0:
            self._newest[chat_id].append(now)
        elif chat_id is not None:
            self._due[chat_id] = max(self._due.get(chat_id, now), now) + 1 / self.limits.chat_per_second

    def _window(self, key: int | None, now: float, most: int, span: float) -> float:
        """Seconds until the oldest of the newest `most` calls is `span` seconds ago."""
        newest = self._newest.setdefault(key, deque(maxlen=most))
        return newest[0] + span - now if len(newest) == most else 0.0

    def _early(self, chat_id: int, now: float) -> float:
        """Seconds by which this call is too early for a chat with a person."""
        assert self.limits is not None
        return self._due.get(chat_id, now) - (self.limits.chat_burst - 1) / self.limits.chat_per_second - now

    def _judge(self, key: int | None, now: float, wait: float) -> None:
        if wait > 1e-9:
            self._over[key] = now + math.ceil(wait)
            raise _too_many(wait)


def _refuse_until(times: dict[int | None, float], chat_id: int | None, now: float) -> None:
    until = max(times.get(chat_id, now), times.get(None, now))
    if now < until:
        raise _too_many(until - now)


def _too_many(seconds: float) -> Refusal:
    wait = max(1, math.ceil(seconds))
    return Refusal(429, f"Too Many Requests: retry after {wait}", retry_after=wait)
