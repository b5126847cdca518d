"""A menu: one of several, by cursor, by digit or by a click."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.events import Key
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from screens.base import BaseDialog
from screens.text import plain


@dataclass(frozen=True, slots=True)
class Choice:
    """`words` may hold foreign text, through `plain`."""

    id: str
    words: Content
    disabled: bool = False


class MenuDialog(BaseDialog):
    """Dismissed with the id of what was chosen, or with None by Esc. Digits choose the first nine at once."""

    DEFAULT_CSS = """
    MenuDialog {
        align: center middle;
        & > Vertical {
            width: 72; max-width: 100%; height: auto; max-height: 100%; padding: 0 1;
            border: round $border; background: $surface;
        }
        #title { text-style: bold; height: auto; color: $accent; }
        OptionList { height: auto; max-height: 1fr; min-width: 8; border: none; padding: 0; background: $surface; }
        OptionList:focus { border: none; }
        &.-narrow > Vertical { padding: 0; border: none; }
    }
    """
    BINDINGS = [
        Binding("escape,q,й,h,р,left", "cancel", show=False),
        Binding("j,о", "step(1)", show=False),
        Binding("k,л", "step(-1)", show=False),
        Binding("l,д,right", "choose", show=False),
    ]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (50, "-wide")]

    def __init__(self, title: str, choices: Sequence[Choice], *, at: str | None = None) -> None:
        super().__init__()
        self._title = title
        self._choices = tuple(choices)
        self._at = at

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(plain(self._title), id="title")
            yield OptionList(
                *(
                    Option(self._numbered(number, each), id=each.id, disabled=each.disabled)
                    for number, each in enumerate(self._choices, start=1)
                ),
                markup=False,
            )

    def _numbered(self, number: int, choice: Choice) -> Content:
        return plain(f"{number} " if number <= 9 else "  ", "bold $accent") + choice.words

    def on_mount(self) -> None:
        menu = self.query_one(OptionList)
        menu.focus()
        ids = [each.id for each in self._choices]
        menu.highlighted = ids.index(self._at) if self._at in ids else 0

    def on_key(self, event: Key) -> None:
        if event.key.isdigit() and 0 < int(event.key) <= len(self._choices):
            event.stop()
            choice = self._choices[int(event.key) - 1]
            if not choice.disabled:
                self.dismiss(choice.id)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(event.option_id)

    def action_step(self, step: int) -> None:
        menu = self.query_one(OptionList)
        (menu.action_cursor_down if step > 0 else menu.action_cursor_up)()

    def action_choose(self) -> None:
        self.query_one(OptionList).action_select()

    def action_cancel(self) -> None:
        self.dismiss(None)
