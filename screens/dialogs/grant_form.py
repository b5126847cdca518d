"""What the grant sheet holds as an order, and what it says of one. Without widgets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from textual.content import Content

from models.errors import FrontdeskError, Refused, Usage
from models.rules.expiry import parse_term
from models.rules.money import parse_money
from models.rules.receipts import receipt_key
from models.rules.text import for_storage, one_line
from models.views.access import Enrolled, GrantOffer, GrantOrder, GrantPreview
from screens.access_words import preview_line, tier_word, until
from screens.i18n import _
from screens.text import plain
from screens.times import stamp
from screens.wording import words

#: Access without an enrollment: only the paid mark.
NO_TIER = "none"
BY_HAND = "hand"


@dataclass(frozen=True, slots=True)
class Form:
    """The fields as they stand; texts as typed."""

    tier: str | None
    amount: str
    receipt: str
    term: str
    processor: str
    notify: bool
    why: str


@dataclass(frozen=True, slots=True)
class Lack:
    """What is missing or can't be read, and in which field."""

    field: str
    words: str


def order_of(form: Form, user_id: int) -> GrantOrder | Lack:
    """The order that the fields make; its notice is empty."""
    if form.tier is None:
        return Lack("tier", _("Choose a tier: 1, 2 or 3."))
    if not form.amount.strip():
        return Lack("amount", _("Say what was paid, such as 38000 RUB."))
    try:
        price = parse_money(form.amount)
    except Usage as error:
        return Lack("amount", words(error))
    if not receipt_key(form.receipt):
        return Lack("receipt", _("Write the receipt's number, or Ctrl+O for cash."))
    try:
        term = parse_term(form.term)
    except Usage as error:
        return Lack("term", words(error))
    why = for_storage(form.why).strip() or None
    processor = None if form.processor == BY_HAND else form.processor
    return GrantOrder(user_id, form.tier, price, form.receipt, term, processor=processor, override=why)


def why_not_mark(form: Form, offer: GrantOffer) -> Lack | None:
    """Why the paid mark alone can't be given."""
    if offer.paid:
        return Lack("tier", _("This person has access already: choose a tier."))
    if not form.why.strip():
        return Lack("why", _("Access without a tier: say why, the reason goes into the journal."))
    return None


def field_of(error: FrontdeskError) -> str:
    """The field that a refusal is about."""
    match error.id:
        case "receipt-like":
            return "why"
        case "receipt-used" | "bad-receipt":
            return "receipt"
        case "term-shortens" | "bad-term":
            return "term"
        case "bad-amount":
            return "amount"
    return "tier"


def access_now(offer: GrantOffer, now: datetime) -> Content:
    """What the person has: the marks, then tier by tier."""
    if offer.admin:
        line = plain(_("admin, always paid"), "bold")
    elif offer.paid:
        line = plain(_("has paid access"), "bold")
    else:
        line = plain(_("no access"), "bold")
    for each in offer.enrollments:
        line = line + plain(f" · {_tier_now(each)}", "" if each.current else "$foreground-muted")
    if offer.newest is not None:
        by = _("last: {operator}, {when}").format(
            operator=one_line(offer.newest.operator_name, 40), when=stamp(offer.newest.at, now)
        )
        line = line + plain(f" · {by}", "$foreground-muted")
    return line


def _tier_now(enrolled: Enrolled) -> str:
    tier = one_line(tier_word(enrolled.tier), 40)
    if enrolled.current:
        ending = until(enrolled.expires_at)
        return f"{tier}, {ending if enrolled.expires_at is None else _('until {date}').format(date=ending)}"
    return _("{tier}, ended {date}").format(tier=tier, date=until(enrolled.expires_at))


def difference(before: GrantOffer, now: GrantOffer, moment: datetime) -> list[str]:
    """What somebody else changed meanwhile, a line each."""
    lines = []
    if now.newest is not None and (before.newest is None or now.newest.id != before.newest.id):
        who = _("{operator} changed this person's access, {when}:").format(
            operator=one_line(now.newest.operator_name, 60), when=stamp(now.newest.at, moment)
        )
    else:
        who = _("Somebody changed this person's access outside Frontdesk:")
    lines.append(who)
    for name, was, becomes in ((_("admin"), before.admin, now.admin), (_("paid"), before.paid, now.paid)):
        if was != becomes:
            lines.append(f"  {name}: {_yes_no(was)} → {_yes_no(becomes)}")
    old, new = ({each.tier: each for each in offer.enrollments} for offer in (before, now))
    for tier in dict.fromkeys((*old, *new)):
        was_there, is_there = _spoken(old.get(tier)), _spoken(new.get(tier))
        if was_there != is_there:
            lines.append(f"  {one_line(tier_word(tier), 40)}: {was_there} → {is_there}")
    lines.append(_("Ctrl+S grants on top of that, Esc leaves it as it is."))
    return lines


def _yes_no(value: bool) -> str:
    return _("yes") if value else _("no")


def _spoken(enrolled: Enrolled | None) -> str:
    if enrolled is None:
        return "—"
    ending = until(enrolled.expires_at)
    return f"{ending} ({one_line(enrolled.receipt, 40)})" if enrolled.receipt else ending


def told(preview: GrantPreview) -> list[tuple[str, str]]:
    """The preview: lines and their styles."""
    lines = [(preview_line(preview), "bold $accent" if preview.refused is None else "bold")]
    if preview.refused is not None:
        lines.append((words(preview.refused), "$text-error"))
    elif preview.uses:
        like = preview.uses[0]
        used = Refused(
            "receipt-like", receipt=like.receipt, name=like.person_name, at=like.at, operator=like.operator_name or "-"
        )
        lines.append((words(used), "$text-warning"))
    if preview.renewal and preview.refused is None:
        lines.append((_("A renewal: the earlier term stays in the journal."), "$foreground-muted"))
    if preview.order.notice is not None and preview.why_not_notify is not None:
        lines.append((words(preview.why_not_notify), "$text-warning"))
    if preview.unrecorded:
        missing = _("There is no table here for: {what}. Tier, amount, receipt and end stand in the journal.")
        lines.append((missing.format(what=", ".join(preview.unrecorded)), "$text-warning"))
    return lines


def joined(lines: Sequence[tuple[str, str]]) -> Content:
    """Lines and styles for a widget; the words may hold foreign text."""
    return Content("\n").join(plain(line, style) for line, style in lines)
