"""Paid access in words: what a grant changes, what was done, what the person is told. Without textual, so that the
command line reads it too. Names in what comes back are foreign text still."""

from __future__ import annotations

from datetime import datetime

from models.rules.access_presets import Presets
from models.rules.money import Money
from models.views.access import Drift, Ended, Granted, GrantPreview, LineState, Mend
from screens.i18n import N_, _
from screens.money import money
from screens.times import full_date
from screens.wording import words

TIER_WORDS = {"basic": N_("Basic"), "accelerator": N_("Accelerator"), "vip": N_("VIP")}
DRIFT_WORDS: dict[Drift, str] = {
    Drift.PAID_WITHOUT_ENROLLMENT: N_("access without an enrollment"),
    Drift.EXPIRED_BUT_PAID: N_("expired, access still on"),
    Drift.ENROLLED_BUT_NOT_PAID: N_("enrolled, access off"),
    Drift.PAID_FOR_NOT_ENROLLED: N_("paid for, not enrolled"),
    Drift.REFUNDED_WITH_ACCESS: N_("refunded, access still on"),
    Drift.EXPIRING: N_("ends within a week, not renewed"),
}
MEND_WORDS: dict[Mend, str] = {
    Mend.GRANT: N_("grant"),
    Mend.RENEW: N_("renew"),
    Mend.EXPIRE: N_("end the access"),
    Mend.SET_PAID: N_("switch the access on"),
    Mend.REVOKE: N_("revoke"),
}
LINE_WORDS: dict[LineState, str] = {
    LineState.NEW: N_("new"),
    LineState.RENEWAL: N_("renewal"),
    LineState.DONE: N_("granted before"),
    LineState.DUPLICATE: N_("receipt used"),
    LineState.LIKE: N_("receipt looks used"),
    LineState.TWO: N_("several people match"),
    LineState.NOBODY: N_("nobody found"),
    LineState.WRONG: N_("not understood"),
    LineState.LEFT: N_("left out"),
}
_NOTICES = {
    "granted": N_("Your access is open: {tier}, until {until}."),
    "renewed": N_("Your access is renewed: {tier}, until {until}."),
    "revoked": N_("Your access to the course has been closed."),
    "expired": N_("Your access to the course has ended: {tier}."),
}


def tier_word(tier: str) -> str:
    """A tier's name; one that the seed does not know as it is."""
    return _(TIER_WORDS[tier]) if tier in TIER_WORDS else tier


def until(expires_at: datetime | None) -> str:
    """The day, local, or 'for life'."""
    return _("for life") if expires_at is None else full_date(expires_at)


def preview_line(preview: GrantPreview) -> str:
    """'VIP, 38,000 ₽, until 22 November 2027, paid no → yes, notify'."""
    order = preview.order
    parts = [tier_word(order.tier), money(order.price)]
    if preview.refused is None:
        ending = until(preview.expires_at)
        if preview.expires_at is not None:
            ending = _("until {date}").format(date=ending)
        if preview.renewal:
            ending = _("{old} → {new}").format(old=until(preview.expires_before), new=until(preview.expires_at))
        parts.append(ending)
    parts.append(_("paid yes") if preview.paid_before else _("paid no → yes"))
    if order.notice is None:
        parts.append(_("tell nobody"))
    else:
        parts.append(_("notify") if preview.why_not_notify is None else _("can't notify"))
    if preview.unrecorded:
        parts.append(_("not recorded: {what}").format(what=", ".join(preview.unrecorded)))
    return ", ".join(parts)


def granted_line(granted: Granted) -> str:
    """What was granted to whom, in one line."""
    said = _("{name}: renewed {tier}, {until}") if granted.renewal else _("{name}: granted {tier}, {until}")
    ending = until(granted.expires_at)
    if granted.expires_at is not None:
        ending = _("until {date}").format(date=ending)
    line = said.format(name=granted.person_name, tier=tier_word(granted.tier), until=ending)
    if granted.notified:
        line += _(", notice queued")
    if granted.why_not_notified is not None:
        line += _(", not told: {why}").format(why=words(granted.why_not_notified))
    if granted.unrecorded:
        line += _("; only the journal records: {what}").format(what=", ".join(granted.unrecorded))
    return line


def ended_line(ended: Ended) -> str:
    """Whose access has ended, in one line."""
    line = _("{name}: access ended").format(name=ended.person_name)
    if ended.tiers:
        line += f" ({', '.join(tier_word(tier) for tier in ended.tiers)})"
    if ended.why_not_notified is not None:
        line += _(", not told: {why}").format(why=words(ended.why_not_notified))
    return line


def notice(
    presets: Presets,
    kind: str,
    *,
    name: str,
    tier: str = "",
    expires_at: datetime | None = None,
    price: Money | None = None,
    receipt: str = "",
) -> str:
    """The text that tells a person: the configuration's, else ours. `kind` is one of `access_presets.NOTICES`."""
    template = presets.notices.get(kind) or _(_NOTICES[kind])
    return template.format(
        name=name,
        tier=tier_word(tier),
        until=until(expires_at),
        amount="" if price is None else money(price),
        receipt=receipt,
    )


def notice_of(presets: Presets, preview: GrantPreview) -> str:
    """The text that goes with a grant or a renewal."""
    order = preview.order
    return notice(
        presets,
        "renewed" if preview.renewal else "granted",
        name=preview.person_name,
        tier=order.tier,
        expires_at=preview.expires_at,
        price=order.price,
        receipt=order.receipt,
    )
