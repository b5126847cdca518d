"""A note for colleagues is written in a dialog of its own: nobody takes it for a message to the person."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Static, TextArea

from models.rules.text import for_storage
from screens.base import BaseDialog
from screens.i18n import _
from screens.text import plain

#: Longest note, in characters.
LONGEST = 4000


class NoteText(TextArea):
    """Enter saves, Ctrl+J begins a new line, as in the composer."""

    BINDINGS = [
        Binding("enter", "screen.save", show=False, priority=True),
        Binding("ctrl+j,alt+enter,shift+enter", "line", show=False, priority=True),
    ]

    def action_line(self) -> None:
        self.replace("\n", *self.selection, maintain_selection_offset=False)


class NoteDialog(BaseDialog):
    """Dismissed with the text, or with None by Esc. `reply`: it is for the people themselves."""

    DEFAULT_CSS = """
    NoteDialog {
        align: center middle;
        & > Vertical {
            width: 68; max-width: 100%; height: auto; max-height: 100%; padding: 1 2;
            border: round $warning; background: $surface;
        }
        #title { text-style: bold; color: $text-warning; }
        #keys { color: $foreground-muted; }
        NoteText { height: auto; min-height: 3; max-height: 12; border: none; padding: 0 1; background: $panel;
            margin: 1 0; }
        NoteText:focus { border: none; }
    }
    """
    BINDINGS = [Binding("escape", "cancel", show=False, priority=True)]

    def __init__(self, name: str, *, reply: bool = False) -> None:
        super().__init__()
        self._whom = name
        self._reply = reply

    def compose(self) -> ComposeResult:
        with Vertical():
            title = _("One reply to {name}") if self._reply else _("Note about {name}, for colleagues only")
            yield Static(plain(title.format(name=self._whom)), id="title")
            yield NoteText(soft_wrap=True, tab_behavior="focus", highlight_cursor_line=False)
            saves = _("Enter saves, Ctrl+J new line, Esc leaves. It is never sent.")
            asks = _("Enter goes on to a preview, Ctrl+J new line, Esc leaves.")
            yield Static(plain(asks if self._reply else saves), id="keys")

    def on_mount(self) -> None:
        self.query_one(NoteText).focus()

    def action_save(self) -> None:
        text = for_storage(self.query_one(NoteText).text[:LONGEST]).strip()
        if text:
            self.dismiss(text)

    def action_cancel(self) -> None:
        self.dismiss(None)
