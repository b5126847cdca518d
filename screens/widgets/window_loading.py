"""What a window list loads when: ids to the end in idle time, rows for what is seen."""

from __future__ import annotations

import asyncio

from models.rules.clock import monotonic
from screens.widgets.id_list import IdList
from screens.widgets.row_cache import RowT
from screens.widgets.window_cursor import WindowCursor

#: Ids in the first page and in later ones; in one of idle time, and in one while somebody waits for its end.
FIRST, MORE, IDLY, SOUGHT = 200, 2000, 4000, 20_000
#: Seconds: a pause between two pages in idle time, after which keys count as idle, and before slowness shows.
PAUSE, QUIET, SLOW = 0.04, 0.08, 0.15
#: Seconds after which a page of ids may be a short one.
PATIENCE = 0.03


class WindowLoading(WindowCursor[RowT]):
    """One request for ids and one for rows in flight; what belongs to an older view is dropped."""

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
                more = SOUGHT if self.seeking else IDLY
                page = await self.load_ids(after, more if self._list.started else FIRST)
                if epoch != self._epoch:
                    return
                if self._list.next is not after:  # a refresh put another head on it meanwhile
                    continue
                looked = self.looking
                self._list.extend(page)
                self._sync_size(now=self.complete or self._near_end() or self.seeking)
                self._begin_late()
                if self.seeking or looked != self.looking:
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
        self.first_shown = self.first_shown or not len(fresh)
        if self._current != wanted or self._current is None:
            self.highlighted(self._current)
        return True

    def _begin_late(self) -> None:
        """The first rows came only now, or it is certain only now that there are none: those that pass are rare."""
        if self._current is None:
            self.refresh()
            if len(self.ids):
                self.go(0)

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
            self.first_shown = True

    def _take_away(self, gone: set[int]) -> None:
        """Rows that are no more leave the list; the current one only dims."""
        if self._current in gone and self._current in self._rows:
            self._gone = self._current
            gone = gone - {self._gone}
            self.refresh_row(self._index)
        if gone:
            self._keeping_place(lambda: self._list.remove(gone, self._index), follow=not self._on_top)
