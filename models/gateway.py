"""What the services need of Telegram. The one implementation is `console/telegram.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Sent:
    """Telegram accepted the message. `message_id` is None when Telegram answered 0 (accepted, id not known);
    `text` is Telegram's own version, which may differ from what was sent (cleaned and trimmed)."""

    message_id: int | None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class RefusedBy:
    """Telegram answered `ok: false`: certainly not delivered. `code` is the HTTP-like error code."""

    code: int
    description: str
    retry_after: int | None = None
    migrate_to_chat_id: int | None = None


@dataclass(frozen=True, slots=True)
class Unsent:
    """Provably not a byte of the request left this host; sending again is safe. `reason` holds no URL."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """The request may have been delivered; only a person may send it again. `reason` holds no URL."""

    reason: str


Outcome = Sent | RefusedBy | Unsent | Unknown


@dataclass(frozen=True, slots=True)
class BotIdentity:
    """Answer of getMe; `server_time` is Telegram's own clock, to the second, where the answer told it."""

    id: int
    username: str | None
    first_name: str
    server_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class WebhookInfo:
    """Answer of getWebhookInfo: `host` is the webhook URL's host only (its path may be a secret); None: no webhook."""

    host: str | None
    pending_update_count: int
    last_error_message: str | None = None
    last_error_at: datetime | None = None
    allowed_updates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Batch:
    """Answer of getUpdates: each update as parsed JSON, untouched (may hold anything)."""

    updates: tuple[Any, ...]


class Gateway(Protocol):
    """Asynchronous door to the Bot API. Whatever returns an outcome never raises but on cancellation; the others
    raise `models.errors.TelegramProblem`, except `send_chat_action`, whose failure nobody needs to know."""

    @property
    def deadline(self) -> float:
        """Seconds after which any request but a poll has ended."""

    async def get_me(self) -> BotIdentity: ...

    async def get_webhook_info(self) -> WebhookInfo: ...

    async def send_message(self, chat_id: int, text: str, *, business_connection_id: str | None = None) -> Outcome: ...

    async def edit_message_text(
        self, chat_id: int, message_id: int, text: str, *, business_connection_id: str | None = None
    ) -> Outcome:
        """`Sent` too when the message already had this text."""

    async def delete_message(
        self, chat_id: int, message_id: int, *, business_connection_id: str | None = None
    ) -> Outcome:
        """`Sent(None)` when it was deleted, or was already gone."""

    async def get_updates(
        self, *, offset: int | None, limit: int, timeout: int, allowed_updates: Sequence[str]
    ) -> Batch | RefusedBy | Unsent | Unknown:
        """A long poll: hangs for up to `timeout` seconds; safe to repeat whatever the outcome."""

    async def answer_callback_query(self, callback_query_id: str) -> None:
        """Lets the person's button stop waiting. One that has expired is harmless."""

    async def send_chat_action(self, chat_id: int, *, business_connection_id: str | None = None) -> None: ...

    async def aclose(self) -> None: ...
