"""What can be chosen or told apart: views, orders, filters, directions, authors."""

from __future__ import annotations

from enum import StrEnum


class View(StrEnum):
    """Views of the inbox, in the order of their digits."""

    ALL = "all"
    WAITING = "waiting"
    UNREAD = "unread"
    READY = "ready"
    EVALUATING = "evaluating"
    INTERESTED = "interested"
    EXPLORING = "exploring"
    UNSCORED = "unscored"
    MINE = "mine"
    SNOOZED = "snoozed"
    DONE = "done"
    DRAFTS = "drafts"
    NOT_DELIVERED = "not-delivered"
    TAGGED = "tagged"  # with one tag, or with any


#: Views of what is to be done: what is done or snoozed is in none of them.
WORKING = frozenset(View) - {View.ALL, View.SNOOZED, View.DONE, View.DRAFTS, View.NOT_DELIVERED, View.TAGGED}


class Order(StrEnum):
    RECENT = "recent"
    WAITING = "waiting"
    SCORE = "score"
    PRESSING = "pressing"  # score × time waited


class PeopleFilter(StrEnum):
    ALL = "all"
    ADMIN = "admin"
    PAID = "paid"
    SIGNED_IN = "signed-in"
    NEVER_WROTE = "never-wrote"
    BLOCKED = "blocked"  # can't be reached, for whatever reason
    EXPIRED = "expired"  # had a tier, and none lasts
    EXPIRING = "expiring"  # the last tier ends within a week
    PAID_WITHOUT_ENROLLMENT = "paid-without-enrollment"
    EXPIRED_BUT_PAID = "expired-but-paid"
    ENROLLED_BUT_NOT_PAID = "enrolled-but-not-paid"
    PAID_FOR_NOT_ENROLLED = "paid-for-not-enrolled"
    REFUNDED_WITH_ACCESS = "refunded-with-access"
    EXPIRING_WITHOUT_RENEWAL = "expiring-without-renewal"  # of those who have access by paying for it


class PeopleSort(StrEnum):
    NEWEST = "newest"
    NAME = "name"
    LAST_MESSAGE = "last-message"
    SCORE = "score"
    EXPIRY = "expiry"  # soonest first, then who has no end


class Direction(StrEnum):
    """`UNKNOWN` is an integer outside the application's enum: shown as such, never guessed."""

    INCOMING = "incoming"
    OUTGOING = "outgoing"
    UNKNOWN = "unknown"


class Author(StrEnum):
    """Who wrote a message. `ELSEWHERE` is bot, AI or web admin: the data does not tell them apart."""

    PERSON = "person"
    YOU = "you"
    COLLEAGUE = "colleague"
    ELSEWHERE = "elsewhere"


class Unreachable(StrEnum):
    """Why Telegram would not carry a message to a chat."""

    BLOCKED = "blocked"
    DEACTIVATED = "deactivated"
    NOT_FOUND = "not-found"
    NO_RIGHTS = "no-rights"
