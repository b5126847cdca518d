"""A walk along an order in slices of time: what few rows among many pass is found piece by piece, and whoever asks for
a page waits no longer than was said. What was found so far is a page, if a short one, and the rest comes behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from models.rules.clock import monotonic

#: Rows of the first slice; of later ones at least, and at most. Seconds that one should take at least, and at most.
FIRST, LEAST, MOST = 2_000, 500, 64_000
SHORT, LONG = 0.005, 0.015

CursorT = TypeVar("CursorT")


class Walk:
    """How many `seconds` one page may take, and how many rows it has looked at."""

    def __init__(self, seconds: float) -> None:
        self._until = monotonic() + seconds
        self._size = FIRST
        self.walked = 0

    def along(
        self,
        cursor: CursorT | None,
        limit: int,
        *,
        end: Callable[[CursorT | None, int], Any],
        rows: Callable[[CursorT | None, Any, int], Sequence[Any]],
        behind: Callable[[Any], CursorT],
    ) -> tuple[list[Any], CursorT | None]:
        """The rows that pass, at most `limit`, from after the cursor; and where the walk was cut short, None: it has
        found them all, or enough. `end` says where a slice of so many rows ends, None: with the order; `rows` which
        of its rows pass, up to that end; `behind` is the cursor after a slice."""
        found: list[Any] = []
        while True:
            began = monotonic()
            last = end(cursor, self._size)
            found += rows(cursor, last, limit - len(found))
            if last is None or len(found) >= limit:
                return found, None
            self.walked += self._size
            cursor = behind(last)
            now = monotonic()
            if now - began < SHORT:
                self._size = min(MOST, self._size * 2)
            elif now - began > LONG:
                self._size = max(LEAST, self._size // 2)
            if now >= self._until:
                return found, cursor
