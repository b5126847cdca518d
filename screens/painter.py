"""Drawing from front to back what is dirty and not covered: what our screens have in place of Textual's compositor.

Textual's own draws every visible widget again for each change: between two keys the time is felt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

from textual._compositor import Compositor, LayoutUpdate
from textual._context import visible_screen_stack
from textual.geometry import Region, Size
from textual.screen import Screen
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from screens.painting import Chops, Frame

#: Seconds between two paints of one screen: what follows a key may not wait out Textual's sixtieth of a second.
PERIOD = 1 / 250


class Painter(Compositor):
    """Textual's compositor, drawing from front to back only what is dirty and not covered."""

    def render_full_update(self, simplify: bool = False) -> LayoutUpdate:
        if simplify:  # a picture, not for the terminal
            return super().render_full_update(simplify)
        self._dirty_regions.clear()
        needed = {y: set(cut[:-1]) for y, cut in enumerate(self.cuts)}
        return Frame(self.size, self._lines(needed), whole=True)  # type: ignore[return-value]

    def render_partial_update(self) -> Frame | None:  # type: ignore[override]
        regions = self._dirty_regions.copy()
        self._dirty_regions.clear()
        needed = self._needed(self._regions_to_spans(regions))
        return Frame(self.size, self._lines(needed), whole=False) if needed else None

    def _needed(self, spans: Iterable[tuple[int, int, int]]) -> dict[int, set[int]]:
        """The pieces of each line that these spans touch."""
        width, height = self.size
        needed: dict[int, set[int]] = {}
        for y, x1, x2 in spans:
            if not 0 <= y < height:
                continue
            cut = self.cuts[y]
            found = {x for x, end in zip(cut, cut[1:], strict=False) if x < x2 and end > x1}
            if found:
                needed.setdefault(y, set()).update(found)
        return needed

    def render_strips(self, size: Size | None = None) -> list[Strip]:
        root = self.root
        if isinstance(root, Screen) and root.app.screen is root:
            # What lies behind a dialog; lines that nobody needed to see are drawn only now.
            visible_screen_stack.set(list(root.app._background_screens))
        return super().render_strips(size)

    def _render_chops(self, crop: Region, is_rendered_line: Callable[[int], bool]) -> Sequence[Mapping[int, Strip]]:
        spans = [(y, crop.x, crop.right) for y in crop.line_range if is_rendered_line(y)]
        lines = self._lines(self._needed(spans))
        return [lines.get(y, {}) for y in range(len(self.cuts))]

    def _lines(self, needed: dict[int, set[int]]) -> dict[int, Chops]:
        """Draws these pieces; what is in front of others wins. Takes from `needed` what it has drawn."""
        drawn: dict[int, Chops] = {y: {} for y in sorted(needed)}
        if not drawn:
            return drawn
        top, bottom = min(drawn), max(drawn)
        cuts = self.cuts
        for widget, (region, clip) in self.visible_widgets.items():
            visible = region.intersection(clip)
            left, right = visible.column_span
            lines = [
                y
                for y in range(max(top, visible.y), min(bottom + 1, visible.bottom))
                if any(left <= x < right for x in needed.get(y, ()))
            ]
            if not lines:
                continue
            first = lines[0]
            part = Region(left - region.x, first - region.y, visible.width, lines[-1] - first + 1)
            strips = widget.render_lines(part)
            for y in lines:
                at = [cut for cut in cuts[y] if left <= cut <= right]
                for x, strip in zip(at, strips[y - first].divide([cut - left for cut in at[1:]]), strict=False):
                    if x in needed[y]:
                        needed[y].discard(x)
                        drawn[y][x] = strip
        return {y: dict(sorted(chops.items())) for y, chops in drawn.items()}


class Painted:
    """What makes a screen be drawn by a Painter; stands before Textual's class."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._compositor: Compositor = Painter()
        self._painting: Timer | None = None

    @property
    def _update_timer(self) -> Timer:
        if self._painting is None:
            screen = cast(Any, self)
            self._painting = cast(Timer, screen.set_interval(PERIOD, screen._on_timer_update, name="paint", pause=True))
        return self._painting


def draw_again(screen: Screen[Any]) -> None:
    """Lays out and draws all of a screen, whatever its widgets say has changed."""
    for widget in screen.walk_children(Widget, with_self=True):
        widget.notify_style_update()
        widget.refresh(layout=True)


def set_virtual_size(view: ScrollView, size: Size) -> None:
    """The size of what is scrolled. Textual would lay out the whole screen; where the scroll bar always stands, only
    the bar differs."""
    if size != view.virtual_size:
        view.set_reactive(Widget.virtual_size, size)
        view._scroll_update(size)
