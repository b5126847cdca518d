"""The inbox: rows, threads, replies, the lead. Texts are raw (foreign!)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from models.rules.bands import Band
from models.rules.delivery import State
from models.rules.triage import Outcome, Place
from models.views.choices import Author, Direction, Unreachable, View
from models.views.lead import LeadFacts


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
class IdPage:
    """One run of ids in a list's order; `next` is an opaque keyset cursor, None at the end. `walked`: how many rows
    were looked at for it, where it ends because its time was over; with no `next`, where more of them are known later;
    else 0."""

    ids: tuple[int, ...]
    next: Cursor | None
    walked: int = 0


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
    ai_processing_since: datetime | None = None  # conversation.updated_at while ai_processing
    waiting_since: datetime | None = None  # None: it does not wait for us
    place: Place | None = None  # done or snoozed still
    snoozed_until: datetime | None = None
    outcome: Outcome | None = None
    claimed_by: str | None = None  # a colleague's name, raw, while the lease runs
    claimed_by_me: bool = False
    tags: tuple[str, ...] = ()


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
class NoteView:
    """What an operator noted about a conversation for the others; never sent."""

    id: int
    conversation_id: int
    operator_id: int
    operator_name: str
    body: str
    created_at: datetime


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
    """A run of messages, oldest first; `older` continues upwards, None at the beginning of the thread; `newer`
    downwards, None where it reaches the newest. `replies` (there only): this conversation's replies that have no row in
    `messages` yet, oldest first."""

    conversation_id: int
    messages: tuple[MessageView, ...]
    older: Cursor | None
    replies: tuple[Reply, ...] = ()
    newer: Cursor | None = None
    notes: tuple[NoteView, ...] = ()  # newest page only: all there are


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
    outgoing_count: int  # of both at least so many, where not `counted`
    first_message_at: datetime | None
    last_message_at: datetime | None
    unread_count: int
    newest_message_id: int | None
    can_reply: bool  # a telegram_id is known
    reach: Reach | None = None  # None: nothing is known against it
    facts: LeadFacts = LeadFacts()  # corrections and the score's history
    counted: bool = True  # False: the messages are more than could be counted at once


@dataclass(frozen=True, slots=True)
class Draft:
    """`client_key` is made when the composer opens and makes a double Enter one row."""

    conversation_id: int
    body: str
    client_key: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Counts:
    """Live counts of the views, and the oldest wait."""

    by_view: dict[View, int] = field(default_factory=dict)
    oldest_waiting_at: datetime | None = None
    tags: dict[str, int] = field(default_factory=dict)  # most first
    next_snooze_at: datetime | None = None  # when the next snooze ends


@dataclass(frozen=True, slots=True)
class FirstPage:
    """The newest conversations: ids of the list's first page, and the rows of the first screens of it."""

    ids: IdPage
    rows: tuple[ConversationRow, ...]
