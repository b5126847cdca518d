"""Frozen pictures of paid access: grants, payments, drift. Times are aware UTC; names are raw (foreign!)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from models.errors import FrontdeskError
from models.rules.access_lines import GrantLine
from models.rules.expiry import LIFETIME, Term
from models.rules.money import Money
from models.views.choices import PeopleFilter
from models.views.people import JournalEntry


@dataclass(frozen=True, slots=True)
class Enrolled:
    """One tier a person has or had; `expires_at` None is for life."""

    tier: str
    expires_at: datetime | None
    enrolled_at: datetime | None
    price: Money | None
    receipt: str | None
    current: bool


@dataclass(frozen=True, slots=True)
class Paid:
    """One payment. `status` is the seed's; `corrects` names the receipt that this one corrects; `orphan` belongs to no
    enrollment."""

    id: int
    user_id: int
    person_name: str
    username: str | None
    tier: str | None
    processor: str | None
    receipt: str
    price: Money | None
    status: str
    at: datetime | None
    corrects: str | None = None
    orphan: bool = False


@dataclass(frozen=True, slots=True)
class PaymentFilter:
    """`since` and `until` are moments, the second outside; None asks for nothing. `processor` '' is by hand. `search`
    finds a receipt in any spelling, a person's name or @username."""

    since: datetime | None = None
    until: datetime | None = None
    tier: str | None = None
    processor: str | None = None
    status: str | None = None
    user_id: int | None = None
    orphans: bool = False
    search: str = ""


@dataclass(frozen=True, slots=True)
class PaymentSum:
    """How many payments, and exact sums by currency; payments in a currency that the seed does not know are only
    counted."""

    count: int = 0
    sums: tuple[Money, ...] = ()


@dataclass(frozen=True, slots=True)
class PaymentSums:
    """By the seed's status; `orphans` are completed and of no enrollment."""

    by_status: Mapping[str, PaymentSum]
    orphans: PaymentSum

    @property
    def count(self) -> int:
        return sum(each.count for each in self.by_status.values())


@dataclass(frozen=True, slots=True)
class ReceiptUse:
    """Where a receipt number was used before. `exact`: equal, not only alike."""

    receipt: str
    exact: bool
    user_id: int
    person_name: str
    at: datetime | None
    operator_name: str | None  # None: not through Frontdesk


@dataclass(frozen=True, slots=True)
class ReceiptFound:
    """What may be a receipt number in a message (foreign!): when it was written, None: it was pointed at; and where it,
    or one like it, was used already."""

    receipt: str
    at: datetime | None
    use: ReceiptUse | None = None


@dataclass(frozen=True, slots=True)
class GrantOffer:
    """What a grant begins with. `receipts` come likeliest first, used ones last; `newest` is the last entry of the
    journal about the person; `seen` is that of a preview while nothing has changed."""

    user_id: int
    person_name: str
    username: str | None
    telegram_id: int | None
    admin: bool
    paid: bool
    enrollments: tuple[Enrolled, ...]
    receipts: tuple[ReceiptFound, ...]
    why_not_notify: FrontdeskError | None
    unrecorded: tuple[str, ...]
    newest: JournalEntry | None
    seen: str


@dataclass(frozen=True, slots=True)
class GrantOrder:
    """What to grant. `notice` is the text that tells the person, None tells nobody; `override` is why a look-alike
    receipt is all right."""

    user_id: int
    tier: str
    price: Money
    receipt: str
    term: Term = LIFETIME
    processor: str | None = None  # 'stripe', 'yookassa' or None: by hand
    notice: str | None = None
    override: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class GrantPreview:
    """What an order would change, and what stands against it. `seen` goes back into `grant`: somebody's change in
    between is then refused, not overwritten."""

    order: GrantOrder
    person_name: str
    username: str | None
    renewal: bool
    expires_before: datetime | None  # of a renewal
    expires_at: datetime | None  # None: for life
    paid_before: bool
    admin: bool
    conversation_id: int | None
    why_not_notify: FrontdeskError | None
    uses: tuple[ReceiptUse, ...]
    refused: FrontdeskError | None  # what `grant` would raise
    unrecorded: tuple[str, ...]  # of 'enrollment', 'payment': tables that this database lacks
    seen: str


@dataclass(frozen=True, slots=True)
class Granted:
    """What was done. `why_not_notified` is set when a wanted notice could not be queued."""

    entry_id: int
    user_id: int
    person_name: str
    tier: str
    renewal: bool
    expires_before: datetime | None
    expires_at: datetime | None
    paid_before: bool
    notified: bool
    why_not_notified: FrontdeskError | None
    unrecorded: tuple[str, ...]
    undo_until: datetime


