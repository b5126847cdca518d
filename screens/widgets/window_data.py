"""The data side of a window list: what is loaded when, where the cursor is, and what waits until it may come in."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Generic

from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.timer import Timer
from textual.worker import Worker, WorkerState

from models.rules.clock import monotonic
from models.views import Cursor, IdPage
from screens.widgets.id_list import IdList
from screens.widgets.row_cache import RowCache, RowT

if TYPE_CHECKING:
    from array import array

#: Ids in the first page and in later ones; the most that a refresh reads again.
FIRST, MORE, MOST = 200, 2000, 10_000
#: Seconds: a pause between two pages in idle time, after which keys count as idle, and before slowness shows.
PAUSE, QUIET, SLOW = 0.02, 0.08, 0.15
#: Seconds between two changes of the scroll bar while ids are loaded; before the rest of a filtered view is re-read.
SIZES, SETTLE = 0.4, 0.5
#: Places cleaned in one go between two keys.
SLICE = 20_000


class WindowData(ScrollView, Generic[RowT]):
    """See WindowList."""

    def __init__(self, *, live: bool, idle: float, id: str | None) -> None:
        super().__init__(id=id)
        self.live = live
        self.idle = idle
        #: Whether only the head of the order ever changes, so that a refresh ends where the list goes on as it was.
        self.stable = True
        self.row_height = 1
        self._list = IdList()
        self._rows: RowCache[RowT] = RowCache()
        self._index = 0
        self._current: int | None = None
        #: The current row when it has left the view: kept, dim, until the cursor leaves it.
        self._gone: int | None = None
        #: The cursor was put on the first row and has not been moved since.
        self._on_top = True
        self._epoch = 0
        self._pending = 0
        self._held: tuple[list[int], Cursor | None, bool] | None = None
        self._seek: int | str | None = None
        self._slow = False
        self._touched = 0.0
        self._sized = 0.0
        #: The current row would be elsewhere by now; it moves when the cursor has left it.
        self._displaced = False
        self._filling = self._beginning = self._reading = self._refreshing = self._again = False
        self._slow_timer: Timer | None = None
        self._idle_timer: Timer | None = None

    # What subclasses say

    async def load_ids(self, after: Cursor | None, limit: int) -> IdPage:
        raise NotImplementedError

    async def load_rows(self, ids: Sequence[int]) -> Sequence[RowT]:
        """Rows by id; vanished ones left out."""
        raise NotImplementedError

    def highlighted(self, row_id: int | None) -> None:
        raise NotImplementedError

    def pending_changed(self, count: int) -> None:
        raise NotImplementedError

    def rows_changed(self, ids: set[int]) -> None:
        """These rows read differently than before."""

    def lines_for(self, width: int, height: int) -> int:
        raise NotImplementedError

    def forget_pictures(self) -> None:
        raise NotImplementedError

    # What is there

    @property
    def ids(self) -> array[int]:
        """The ids loaded so far, in order."""
        return self._list.ids

    @property
    def started(self) -> bool:
        return self._list.started

    @property
    def complete(self) -> bool:
        """Whether the whole list is loaded."""
        return self._list.complete

    @property
    def current_id(self) -> int | None:
        return self._current

    @property
    def current_row(self) -> RowT | None:
        return self.row(self._current) if self._current is not None else None

    @property
    def index(self) -> int:
        """Where the cursor is now; it may be elsewhere after a refresh."""
        return self._index

    @property
    def pending_count(self) -> int:
        return self._pending

    @property
    def seeking(self) -> bool:
        """Whether the cursor waits for the list to be loaded further."""
        return self._seek is not None

    def row(self, id: int) -> RowT | None:
        """The last snapshot of a row, if it was read lately."""
        return self._rows.get(id)

    # The window

    @property
    def rows_in_view(self) -> int:
        return max(1, self.scrollable_content_region.height // self.row_height)

    def in_view(self) -> range:
        """Places in the list that are on the screen, in part at least."""
        top = self.scroll_offset.y
        first = top // self.row_height
        last = (top + max(1, self.scrollable_content_region.height) - 1) // self.row_height
        return range(max(0, first), min(len(self.ids), last + 1))

    def refresh_row(self, index: int) -> None:
        """Draws one row again, if it is on the screen."""
        y = index * self.row_height - self.scroll_offset.y
        if -self.row_height < y < self.size.height:
            self.refresh(Region(0, max(0, y), self.scrollable_content_region.width, self.row_height + min(0, y)))

    def scroll_by(self, lines: int) -> None:
        self._scroll(self.scroll_offset.y + lines)

    def _scroll(self, y: int) -> None:
        self.scroll_to(y=max(0, y), animate=False, force=True)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self._need_rows()

    def _fit(self) -> None:
        """After a change of size: another height of rows, the cursor in view."""
        region = self.scrollable_content_region
        height = max(1, self.lines_for(region.width, region.height))
        offset = self._index * self.row_height - self.scroll_offset.y
        if height != self.row_height:
            offset = offset // self.row_height * height
            self.row_height = height
        self.forget_pictures()
        self._rows.limit = max(600, 5 * self.rows_in_view)
        self._sync_size(now=True)
        self._scroll(self._index * self.row_height - max(0, min(offset, region.height - self.row_height)))
        self._need_rows()
        self.refresh()

    def _sync_size(self, *, now: bool = False) -> None:
        """The scroll bar; each change lays the screen out anew, so not at every page."""
        moment = monotonic()
        if now or moment - self._sized > SIZES:
            self._sized = moment
            size = Size(self.scrollable_content_region.width, len(self.ids) * self.row_height)
            if size != self.virtual_size:
                self.virtual_size = size

    # The cursor

    def touched(self) -> None:
        """A key or a click: nothing comes in for a while, and a search for a place ends."""
        self._touched = monotonic()
        if self._seek is not None:
            self._seek = None
            self.refresh_line(self.scroll_offset.y)

    def go(self, index: int) -> None:
        """The cursor on a place of the list, clamped; what waits comes in at the top."""
        if not len(self.ids):
            return
        index = max(0, min(index, len(self.ids) - 1))
        if index != self._index or self._current != self.ids[index]:
            left, self._index, self._current = self._index, index, self.ids[index]
            self._drop_gone()
            self.refresh_row(left)
            self.refresh_row(self._index)
            self.highlighted(self._current)
            if self._displaced:
                self._displaced = False
                self.refresh_from()
        self._on_top = self._index == 0
        self._show_cursor()
        if self._on_top and self._held is not None:
            self.merge()

    def go_first(self) -> None:
        """`g`: what waits comes in, then the cursor goes to the first row."""
        if self._held is not None:
            self._gone = None
            self._on_top = True
            self._let_in(pin=None)
        self.go(0)

    def go_last(self) -> None:
        """`G`: to the end, loading it if it must; any other key calls it off."""
        if self.complete:
            self.go(len(self.ids) - 1)
        else:
            self._seek_for("end")

    def select(self, id: int) -> bool:
        """The cursor on this id; False when it is not there (yet: the list loads on until it is found or ends)."""
        if self._held is not None and id in self._held[0] and id not in self._list:
            self._let_in(pin=self._current)
        at = self._list.locate(id, self._index)
        if at is not None:
            self._seek = None
            self.go(at)
        elif not self.complete:
            self._seek_for(id)
        return at is not None

    def _seek_for(self, wanted: int | str) -> None:
        self._seek = wanted
        self.refresh_line(self.scroll_offset.y)
        self._fill()

    def _found(self) -> None:
        """Ends a search for a place as soon as it is there."""
        if isinstance(self._seek, int) and self._seek in self._list:
            at = self._list.locate(self._seek, len(self.ids))
            self._seek = None
            self.go(at if at is not None else self._index)
        elif self._seek is not None and self.complete:
            seek, self._seek = self._seek, None
            if seek == "end":
                self.go(len(self.ids) - 1)
            self.refresh_line(self.scroll_offset.y)

    def _show_cursor(self) -> None:
        """Half a page at once when the cursor leaves the window: fewer bytes than a line at a time."""
        height = self.scrollable_content_region.height
        top = self._index * self.row_height
        y = self.scroll_offset.y
        if top >= y and top + self.row_height <= y + height:
            return
        self._sync_size(now=True)
        self._scroll((top - height // 2) // self.row_height * self.row_height)
        if top < self.scroll_offset.y or top + self.row_height > self.scroll_offset.y + height:
            self._scroll(top)

    def _drop_gone(self) -> None:
        """The cursor left a row that is no longer in the view."""
        if self._gone is None or self._gone == self._current:
            return
        gone, self._gone = self._gone, None
        self._list.remove([gone], self._index)
        self._index = self._list.locate(self._current, self._index) or 0 if self._current is not None else 0
        self._sync_size(now=True)
        self.refresh()

    def _keeping_place(self, change: Any, *, follow: bool = True) -> Any:
        """Runs a change of the list so that the cursor keeps its id and, on the screen, its line."""
        seen = self.in_view()
        anchor, line = self._current, self._index * self.row_height - self.scroll_offset.y
        if self._index not in seen and len(seen):
            anchor, line = self.ids[seen[0]], seen[0] * self.row_height - self.scroll_offset.y
        near = self._index
        result = change()
        at = self._list.locate(self._current, near) if self._current is not None else None
        if at is None:
            self._index = max(0, min(self._index, len(self.ids) - 1))
            was, self._current = self._current, self.ids[self._index] if len(self.ids) else None
            if was != self._current:
                self.highlighted(self._current)
        else:
            self._index = at
        self._sync_size(now=True)
        place = self._index if anchor == self._current or anchor is None else self._list.locate(anchor, near)
        if follow and place is not None:
            self._scroll(place * self.row_height - line)
        self.refresh()
        self._need_rows()
        return result

    # Loading

    def reset(self, *, stable: bool | None = None) -> None:
        """Another view or order: loads it from the start. The current id stays current if it is among the first."""
        if stable is not None:
            self.stable = stable
        self._epoch += 1
        self._seek = None
        self._hold(None, 0)
        self._filling = False
        self._watch_slowness()
        self._fill(anew=True)

    def _watch_slowness(self) -> None:
        if self._slow_timer is not None:
            self._slow_timer.stop()
        self._slow_timer = self.set_timer(SLOW, self._say_slow)

    def _say_slow(self) -> None:
        """Not before this: under 150 ms nothing new is drawn."""
        if self._beginning and self.started:
            # The old view's rows under the new view's name would be a lie.
            self._list, self._index = IdList(), 0
            self._sync_size(now=True)
        if not self._slow and (not self.started or any(self.ids[at] not in self._rows for at in self.in_view())):
            self._slow = True
            self.refresh()

    def _fill(self, *, anew: bool = False) -> None:
        """Loads ids on to the end, a page at a time."""
        if anew or (not self._filling and not self.complete):
            self._filling = True
            self._run(self._fill_on(self._epoch, anew), "ids")

    async def _fill_on(self, epoch: int, anew: bool) -> None:
        try:
            if anew and not await self._begin(epoch):
                return
            while epoch == self._epoch and not self.complete:
                await self._breathe()
                after = self._list.next
                page = await self.load_ids(after, MORE if self._list.started else FIRST)
                if epoch != self._epoch:
                    return
                if self._list.next is not after:  # a refresh put another head on it meanwhile
                    continue
                self._list.extend(page)
                self._sync_size(now=self.complete or self._near_end() or self.seeking)
                if self.seeking:
                    self.refresh_line(self.scroll_offset.y)
                    self._found()
                self._need_rows()
        finally:
            if epoch == self._epoch:
                self._filling = False

    async def _begin(self, epoch: int) -> bool:
        """The first page takes the place of what was shown before."""
        self._beginning = True
        fresh = IdList()
        wanted = self._current
        try:
            fresh.extend(await self.load_ids(None, FIRST))
            if wanted is not None and wanted not in fresh and fresh.next is not None:
                fresh.extend(await self.load_ids(fresh.next, MORE))
        finally:
            if epoch == self._epoch:
                self._beginning = False
        if epoch != self._epoch:
            return False
        wanted = self._current
        self._list, self._gone, self._slow = fresh, None, False
        at = fresh.locate(wanted) if wanted is not None else None
        self._index = at or 0
        self._current = fresh.ids[self._index] if len(fresh) else None
        self._on_top = self._index == 0
        self._rows.outdate()
        self._sync_size(now=True)
        self._scroll(0)
        self._show_cursor()
        self.refresh()
        self._need_rows()
        if self._current != wanted or self._current is None:
            self.highlighted(self._current)
        return True

    async def _breathe(self) -> None:
        """Between two pages keys come first, unless somebody waits for the page."""
        await asyncio.sleep(0 if self.seeking else PAUSE)
        while not self.seeking and not self._near_end() and monotonic() - self._touched < QUIET:
            await asyncio.sleep(PAUSE)

    def _near_end(self) -> bool:
        return self._index + 4 * self.rows_in_view > len(self.ids)

    def _missing(self) -> list[int]:
        """Ids whose rows are wanted: those on the screen unless just read, those a screen around unless known."""
        seen = self.in_view()
        if not len(seen) or not self.scrollable_content_region.height:
            return []
        around = range(max(0, seen.start - len(seen)), min(len(self.ids), seen.stop + len(seen)))
        wanted = [self.ids[at] for at in seen if not self._rows.fresh(self.ids[at])]
        wanted += [self.ids[at] for at in around if at not in seen and self.ids[at] not in self._rows]
        return wanted

    def _need_rows(self) -> None:
        """One request in flight; when it ends the window of that moment counts, so the newest wins."""
        if not self._reading and self.is_attached and self._missing():
            self._reading = True
            self._watch_slowness()
            self._run(self._read_rows(), "rows")

    async def _read_rows(self) -> None:
        try:
            while wanted := self._missing():
                epoch, age = self._epoch, self._rows.age
                rows = await self.load_rows(wanted)
                changed, gone = self._rows.put(wanted, rows, age)
                if epoch != self._epoch:
                    continue
                if self._slow:
                    self._slow = False
                    self.refresh()
                for at in self.in_view():
                    if self.ids[at] in changed:
                        self.refresh_row(at)
                if gone:
                    self._take_away(gone)
                if changed:
                    self.rows_changed(changed)
        finally:
            self._reading = False

    def _take_away(self, gone: set[int]) -> None:
        """Rows that are no more leave the list; the current one only dims."""
        if self._current in gone and self._current in self._rows:
            self._gone = self._current
            gone = gone - {self._gone}
            self.refresh_row(self._index)
        if gone:
            self._keeping_place(lambda: self._list.remove(gone, self._index), follow=not self._on_top)

    # Refreshing

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
            if after is None or len(head) >= MOST:
                break
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

    def _hold(self, head: tuple[list[int], Cursor | None, bool] | None, count: int) -> None:
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

    # Workers

    def _run(self, work: Any, group: str) -> None:
        self.run_worker(work, name=f"{self.id}: {group}", group=group, exit_on_error=False)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        event.stop()
        failed = getattr(self.app, "failed", None)
        if event.state is WorkerState.ERROR and event.worker.error is not None and failed is not None:
            failed(event.worker.error)
