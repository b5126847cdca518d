"""All views of the people, with their counts and with what mends them."""

from __future__ import annotations

from collections.abc import Mapping

from textual.content import Content

from models.views import PeopleFilter
from models.views.access import DRIFT_OF
from screens.dialogs.menu import Choice, MenuDialog
from screens.i18n import _, number
from screens.people_views import FILTER_WORDS, MEANINGS, mend_word
from screens.text import plain


def views_dialog(counts: Mapping[PeopleFilter, int], chosen: PeopleFilter) -> MenuDialog:
    """All views with their counts; those of drift with what `f` does there."""
    choices = []
    for filter, name in FILTER_WORDS.items():
        count = counts.get(filter)
        drift = filter in DRIFT_OF
        words = plain(f"{_(name)}".ljust(24), "$text-warning" if drift and count else "")
        many = plain(
            "–".rjust(7) if count is None else number(count).rjust(7), "bold" if count else "$foreground-muted"
        )
        choices.append(Choice(filter.value, words + many + _meaning(filter)))
    return MenuDialog(_("Views of the people"), choices, at=chosen.value)


def _meaning(filter: PeopleFilter) -> Content:
    mend = mend_word(filter)
    words = _("f: {mend}").format(mend=mend) if mend is not None else _(MEANINGS[filter]) if filter in MEANINGS else ""
    return plain(f"  {words}", "$foreground-muted")
