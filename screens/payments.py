"""Payments: what was paid, by whom, for what, with exact sums. An amount never changes: a refund changes the state, a
correction is a payment beside it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import Key, Resize
from textual.timer import Timer
from textual.widgets import Input, Static

from models.errors import Refused
from models.rules.text import one_line
from models.views import Changes
from models.views.access import Paid, PaymentFilter, PaymentSums
from screens.access_words import tier_word
from screens.actions import Action, Context, bindings
from screens.base import BaseScreen
from screens.dialogs.confirm import Confirmed
from screens.dialogs.payment_acts import CorrectDialog, Correction, refund_dialog
from screens.i18n import _
from screens.journal_words import exact
from screens.payment_words import STATUS_STYLES, VIEWS, parse_filter, price_word, processor_word, status_word, sum_words
from screens.saving import Command, list_command
from screens.services import Services
from screens.text import plain
from screens.widgets.filter_tabs import FilterTabs
from screens.widgets.payment_list import PaymentList, heading
from screens.widgets.status_bar import StatusBar
from screens.wording import words
from screens.work import start

if TYPE_CHECKING:
    from models.services.desk import Desk

#: Seconds after the last key of a filter.
PAUSE = 0.15
MUTED = "$foreground-muted"


class PaymentsScreen(BaseScreen):
    """The selection belongs to a payment."""

    CONTEXTS = (Context.PAYMENTS,)
    BINDINGS = bindings(Context.PAYMENTS)
    CSS_PATH = "payments.tcss"
    AUTO_FOCUS = "#payments-list"

    def __init__(self, services: Services) -> None:
        super().__init__(services, id="payments")
        self._view = "all"
        self._sums: PaymentSums | None = None
        self._typing: Timer | None = None
        self._summing = self._again = False

    def compose(self) -> ComposeResult:
        yield FilterTabs([_(words) for words in VIEWS.values()], warn=[len(VIEWS) - 1], id="views")
        with Horizontal(id="panes"):
            with Vertical(id="left"):
                yield Input(id="search", placeholder=_("Day (23.11, today, week), tier, stripe, hand, receipt or name"))
                yield Static(id="heading", markup=False)
                yield PaymentList(self.services, self.console.clock, id="payments-list")
                yield Static(id="sums", markup=False)
            with VerticalScroll(id="payment", can_focus=False):
                yield Static(id="payment-details", markup=False)
        yield StatusBar()

    def on_mount(self) -> None:
        self._draw_sums()
        self._sum()

    @property
    def payments(self) -> PaymentList:
        return self.query_one(PaymentList)

    @property
    def paid(self) -> Paid | None:
        """The payment under the cursor."""
        return self.payments.current_row

    def on_resize(self, event: Resize) -> None:
        width, height = event.size
        self.set_class(width < 100, "-one")
        self.set_class(width < 40 or height < 14, "-tiny")
        self.call_after_refresh(self._draw_heading)

    def _draw_heading(self) -> None:
        self.query_one("#heading", Static).update(plain(heading(self.payments.scrollable_content_region.width)))

    # Filter and sums

    def _wanted(self, view: str) -> PaymentFilter:
        return parse_filter(self.query_one("#search", Input).value, view, self.console.clock())

    def _show_list(self) -> None:
        if self._typing is not None:
            self._typing.stop()
        self.payments.show(self._wanted(self._view))
        self._draw_sums()
        self._sum()

    def _sum(self) -> None:
        """Sums are taken one after another: of several changes meanwhile the last one is enough."""
        self._again = True
        if not self._summing:
            self._summing = True
            start(self, self._read_sums, name="sums", group="sums")

    async def _read_sums(self) -> None:
        try:
            while self._again:
                self._again = False
                self._sums = await self.services.call(partial(_summary, self._wanted("all")))
                self._draw_sums()
        finally:
            self._summing = False

    def _draw_sums(self) -> None:
        sums, counts = self._sums, {}
        line = Content("")
        if sums is not None:
            counts = {0: sums.count, len(VIEWS) - 1: sums.orphans.count}
            for place, name in enumerate(VIEWS):
                if name in sums.by_status or 0 < place < len(VIEWS) - 1:
                    found = sums.by_status.get(name)
                    counts[place] = found.count if found is not None else 0
            parts = [
                plain(f"{status_word(status)} ", MUTED) + plain(sum_words(found), STATUS_STYLES.get(status, "bold"))
                for status, found in sums.by_status.items()
            ]
            line = Content(" ") + plain("   ").join(parts)
        self.query_one(FilterTabs).show(list(VIEWS).index(self._view), counts)
        self.query_one("#sums", Static).update(line)

    def action_search(self) -> None:
        self.query_one("#search", Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self._typing is not None:
            self._typing.stop()
        self._typing = self.set_timer(PAUSE, self._show_list)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._show_list()
        self.payments.focus()

    def on_key(self, event: Key) -> None:
        if event.key == "down" and self.focused is self.query_one("#search", Input):
            event.stop()
            self.payments.focus()

    def savings(self) -> list[Command]:
        wanted = self._wanted(self._view)
        return [list_command(self, "payments", lambda desk: desk.exports.payments(wanted))]

    def action_filter(self, step: int) -> None:
        names = list(VIEWS)
        self.action_filter_number((names.index(self._view) + step) % len(names) + 1)

    def action_filter_number(self, number: int) -> None:
        self._view = list(VIEWS)[number - 1]
        self._show_list()

    def on_filter_tabs_chosen(self, event: FilterTabs.Chosen) -> None:
        self.action_filter_number(event.index + 1)

    def action_out(self) -> None:
        """One step out: the filter's box, the filter, the people."""
        box = self.query_one("#search", Input)
        if self.focused is box:
            self.payments.focus()
        elif box.value:
            box.value = ""
            self._show_list()
        else:
            self.app.switch_mode("users")

    # The payment

    def on_payment_list_highlighted(self, event: PaymentList.Highlighted) -> None:
        event.stop()
        self._draw()

    def on_payment_list_updated(self, event: PaymentList.Updated) -> None:
        event.stop()
        self._draw()

    def on_news(self, changes: Changes) -> None:
        # An application that writes payments by itself moves no watermark of ours.
        self.payments.refresh_from(changes)
        if self.is_current:
            self._sum()

    def on_screen_resume(self) -> None:
        # What came while another screen was shown.
        self._sum()

    def _draw(self) -> None:
        paid = self.paid
        content = in_full(paid) if paid is not None else Content("")
        self.query_one("#payment-details", Static).update(content)
        self.refresh_bar()

    def why_dim(self, action: Action) -> str | None:
        why = super().why_dim(action)
        paid, desk = self.paid, self.services.desk
        if why is not None or action.context is not Context.PAYMENTS:
            return why
        if action.id in ("payments.refund", "payments.correct", "payments.who", "payments.copy") and paid is None:
            return _("No payment is chosen.")
        if action.id in ("payments.refund", "payments.correct") and paid is not None and paid.status != "completed":
            return words(Refused("not-completed", receipt=paid.receipt, status=status_word(paid.status)))
        if action.id == "payments.correct" and desk is not None and not desk.features.planned:
            return words(Refused("no-payments"))
        return None

    def on_payment_list_opened(self, event: PaymentList.Opened) -> None:
        event.stop()
        paid = self.payments.row(event.payment_id)
        if paid is not None:
            self.console.show_user(paid.user_id, back="payments")

    def action_who(self) -> None:
        paid = self.paid
        if self.allowed("payments.who") and paid is not None:
            self.console.show_receipt(paid.receipt, back="payments")

    def action_copy_receipt(self) -> None:
        paid = self.paid
        if self.allowed("payments.copy") and paid is not None:
            self.app.copy_to_clipboard(paid.receipt)
            self.status(_("Copied: {what}").format(what=one_line(paid.receipt, 80)))

    # Refund and correction

    def action_refund(self) -> None:
        paid = self.paid
        if not self.allowed("payments.refund") or paid is None:
            return

        def answered(answer: Confirmed | None) -> None:
            if answer is not None:
                self.console.write(partial(self._refund, paid, answer.reason or ""), name="refund")

        self.app.push_screen(refund_dialog(paid), answered)

    async def _refund(self, paid: Paid, reason: str) -> None:
        await self.services.call(lambda desk: desk.payments.refund(paid.receipt, reason))
        said = _("{receipt} is refunded; the access of {name} stays as it is.")
        self.console.say(said.format(receipt=one_line(paid.receipt, 60), name=one_line(paid.person_name, 60)))
        self.console.publish(Changes(people=True))

    def action_correct(self) -> None:
        paid = self.paid
        if self.allowed("payments.correct") and paid is not None:
            start(self, partial(self._ask_correction, paid), name="correct", group="asking", exclusive=True)

    async def _ask_correction(self, paid: Paid) -> None:
        standing = await self.services.call(lambda desk: desk.payments.standing(paid.receipt))
        if standing is None:
            self.status(_("The amount of this payment can't be read: it can't be corrected here."))
            return
        answer: Correction | None = await self.app.push_screen_wait(CorrectDialog(paid, standing))
        if answer is not None:
            self.console.write(partial(self._correct, paid, answer), name="correct")

    async def _correct(self, paid: Paid, answer: Correction) -> None:
        made = await self.services.call(
            lambda desk: desk.payments.correct_to(paid.receipt, answer.receipt, answer.meant, answer.reason)
        )
        said = _("{difference} is recorded as {receipt}, beside {old}.")
        self.console.say(
            said.format(
                difference=price_word(made.price),
                receipt=one_line(made.receipt, 60),
                old=one_line(paid.receipt, 60),
            )
        )
        self.console.publish(Changes(people=True))


