"""What a refund or a correction would change. An amount that was recorded never does."""

from __future__ import annotations

from dataclasses import dataclass

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.widgets import Button, Input, Static

from models.errors import Usage
from models.rules.money import Money, parse_money
from models.rules.text import for_storage, one_line
from models.views.access import Paid
from screens.base import BaseDialog
from screens.dialogs.confirm import LONGEST_REASON, ConfirmDialog
from screens.i18n import _
from screens.money import money
from screens.payment_words import price_word, status_word
from screens.text import plain
from screens.wording import words


def payment_words(paid: Paid) -> Content:
    """The payment beyond doubt."""
    line = _("{amount}, receipt {receipt}").format(amount=price_word(paid.price), receipt=one_line(paid.receipt, 80))
    return plain(one_line(paid.person_name, 120), "bold") + plain("\n" + line, "$foreground-muted", multiline=True)


def refund_dialog(paid: Paid) -> ConfirmDialog:
    """Asks before a refund is noted."""
    change = plain(f"{status_word(paid.status)} → {status_word('refunded')}", "bold")
    note = _("Frontdesk moves no money: this notes that it went back. The access stays; revoke it separately.")
    body = Content("\n\n").join([payment_words(paid), change, plain(note, "$foreground-muted")])
    return ConfirmDialog(_("Note that this payment was given back?"), body, _("Note the refund"), needed=True)


@dataclass(frozen=True, slots=True)
class Correction:
    """What was really paid, under which number the difference is recorded, and why."""

    meant: Money
    receipt: str
    reason: str


class CorrectDialog(BaseDialog):
    """Dismissed with a `Correction` or None; says all the time what would be recorded."""

    DEFAULT_CSS = """
    CorrectDialog {
        align: center middle;
        & > VerticalScroll {
            width: 68; max-width: 100%; height: auto; max-height: 100%; padding: 1 2;
            border: round $error; background: $surface;
        }
        #title { text-style: bold; color: $text-error; }
        #body, #preview { margin-top: 1; height: auto; }
        #preview { margin-bottom: 1; }
        Input, Input:focus { height: 1; border: none; padding: 0 1; margin-top: 1; background: $panel; }
        Horizontal { height: auto; width: 100%; }
        Button { margin-right: 1; min-width: 8; }
        &.-narrow > VerticalScroll { padding: 0; border: none; }
        &.-narrow Input, &.-narrow #body, &.-narrow #preview { margin: 0; }
    }
    """
    BINDINGS = [Binding("escape", "cancel", show=False)]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (50, "-wide")]

    def __init__(self, paid: Paid, standing: Money) -> None:
        super().__init__()
        self._paid = paid
        self._standing = standing

    def compose(self) -> ComposeResult:
        standing = _("{amount} with its corrections so far").format(amount=money(self._standing))
        body = [payment_words(self._paid)]
        if self._standing != self._paid.price:
            body.append(plain(standing, "$foreground-muted"))
        with VerticalScroll(can_focus=False):
            yield Static(plain(_("Correct this payment?")), id="title")
            yield Static(Content("\n").join(body), id="body")
            yield Input(id="meant", placeholder=_("What was really paid, such as 37 000"), max_length=40)
            yield Input(
                f"{self._paid.receipt}/1", id="receipt", placeholder=_("Number of the correction"), max_length=200
            )
            yield Input(id="reason", placeholder=_("Reason"), max_length=LONGEST_REASON)
            yield Static(id="preview", markup=False)
            with Horizontal():
                yield Button(plain(_("Cancel")), id="cancel", variant="primary")
                yield Button(plain(_("Record it")), id="confirm", variant="error")

    def on_mount(self) -> None:
        self.query_one("#meant", Input).focus()
        self._draw()

    def on_resize(self, event: Resize) -> None:
        for button in self.query(Button):
            button.compact = event.size.height < 26 or event.size.width < 50

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._draw()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes on to the next box, at last to the button; it records nothing by itself."""
        event.stop()
        order = ["#meant", "#receipt", "#reason", "#confirm"]
        self.query_one(order[order.index(f"#{event.input.id}") + 1]).focus()

    def _typed(self, name: str) -> str:
        return for_storage(self.query_one(f"#{name}", Input).value).strip()

    def _judged(self) -> tuple[Correction | None, str]:
        """The correction, or None and what it lacks; what would be recorded."""
        if not self._typed("meant"):
            return None, _("The recorded amount stays; a new payment makes up the difference.")
        try:
            meant = parse_money(self._typed("meant"), self._standing.currency)
        except Usage as problem:
            return None, words(problem)
        if meant.currency != self._standing.currency:
            return None, _("A correction is in the same currency: {currency}.").format(currency=self._standing.currency)
        difference = Money(meant.amount - self._standing.amount, meant.currency)
        if not difference.amount:
            return None, _("It comes to {amount} already.").format(amount=money(meant))
        preview = _("{old} stays; {difference} is recorded beside it, together {meant}").format(
            old=money(self._paid.price or self._standing), difference=money(difference), meant=money(meant)
        )
        if not self._typed("receipt"):
            return None, _("The correction needs a number of its own.")
        if not self._typed("reason"):
            return None, f"{preview}. {_('Say why: the reason goes into the journal.')}"
        return Correction(meant, self._typed("receipt"), self._typed("reason")), preview

    def _draw(self) -> None:
        correction, said = self._judged()
        self.query_one("#preview", Static).update(
            plain(said, "bold" if correction is not None else "$foreground-muted")
        )

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id != "confirm":
            self.dismiss(None)
            return
        correction, _said = self._judged()
        if correction is not None:
            self.dismiss(correction)
            return
        lacking = next((name for name in ("meant", "receipt", "reason") if not self._typed(name)), "meant")
        self.query_one(f"#{lacking}").focus()

    def action_cancel(self) -> None:
        self.dismiss(None)
