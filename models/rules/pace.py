"""The pace that Telegram asks for, reckoned as GCRA: one number a key, the theoretical arrival time. Pure.

Source: Telegram's bot FAQ (one message a second to a chat with short bursts tolerated, about thirty a second in all,
twenty a minute to a group). The real limits move and are unpublished: a 429 is obeyed whatever this says.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
#: Two chats refused within this time mean the bot, not the chats; as does a wait of this length.
TOGETHER = timedelta(seconds=2)
LONG_WAIT = 5.0
#: Added to Telegram's `retry_after`, seconds.
SLACK = 0.5


@dataclass(frozen=True, slots=True)
class Rate:
    """One in `interval` seconds, and `burst` at once; any window of w seconds sees at most `burst + w / interval`."""

    interval: float
    burst: int

    @property
    def step(self) -> int:
        """The interval in microseconds."""
        return round(self.interval * 1_000_000)

    @property
    def slack(self) -> int:
        """How far the arrival time may lie ahead, microseconds."""
        return self.step * (self.burst - 1)


@dataclass(frozen=True, slots=True)
class Rates:
    """Every second holds at most thirty messages of the bot, every minute at most twenty to one group; a little less,
    since what leaves here apart may arrive closer together."""

    bot: Rate = Rate(1 / 27, 2)
    chat: Rate = Rate(1.05, 3)
    group: Rate = Rate(60 / 17, 3)

    def of(self, chat_id: int) -> Rate:
        """Groups and channels have negative ids."""
        return self.chat if chat_id > 0 else self.group


def micros(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def moment_of(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)


def wait_after(retry_after: int | None) -> timedelta:
    """How long to keep still after a 429; one that names no time is given a second."""
    return timedelta(seconds=(retry_after or 1) + SLACK)
