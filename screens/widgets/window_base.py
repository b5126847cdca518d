"""What a window list is made of: its ids and rows, the lines on the screen, and what its parts know of each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Generic

from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.timer import Timer
from textual.worker import Worker, WorkerState

from models.views import Cursor, IdPage
from screens.painter import set_virtual_size
from screens.widgets.id_list import IdList
from screens.widgets.row_cache import RowCache, RowT

if TYPE_CHECKING:
    from array import array

#: A freshly read head of the order, where it ends, and whether it is all there is.
Head = tuple[list[int], Cursor | None, bool]


class WindowBase(ScrollView, Generic[RowT]):
    """State shared by the parts of a list: WindowCursor, WindowLoading, WindowRefresh; see WindowList."""

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
        #: Whether the first page has been read, or could not be: what else is to be read waits for that.
        self.first_shown = False
        self._epoch = 0
        self._pending = 0
        self._held: Head | None = None
        self._seek: int | str | None = None
        self._slow = False
        self._touched = 0.0
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

    # What the other parts of a list do

    def go(self, index: int) -> None:
        raise NotImplementedError

    def refresh_from(self, changes: object = None) -> None:
        raise NotImplementedError

    def merge(self) -> None:
        raise NotImplementedError

    def _fill(self, *, anew: bool = False) -> None:
        raise NotImplementedError

    def _need_rows(self) -> None:
        raise NotImplementedError

    def _let_in(self, *, pin: int | None, later: bool = False) -> tuple[set[int], int]:
        raise NotImplementedError

    def _hold(self, head: Head | None, count: int) -> None:
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
    def looking(self) -> int:
        """How many rows were looked at so far, while those that pass are rare and still being looked for; else 0."""
        return self._list.walked

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
        """The scroll bar; each change lays the screen out anew, so while ids come in only as often as they double."""
        if now or len(self.ids) * self.row_height > 2 * self.virtual_size.height:
            size = Size(self.scrollable_content_region.width, len(self.ids) * self.row_height)
            set_virtual_size(self, size)

    # Workers

    def _run(self, work: Any, group: str) -> None:
        self.run_worker(work, name=f"{self.id}: {group}", group=group, exit_on_error=False)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        event.stop()
        failed = getattr(self.app, "failed", None)
        if event.state is WorkerState.ERROR and event.worker.error is not None and failed is not None:
            failed(event.worker.error)
