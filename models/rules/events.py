"""The events that updates from Telegram are about, checked and ready to be stored. Pure data; see `updates.py`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from models.rules.bodies import Body


class Unreadable(Exception):
    """The update has not the documented shape. `str()` says where, and quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class Sender:
    """A person, as Telegram described them in this update."""

    telegram_id: int
    username: str | None
    first_name: str | None
    last_name: str | None


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message, new or edited, in a private chat. `person` is the other side of the chat; `sender_id` wrote it.

    `edited_at` None: new. `by_bot`: a bot sent it for the account of a business connection; `automatic`: the account
    did, without its owner. `forwarded_from`: the words are not the sender's.
    """

    chat_id: int
    message_id: int
    person: Sender
    sender_id: int
    at: datetime
    body: Body
    edited_at: datetime | None = None
    business_connection_id: str | None = None
    by_bot: bool = False
    automatic: bool = False
    media_group_id: str | None = None
    forwarded_from: str | None = None


@dataclass(frozen=True, slots=True)
class Barred:
    """The person blocked the bot (`blocked`), or let it write again."""

    person: Sender
    blocked: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button under a message. `person` None: not in a private chat with the bot, so it is only answered."""

    callback_id: str
    person: Sender | None
    label: str | None


@dataclass(frozen=True, slots=True)
class Reacted:
    """Everything `actor_id` has put on the message now; empty: taken away."""

    chat_id: int
    message_id: int
    actor_id: int
    reactions: str
    at: datetime
    business_connection_id: str = ""


@dataclass(frozen=True, slots=True)
class Connected:
    """The state of a business connection."""

    id: str
    owner: Sender
    owner_chat_id: int
    can_reply: bool
    is_enabled: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Deleted:
    """Messages that were deleted in a business chat."""

    business_connection_id: str
    chat_id: int
    message_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """A group became a supergroup with another id."""

    chat_id: int
    to: int


@dataclass(frozen=True, slots=True)
class Skipped:
    """Nothing to store: a kind not asked for, or a chat that is no conversation with one person."""

    why: str


Event = Arrived | Barred | Pressed | Reacted | Connected | Deleted | Moved | Skipped