@dataclass(frozen=True, slots=True)
class Ended:
    """What a revoke, an expiry or an undo did."""

    entry_id: int
    user_id: int
    person_name: str
    tiers: tuple[str, ...]
    paid: bool
    notified: bool = False
    why_not_notified: FrontdeskError | None = None


class Drift(StrEnum):
    """How the facts of access can disagree."""

    PAID_WITHOUT_ENROLLMENT = "paid-without-enrollment"
    EXPIRED_BUT_PAID = "expired-but-paid"
    ENROLLED_BUT_NOT_PAID = "enrolled-but-not-paid"
    PAID_FOR_NOT_ENROLLED = "paid-for-not-enrolled"
    REFUNDED_WITH_ACCESS = "refunded-with-access"
    EXPIRING = "expiring"


#: The filter of Users that shows a kind.
DRIFT_OF: Mapping[PeopleFilter, Drift] = {
    PeopleFilter.PAID_WITHOUT_ENROLLMENT: Drift.PAID_WITHOUT_ENROLLMENT,
    PeopleFilter.EXPIRED_BUT_PAID: Drift.EXPIRED_BUT_PAID,
    PeopleFilter.ENROLLED_BUT_NOT_PAID: Drift.ENROLLED_BUT_NOT_PAID,
    PeopleFilter.PAID_FOR_NOT_ENROLLED: Drift.PAID_FOR_NOT_ENROLLED,
    PeopleFilter.REFUNDED_WITH_ACCESS: Drift.REFUNDED_WITH_ACCESS,
    PeopleFilter.EXPIRING_WITHOUT_RENEWAL: Drift.EXPIRING,
}


class Mend(StrEnum):
    """What puts a kind of drift right. `GRANT` and `RENEW` need the grant sheet; the others need at most a reason."""

    GRANT = "grant"
    RENEW = "renew"
    EXPIRE = "expire"
    SET_PAID = "set-paid"
    REVOKE = "revoke"


MENDS: Mapping[Drift, Mend] = {
    Drift.PAID_WITHOUT_ENROLLMENT: Mend.GRANT,
    Drift.EXPIRED_BUT_PAID: Mend.EXPIRE,
    Drift.ENROLLED_BUT_NOT_PAID: Mend.SET_PAID,
    Drift.PAID_FOR_NOT_ENROLLED: Mend.GRANT,
    Drift.REFUNDED_WITH_ACCESS: Mend.REVOKE,
    Drift.EXPIRING: Mend.RENEW,
}


@dataclass(frozen=True, slots=True)
class DriftCount:
    """One kind of drift, the people in it, oldest id first, and what mends it."""

    kind: Drift
    count: int
    user_ids: tuple[int, ...]
    mend: Mend


@dataclass(frozen=True, slots=True)
class DriftRow:
    """One person in a kind of drift; `reason` is why access was given without an enrollment, if somebody said so."""

    user_id: int
    person_name: str
    username: str | None
    expires_at: datetime | None
    reason: str | None
    operator_name: str | None


class LineState(StrEnum):
    """What a line of a list comes to. Only NEW and RENEWAL are granted."""

    NEW = "new"
    RENEWAL = "renewal"
    DONE = "done"  # this very line was granted before
    DUPLICATE = "duplicate"  # receipt used
    LIKE = "like"  # receipt looks like a used one
    TWO = "two"  # two people match
    NOBODY = "nobody"
    WRONG = "wrong"  # not understood, or refused by a rule
    LEFT = "left"  # left out by hand


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One line of a list, resolved. `people` are the matches (id, name, @username) when there are two or more;
    `blocked`: the person can't be notified."""

    line: GrantLine
    state: LineState
    user_id: int | None = None
    person_name: str | None = None
    preview: GrantPreview | None = None
    problem: FrontdeskError | None = None
    people: tuple[tuple[int, str, str | None], ...] = ()
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What became of a line: granted, or why not."""

    row: BatchRow
    granted: Granted | None = None
    error: FrontdeskError | None = None


@dataclass(frozen=True, slots=True)
class Lesson:
    """Progress in one lesson; times spent in seconds."""

    slug: str
    completed: bool
    completed_at: datetime | None
    seconds: int | None
    updated_at: datetime | None


@dataclass(frozen=True, slots=True)
class Studies:
    """How far a person is. `stuck_since`: the last sign of life in a lesson begun and not completed."""

    lessons: tuple[Lesson, ...] = ()
    completed: int = 0
    seconds: int = 0
    stuck_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class PersonAccess:
    """The paid half of a person's page. `sums` are of completed payments, by currency."""

    user_id: int
    admin: bool
    paid: bool
    enrollments: tuple[Enrolled, ...]
    payments: tuple[Paid, ...]
    sums: tuple[Money, ...]
    studies: Studies
    drift: tuple[Drift, ...]
    unrecorded: tuple[str, ...] = field(default=())
