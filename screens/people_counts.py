"""How many people each filter of Users passes: counted one after another, in pieces with pauses, and only when
something changed. Nobody waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from models.rules.clock import monotonic
from models.views import PeopleFilter
from screens.people_views import FILTER_WORDS
from screens.work import start

if TYPE_CHECKING:
    from models.services.desk import Desk
    from screens.base import BaseScreen
    from screens.services import Services

#: Seconds that a piece of a count takes; times that it took before the next one.
PIECE, BREATH = 0.03, 2.0
#: Seconds after which what is counted so far is shown.
LATE = 0.2
#: Times that all counts took before they are taken again; seconds at most.
REST, LONGEST_REST = 4.0, 30.0


class PeopleCounts:
    """`known` so far, those of an earlier moment until the new one is there; `shown` is called when one is another.
    `outdated`: something changed since they were asked for."""

    def __init__(self, screen: BaseScreen, services: Services, shown: Callable[[], object]) -> None:
        self.known: dict[PeopleFilter, int] = {}
        self.outdated = True
        self._screen, self._services, self._shown = screen, services, shown
        self._counting = self._again = False
        self._first = PeopleFilter.ALL
        self._drawn = 0.0

    def load(self, first: PeopleFilter) -> None:
        """Counts anew, this filter first; of several changes meanwhile the last one is enough."""
        self._first = first
        self._again, self.outdated = True, False
        if not self._counting:
            self._counting = True
            start(self._screen, self._count, name="people counts", group="counts")

    async def _count(self) -> None:
        try:
            while self._again:
                self._again, began = False, monotonic()
                self._drawn = began
                # What takes longest comes last.
                for filter in sorted(FILTER_WORDS, key=lambda each: (each is not self._first, each in _SLOW)):
                    await self._count_one(filter)
                self._show()
                await asyncio.sleep(min(LONGEST_REST, REST * (monotonic() - began)))
        except BaseException:
            self.outdated = True
            raise
        finally:
            self._counting = False

    async def _count_one(self, filter: PeopleFilter) -> None:
        total, at = 0, 0
        while True:
            began = monotonic()
            more, after = await self._services.call(partial(_piece, filter, at))
            total += more
            if after is None:
                break
            at = after
            await asyncio.sleep(BREATH * (monotonic() - began))
        self.known[filter] = total
        if monotonic() - self._drawn > LATE:
            self._show()

    def _show(self) -> None:
        self._drawn = monotonic()
        self._shown()


_SLOW = frozenset({PeopleFilter.NEVER_WROTE})


def _piece(filter: PeopleFilter, after: int, desk: Desk) -> tuple[int, int | None]:
    return desk.people.count(filter, after, seconds=PIECE)
