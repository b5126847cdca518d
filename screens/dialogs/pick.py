"""A dialog of a few numbered choices, and words of one's own: a key for what is usual, typing for the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Input, OptionList, Static

from models.rules.text import for_storage
from screens.base import BaseDialog
from screens.i18n import _
from screens.text import plain

#: Longest text that may be typed, in characters.
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Typed:
    """Words of one's own."""

    text: str


class PickList(OptionList):
    """Digits choose at once; a letter, Tab or / goes on to the words."""

    BINDINGS = [
        Binding("j,о", "cursor_down", show=False),
        Binding("k,л", "cursor_up", show=False),
        Binding("l,д,right", "select", show=False),
    ]


class PickDialog(BaseDialog):
    """Dismissed with the value of a choice, with `Typed`, or with None by Esc. `words`: the placeholder of a line to
    type in, None without one; `check` says what typed words mean, or None when they mean nothing; `switch` is a line
    that the key `w` changes between its two wordings, and `switched` tells which."""

    DEFAULT_CSS = """
    PickDialog {
        align: center middle;
        & > VerticalScroll {
            width: 64; max-width: 100%; height: auto; max-height: 100%; padding: 1 2;
            border: round $border; background: $surface;
        }
        #title { text-style: bold; color: $accent; }
        OptionList { height: auto; max-height: 16; border: none; padding: 0; margin: 1 0; background: $surface; }
        OptionList:focus { border: none; }
        Input { height: 1; border: none; padding: 0 1; background: $panel; }
        Input:focus { border: none; }
        #meaning, #switch { height: auto; color: $foreground-muted; }
        &.-narrow > VerticalScroll { padding: 0; border: none; }
        &.-narrow OptionList { margin: 0; }
    }
    """
    BINDINGS = [Binding("escape", "cancel", show=False), Binding("w,ц", "switch", show=False)]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (50, "-wide")]

    def __init__(
        self,
        title: str,
        choices: Sequence[tuple[object, Content]],
        *,
        words: str | None = None,
        check: Callable[[str], str | None] | None = None,
        switch: tuple[str, str] | None = None,
    ) -> None:
        super().__init__()
        self._heading = title
        self._choices = tuple(choices)
        self._placeholder = words
        self._check = check
        self._switch = switch
        self.switched = False

    def compose(self) -> ComposeResult:
        with VerticalScroll(can_focus=False):
            yield Static(plain(self._heading), id="title")
            numbered = [
                plain(f"{at} ", "bold $accent") + words if at <= 9 else plain("  ") + words
                for at, (_value, words) in enumerate(self._choices, 1)
            ]
            yield PickList(*numbered, id="choices", markup=False)
            if self._placeholder is not None:
                yield Input(id="words", placeholder=self._placeholder, max_length=LONGEST, select_on_focus=False)
                yield Static(id="meaning", markup=False)
            if self._switch is not None:
                yield Static(id="switch", markup=False)

    def on_mount(self) -> None:
        first: OptionList | Input = self.query_one(OptionList)
        if not self._choices and self._placeholder is not None:
            self.query_one(OptionList).display = False
            first = self.query_one(Input)
        first.focus()
        self._draw_switch()

    def on_key(self, event: events.Key) -> None:
        """Digits choose while nothing is typed; whatever else has a character begins the words."""
        if event.character is None or not event.is_printable:
            return
        typing = isinstance(self.focused, Input)
        if not typing and event.character.isdigit() and 0 < int(event.character) <= len(self._choices):
            event.stop()
            self.dismiss(self._choices[int(event.character) - 1][0])
        elif self._placeholder is not None and (typing or event.character not in "jkwolдлц "):
            # The line takes its keys itself: what comes here was on its way to the list when the line got the focus.
            event.stop()
            field = self.query_one(Input)
            self.set_focus(field)
            if typing or event.character not in "/.":
                field.insert_text_at_cursor(event.character)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self._choices[event.option_index][0])

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self._check is not None:
            meaning = self._check(event.value) if event.value.strip() else ""
            self.query_one("#meaning", Static).update(plain(meaning if meaning is not None else _("not understood")))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        text = for_storage(event.value).strip()
        if not text or (self._check is not None and self._check(text) is None):
            return
        self.dismiss(Typed(text))

    def action_switch(self) -> None:
        if self._switch is not None:
            self.switched = not self.switched
            self._draw_switch()

    def _draw_switch(self) -> None:
        if self._switch is not None:
            self.query_one("#switch", Static).update(plain(self._switch[int(self.switched)]))

    def action_cancel(self) -> None:
        self.dismiss(None)
