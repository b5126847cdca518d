"""One line of a form: words to choose one of, by ← → or a click."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widget import Widget

from screens.actions import Context, bindings
from screens.text import plain


class ChoiceRow(Widget, can_focus=True):
    """`options` are values and their words; `value` None: none is chosen yet."""

    CONTEXTS = (Context.CHOICE,)
    BINDINGS = bindings(Context.CHOICE)
    DEFAULT_CSS = """
    ChoiceRow { height: 1; width: 1fr; min-width: 4; &:focus { background: $panel; } }
    """

    class Chosen(Message):
        """Somebody chose another one."""

        def __init__(self, row: ChoiceRow, value: str) -> None:
            super().__init__()
            self.row = row
            self.value = value

        @property
        def control(self) -> ChoiceRow:
            return self.row

    def __init__(self, options: Sequence[tuple[str, str]], value: str | None = None, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._options = tuple(options)
        self.value = value

    def choose(self, value: str | None, *, tell: bool = False) -> None:
        """This one; `tell` says so by a message."""
        if value != self.value:
            self.value = value
            self.refresh()
            if tell and value is not None:
                self.post_message(self.Chosen(self, value))

    def action_option(self, step: int) -> None:
        values = [value for value, _words in self._options]
        at = values.index(self.value) if self.value in values else (-1 if step > 0 else 0)
        self.choose(values[(at + step) % len(values)], tell=True)

    def _pieces(self) -> list[Content]:
        """A piece for each; where there is no room, only the first word of what is not chosen."""
        pieces = [self._piece(value, words) for value, words in self._options]
        if sum(piece.cell_length for piece in pieces) > self.size.width:
            short = [(value, words if value == self.value else words.split()[0]) for value, words in self._options]
            pieces = [self._piece(value, words) for value, words in short]
        return pieces

    def _piece(self, value: str, words: str) -> Content:
        chosen = value == self.value
        return plain(f"{'●' if chosen else '○'} {words}  ", "bold $accent" if chosen else "$foreground-muted")

    def render(self) -> Content:
        return Content("").join(self._pieces())

    def on_click(self, event: Click) -> None:
        event.stop()
        end = 0
        for (value, _words), piece in zip(self._options, self._pieces(), strict=True):
            end += piece.cell_length
            if event.x < end:
                self.choose(value, tell=True)
                return
