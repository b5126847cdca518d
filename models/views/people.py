"""People and what was done about them. Texts are raw (foreign!)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from models.rules.money import Money


@dataclass(frozen=True, slots=True)
class AccessGlance:
    """When a person's access ends (`enrolled` without `expires_at`: for life), and who last gave it without an
    enrollment, and why."""

    enrolled: bool
    expires_at: datetime | None
    reason: str | None = None
    operator_name: str | None = None


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One row of Users."""

    id: int
    telegram_id: int
    name: str
    username: str | None
    admin: bool
    paid: bool
    authenticated: bool
    created_at: datetime | None
    conversation_id: int | None
    last_message_at: datetime | None
    score: int | None
    blocked: bool = False  # can't be reached
    access: AccessGlance | None = None  # where it was asked for


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """`before` and `after` are JSON objects. `person_name` is None when the person is gone, or it is about no person;
    `taken_back` says that a later entry undoes this one."""

    id: int
    at: datetime
    operator_name: str
    source: str
    action: str
    before: str
    after: str
    reason: str | None
    subject_type: str = "user"
    subject_id: int = 0
    person_name: str | None = None
    username: str | None = None
    tier: str | None = None
    receipt: str | None = None
    amount: Money | None = None
    expires_at: datetime | None = None
    refers_to: int | None = None
    taken_back: bool = False


@dataclass(frozen=True, slots=True)
class JournalFilter:
    """What entries to show: `search` finds a receipt in any spelling, a person's name or @username, an operator, an
    action, a tier and words of a reason; None and nothing ask for everything."""

    search: str = ""
    actions: frozenset[str] = frozenset()
    user_id: int | None = None
    operator_id: int | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """A person's page. No session token, no avatar URL."""

    row: PersonRow
    first_name: str | None
    last_name: str | None
    updated_at: datetime | None
    messages_count: int  # the seed's: incoming only
    has_session_token: bool
    journal: tuple[JournalEntry, ...]
