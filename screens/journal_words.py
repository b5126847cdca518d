"""The journal in words. Without textual. What comes back is cleaned, one line each."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from models.rules.clock import iso_z
from models.rules.text import one_line
from models.views import JournalEntry
from screens.access_words import tier_word, until
from screens.i18n import N_, _
from screens.money import money
from screens.times import short_date

#: Acts of the journal in words; another act stands there by its own name.
ACTS: dict[str, str] = {
    "grant": N_("granted {tier}"),
    "renew": N_("renewed {tier}"),
    "undo": N_("took back a grant of {tier}"),
    "revoke": N_("revoked {tier}"),
    "expire": N_("ended the access that ran out"),
    "paid.on": N_("gave paid access"),
    "paid.off": N_("took paid access away"),
    "admin.on": N_("made an admin"),
    "admin.off": N_("took the admin right away"),
    "refund": N_("noted a refund"),
    "correct": N_("corrected a payment"),
    "session.end": N_("ended the web session"),
    "delete": N_("deleted the person"),
    "lesson": N_("noted a lesson"),
    "reply.delivered": N_("said that a reply arrived"),
    "reply.retry": N_("sent a reply again"),
    "reply.cancel": N_("gave a reply up"),
    "message.edit": N_("changed a message"),
    "message.delete": N_("deleted a message"),
    "lead.correct": N_("corrected the lead"),
    "lead.accept": N_("took the AI's word over"),
    "lead.restore": N_("brought a correction back"),
    "lead.write": N_("wrote the lead"),
    "ai.pause": N_("paused the AI"),
    "ai.resume": N_("let the AI go on"),
    "ai.reset": N_("reset a stuck AI"),
}
#: What changes who has access, for the history of it.
ACCESS = frozenset({"grant", "renew", "undo", "revoke", "expire", "paid.on", "paid.off", "admin.on", "admin.off"})
#: What gives access.
GIVING = ("grant", "renew", "paid.on", "admin.on")
_NAMES = {
    "paid": N_("paid"),
    "admin": N_("admin"),
    "session": N_("web session"),
    "completed": N_("completed"),
    "seconds": N_("seconds"),
    "lesson": N_("lesson"),
    "status": N_("status"),
    "receipt": N_("receipt"),
    "amount": N_("amount"),
    "enrollment": N_("enrollment"),
    "processor": N_("processor"),
    "score": N_("score"),
    "real_name": N_("real name"),
    "background": N_("background"),
    "query": N_("question"),
    "ai_paused": N_("AI paused"),
    "ai_processing": N_("AI at work"),
}


def act(entry: JournalEntry) -> str:
    """`granted VIP`, `noted a refund`."""
    words = ACTS.get(entry.action)
    if words is None:
        return one_line(entry.action, 60)
    # A revoke of bare access names no tier.
    return one_line(_(words).format(tier=tier_word(entry.tier) if entry.tier else _("the access")), 120)


def about(entry: JournalEntry) -> str:
    """Whom or what an entry is about: the name, else the number of somebody who is gone."""
    if entry.person_name is not None:
        return one_line(entry.person_name, 120)
    if entry.subject_type == "user":
        return _("person #{id}, gone").format(id=entry.subject_id)
    return one_line(f"{entry.subject_type} #{entry.subject_id}", 60)


def facts(entry: JournalEntry) -> str:
    """`38 000 ₽ · receipt R-1 · until 22.11.2027`, as far as the entry has such facts."""
    found = [] if entry.amount is None else [money(entry.amount)]
    if entry.receipt:
        found.append(_("receipt {receipt}").format(receipt=one_line(entry.receipt, 80)))
    if entry.action in ("grant", "renew", "revoke", "undo") and entry.tier:
        found.append(
            _("for life") if entry.expires_at is None else _("until {date}").format(date=until(entry.expires_at))
        )
    return " · ".join(found)


def line(entry: JournalEntry) -> str:
    """Act and facts in one line."""
    return " · ".join(filter(None, (act(entry), facts(entry), _("taken back since") if entry.taken_back else "")))


def values(before: str, after: str) -> str:
    """`paid: no → yes` from the journal's two records; as they stand when they are not ours."""
    return one_line(", ".join(changes(before, after)), 200)


def changes(before: str, after: str) -> list[str]:
    """One `name: was → becomes` for each value that differs, or that only one side has."""
    try:
        was, becomes = json.loads(before), json.loads(after)
        names = [*was.keys(), *(name for name in becomes if name not in was)]
        return [
            one_line(f"{_(_NAMES[name]) if name in _NAMES else name}: {_change(was, becomes, name)}", 200)
            for name in names
            if was.get(name) != becomes.get(name)
        ]
    except (ValueError, AttributeError, TypeError):
        return [one_line(f"{before} → {after}", 200)]


def _change(was: dict[str, Any], becomes: dict[str, Any], name: str) -> str:
    if name not in was:
        return _value(becomes[name])
    return f"{_value(was[name])} → {_value(becomes.get(name))}"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value is None:
        return _("none")
    if isinstance(value, dict) and isinstance(value.get("tier"), str):
        return _enrollment(value)
    return one_line(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), 120)


def _enrollment(value: dict[str, Any]) -> str:
    """`VIP until 22.11.2027`."""
    ends = value.get("expires_at")
    tier = tier_word(value["tier"])
    if ends is None:
        return _("{tier} for life").format(tier=tier)
    try:
        moment = datetime.fromisoformat(str(ends))
        return _("{tier} until {date}").format(tier=tier, date=until(moment))
    except ValueError:
        return f"{tier} {ends}"


def exact(moment: datetime) -> str:
    """Day, time to the second and zone: what a complaint is settled by."""
    try:
        return f"{short_date(moment)} {moment.astimezone():%H:%M:%S %z}"
    except (OverflowError, ValueError, OSError):
        return iso_z(moment) or "—"
