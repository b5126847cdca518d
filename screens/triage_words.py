"""Acts of triage in words: what was done, what would be taken back, what became of each of many."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from models.rules.text import one_line
from models.rules.triage import Deed, Kind, Outcome
from screens.i18n import N_, _, ngettext
from screens.times import stamp

if TYPE_CHECKING:
    from models.services.undo import Undoable

#: Longest name in a status line.
NAME = 40
OUTCOME_WORDS: dict[Outcome, str] = {
    Outcome.BOUGHT: N_("bought"),
    Outcome.LOST: N_("lost"),
    Outcome.NOT_A_LEAD: N_("not a lead"),
}
RESULT_WORDS: dict[str, str] = {
    "changed": N_("done"),
    "same": N_("was so already"),
    "gone": N_("not there any more"),
}
_KINDS: dict[str, str] = {
    "done": N_("done"),
    "reopen": N_("back among what is to be done"),
    "claim": N_("claimed"),
    "release": N_("given free"),
    "note": N_("a note"),
    "unnote": N_("a note taken away"),
    "reply": N_("a held reply"),
    "grant": N_("access"),
    "correct": N_("a correction of the lead"),
    "pause": N_("the AI paused"),
    "resume": N_("the AI let go on"),
}


def deed_words(deed: Deed, now: datetime) -> str:
    """`done`, `snoozed until Mon 30 Nov 09:00`, `tag #vip`."""
    match deed.kind:
        case Kind.SNOOZE if deed.until is None:
            return _("snoozed until they write")
        case Kind.SNOOZE:
            until = stamp(deed.until, now)
            return (_("snoozed until {time}") if deed.wakes else _("snoozed until {time} whatever they write")).format(
                time=until
            )
        case Kind.TAG:
            return _("tag #{tag}").format(tag=one_line(deed.tag, NAME))
        case Kind.UNTAG:
            return _("without tag #{tag}").format(tag=one_line(deed.tag, NAME))
        case Kind.OUTCOME:
            if deed.outcome is None:
                return _("without an outcome")
            return _("outcome: {outcome}").format(outcome=_(OUTCOME_WORDS[deed.outcome]))
        case _:
            return _(_KINDS.get(deed.kind.value, deed.kind.value))


def whom(total: int, name: str) -> str:
    """One person's name, or how many."""
    if total == 1:
        return one_line(name, NAME) or _("somebody")
    return ngettext("{count:,} conversation", "{count:,} conversations", total).format(count=total)


def act_words(what: Undoable, now: datetime) -> str:
    """`done · Anna Petrova · 14:05`: what z takes back."""
    said = deed_words(what.deed, now) if what.deed is not None else _(_KINDS.get(what.kind, what.kind))
    if what.reply and what.kind != "reply":
        said = _("{act} and the held reply").format(act=said)
    return f"{said} · {whom(what.total, what.name)} · {stamp(what.at, now)}"
