"""Frozen pictures of the data, handed to the floors above. Times are aware UTC; texts are raw (foreign!)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from models.rules.bands import Band
from models.rules.delivery import State
from models.rules.money import Money
from models.schema import SchemaStep


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
    DRAFTS = "drafts"
    NOT_DELIVERED = "not-delivered"


class Order(StrEnum):
    RECENT = "recent"
    WAITING = "waiting"
    SCORE = "score"


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


@dataclass(frozen=True, slots=True)
class Reach:
    """A person who can't be reached; `said` is what Telegram said, without secrets, foreign."""

    kind: Unreachable
    since: datetime
    said: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Telegram asked to wait: the whole bot, or one chat."""

    until: datetime
    whole_bot: bool
    chat_id: int | None = None


@dataclass(frozen=True, slots=True)
class Features:
    """What this database can do, found by probing columns (shapes S, O, H)."""

    shape: str  # "S", "O" or "H"
    ai_paused: bool = False
    channels: bool = False  # messages.source_type and business_connection_id
    business_connections: bool = False
    owner_columns: bool = False  # conversations.conversable_*
    crm: bool = False
    traffic: bool = False
    paid: bool = True
    console_tables: bool = False
    planned: bool = False  # enrollments and payments
    lessons: bool = False  # lesson_progress
    rails_owned: bool = False  # has schema_migrations


@dataclass(frozen=True, slots=True)
class IdPage:
    """One run of ids in a list's order; `next` is an opaque keyset cursor, None at the end."""

    ids: tuple[int, ...]
    next: Cursor | None


@dataclass(frozen=True, slots=True)
class Cursor:
    """Keyset position: the sort key of the last row (None in the undated tail) and its id."""

    key: str | int | None
    second: str | None
    id: int


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """One row of the inbox list."""

    id: int
    user_id: int
    telegram_id: int | None
    name: str  # the seed's full_name, raw
    username: str | None
    last_message_at: datetime | None
    unread_count: int
    last_body: str | None
    last_direction: Direction | None
    last_at: datetime | None  # created_at of the last message
    score: int | None
    band: Band | None
    admin: bool
    paid: bool
    ai_processing: bool
    ai_paused: bool
    draft: bool
    not_delivered: int  # failed or unknown replies
    pending: int  # queued, claimed or sending replies
    blocked: bool = False  # can't be reached; see Lead.reach


@dataclass(frozen=True, slots=True)
class MessageView:
    """One stored message of a thread."""

    id: int
    conversation_id: int
    user_id: int | None
    body: str
    direction: Direction
    telegram_message_id: int | None
    read: bool
    created_at: datetime | None
    channel: str | None  # "bot", "business"; None where the database has no channels
    author: Author
    author_name: str | None = None  # operator's name for YOU and COLLEAGUE
    duplicate: bool = False  # same telegram_message_id as an earlier message of this page
    edited: bool = False  # the body is not the first one
    deleted: bool = False  # deleted in Telegram; kept here
    reactions: str = ""  # what people put on it, foreign


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply in the outbox (one part of a split text)."""

    id: int
    conversation_id: int
    state: State
    body: str
    created_at: datetime
    operator_id: int
    operator_name: str
    person_name: str
    telegram_id: int
    attempt: int
    part_no: int = 1
    part_of: int = 1
    not_before: datetime | None = None
    reason: str | None = None  # models.rules.delivery.Reason value, or free text of a decision
    error_code: int | None = None
    error: str | None = None
    message_id: int | None = None  # our row in `messages`
    telegram_message_id: int | None = None
    updated_at: datetime | None = None
    channel: str = "bot"  # or "business"


@dataclass(frozen=True, slots=True)
class ThreadPage:
    """A run of messages, oldest first; `older` continues upwards, None at the beginning of the thread.
    `replies` (newest page only): this conversation's replies that have no row in `messages` yet, oldest first."""

    conversation_id: int
    messages: tuple[MessageView, ...]
    older: Cursor | None
    replies: tuple[Reply, ...] = ()


@dataclass(frozen=True, slots=True)
class Lead:
    """The sidebar: what is known of the person behind one conversation."""

    conversation_id: int
    user_id: int
    telegram_id: int | None
    name: str
    username: str | None
    real_name: str | None
    background: str | None
    query: str | None
    score: int | None
    band: Band | None
    ai_processing: bool
    ai_processing_since: datetime | None  # conversation.updated_at while ai_processing
    ai_paused: bool | None  # None where the database has no such column
    admin: bool
    paid: bool
    authenticated: bool
    has_dashboard_access: bool
    created_at: datetime | None  # of the user
    incoming_count: int
    outgoing_count: int
    first_message_at: datetime | None
    last_message_at: datetime | None
    unread_count: int
    newest_message_id: int | None
    can_reply: bool  # a telegram_id is known
    reach: Reach | None = None  # None: nothing is known against it


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
class Person:
    """A person's page. No session token, no avatar URL."""

    row: PersonRow
    first_name: str | None
    last_name: str | None
    updated_at: datetime | None
    messages_count: int  # the seed's: incoming only
    has_session_token: bool
    journal: tuple[JournalEntry, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """`client_key` is made when the composer opens and makes a double Enter one row."""

    conversation_id: int
    body: str
    client_key: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Operator:
    """Who is at the keyboard. `non_admin` warns: it matches a user who is not an admin."""

    id: int
    name: str
    user_id: int | None
    non_admin: bool = False


@dataclass(frozen=True, slots=True)
class Changes:
    """What moved since the last picture. `conversations` are those with new messages; `everything` asks for a
    full refresh (first picture, restored database, gap too large)."""

    conversations: frozenset[int] = frozenset()
    outbox: bool = False
    people: bool = False
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Counts:
    """Live counts of the views, and the oldest wait."""

    by_view: dict[View, int] = field(default_factory=dict)
    oldest_waiting_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DatabaseStatus:
    """What `db status` and the status line say."""

    url: str  # without password
    engine: str  # "sqlite" or "postgresql"
    library_version: str  # of the SQLite library, or of the server
    library_sound: bool  # without the WAL-reset bug
    features: Features
    owner: str  # "application" or "frontdesk"
    rails_version: str | None  # newest schema_migrations row
    rails_environment: str | None
    console_revision: str | None
    console_head: str
    missing: tuple[str, ...]
    journal_mode: str  # "-" on PostgreSQL
    read_only: bool
    conversations: int
    messages: int
    users: int


@dataclass(frozen=True, slots=True)
class UpgradePlan:
    """What `db upgrade` would do: tables it adds, steps it takes; it never touches the application's tables."""

    tables: tuple[str, ...]
    current: str | None
    head: str
    steps: tuple[SchemaStep, ...] = ()


@dataclass(frozen=True, slots=True)
class BotHealth:
    """Who receives the bot's updates, and how that goes. `last_error` is Telegram's about the webhook, or what keeps
    us from receiving; `gap`: nobody received for longer than Telegram keeps updates, so messages of that time may be
    missing."""

    mode: str  # "attached", "standalone" or "unknown"
    receiver: str  # "webhook", "us", "another console", "another program", "nobody" or "unknown"
    pending: int
    last_error: str | None
    last_error_at: datetime | None
    quarantined: int
    asked_at: datetime  # when Telegram answered last
    webhook_host: str | None = None
    refused: bool = False  # standalone was configured, and a webhook is set
    gap: tuple[datetime, datetime] | None = None
