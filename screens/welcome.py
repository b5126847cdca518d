"""The first screen when nothing is configured: open a file, make a new one, see the demo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.filter import LineFilter
from textual.widgets import Button, Input, Static

from models.errors import FrontdeskError
from screens.base import Speaks
from screens.i18n import _
from screens.text import ControlGuard, plain
from screens.themes import DARK, THEMES
from screens.wording import words


@dataclass(frozen=True, slots=True)
class Answer:
    """What was chosen; `path` is the file to open or to make, None for the demo."""

    kind: Literal["open", "new", "demo"]
    path: str | None = None


class WelcomeApp(Speaks, App[Answer]):
    """An app of its own, so that nothing is opened before something is chosen. `new_path` is where a new database would
    be made; `check` may refuse a path (it raises FrontdeskError), and the person corrects it here. `run` returns None
    for leaving."""

    TITLE = "Frontdesk"
    ENABLE_COMMAND_PALETTE = False
    CSS = """
    Screen { align: center middle; }
    #box { width: 72; max-width: 100%; height: auto; max-height: 100%; padding: 1 2; overflow-y: auto;
           border: round $border; background: $surface; }
    #box.-narrow { border: none; padding: 0; }
    Static { height: auto; margin-bottom: 1; }
    Button { width: 100%; margin-bottom: 1; min-width: 8; }
    Input { margin-bottom: 1; display: none; }
    Input.-shown { display: block; }
    #why { color: $text-error; display: none; }
    #why.-shown { display: block; }
    """
    BINDINGS = [
        Binding("down,j,о", "focus_next", show=False),
        Binding("up,k,л", "focus_previous", show=False),
        Binding("escape", "step_back", show=False),
        Binding("q,й", "leave", show=False),
        Binding("ctrl+q,ctrl+c", "leave", show=False, priority=True),
    ]

    def __init__(
        self, new_path: Path, *, theme: str | None = None, check: Callable[[str], object] | None = None
    ) -> None:
        super().__init__()
        self._new_path = new_path
        self._check = check
        for own in THEMES:
            self.register_theme(own)
        self.theme = theme if theme in self.available_themes and theme is not None else DARK.name

    def get_line_filters(self) -> list[LineFilter]:
        return [*super().get_line_filters(), ControlGuard()]

    def compose(self) -> ComposeResult:
        with Vertical(id="box"):
            yield Static(plain(_("Frontdesk"), "bold $accent"), markup=False)
            yield Static(plain(_("The front desk of a Telegram bot. Nothing is set up yet; what shall it be?")))
            yield Button(plain(_("See the demo: made-up people, no token")), id="demo", variant="primary")
            yield Button(plain(_("Open a database of the application")), id="open")
            yield Input(placeholder=_("path of the SQLite file, then Enter"), id="path")
            yield Button(plain(_("Make a new, empty database")), id="new")
            yield Static(id="why", markup=False)
            yield Static(self._small(), markup=False)

    def _small(self) -> Content:
        words = _("A new database is made at {path}. Later: `frontdesk FILE`. Arrows, Enter; q leaves.")
        return plain(words.format(path=self._new_path), "$foreground-muted")

    def on_mount(self) -> None:
        self.query_one("#demo").focus()

    def on_resize(self) -> None:
        self.query_one("#box").set_class(self.size.width < 60 or self.size.height < 20, "-narrow")

    def on_button_pressed(self, event: Button.Pressed) -> None:
        match event.button.id:
            case "demo":
                self.exit(Answer("demo"))
            case "new":
                self.exit(Answer("new", str(self._new_path)))
            case _:
                box = self.query_one(Input)
                box.add_class("-shown")
                box.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        path = event.value.strip()
        if not path:
            return
        try:
            if self._check is not None:
                self._check(path)
        except FrontdeskError as error:
            why = self.query_one("#why", Static)
            why.update(plain(words(error)))
            why.add_class("-shown")
            return
        self.exit(Answer("open", path))

    def action_step_back(self) -> None:
        box = self.query_one(Input)
        if box.has_class("-shown"):
            box.remove_class("-shown")
            self.query_one("#open").focus()
        else:
            self.exit(None)

    def action_leave(self) -> None:
        self.exit(None)
