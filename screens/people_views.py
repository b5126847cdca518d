"""The views and orders of Users in words, and what each view holds. Without textual."""

from __future__ import annotations

from models.views import PeopleFilter, PeopleSort
from models.views.access import DRIFT_OF, MENDS
from screens.access_words import MEND_WORDS
from screens.i18n import N_, _

#: In the order of their digits; those of drift come last.
FILTER_WORDS: dict[PeopleFilter, str] = {
    PeopleFilter.ALL: N_("All"),
    PeopleFilter.ADMIN: N_("Admins"),
    PeopleFilter.PAID: N_("Paid"),
    PeopleFilter.SIGNED_IN: N_("Signed in"),
    PeopleFilter.NEVER_WROTE: N_("Never wrote"),
    PeopleFilter.EXPIRING: N_("Expiring"),
    PeopleFilter.EXPIRED: N_("Expired"),
    PeopleFilter.BLOCKED: N_("Blocked the bot"),
    PeopleFilter.PAID_WITHOUT_ENROLLMENT: N_("Paid, not enrolled"),
    PeopleFilter.EXPIRED_BUT_PAID: N_("Expired, still paid"),
    PeopleFilter.ENROLLED_BUT_NOT_PAID: N_("Enrolled, not paid"),
    PeopleFilter.PAID_FOR_NOT_ENROLLED: N_("Paid for, not enrolled"),
    PeopleFilter.REFUNDED_WITH_ACCESS: N_("Refunded, has access"),
    PeopleFilter.EXPIRING_WITHOUT_RENEWAL: N_("Expiring, not renewed"),
}
#: Longer words for the menu.
MEANINGS: dict[PeopleFilter, str] = {
    PeopleFilter.ALL: N_("everybody the bot knows"),
    PeopleFilter.EXPIRING: N_("the last tier ends within 7 days"),
    PeopleFilter.EXPIRED: N_("had a tier, and none lasts"),
    PeopleFilter.BLOCKED: N_("can't be reached"),
    PeopleFilter.SIGNED_IN: N_("on the web"),
    PeopleFilter.NEVER_WROTE: N_("not one message"),
}
SORT_WORDS: dict[PeopleSort, str] = {
    PeopleSort.NEWEST: N_("newest first"),
    PeopleSort.NAME: N_("by name"),
    PeopleSort.LAST_MESSAGE: N_("by last message"),
    PeopleSort.SCORE: N_("by score"),
    PeopleSort.EXPIRY: N_("by end of access"),
}
#: Where the list says when access ends, and why it was given.
ABOUT_ACCESS = frozenset({*DRIFT_OF, PeopleFilter.EXPIRING, PeopleFilter.EXPIRED})


def mend_word(filter: PeopleFilter) -> str | None:
    """What mends the people of a view of drift, None for the others."""
    kind = DRIFT_OF.get(filter)
    return None if kind is None else _(MEND_WORDS[MENDS[kind]])
