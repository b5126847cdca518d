"""How scores move while no console is open: `frontdesk run` looks at what changed, and keeps it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import TYPE_CHECKING

from models.errors import FrontdeskError
from models.rules.clock import monotonic

if TYPE_CHECKING:
    from models.services.desk import Desk

#: Seconds between two looks.
LOOK = 1.0


class Watching:
    """`look` is called often and returns at once. A database that can't be used just now is looked at again."""

    def __init__(self, desk: Desk, executor: Executor, *, now: Callable[[], float] = monotonic) -> None:
        self._desk = desk
        self._executor = executor
        self._now = now
        self._next = now()
        self._work: Future[None] | None = None

    def look(self) -> None:
        """Begins when it is time."""
        if self._work is not None:
            if self._work.done():
                work, self._work = self._work, None
                work.result()
        elif self._now() >= self._next:
            self._next = self._now() + LOOK
            self._work = self._executor.submit(self._see)

    def _see(self) -> None:
        try:
            if (changes := self._desk.feed.poll()) is not None:
                self._desk.scores.see(changes)
        except FrontdeskError:
            return
