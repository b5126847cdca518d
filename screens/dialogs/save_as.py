"""Where a file goes: its path, offered and changed."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.widgets import Input, Static

from screens.base import BaseDialog
from screens.i18n import _
from screens.text import plain


class SaveAs(BaseDialog):
    """Dismissed with the path that was typed, or with None by Esc."""

    DEFAULT_CSS = """
    SaveAs {
        align: center middle;
        & > VerticalScroll {
            width: 76; max-width: 100%; height: auto; max-height: 100%; padding: 0 1;
            border: round $border; border-title-color: $accent; background: $surface;
        }
        Static { height: auto; width: 100%; color: $foreground-muted; }
        Input { height: 1; border: none; padding: 0; margin: 1 0; background: $panel; &:focus { border: none; } }
    }
    """
    BINDINGS = [Binding("escape", "cancel", show=False)]

    def __init__(self, title: str, path: str) -> None:
        super().__init__()
        self._title, self._path = title, path

    def compose(self) -> ComposeResult:
        with VerticalScroll(can_focus=False) as box:
            box.border_title = plain(self._title)
            yield Input(self._path, id="save-path")
            yield Static(plain(_("A new file, readable by you only. Enter writes it, Esc leaves.")))

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip():
            self.dismiss(event.value.strip())

    def action_cancel(self) -> None:
        self.dismiss(None)
