"""The grant sheet: one person, what they bought, what would change; Ctrl+S does it."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input, Static

from models.errors import FrontdeskError, NotFound
from models.rules.expiry import LIFETIME
from models.rules.receipts import cash_receipt
from models.rules.sales import PROCESSORS, TIERS
from models.rules.text import for_storage, one_line
from models.views.access import Granted, GrantOffer, GrantPreview
from screens.access_words import notice_of, tier_word
from screens.actions import BY_ID, Context, bindings, display
from screens.base import BaseDialog
from screens.dialogs.grant_form import (
    BY_HAND,
    NO_TIER,
    Form,
    Lack,
    access_now,
    difference,
    field_of,
    joined,
    order_of,
    told,
    why_not_mark,
)
from screens.i18n import _
from screens.money import money
from screens.text import plain
from screens.widgets.choice_row import ChoiceRow
from screens.widgets.preset_input import PresetInput
from screens.wording import words
from screens.work import start

if TYPE_CHECKING:
    from models.services.desk import Desk
    from screens.services import Services

#: Seconds after the last key of a field until the preview is asked for.
PAUSE = 0.12
_FOOTER = ("grant.do", "grant.cash", "grant.notify", "grant.revoke", "grant.out")


@dataclass(frozen=True, slots=True)
class Who:
    """Whom a sheet is about, as the screen that opens it knows them; names are raw."""

    user_id: int
    name: str
    username: str | None
    telegram_id: int | None


@dataclass(frozen=True, slots=True)
class Marked:
    """Access was given without a tier."""

    name: str


class GrantSheet(BaseDialog):
    """Dismissed with what was Granted or Marked, "revoke", or None. `body` is the message under the cursor."""

    CONTEXTS = (Context.GRANT,)
    BINDINGS = bindings(Context.GRANT)
    DEFAULT_CSS = """
    GrantSheet {
        align: center middle;
        & > VerticalScroll {
            width: 78; max-width: 100%; height: auto; max-height: 100%; padding: 0 2;
            border: round $border; border-title-color: $accent; background: $surface; scrollbar-size-vertical: 1;
        }
        Static { height: auto; width: 100%; }
        #fields { height: auto; width: 100%; margin: 1 0; }
        #footer { margin-top: 1; }
        .row { height: 1; width: 100%; }
        .row > .name { width: 10; height: 1; color: $foreground-muted; }
        .row > .hint { width: auto; max-width: 24; height: 1; color: $foreground-muted; padding-left: 1; }
        &.-bare .bought { display: none; }
        &.-narrow > VerticalScroll { padding: 0; border: none; }
        &.-narrow .hint { display: none; }
        &.-low #fields { margin: 0; }
        &.-low #footer { margin: 0; }
    }
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (60, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (22, "-high")]

    def __init__(self, services: Services, who: Who, *, body: str | None = None) -> None:
        super().__init__()
        self.services = services
        self.who = who
        self._body = body
        self._offer: GrantOffer | None = None
        self._reading = asyncio.Lock()
        self._differs: list[str] = []
        self._preview: list[tuple[str, str]] = []
        self._typing: Timer | None = None
        self._busy = False

    def compose(self) -> ComposeResult:
        tiers = [(tier, f"{number} {tier_word(tier)}") for number, tier in enumerate(TIERS, start=1)]
        processors = [(BY_HAND, _("by hand")), *((name, name) for name in PROCESSORS)]
        telling = [("yes", _("the person")), ("no", _("nobody"))]
        with VerticalScroll(can_focus=False) as box:
            box.border_title = _("Access")
            yield Static(self._named(), id="who")
            yield Static(plain(_("Looking…"), "$foreground-muted"), id="now")
            with Vertical(id="fields"):
                yield from self._row(_("tier"), ChoiceRow([*tiers, (NO_TIER, _("0 none"))], id="tier"))
                yield from self._row(_("amount"), PresetInput(placeholder="38000 RUB", id="amount"), bought=True)
                yield from self._row(_("receipt"), PresetInput(placeholder=_("its number"), id="receipt"), bought=True)
                yield from self._row(_("through"), ChoiceRow(processors, BY_HAND, id="processor"), bought=True)
                yield from self._row(_("lasts"), PresetInput(placeholder="12m, 22.11.2027", id="term"), bought=True)
                yield from self._row(_("tell"), ChoiceRow(telling, "yes", id="notify"), bought=True)
                yield from self._row(_("why"), PresetInput(placeholder=_("a note for the journal"), id="why"))
            yield Static(id="said", markup=False)
            yield Static(self._keys(), id="footer", markup=False)

    def _row(self, name: str, field: ChoiceRow | PresetInput, *, bought: bool = False) -> ComposeResult:
        with Horizontal(classes="row bought" if bought else "row"):
            yield Static(plain(name), classes="name")
            yield field
            yield Static(id=f"{field.id}-hint", classes="hint", markup=False)

    def _named(self) -> Content:
        line = plain(one_line(self.who.name, 120), "bold")
        if self.who.username:
            line = line + plain(f"  @{one_line(self.who.username, 64)}", "$foreground-muted")
        if self.who.telegram_id is not None:
            number = _("Telegram id {id}").format(id=self.who.telegram_id)
            line = line + plain(f"  {number}", "$foreground-muted")
        return line

    def _keys(self) -> Content:
        parts = []
        held = self._offer is not None and (self._offer.paid or any(each.current for each in self._offer.enrollments))
        for id in _FOOTER:
            if id == "grant.revoke" and not held:
                continue
            action = BY_ID[id]
            keys = display(self.console.keys.get(id, action.keys)[:1])
            parts.append(plain(keys, "bold $accent") + plain(f" {_(action.footer)}", "$foreground-muted"))
        return Content("   ").join(parts)

    def on_mount(self) -> None:
        self.query_one("#tier").focus()
        start(self, self._open, name="offer")

    async def _open(self) -> None:
        try:
            await self._known()
        except NotFound as error:
            self.dismiss(None)
            self.explain(error)
            return
        self._look()

    async def _known(self) -> GrantOffer:
        """What the person has; read once, and again after somebody changed it."""
        async with self._reading:
            if self._offer is None:
                self._offer = await self._read()
                self._take(self._offer)
            return self._offer

    async def _read(self) -> GrantOffer:
        user_id, body = self.who.user_id, self._body
        return await self.services.call(lambda desk: desk.offers.of(user_id, body=body))

    def _take(self, offer: GrantOffer) -> None:
        self.query_one("#now", Static).update(access_now(offer, self.console.clock()))
        self.query_one("#footer", Static).update(self._keys())
        unused = next((each.receipt for each in offer.receipts if each.use is None), None)
        self._field("receipt").offer([each.receipt for each in offer.receipts], unused)
        if self._tier.value is None:
            held = [each.tier for each in reversed(offer.enrollments) if each.tier in TIERS and each.current]
            self._choose(next(iter(held), self.services.presets.only_tier))
        self._draw_hints()

    # The fields

    @property
    def _tier(self) -> ChoiceRow:
        return self.query_one("#tier", ChoiceRow)

    def _field(self, id: str) -> PresetInput:
        return self.query_one(f"#{id}", PresetInput)

    def _form(self) -> Form:
        return Form(
            tier=self._tier.value,
            amount=self._field("amount").value,
            receipt=self._field("receipt").value,
            term=self._field("term").value,
            processor=self.query_one("#processor", ChoiceRow).value or BY_HAND,
            notify=self.query_one("#notify", ChoiceRow).value == "yes",
            why=self._field("why").value,
        )

    def _choose(self, tier: str | None) -> None:
        """This tier, with what the configuration offers for it."""
        if tier is None:
            return
        self._tier.choose(tier)
        self.set_class(tier == NO_TIER, "-bare")
        if tier != NO_TIER:
            presets = self.services.presets
            prices = [" ".join(money(price).split()) for price in presets.prices_of(tier)]
            terms = [str(term) for term in dict.fromkeys((*presets.terms_of(tier), LIFETIME))]
            self._field("amount").offer(prices, next(iter(prices), None))
            self._field("term").offer(terms, terms[0])
        self._draw_hints()
        self._look()

    def _draw_hints(self) -> None:
        receipts = self._offer.receipts if self._offer is not None else ()
        used = {each.receipt for each in receipts if each.use is not None}
        for field in self.query(PresetInput):
            at, of = field.place
            hint = _("{at} of {of} ↑↓").format(at=at or "–", of=of) if of > 1 or (of and not at) else ""
            if field.id == "receipt" and field.value in used:
                hint = _("used · {hint}").format(hint=hint) if hint else _("used")
            self.query_one(f"#{field.id}-hint", Static).update(plain(hint))

    def on_choice_row_chosen(self, event: ChoiceRow.Chosen) -> None:
        event.stop()
        if event.row.id == "tier":
            self._choose(event.value)
        else:
            self._look()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._draw_hints()
        if self._typing is not None:
            self._typing.stop()
        self._typing = self.set_timer(PAUSE, self._look)

    def action_tier(self, number: int) -> None:
        self._choose((NO_TIER, *TIERS)[number])

    def action_cash(self) -> None:
        self._field("receipt").put(cash_receipt(self.console.clock(), secrets.randbits(40)))

    def action_notify_person(self) -> None:
        row = self.query_one("#notify", ChoiceRow)
        row.choose("no" if row.value == "yes" else "yes", tell=True)

    # The preview

    def _look(self) -> None:
        start(self, self._show_preview, name="preview", group="preview", exclusive=True)

    async def _show_preview(self) -> None:
        form, offer = self._form(), self._offer
        self._preview = []
        if offer is None:
            return
        if form.tier == NO_TIER:
            why = why_not_mark(form, offer)
            line = _("access without an enrollment, paid no → yes, tell nobody; drift shows why")
            self._say([(line, "bold")] if why is None else [(why.words, "$text-warning")])
            return
        order = order_of(form, self.who.user_id)
        if isinstance(order, Lack):
            self._say([(order.words, "$text-warning")])
            return
        try:
            preview = await self.services.call(lambda desk: desk.grants.preview(order))
        except FrontdeskError as error:
            self._say([(words(error), "$text-error")])
            return
        preview = replace(self._told(preview, form), why_not_notify=offer.why_not_notify)
        if preview.refused is not None and preview.refused.id == "receipt-like":
            self._field("why").placeholder = _("needed: why this receipt is another one")
        self._preview = told(preview)
        self._say(self._preview)

    def _told(self, preview: GrantPreview, form: Form) -> GrantPreview:
        """With the text that tells the person, where it is wanted and can be made."""
        if not form.notify or preview.refused is not None:
            return preview
        return replace(preview, order=replace(preview.order, notice=notice_of(self.services.presets, preview)))

    def _say(self, lines: list[tuple[str, str]]) -> None:
        differs = [(line, "bold $text-warning" if not at else "$text-warning") for at, line in enumerate(self._differs)]
        self.query_one("#said", Static).update(joined([*differs, *lines]))

    # Doing it

    def action_do(self) -> None:
        why = self.console.why_not_write()
        if why is not None:
            self._say([(why, "$text-error")])
        elif not self._busy:
            self._busy = True
            self.console.write(self._do, name="grant")

    async def _do(self) -> None:
        try:
            offer = await self._known()
            form = self._form()
            result = await (self._mark(form, offer) if form.tier == NO_TIER else self._grant(form, offer))
        except FrontdeskError as error:
            if error.id == "changed-meanwhile":
                await self._show_difference()
                return
            why = words(error)
            self._say([*(line for line in self._preview if line[0] != why), (why, "bold $text-error")])
            self._focus_field(field_of(error))
            return
        finally:
            self._busy = False
        if result is not None:
            self.dismiss(result)

    async def _grant(self, form: Form, offer: GrantOffer) -> Granted | None:
        order = order_of(form, self.who.user_id)
        if isinstance(order, Lack):
            self._lacks(order)
            return None
        hold = self.services.undo_seconds

        def grant(desk: Desk) -> Granted:
            preview = desk.grants.preview(order)
            if preview.refused is not None:
                raise preview.refused
            return desk.grants.grant(self._told(preview, form).order, seen=offer.seen, hold=hold)

        return await self.services.call(grant)

    async def _mark(self, form: Form, offer: GrantOffer) -> Marked | None:
        lack = why_not_mark(form, offer)
        if lack is not None:
            self._lacks(lack)
            return None
        user_id, why = self.who.user_id, for_storage(form.why).strip()
        person = await self.services.call(lambda desk: desk.access.set_paid(user_id, True, reason=why))
        return Marked(person.row.name)

    def _lacks(self, lack: Lack) -> None:
        self._say([(lack.words, "$text-error")])
        self._focus_field(lack.field)

    def _focus_field(self, id: str) -> None:
        self.query_one(f"#{id}").focus()

    async def _show_difference(self) -> None:
        """Somebody was faster: what they changed, and the preview on top of it. The next Ctrl+S knows of it."""
        before, self._offer = self._offer, await self._read()
        if before is not None:
            self._differs = difference(before, self._offer, self.console.clock())
        self._take(self._offer)
        self._look()

    def action_revoke(self) -> None:
        if not self._busy:
            self.dismiss("revoke")

    def action_out(self) -> None:
        if not self._busy:
            self.dismiss(None)
