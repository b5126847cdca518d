"""Templates as the floors above see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Template:
    """A text to answer with; `digit` 1-9 is the key that chooses it, `body` has placeholders such as {name}."""

    id: int
    name: str
    digit: int | None
    body: str
    updated_at: datetime
