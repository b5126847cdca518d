"""A line of numbered tabs with counts; the chosen one is always seen, with as many around it as there is room for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widget import Widget

from screens.i18n import _, number
from screens.text import plain


class FilterTabs(Widget):
    """`words` are the tabs in the order of their digits; `warn` are those that are a warning while they hold anything;
    `more` is the key that shows all of them. The note stands at the right where there is room."""

    DEFAULT_CSS = "FilterTabs { height: 1; width: 1fr; background: $surface; }"

    class Chosen(Message):
        """A click on the tab of this place, from 0."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    def __init__(
        self, words: Sequence[str], *, warn: Sequence[int] = (), more: str | None = None, id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self._words = tuple(words)
        self._warn = frozenset(warn)
        self._more = more
        self._shown: tuple[int, dict[int, int], str] = (0, {}, "")

    def show(self, chosen: int, counts: Mapping[int, int], note: str = "") -> None:
        """Draws again only what differs."""
        shown = (chosen, dict(counts), note)
        if shown != self._shown:
            self._shown = shown
            self.refresh()

    def _tab(self, index: int, *, brief: bool = False) -> Content:
        """`brief` leaves a count of nothing out."""
        chosen, counts, _note = self._shown
        count = counts.get(index) or (None if brief else counts.get(index))
        style = "$foreground-muted"
        if index == chosen:
            style = "bold $accent reverse"
        elif index in self._warn and count:
            style = "$text-warning"
        digit = f"{index + 1} " if index < 9 else ""
        return plain(f" {digit}{self._words[index]}{'' if count is None else f' {number(count)}'} ", style)

    def _line(self) -> tuple[Content, list[tuple[int, int]]]:
        """The line, and where each tab that is seen ends. Where it is narrow counts of nothing go, then what has none,
        then those far off."""
        chosen, counts, words = self._shown
        width = self.size.width
        tabs = [(index, self._tab(index)) for index in range(len(self._words))]
        note = plain(f" {words} ", "$foreground-muted") if words else Content("")
        if _cells(tabs) > width:
            tabs, note = [(index, self._tab(index, brief=True)) for index, _tab in tabs], Content("")
        if _cells(tabs) > width:
            rest = plain(_(" {key} all ").format(key=self._more), "bold $foreground") if self._more else Content("")
            kept = [(index, tab) for index, tab in tabs if counts.get(index) != 0 or index in (0, chosen)]
            tabs, note = self._around(kept, width - rest.cell_length), rest
        line, ends = Content(""), []
        for index, tab in tabs:
            line = line + tab
            ends.append((line.cell_length, index))
        if line.cell_length + note.cell_length <= width:
            line = line.pad_right(width - line.cell_length - note.cell_length) + note
        return line, ends

    def _around(self, tabs: list[tuple[int, Content]], width: int) -> list[tuple[int, Content]]:
        """The tabs around the chosen one that fit."""
        at = next(place for place, (index, _tab) in enumerate(tabs) if index == self._shown[0])
        first, last, used = at, at, tabs[at][1].cell_length
        while True:
            before = tabs[first - 1][1].cell_length if first > 0 else None
            after = tabs[last + 1][1].cell_length if last + 1 < len(tabs) else None
            if before is not None and used + before <= width:
                first, used = first - 1, used + before
            elif after is not None and used + after <= width:
                last, used = last + 1, used + after
            else:
                return tabs[first : last + 1]

    def render(self) -> Content:
        return self._line()[0]

    def on_click(self, event: Click) -> None:
        event.stop()
        for end, index in self._line()[1]:
            if event.x < end:
                self.post_message(self.Chosen(index))
                return


def _cells(tabs: Sequence[tuple[int, Content]]) -> int:
    return sum(tab.cell_length for _index, tab in tabs)
