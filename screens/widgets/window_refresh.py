"""The calm of a window list: what changed is looked for from the head of the order, and waits until it may come in."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from models.rules.clock import monotonic
from models.views import Cursor
from screens.widgets.row_cache import RowT
from screens.widgets.window_base import Head
from screens.widgets.window_loading import FIRST, MORE, WindowLoading

#: The most ids that a refresh reads again.
MOST = 10_000
#: Seconds before the rest of a filtered view is read again.
SETTLE = 0.5
#: Seconds between two slices while what passes is rare.
REST = 0.3
#: Places cleaned in one go between two keys.
SLICE = 20_000


class WindowRefresh(WindowLoading[RowT]):
    """Lets arrivals in at the top, on `g`, or after some idle time; never moves the cursor off its id."""

    def refresh_from(self, changes: object = None) -> None:
        """Something changed (whatever it was): rows on the screen are read again, the order is looked at from its head.
        Asked again meanwhile, it runs once more."""
        self._rows.outdate()
        if not self.started:
            if not self._filling:
                self.reset()
            return
        self._need_rows()
        self._again = True
        if not self._refreshing:
            self._refreshing = True
            self._run(self._refresh_head(), "refresh")

    async def _refresh_head(self) -> None:
        try:
            while self._again:
                self._again = False
                await self._read_head(self._epoch)
        finally:
            self._refreshing = False

    async def _read_head(self, epoch: int) -> None:
        """Reads the order from its head until the list goes on as it was; a filtered one as far as it is loaded."""
        head: list[int] = []
        after: Cursor | None = None
        told = False
        while True:
            limit = FIRST if not head else MORE
            page = await self.load_ids(after, limit)
            if epoch != self._epoch:
                return
            head.extend(page.ids)
            after = page.next
            if self.complete and self.looking != page.walked and after is None:
                self._list.walked = page.walked
                self.refresh()
            if after is None or len(head) >= MOST:
                break
            if page.walked:
                # Others want the database, too.
                await asyncio.sleep(REST)
                if epoch != self._epoch:
                    return
            joined = self._list.compare(head)[2]
            if joined and not told:
                told = True
                await self._take_head(epoch, head, after, exact=False)
            if epoch != self._epoch or (joined and (self.stable or len(head) >= len(self.ids))):
                return
            if joined:
                # The rest of a filtered view can wait for a quiet moment, and for the last of several changes.
                await asyncio.sleep(SETTLE)
                if self._again or epoch != self._epoch:
                    return
        await self._take_head(epoch, head, after, exact=after is None)

    async def _take_head(self, epoch: int, head: list[int], next: Cursor | None, *, exact: bool) -> None:
        """Lets a fresh head in, or keeps it until it may come in."""
        moved, end, joined = self._list.compare(head)
        fresh = set(head)
        vanished: set[int] = set()
        if exact or joined:
            vanished = set(self.ids if exact else self.ids[:end]) - fresh
        others = [id for id in moved if id != self._current]
        self._held = (head, next, exact)
        if self._current in vanished:
            self._gone = self._current
        elif self._gone in fresh:
            self._gone = None
            self.refresh_row(self._index)
        self._displaced = False
        if self.live and self._on_top and self._stays_in_view(head):
            await self._clean(epoch, *self._let_in(pin=self._gone, later=True))
            return
        self._displaced = self._current in moved
        if not others and (exact or joined):
            if vanished or (exact and self.ids.tolist() != head):
                await self._clean(epoch, *self._let_in(pin=self._pin(), later=True))
            else:
                self._hold(None, 0)
            return
        vanished.discard(self._current or 0)
        if vanished:
            self._keeping_place(lambda: self._list.remove(vanished, self._index))
        self._hold((head, next, exact), len(others))

    def _stays_in_view(self, head: Sequence[int]) -> bool:
        if self.scroll_offset.y:
            return False
        return self._current is None or self._gone is not None or self._current in head[: self.rows_in_view]

    def merge(self) -> None:
        """Lets in what waits; the current row stays where it is, in its place among its neighbours."""
        self._let_in(pin=None if self._on_top else self._pin())

    def _pin(self) -> int | None:
        """The current id, when it would jump out of its place."""
        if self._held is None or self._current is None:
            return None
        moved = self._list.compare(self._held[0])[0]
        return self._current if self._gone is not None or self._current in moved else None

    def _let_in(self, *, pin: int | None, later: bool = False) -> tuple[set[int], int]:
        """Puts the held head into the list, unless the cursor would lose its row. With `later`, the ids that are then
        twice in it and the place to look from are left to the caller."""
        if self._held is None:
            return set(), 0
        head, next, exact = self._held
        joined = self._list.compare(head)[2]
        if not (exact or joined or self._current in head or self._on_top):
            return set(), 0
        twice: set[int] = set()
        start = 0

        def change() -> None:
            nonlocal twice, start
            if exact or not joined:
                self._list.replace(head, next, pin=pin)
                return
            twice, start = self._list.overlay(head, pin=pin)
            if twice and not later:
                self._list.purge(twice, start, len(self.ids))

        self._keeping_place(change, follow=not self._on_top)
        self._hold(None, 0)
        self._fill()
        return twice, start

    async def _clean(self, epoch: int, twice: set[int], start: int) -> None:
        """Takes the old places of moved ids out of the list, a slice at a time between two keys."""
        place: int | None = start if twice else None
        while place is not None and epoch == self._epoch:
            place = self._clean_slice(twice, place)
            await asyncio.sleep(0)

    def _clean_slice(self, twice: set[int], start: int) -> int | None:
        before = len(self.ids)
        place = self._list.purge(twice, start, SLICE)
        if len(self.ids) != before:
            if self._current is not None:
                self._index = self._list.locate(self._current, self._index) or 0
            self._sync_size(now=True)
            self.refresh()
        return place

    def _hold(self, head: Head | None, count: int) -> None:
        self._held = head
        if count != self._pending:
            self._pending = count
            self.refresh_line(self.scroll_offset.y)
            self.pending_changed(count)
        if self._idle_timer is not None and head is None:
            self._idle_timer.stop()
            self._idle_timer = None
        elif head is not None and self._idle_timer is None:
            self._wait_for_idle(self.idle)

    def _wait_for_idle(self, seconds: float) -> None:
        self._idle_timer = self.set_timer(seconds, self._idle_over)

    def _idle_over(self) -> None:
        self._idle_timer = None
        if self._held is None:
            return
        rest = self.idle - (monotonic() - self._touched)
        if rest > 0.001 or not self.live:
            self._wait_for_idle(max(rest, self.idle / 10))
        else:
            self.merge()