def _summary(wanted: PaymentFilter, desk: Desk) -> PaymentSums:
    return desk.payments.summary(wanted)


def in_full(paid: Paid) -> Content:
    """Everything that is known of a payment."""
    lines = [plain(price_word(paid.price), "bold"), plain(one_line(paid.person_name, 120), "bold")]
    if paid.username:
        lines.append(plain(f"@{one_line(paid.username, 64)}", MUTED))
    lines.append(Content(""))

    def fact(name: str, value: str, style: str = "") -> None:
        lines.append(plain(f"{name}  ", MUTED) + plain(value, style))

    fact(_("status"), status_word(paid.status), STATUS_STYLES.get(paid.status, ""))
    fact(_("receipt"), one_line(paid.receipt, 200))
    fact(_("when"), exact(paid.at) if paid.at is not None else "—")
    fact(_("tier"), one_line(tier_word(paid.tier), 40) if paid.tier else "—")
    fact(_("processor"), processor_word(paid.processor))
    if paid.corrects:
        fact(_("corrects"), one_line(paid.corrects, 200))
    elif paid.orphan and paid.status == "completed":
        lines.append(plain(_("belongs to no enrollment: who paid has got nothing for it"), "$text-warning"))
    lines += [Content(""), plain(_("Enter opens the person"), "$foreground-disabled")]
    return Content("\n").join(lines)
