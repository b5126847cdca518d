"""Who can't be reached, in words. Without textual."""

from __future__ import annotations

from datetime import datetime

from models.rules.text import one_line
from models.views import Lead, Reach, Unreachable
from screens.i18n import N_, _
from screens.times import calendar, hours, local

#: In a list: a glyph that no state of a reply has.
GLYPH = "⊘"
_WORDS: dict[Unreachable, str] = {
    Unreachable.BLOCKED: N_("{name} blocked the bot {when}: a reply can't reach them"),
    Unreachable.DEACTIVATED: N_("{name} has no Telegram account any more (since {day}): a reply can't reach them"),
    Unreachable.NOT_FOUND: N_("Telegram knows no chat with {name} (since {day}): a reply can't reach them"),
    Unreachable.NO_RIGHTS: N_("The bot may not write to {name} (since {day}): a reply can't reach them"),
}
_SHORT: dict[Unreachable, str] = {
    Unreachable.BLOCKED: N_("blocked the bot {when}"),
    Unreachable.DEACTIVATED: N_("no Telegram account any more (since {day})"),
    Unreachable.NOT_FOUND: N_("Telegram knows no such chat (since {day})"),
    Unreachable.NO_RIGHTS: N_("the bot may not write to them (since {day})"),
}


def cant_reach(lead: Lead, now: datetime) -> str | None:
    """Why a reply by the bot would not arrive; None: nothing is known against it."""
    if lead.reach is None:
        return None
    name = one_line(lead.name, 40)
    return _(_WORDS[lead.reach.kind]).format(name=name, **_when(lead.reach, now))


def briefly(reach: Reach, now: datetime) -> str:
    """The fact alone, for the lead's panel."""
    return _(_SHORT[reach.kind]).format(**_when(reach, now))


def _when(reach: Reach, now: datetime) -> dict[str, str]:
    """`day`: `14:05` today, else `21 Nov`, in another year `21 Nov 2025`; `when`: the same with its preposition."""
    when = local(reach.since)
    if when.date() == local(now).date():
        time = hours(reach.since)
        return {"day": time, "when": _("today at {time}").format(time=time)}
    day = calendar(when.date(), year=when.year != local(now).year).partition(" ")[2]
    return {"day": day, "when": _("on {day}").format(day=day)}
