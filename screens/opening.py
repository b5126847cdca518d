"""The dialogs before there is a desk: it can't be opened, or our tables are missing."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Static

from screens.base import BaseDialog
from screens.i18n import _, ngettext
from screens.text import plain


class ChoiceDialog(BaseDialog):
    """Words and a row of buttons; dismissed with the id of the one that was chosen, `escape` without choosing."""

    DEFAULT_CSS = """
    ChoiceDialog {
        align: center middle;
        & > Vertical {
            width: 72; max-width: 100%; height: auto; max-height: 100%; padding: 1 2; overflow-y: auto;
            border: round $border; background: $surface;
        }
        #title { text-style: bold; }
        #body { margin: 1 0; }
        Horizontal { height: auto; width: 100%; }
        Button { margin-right: 1; min-width: 8; }
        &.-narrow > Vertical { padding: 0; border: none; }
        &.-narrow Horizontal { layout: vertical; }
    }
    """
    BINDINGS = [
        Binding("escape", "cancel", show=False),
        Binding("left,h,р,up,k,л", "app.focus_previous", show=False),
        Binding("right,l,д,down,j,о", "app.focus_next", show=False),
    ]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (60, "-wide")]

    def __init__(
        self, title: str, body: str, buttons: Sequence[tuple[str, str]], *, escape: str, danger: bool = False
    ) -> None:
        super().__init__()
        self._words = (title, body)
        self._buttons = tuple(buttons)
        self._escape = escape
        self._danger = danger

    def compose(self) -> ComposeResult:
        title, body = self._words
        with Vertical():
            yield Static(plain(title, "$error" if self._danger else "$accent"), id="title")
            yield Static(plain(body, multiline=True), id="body")
            with Horizontal():
                for id, words in self._buttons:
                    yield Button(plain(words), id=id, variant="primary" if id == self._buttons[0][0] else "default")

    def on_mount(self) -> None:
        self.query(Button).first().focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id)

    def action_cancel(self) -> None:
        self.dismiss(self._escape)


def problem_dialog(why: str) -> ChoiceDialog:
    """The database can't be opened. Answers "again" or "leave"."""
    buttons = (("again", _("Try again")), ("leave", _("Leave")))
    return ChoiceDialog(_("The database can't be opened"), why, buttons, escape="leave", danger=True)


def upgrade_dialog(tables: Sequence[str]) -> ChoiceDialog:
    """Our tables are missing. Answers "add", "read" or "leave"."""
    title = ngettext(
        "Frontdesk needs {count} table of its own here", "Frontdesk needs {count} tables of its own here", len(tables)
    ).format(count=len(tables))
    listed = "\n".join(f"  + {table}" for table in tables)
    body = _(
        "It would add:\n{tables}\n\nThey keep drafts, replies on their way and who did what.\n"
        "Nothing of the application's changes: no table, no column, no index, no row.\n"
        "The same as `frontdesk db upgrade`."
    ).format(tables=listed)
    buttons = (("add", _("Add them")), ("read", _("Open read-only")), ("leave", _("Leave")))
    return ChoiceDialog(title, body, buttons, escape="read")


def leave_dialog(held: int) -> ChoiceDialog:
    """Replies are still held. Answers "send", "wait", "keep" or "stay"."""
    title = ngettext("{count} reply is still held", "{count} replies are still held", held).format(count=held)
    body = _(
        "Send now: they go out at once, then Frontdesk leaves.\n"
        "Wait: leave when they have gone out by themselves.\n"
        "Keep: leave now; whoever delivers next sends them.\n"
        "Esc: stay here."
    )
    buttons = (("send", _("Send now")), ("wait", _("Wait")), ("keep", _("Keep")))
    return ChoiceDialog(title, body, buttons, escape="stay")
