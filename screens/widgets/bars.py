"""A picture of bars, one a line: what it is of, the bar, its figures. Enter asks who is behind one."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.events import Click
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from screens.actions import Context, bindings
from screens.pictures import Bar, Drawing, blocks
from screens.text import cut
from screens.widgets.row_lines import fit

#: The cursor is a shape too, for terminals without colours.
CURSOR, NO_CURSOR = "▌", " "
#: Cells for what a bar is of, and the fewest for the bar itself.
_WIDEST_LABEL, _SHORTEST_BAR = 26, 4


class Bars(ScrollView, can_focus=True, inherit_bindings=False):
    """The bars of one picture."""

    CONTEXTS: ClassVar[tuple[Context, ...]] = (Context.LIST,)
    BINDINGS = bindings(Context.LIST)
    ALLOW_SELECT = False
    COMPONENT_CLASSES = {f"bars--{name}" for name in ("bar", "second", "label", "figures", "cursor", "exploring")} | {
        "bars--interested",
        "bars--evaluating",
        "bars--ready",
    }
    DEFAULT_CSS = """
    Bars {
        scrollbar-size-vertical: 1; scrollbar-size-horizontal: 0; overflow-x: hidden; overflow-y: auto;
        scrollbar-background: $background; scrollbar-color: $panel; background: $background; color: $foreground;
        .bars--bar { color: $accent; }
        .bars--second { color: $text-muted; }
        .bars--label { color: $foreground; }
        .bars--figures { color: $foreground; }
        .bars--cursor { background: $block-cursor-background; color: $block-cursor-foreground; }
        .bars--exploring { color: $text-muted; }
        .bars--interested { color: $text-secondary; }
        .bars--evaluating { color: $text-warning; }
        .bars--ready { color: $text-success; }
    }
    """

    class Opened(Message):
        """What is behind this bar is wanted."""

        def __init__(self, bar: Bar) -> None:
            super().__init__()
            self.bar = bar

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._bars: tuple[Bar, ...] = ()
        self._empty = Content("")
        self._index = 0
        #: For a width, the cells of each column.
        self._widths = (-1, (0, 0, 0))

    @property
    def index(self) -> int:
        """The bar under the cursor, from 0."""
        return self._index

    @property
    def current(self) -> Bar | None:
        return self._bars[self._index] if self._index < len(self._bars) else None

    def show(self, drawing: Drawing, empty: Content, *, anew: bool) -> None:
        """Another picture (`anew`), or the same with newer figures; the cursor stays on what it is on."""
        before = None if anew or self.current is None else self.current.label
        self._bars, self._empty, self._widths = drawing.bars, empty, (-1, (0, 0, 0))
        labels = [bar.label for bar in self._bars]
        at = labels.index(before) if before in labels else 0 if anew else self._index
        self._index = max(0, min(at, len(labels) - 1))
        self._fit()

    def _fit(self) -> None:
        self.virtual_size = Size(self.scrollable_content_region.width, len(self._bars))
        self._show_cursor()
        self.refresh()

    def _cells(self, width: int) -> tuple[int, int, int]:
        """Cells for label, bar and figures of every line. Where it is narrow the figures stay whole as long as they
        can, and the bar gives way."""
        if self._widths[0] == width:
            return self._widths[1]
        label = min(_WIDEST_LABEL, max((cell_len(cut(bar.label, 80)) for bar in self._bars), default=0))
        figures = max((cell_len(bar.figures) for bar in self._bars), default=0)
        label = max(6, min(label, width // 3))
        figures = max(0, min(figures, width - label - 3 - _SHORTEST_BAR))
        self._widths = width, (label, max(0, width - label - figures - 3), figures)
        return self._widths[1]

    def on_resize(self) -> None:
        self._fit()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def _show_cursor(self) -> None:
        self.scroll_to_region(Region(0, self._index, 1, 1), animate=False, force=True)

    def _go(self, index: int) -> None:
        self._index = max(0, min(index, len(self._bars) - 1))
        self._show_cursor()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        base = self.rich_style
        if not self._bars:
            if y:
                return Strip.blank(width, base)
            return Strip([Segment(fit(f" {self._empty.plain}", width), base)], width)
        index = y + self.scroll_offset.y
        if index >= len(self._bars):
            return Strip.blank(width, base)
        bar, (label, cells, figures) = self._bars[index], self._cells(width)
        here = index == self._index
        first, second = blocks(bar, cells)
        blank = " " * (cells - len(first) - len(second))
        hue = f"bars--{bar.band}" if bar.band is not None else "bars--bar"
        pieces: list[tuple[str, Style]] = [
            (CURSOR if here and self.has_focus else NO_CURSOR, self._style("bars--bar")),
            (fit(bar.label, label) + " ", self._style("bars--label")),
            (first, self._style(hue)),
            (second, self._style("bars--second")),
            (blank + " ", base),
            (fit(bar.figures, figures), self._style("bars--figures")),
        ]
        if here and self.has_focus:
            cursor = self._style("bars--cursor")
            pieces = [(text, cursor) for text, _style in pieces]
        strip = Strip([Segment(text, style) for text, style in pieces if text])
        return strip.adjust_cell_length(width, base)

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(name)

    def on_click(self, event: Click) -> None:
        event.stop()
        index = int(event.y) + self.scroll_offset.y
        if index < len(self._bars):
            self._go(index)
            if event.chain == 2:
                self.action_open()

    # Keys

    def action_cursor_down(self) -> None:
        self._go(self._index + 1)

    def action_cursor_up(self) -> None:
        self._go(self._index - 1)

    def action_cursor_first(self) -> None:
        self._go(0)

    def action_cursor_last(self) -> None:
        self._go(len(self._bars) - 1)

    def action_cursor_middle(self) -> None:
        self._go((len(self._bars) - 1) // 2)

    def action_page_down(self) -> None:
        self._go(self._index + max(1, self.scrollable_content_region.height - 1))

    def action_page_up(self) -> None:
        self._go(self._index - max(1, self.scrollable_content_region.height - 1))

    def action_open(self) -> None:
        if self.current is not None:
            self.post_message(self.Opened(self.current))
