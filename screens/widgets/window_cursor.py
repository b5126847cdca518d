"""The cursor of a window list: on an id, never on a row number."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from models.rules.clock import monotonic
from screens.widgets.row_cache import RowT
from screens.widgets.window_base import WindowBase


class WindowCursor(WindowBase[RowT]):
    """Moves the cursor, and keeps it where it is while the list changes around it."""

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

    def go_middle(self) -> None:
        """`%`: half way down all of the list, loading it to its end if it must; any other key calls it off."""
        if self.complete:
            self.go((len(self.ids) - 1) // 2)
        else:
            self._seek_for("middle")

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
            elif seek == "middle":
                self.go((len(self.ids) - 1) // 2)
            self.refresh_line(self.scroll_offset.y)

    def take_out(self, ids: Collection[int]) -> None:
        """These leave the list now, the cursor's row too: it goes on to what follows, else to what is before."""
        gone = {id for id in ids if id in self._list}
        if not gone:
            return
        self.touched()
        stays = [id for id in self.ids[self._index :] if id not in gone]
        before = next((id for id in reversed(self.ids[: self._index]) if id not in gone), None)
        wanted = stays[0] if stays else before
        was = self._current
        self._list.remove(gone, self._index)
        self._gone = None
        self._current = wanted
        self._index = (self._list.locate(wanted, self._index) or 0) if wanted is not None else 0
        self._on_top = self._index == 0
        self._sync_size(now=True)
        self._show_cursor()
        self.refresh()
        self._need_rows()
        if self._current != was:
            self.highlighted(self._current)

    def put_in(self, id: int) -> None:
        """This one comes (back) into the list: at the cursor until the order is read again, and the cursor is on it."""
        if id not in self._list:
            self.touched()
            self._list.insert(self._index, id)
            self._sync_size(now=True)
            self.refresh()
        self.select(id)

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
