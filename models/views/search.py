"""What a search found. Texts are raw (foreign!)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from models.views.choices import Direction


@dataclass(frozen=True, slots=True)
class Hit:
    """A message that holds what was searched; `pieces` is its text around the first hit, and which parts are hits."""

    message_id: int
    conversation_id: int
    user_id: int | None
    name: str  # of the person whose conversation it is
    username: str | None
    direction: Direction
    created_at: datetime | None
    score: int | None
    body: str
    pieces: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class PersonHit:
    """A person whose name, @username or Telegram id holds what was searched."""

    user_id: int
    telegram_id: int
    name: str
    username: str | None
    conversation_id: int | None


@dataclass(frozen=True, slots=True)
class IndexState:
    """How far the index is: `share` of the messages, 0 to 1. `why_not` is set where there is none and none will be:
    "no-fulltext" (this SQLite library), "no-tables", "read-only", "no-place" (the cache folder)."""

    share: float = 0.0
    building: bool = False
    why_not: str | None = None

    @property
    def complete(self) -> bool:
        return self.share >= 1.0


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Newest first. `next`: where more may follow, None at the end. `back_to`: only messages since then were looked
    at, None: all of them; then `short` says that the words are too short for the index."""

    hits: tuple[Hit, ...] = ()
    people: tuple[PersonHit, ...] = ()
    next: int | None = None
    back_to: datetime | None = None
    looked_at: int = 0
    short: bool = False
    index: IndexState = IndexState()
