"""What the Bot API does with a call: limits, cleaning, refusals. No network here.

Source: telegram-bot-api's Client.cpp and TDLib, as noted at each rule.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from models.rules.clock import Clock, utc_now
from models.rules.splitting import is_blank, normalise

#: Code points after cleaning (TDLib MessageContent: message_text_length_max).
TEXT_LIMIT = 4096
#: Bytes before cleaning (Client.cpp).
BYTES_LIMIT = 32_768
_ACTION = re.compile(
    "typing|upload_photo|(record|upload)_(video|voice|video_note)|upload_document|choose_sticker|find_location"
)
_REFUSALS = {
    "blocked": (403, "Forbidden: bot was blocked by the user"),
    "deactivated": (403, "Forbidden: user is deactivated"),
    "never-started": (403, "Forbidden: bot can't initiate conversation with a user"),
    "not-found": (400, "Bad Request: chat not found"),
}


class Refusal(Exception):
    """`ok: false` with this code, description and parameters."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(code, description)
        self.code = code
        self.description = description
        self.parameters = parameters


@dataclass(slots=True)
class Bot:
    """One bot and what it has sent.

    `chats` gives a chat a state: blocked, deactivated, never-started, not-found, or `migrated:<new id>`; every other
    chat accepts. `business`: the business connections that exist (None: any).
    """

    token: str
    username: str = "standin_bot"
    first_name: str = "Stand-in"
    chats: dict[int, str] = field(default_factory=dict)
    business: frozenset[str] | None = None
    webhook: str = ""
    next_message_id: int = 1
    clock: Clock = utc_now

    def call(self, method: str, parameters: Mapping[str, str]) -> Any:
        """The result of one call. Raises Refusal."""
        known: dict[str, Callable[[Mapping[str, str]], Any]] = {
            "getme": self._get_me,
            "getwebhookinfo": self._get_webhook_info,
            "setwebhook": self._set_webhook,
            "deletewebhook": self._delete_webhook,
            "getupdates": self._get_updates,
            "sendmessage": self._send_message,
            "sendchataction": self._send_chat_action,
        }
        use = known.get(method.lower())
        if use is None:
            raise Refusal(404, "Not Found: method not found")
        return use(parameters)

    @property
    def identity(self) -> dict[str, Any]:
        number = re.match("[0-9]+", self.token)
        return {
            "id": int(number[0]) if number else 1,
            "is_bot": True,
            "first_name": self.first_name,
            "username": self.username,
        }

    def _get_me(self, parameters: Mapping[str, str]) -> dict[str, Any]:
        return self.identity | {
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
            "can_connect_to_business": True,
            "has_main_web_app": False,
        }

    def _get_webhook_info(self, parameters: Mapping[str, str]) -> dict[str, Any]:
        return {"url": self.webhook, "has_custom_certificate": False, "pending_update_count": 0}

    def _set_webhook(self, parameters: Mapping[str, str]) -> bool:
        self.webhook = parameters.get("url", "")
        return True

    def _delete_webhook(self, parameters: Mapping[str, str]) -> bool:
        self.webhook = ""
        return True

    def _get_updates(self, parameters: Mapping[str, str]) -> list[Any]:
        if self.webhook:
            why = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
            raise Refusal(409, f"Conflict: {why}")
        return []

    def _send_message(self, parameters: Mapping[str, str]) -> dict[str, Any]:
        text = self._text(parameters)
        chat_id = self._chat(parameters)
        message_id, self.next_message_id = self.next_message_id, self.next_message_id + 1
        message: dict[str, Any] = {
            "message_id": message_id,
            "from": self.identity,
            "chat": {"id": chat_id, "type": "private" if chat_id > 0 else "group"}
            | ({"first_name": f"Person {chat_id}"} if chat_id > 0 else {"title": f"Group {chat_id}"}),
            "date": int(self.clock().timestamp()),
            "text": text,
        }
        if "business_connection_id" in parameters:
            message["business_connection_id"] = parameters["business_connection_id"]
        return message

    def _send_chat_action(self, parameters: Mapping[str, str]) -> bool:
        self._chat(parameters)
        if _ACTION.fullmatch(parameters.get("action", "")) is None:
            raise Refusal(400, "Bad Request: wrong parameter action in request")
        return True

    def _text(self, parameters: Mapping[str, str]) -> str:
        """The text as it is stored: cleaned, trimmed, then measured."""
        if parameters.get("parse_mode", "").lower() not in ("", "html", "markdown", "markdownv2"):
            raise Refusal(400, "Bad Request: unsupported parse_mode")
        text = parameters.get("text", "")
        try:
            size = len(text.encode())
        except UnicodeEncodeError:
            raise Refusal(400, "Bad Request: strings must be encoded in UTF-8") from None
        if not text:
            raise Refusal(400, "Bad Request: message text is empty")
        if size > BYTES_LIMIT:
            raise Refusal(400, "Bad Request: text is too long")
        text = normalise(text)
        if is_blank(text):
            raise Refusal(400, "Bad Request: text must be non-empty")
        if len(text) > TEXT_LIMIT:
            raise Refusal(400, "Bad Request: message is too long")
        return text

    def _chat(self, parameters: Mapping[str, str]) -> int:
        connection = parameters.get("business_connection_id")
        missing = self.business is not None and connection not in self.business
        if connection is not None and (missing or connection == "null"):
            raise Refusal(400, "Bad Request: business connection not found")
        chat = parameters.get("chat_id", "")
        if not chat:
            raise Refusal(400, "Bad Request: chat_id is empty")
        if re.fullmatch("-?[0-9]{1,19}", chat) is None:
            raise Refusal(400, "Bad Request: chat not found")
        state = self.chats.get(int(chat), "")
        if state.startswith("migrated:"):
            moved = int(state.partition(":")[2])
            raise Refusal(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=moved)
        if state in _REFUSALS:
            raise Refusal(*_REFUSALS[state])
        return int(chat)
