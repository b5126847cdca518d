"""The report's counts while no console is open: `frontdesk run` goes on counting, so that a look at the report finds
little left to read."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import TYPE_CHECKING

from models.errors import FrontdeskError
from models.rules.clock import monotonic

if TYPE_CHECKING:
    from models.services.desk import Desk

#: Seconds between two looks for new messages; between two slices of a count that is not finished.
LOOK, SOON = 60.0, 1.0


class Counting:
    """`look` is called often and returns at once. A database that can't be used just now is looked at again."""

    def __init__(self, desk: Desk, executor: Executor, *, now: Callable[[], float] = monotonic) -> None:
        self._desk = desk
        self._executor = executor
        self._now = now
        self._next = now()
        self._work: Future[bool] | None = None

    def look(self) -> None:
        """Begins when it is time."""
        if self._work is not None:
            if self._work.done():
                work, self._work = self._work, None
                self._next = self._now() + (LOOK if work.result() else SOON)
        elif self._now() >= self._next:
            self._work = self._executor.submit(self._count)

    def _count(self) -> bool:
        """Whether all is counted, or nothing can be done now."""
        if self._desk.why_not_write() is not None:
            return True
        try:
            return self._desk.report.step().finished
        except FrontdeskError:
            return True
