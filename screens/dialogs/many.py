"""Before an act on many: what it does, to whom, and a typed count where a slip would be dear; after it, what became of
each."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, Static

from models.rules.text import one_line
from screens.base import BaseDialog
from screens.i18n import _, ngettext
from screens.text import plain

#: More than this many: their number is typed, not just agreed to.
TYPED = 20
#: Names that a preview shows.
SHOWN = 8


class ManyDialog(BaseDialog):
    """Dismissed with True when it is to be done. `names` are the first people, raw; `count` how many there are."""

    DEFAULT_CSS = """
    ManyDialog {
        align: center middle;
        & > VerticalScroll {
            width: 68; max-width: 100%; height: auto; max-height: 100%; padding: 1 2;
            border: round $border; background: $surface;
        }
        #title { text-style: bold; color: $accent; }
        #body { margin: 1 0; height: auto; }
        Input { height: 1; border: none; padding: 0 1; margin-bottom: 1; background: $panel; }
        Input:focus { border: none; }
        Horizontal { height: auto; width: 100%; }
        Button { margin-right: 1; min-width: 8; }
    }
    """
    BINDINGS = [
        Binding("escape", "cancel", show=False),
        Binding("left,h,р", "app.focus_previous", show=False),
        Binding("right,l,д", "app.focus_next", show=False),
    ]

    def __init__(
        self, title: str, names: Sequence[str], count: int, yes: str, *, detail: Content | None = None
    ) -> None:
        super().__init__()
        self._words = (title, yes)
        self._names = tuple(names)
        self._count = count
        self._detail = detail

    def compose(self) -> ComposeResult:
        title, yes = self._words
        lines = [plain(f"· {one_line(name, 60)}") for name in self._names[:SHOWN]]
        if (more := self._count - len(lines)) > 0:
            said = ngettext("and {count:,} more", "and {count:,} more", more).format(count=more)
            lines.append(plain(said, "$foreground-muted"))
        if self._detail is not None:
            lines = [self._detail, plain(""), *lines]
        with VerticalScroll(can_focus=False):
            yield Static(plain(title), id="title")
            yield Static(Content("\n").join(lines), id="body")
            if self._count > TYPED:
                yield Input(placeholder=_("Type their number, {count}, to go on").format(count=self._count))
            with Horizontal():
                yield Button(plain(yes), id="yes", variant="primary", disabled=self._count > TYPED)
                yield Button(plain(_("Cancel")), id="cancel")

    def on_mount(self) -> None:
        (self.query_one(Input) if self._count > TYPED else self.query_one("#yes", Button)).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.query_one("#yes", Button).disabled = not self._right(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._right(event.value):
            self.dismiss(True)

    def _right(self, typed: str) -> bool:
        digits = "".join(each for each in typed if each not in " ,.\u00a0\u202f")
        return digits.isascii() and digits.isdigit() and int(digits) == self._count

    def on_button_pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")

    def action_cancel(self) -> None:
        self.dismiss(False)


class ResultsDialog(BaseDialog):
    """What became of each of many; any of Esc, Enter and q closes it."""

    DEFAULT_CSS = """
    ResultsDialog {
        align: center middle;
        & > VerticalScroll {
            width: 72; max-width: 100%; height: auto; max-height: 80%; padding: 1 2;
            border: round $border; background: $surface;
        }
        #title { text-style: bold; color: $accent; margin-bottom: 1; }
        #lines { height: auto; }
    }
    """
    BINDINGS = [Binding("escape,enter,q,й", "close", show=False)]

    def __init__(self, title: str, lines: Sequence[Content]) -> None:
        super().__init__()
        self._words = title
        self._lines = tuple(lines)

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield Static(plain(self._words), id="title")
            yield Static(Content("\n").join(self._lines), id="lines")

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def action_close(self) -> None:
        self.dismiss(None)
