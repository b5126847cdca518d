"""What the database and the bot say of themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


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


@dataclass(frozen=True, slots=True)
class Operator:
    """Who is at the keyboard. `non_admin` warns: it matches a user who is not an admin."""

    id: int
    name: str
    user_id: int | None
    non_admin: bool = False


@dataclass(frozen=True, slots=True)
class Colleague:
    """What another console has open; `name` is the operator's, raw."""

    name: str
    conversation_id: int | None
    typing: bool = False


@dataclass(frozen=True, slots=True)
class Changes:
    """What moved since the last picture. `conversations` are those with new messages or acts of triage; `everything`
    asks for a full refresh (first picture, restored database, gap too large)."""

    conversations: frozenset[int] = frozenset()
    outbox: bool = False
    people: bool = False
    everything: bool = False
    triage: bool = False  # something was done, snoozed, claimed, tagged, noted or taken back
    presence: bool = False  # somebody opened or left a conversation
