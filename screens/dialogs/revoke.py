"""Taking access away: whose, what ends, why, and whether they are told."""

from __future__ import annotations

from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, Static

from models.rules.text import for_storage
from screens.dialogs.confirm import LONGEST_REASON, ConfirmDialog
from screens.i18n import _
from screens.text import plain
from screens.widgets.choice_row import ChoiceRow


@dataclass(frozen=True, slots=True)
class Revoked:
    """A yes, with its reason."""

    reason: str
    tell: bool


class RevokeDialog(ConfirmDialog):
    """Dismissed with `Revoked`, or with None. Nothing happens without a reason."""

    # Text first: Enter in it confirms nothing, it goes on to the button.
    FIRST = "#reason"
    DEFAULT_CSS = """
    RevokeDialog {
        #tell-row { height: 1; margin-bottom: 1; }
        #tell-row > Static { width: 14; height: 1; color: $foreground-muted; }
        #lack { height: auto; color: $text-error; }
    }
    """

    def __init__(self, who: Content) -> None:
        body = [who, plain(_("Every tier ends now, and paid access with it."))]
        body.append(plain(_("No payment changes: a refund is another act."), "$foreground-muted"))
        super().__init__(_("Take paid access away?"), Content("\n\n").join(body), _("Take away"), reason=True)
        self._body = Content("\n\n").join(body)

    def compose(self) -> ComposeResult:
        with VerticalScroll(can_focus=False):
            yield Static(plain(_("Take paid access away?")), id="title")
            yield Static(self._body, id="body")
            yield Input(id="reason", placeholder=_("Why (needed)"), max_length=LONGEST_REASON)
            with Horizontal(id="tell-row"):
                yield Static(plain(_("tell")))
                yield ChoiceRow([("no", _("nobody")), ("yes", _("the person"))], "no", id="tell")
            yield Static(id="lack", markup=False)
            with Horizontal():
                yield Button(plain(_("Cancel")), id="cancel", variant="primary")
                yield Button(plain(_("Take away")), id="confirm", variant="error")

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.prevent_default()
        if event.button.id != "confirm":
            self.dismiss(None)
            return
        reason = for_storage(self.query_one("#reason", Input).value).strip()
        if not reason:
            self.query_one("#lack", Static).update(plain(_("Say why: the reason goes into the journal.")))
            self.query_one("#reason", Input).focus()
            return
        self.dismiss(Revoked(reason, self.query_one("#tell", ChoiceRow).value == "yes"))
