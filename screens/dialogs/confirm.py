"""The red dialog: names what would change, takes a reason or a word to be typed, and rests on Cancel."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.widgets import Button, Input, Static

from models.rules.text import for_storage, one_line
from screens.base import BaseDialog
from screens.i18n import _
from screens.text import plain

#: Longest reason the journal takes from here, in characters.
LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A yes, with the reason that was typed."""

    reason: str | None = None


def _tidy(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


class ConfirmDialog(BaseDialog):
    """Dismissed with `Confirmed`, or with None by Esc and Cancel. `yes` names the act, as its key does."""

    DEFAULT_CSS = """
    ConfirmDialog {
        align: center middle;
        & > VerticalScroll {
            width: 68; max-width: 100%; height: auto; max-height: 100%; padding: 1 2;
            border: round $error; background: $surface;
        }
        #title { text-style: bold; color: $text-error; }
        #body { margin: 1 0; height: auto; }
        Input, Input:focus { height: 1; border: none; padding: 0 1; margin-bottom: 1; background: $panel; }
        #why { height: auto; color: $text-warning; display: none; }
        #why.-shown { display: block; }
        Horizontal { height: auto; width: 100%; }
        Button { margin-right: 1; min-width: 8; }
        &.-narrow > VerticalScroll { padding: 0; border: none; }
        &.-narrow #body, &.-narrow Input { margin: 0; }
    }
    """
    #: What has focus first.
    FIRST = "#cancel"
    BINDINGS = [
        Binding("escape", "cancel", show=False),
        Binding("left,h,р,up,k,л", "app.focus_previous", show=False),
        Binding("right,l,д,down,j,о", "app.focus_next", show=False),
    ]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (50, "-wide")]

    def __init__(
        self,
        title: str,
        body: Content,
        yes: str,
        *,
        reason: bool = False,
        needed: bool = False,
        must: str | None = None,
    ) -> None:
        """`reason` may be typed, or with `needed` has to be; `must` is what has to be typed, word for word."""
        super().__init__()
        self._words = (title, body, yes)
        self._reason = reason or needed
        self._needed = needed
        self._must = must

    def compose(self) -> ComposeResult:
        title, body, yes = self._words
        with VerticalScroll(can_focus=False):
            yield Static(plain(title), id="title")
            yield Static(body, id="body")
            if self._must is not None:
                yield Input(id="must", placeholder=one_line(self._must, 60), max_length=LONGEST_REASON)
            if self._reason:
                said = _("Reason") if self._needed else _("Reason (may stay empty)")
                yield Input(id="reason", placeholder=said, max_length=LONGEST_REASON)
            yield Static(id="why", markup=False)
            with Horizontal():
                yield Button(plain(_("Cancel")), id="cancel", variant="primary")
                yield Button(plain(yes), id="confirm", variant="error")

    def on_mount(self) -> None:
        self.query_one(self.FIRST).focus()
        for box in self.query("#must, #reason"):
            if box.id == "must" or self._needed:
                box.focus()
                break

    def on_resize(self, event: Resize) -> None:
        for button in self.query(Button):
            button.compact = event.size.height < 22 or event.size.width < 50

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in what is typed confirms nothing yet."""
        event.stop()
        self.query_one("#confirm", Button).focus()

    def _missing(self) -> tuple[str, str] | None:
        """The box that lacks something, and what."""
        if self._must is not None and _tidy(self.query_one("#must", Input).value) != _tidy(self._must):
            return "#must", _("That is not “{text}”: nothing was done.").format(text=one_line(self._must, 60))
        if self._needed and not self.query_one("#reason", Input).value.strip():
            return "#reason", _("Say why: the reason goes into the journal.")
        return None

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id != "confirm":
            self.dismiss(None)
            return
        missing = self._missing()
        if missing is not None:
            box, words = missing
            why = self.query_one("#why", Static)
            why.update(plain(words))
            why.add_class("-shown")
            self.query_one(box).focus()
            return
        typed = for_storage(self.query_one("#reason", Input).value).strip() if self._reason else ""
        self.dismiss(Confirmed(typed or None))

    def action_cancel(self) -> None:
        self.dismiss(None)
