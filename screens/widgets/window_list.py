"""A list of any length in a window: ids from keyset pages, rows by id for what is seen, lines painted on demand.

The selection belongs to an id, never to a row number. The list is calm: while the cursor is inside it nothing moves
under a person's eyes; what arrives waits behind a pill.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.events import Click, MouseScrollDown, MouseScrollUp
from textual.message import Message
from textual.strip import Strip
from textual.visual import Visual

from models.rules.clock import Clock, monotonic
from screens.actions import Context, bindings
from screens.i18n import _, ngettext
from screens.widgets.row_cache import RowT
from screens.widgets.row_lines import STYLES, Line, Look, run_together
from screens.widgets.window_refresh import WindowRefresh

#: Seconds between two looks whether a relative time ("5m") reads differently now.
TICK = 15.0
#: The cursor is a shape too, for terminals without colours.
CURSOR, NO_CURSOR = "▌", " "


class WindowList(WindowRefresh[RowT], can_focus=True, inherit_bindings=False):
    """Subclasses say what to load (`load_ids`, `load_rows`) and how a row looks (`paint`).

    `live`: while the cursor is at the top, arrivals come in at once; the owner clears it while a reply is written.
    `idle`: seconds without a key after which what waits behind the pill comes in.
    """

    CONTEXTS: ClassVar[tuple[Context, ...]] = (Context.LIST,)
    BINDINGS = bindings(Context.LIST)
    ALLOW_SELECT = False
    COMPONENT_CLASSES = {
        f"window-list--{name}" for name in (*STYLES, "cursor", "cursor-blurred", "gone", "pill", "skeleton")
    }
    DEFAULT_CSS = """
    WindowList {
        scrollbar-size-vertical: 1; scrollbar-size-horizontal: 0; overflow-x: hidden; overflow-y: scroll;
        scrollbar-background: $background; scrollbar-color: $panel; background: $background; color: $foreground;
        .window-list--unread { text-style: bold; }
        .window-list--quiet, .window-list--time, .window-list--exploring { color: $text-muted; }
        .window-list--count { color: $accent; text-style: bold; }
        .window-list--interested { color: $text-secondary; }
        .window-list--evaluating, .window-list--warning { color: $text-warning; }
        .window-list--ready, .window-list--good { color: $text-success; }
        .window-list--danger { color: $text-error; text-style: bold; }
        .window-list--gone { color: $text-disabled; }
        .window-list--skeleton { color: $panel; }
        .window-list--cursor { background: $block-cursor-background; color: $block-cursor-foreground; }
        .window-list--cursor-blurred { background: $block-cursor-blurred-background; }
        .window-list--pill { background: $accent; color: $background; text-style: bold; }
    }
    """

    class Highlighted(Message):
        """The cursor is on another row; None: the list is empty."""

        def __init__(self, list: WindowList[Any], row_id: int | None) -> None:
            super().__init__()
            self.list = list
            self.row_id = row_id

        @property
        def control(self) -> WindowList[Any]:
            return self.list

    class Opened(Message):
        """Enter, l, → or a double click on a row."""

        def __init__(self, list: WindowList[Any], row_id: int) -> None:
            super().__init__()
            self.list = list
            self.row_id = row_id

        @property
        def control(self) -> WindowList[Any]:
            return self.list

    class PendingChanged(Message):
        """How many rows wait behind the pill."""

        def __init__(self, list: WindowList[Any], count: int) -> None:
            super().__init__()
            self.list = list
            self.count = count

    def __init__(
        self,
        clock: Clock,
        *,
        live: bool = True,
        idle: float = 10.0,
        empty: Content | None = None,
        id: str | None = None,
    ) -> None:
        super().__init__(live=live, idle=idle, id=id)
        self._clock = clock
        self._empty = empty or Content("")
        self._pictures: dict[int, tuple[object, tuple[object, ...], list[Strip]]] = {}
        self._minute = self._now_minute()
        self._looks = 0
        self._hues: dict[str, Style] = {}

    # What subclasses say

    def paint(self, row: RowT, look: Look) -> Sequence[Line]:
        """At most `look.height` lines of at most `look.width` cells; foreign text cleaned, last in its line."""
        raise NotImplementedError

    def lines_for(self, width: int, height: int) -> int:
        """How many lines a row takes in a list of this size."""
        return 1

    def highlighted(self, row_id: int | None) -> None:
        self.post_message(self.Highlighted(self, row_id))

    def opened(self, row_id: int) -> None:
        self.post_message(self.Opened(self, row_id))

    def pending_changed(self, count: int) -> None:
        self.post_message(self.PendingChanged(self, count))

    @property
    def empty(self) -> Content:
        """What stands there while the list is empty."""
        return self._empty

    @empty.setter
    def empty(self, words: Content) -> None:
        if words != self._empty:
            self._empty = words
            if not len(self.ids):
                self.refresh()

    # Drawing

    def on_mount(self) -> None:
        self.set_interval(TICK, self._look_at_clock)
        self.reset()

    def on_resize(self) -> None:
        self._fit()

    def on_focus(self) -> None:
        self.refresh_row(self._index)

    def on_blur(self) -> None:
        self.refresh_row(self._index)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._looks += 1
        self._hues.clear()
        self._pictures.clear()

    def forget_pictures(self) -> None:
        self._pictures.clear()

    def _now_minute(self) -> datetime:
        return self._clock().replace(second=0, microsecond=0)

    def _look_at_clock(self) -> None:
        """Once a minute the rows whose relative time reads differently are drawn again, no others."""
        minute = self._now_minute()
        if minute == self._minute:
            return
        self._minute = minute
        for index in self.in_view():
            before = self._pictures.get(self.ids[index])
            row = self.row(self.ids[index])
            if before is not None and row is not None and self._picture(index, row) != before[2]:
                self.refresh_row(index)

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        strip = self._line(y, width)
        note = self._note() if y == 0 else None
        if note is not None and note.cell_length <= width:
            return Strip([*strip.crop(0, width - note.cell_length), *note], width)
        return strip

    def _line(self, y: int, width: int) -> Strip:
        base = self.rich_style
        if not len(self.ids):
            return self._vacant_line(y, width, base)
        index, part = divmod(y + self.scroll_offset.y, self.row_height)
        if not 0 <= index < len(self.ids):
            return Strip.blank(width, base)
        row = self.row(self.ids[index])
        if row is None:
            return self._skeleton(index, part, width, base) if self._slow else Strip.blank(width, base)
        return self._picture(index, row)[part]

    def _vacant_line(self, y: int, width: int, base: Style) -> Strip:
        if self.looking:
            return Strip.blank(width, base)  # not yet known to be empty
        if not self.started:
            line, part = divmod(y, self.row_height)
            return self._skeleton(line, part, width, base) if self._slow else Strip.blank(width, base)
        words = Visual.to_strips(self, self._empty, max(1, width - 2), None, self.visual_style)
        at = y - max(0, (self.size.height - len(words)) // 3)
        if not 0 <= at < len(words):
            return Strip.blank(width, base)
        return Strip([Segment(" ", base), *words[at]]).adjust_cell_length(width, base)

    def _skeleton(self, index: int, part: int, width: int, base: Style) -> Strip:
        if part == self.row_height - 1 and part > 0:
            return Strip.blank(width, base)
        length = max(1, (width - 4) * (5 + index * 7 % 4) // 9)
        segments = [Segment("  ", base), Segment("░" * length, base + self._component("skeleton"))]
        return Strip(segments).adjust_cell_length(width, base)

    def _picture(self, index: int, row: RowT) -> list[Strip]:
        """The lines of one row, kept as long as nothing that affects a pixel changed."""
        width = self.scrollable_content_region.width
        chosen = index == self._index
        gone = row.id == self._gone
        state = (width, self.row_height, chosen, chosen and self.has_focus, gone, self._minute, self._looks)
        kept = self._pictures.get(row.id)
        if kept is not None and kept[0] is row and kept[1] == state:
            return kept[2]
        base = self.rich_style
        if chosen:
            base = base + self._component("cursor" if self.has_focus else "cursor-blurred")
        look = Look(max(0, width - 1), self.row_height, self._clock())
        lines: list[Strip] = []
        mark = (CURSOR if chosen else NO_CURSOR, "count")
        for line in self.paint(row, look)[: self.row_height]:
            pieces = run_together([mark, *line])
            segments = [Segment(text, base + self._component("gone" if gone else style)) for text, style in pieces]
            lines.append(Strip(segments).simplify().adjust_cell_length(width, base))
        while len(lines) < self.row_height:
            lines.append(Strip([Segment(mark[0], base + self._component(mark[1]))]).adjust_cell_length(width, base))
        if len(self._pictures) > 300:
            self._pictures.clear()
        self._pictures[row.id] = (row, state, lines)
        return lines

    def _component(self, name: str) -> Style:
        if not name:
            return Style.null()
        style = self._hues.get(name)
        if style is None:
            # Blended over the list's own background: a partial style would turn a share of a colour into plain white.
            style = self.get_visual_style(f"window-list--{name}").rich_style
            if name not in ("cursor", "cursor-blurred", "pill"):
                style = style.without_color + Style(color=style.color)
            self._hues[name] = style
        return style

    def _note(self) -> Strip | None:
        """What lies over the first line: how many are new, or that the rest is still being loaded."""
        if self.seeking:
            words = _("loading… {count:,}").format(count=len(self.ids))
        elif self.pending_count:
            words = ngettext("▲ {count} new", "▲ {count} new", self.pending_count).format(count=self.pending_count)
        elif self.looking and self._near_end():
            words = _("looking… {count:,}").format(count=self.looking)
        else:
            return None
        return Strip([Segment(f" {words} ", self.rich_style + self._component("pill"))])

    # Keys and the mouse

    def action_cursor_down(self) -> None:
        self.move(1)

    def action_cursor_up(self) -> None:
        self.move(-1)

    def action_cursor_first(self) -> None:
        self.touched()
        self.go_first()

    def action_cursor_last(self) -> None:
        self.touched()
        self.go_last()

    def action_cursor_middle(self) -> None:
        self.touched()
        self.go_middle()

    def action_page_down(self) -> None:
        self._page(1)

    def action_page_up(self) -> None:
        self._page(-1)

    def action_open(self) -> None:
        self.touched()
        if self.started and self.current_id is not None:
            self.opened(self.current_id)

    def move(self, step: int) -> None:
        """The cursor `step` rows down."""
        self.touched()
        self.go(self._index + step)

    def _page(self, direction: int) -> None:
        self.touched()
        rows = max(1, self.rows_in_view - 1) * direction
        if 0 <= self._index + rows < len(self.ids):
            self.scroll_by(rows * self.row_height)
        self.go(self._index + rows)

    def on_click(self, event: Click) -> None:
        event.stop()
        self.touched()
        note = self._note()
        if event.y == 0 and note is not None and event.x >= self.scrollable_content_region.width - note.cell_length:
            self.go_first()
            return
        index = (event.y + self.scroll_offset.y) // self.row_height
        if not 0 <= index < len(self.ids):
            return
        self.go(index)
        if event.chain == 2 and self.current_id is not None:
            self.opened(self.current_id)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        self._touched = monotonic()

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        self._touched = monotonic()
