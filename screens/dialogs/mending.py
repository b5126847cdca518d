"""What mending one kind of drift would change for one person, before anything is changed."""

from __future__ import annotations

from textual.content import Content

from models.views import PersonRow
from models.views.access import MENDS, Drift, Mend, PersonAccess
from screens.access_words import DRIFT_WORDS, tier_word, until
from screens.dialogs.confirm import ConfirmDialog
from screens.dialogs.switches import changes, who
from screens.i18n import _
from screens.text import plain


def mend_dialog(kind: Drift, row: PersonRow, access: PersonAccess) -> ConfirmDialog:
    """Asks before access that ran out is ended, or access that lasts is switched on again."""
    on = MENDS[kind] is Mend.SET_PAID
    title = _("Switch the access on again?") if on else _("End the access that ran out?")
    body = [who(row), plain(_(DRIFT_WORDS[kind]), "$text-warning"), tiers(access)]
    body.append(changes(row, admin=row.admin, paid=on))
    return ConfirmDialog(title, Content("\n\n").join(body), _("Switch on") if on else _("End it"), reason=on)


def tiers(access: PersonAccess) -> Content:
    """What is enrolled, a line each."""
    lines = []
    for each in access.enrollments:
        ends = _("for life") if each.expires_at is None else until(each.expires_at)
        words = _("{tier}: until {date}") if each.current and each.expires_at else _("{tier}: {date}")
        if not each.current:
            words = _("{tier}: ended {date}")
        lines.append(plain(words.format(tier=tier_word(each.tier), date=ends)))
    return Content("\n").join(lines or [plain(_("no enrollment"), "$foreground-muted")])
