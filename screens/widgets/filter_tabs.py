"""A line of numbered tabs with counts; the chosen one is always seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widget import Widget

from screens.i18n import number
from screens.text import plain


class FilterTabs(Widget):
    """`words` are the tabs in the order of their digits; `note` stands at the right where there is room."""

    DEFAULT_CSS = "FilterTabs { height: 1; width: 1fr; background: $surface; }"

    class Chosen(Message):
        """A click on the tab of this place, from 0."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    def __init__(self, words: Sequence[str], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._words = tuple(words)
        self._shown: tuple[int, dict[int, int], str] = (0, {}, "")

    def show(self, chosen: int, counts: Mapping[int, int], note: str = "") -> None:
        """Draws again only what differs."""
        shown = (chosen, dict(counts), note)
        if shown != self._shown:
            self._shown = shown
            self.refresh()

    def _tab(self, index: int, *, short: bool) -> Content:
        chosen, counts, _note = self._shown
        here = index == chosen
        style = "bold $accent reverse" if here else "$foreground-muted"
        word = "" if short and not here else f" {self._words[index]}"
        count = f" {number(counts[index])}" if index in counts else ""
        return plain(f" {index + 1}{word}{count} ", style)

    def _line(self) -> tuple[Content, list[int]]:
        width = self.size.width
        for short in (False, True):
            tabs = [self._tab(index, short=short) for index in range(len(self._words))]
            if sum(tab.cell_length for tab in tabs) <= width:
                break
        else:
            tabs = [tab if index == self._shown[0] else Content("") for index, tab in enumerate(tabs)]
        line, ends = Content(""), []
        for tab in tabs:
            line = line + tab
            ends.append(line.cell_length)
        note = plain(f" {self._shown[2]} ", "$foreground-muted")
        if line.cell_length + note.cell_length <= width:
            line = line.pad_right(width - line.cell_length - note.cell_length) + note
        return line, ends

    def render(self) -> Content:
        return self._line()[0]

    def on_click(self, event: Click) -> None:
        event.stop()
        _content, ends = self._line()
        for index, end in enumerate(ends):
            if event.x < end:
                self.post_message(self.Chosen(index))
                return
