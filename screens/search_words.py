"""What a search says of itself. Without textual, so that the command line reads it too."""

from __future__ import annotations

from models.views import IndexState, SearchPage
from screens.i18n import N_, _
from screens.times import moment

#: Why there is no index (models.views.IndexState.why_not).
WHY_NOT: dict[str, str] = {
    "no-fulltext": N_("this SQLite library has no full text"),
    "no-tables": N_("Frontdesk's own tables are missing: `frontdesk db upgrade` adds them"),
    "read-only": N_("opened read-only before the index was made"),
    "no-place": N_("the cache folder can't be written"),
}


def progress(state: IndexState) -> str | None:
    """How far the index is, while it is not whole."""
    if state.why_not is not None:
        return _("no index: {why}").format(why=_(WHY_NOT.get(state.why_not, state.why_not)))
    return None if state.complete else _("index {share} %").format(share=int(state.share * 100))


def far(page: SearchPage) -> list[str]:
    """What was not looked at, in lines; none when all was."""
    lines: list[str] = []
    if page.back_to is not None:
        day = moment(page.back_to)
        if page.short:
            lines.append(_("One or two letters: only messages since {day} were looked at.").format(day=day))
        else:
            lines.append(_("Only messages since {day} were looked at.").format(day=day))
    if (said := progress(page.index)) is not None and (page.back_to is not None or page.index.why_not):
        lines.append(said[:1].upper() + said[1:] + ".")
    return lines
