"""The dialogs before there is a desk: it can't be opened, or our tables are missing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Static

from models.errors import FrontdeskError
from screens.base import BaseDialog
from screens.i18n import _, ngettext
from screens.text import plain
from screens.wording import words
from screens.work import start


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


class UpgradeDialog(ChoiceDialog):
    """Our tables are missing. Answers "add" once they are there, "read" or "leave"."""

    def __init__(self, tables: Sequence[str], add: Callable[[], Awaitable[None]]) -> None:
        title = ngettext(
            "Frontdesk needs {count} table of its own here",
            "Frontdesk needs {count} tables of its own here",
            len(tables),
        ).format(count=len(tables))
        body = _(
            "It would add:\n{tables}\n\nThey keep drafts, replies on their way and who did what.\n"
            "Nothing of the application's changes: no table, no column, no index, no row.\n"
            "The same as `frontdesk db upgrade`."
        ).format(tables=", ".join(tables))
        buttons = (("add", _("Add them")), ("read", _("Open read-only")), ("leave", _("Leave")))
        super().__init__(title, body, buttons, escape="read")
        self.add_class("-alone")
        self._add = add
        self._adding = False

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.prevent_default()
        if self._adding:
            return
        if event.button.id == "add":
            self._adding = True
            self._say(_("Adding them…"))
            start(self, self._run, name="add tables")
        else:
            self.dismiss(event.button.id)

    def action_cancel(self) -> None:
        if not self._adding:
            super().action_cancel()

    async def _run(self) -> None:
        try:
            await self._add()
        except FrontdeskError as error:
            self._say(words(error))
            self._adding = False
        else:
            self.dismiss("add")

    def _say(self, line: str) -> None:
        self.query_one("#body", Static).update(plain(line, multiline=True))


def problem_dialog(why: str) -> ChoiceDialog:
    """The database can't be opened. Answers "again" or "leave"."""
    buttons = (("again", _("Try again")), ("leave", _("Leave")))
    dialog = ChoiceDialog(_("The database can't be opened"), why, buttons, escape="leave", danger=True)
    dialog.add_class("-alone")
    return dialog


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
