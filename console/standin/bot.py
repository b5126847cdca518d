"""What the Bot API does with a call: limits, cleaning, refusals. No network here.

Source: telegram-bot-api's Client.cpp and TDLib, as noted at each rule.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from console.standin.business import Connection, Connections
from console.standin.queue import UpdateQueue
from console.standin.refusal import Refusal
from console.standin.wire import Json
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


class Bot:
    """One bot and what it has sent.

    `chats` gives a chat a state: blocked, deactivated, never-started, not-found, or `migrated:<new id>`; every other
    chat accepts. `business`: the business connections that exist (None: any).
    """

    def __init__(
        self,
        token: str,
        queue: UpdateQueue,
        *,
        chats: dict[int, str],
        business: Iterable[str] | None = None,
        webhook: str = "",
        next_message_id: int = 1,
        clock: Clock = utc_now,
    ) -> None:
        self.token = token
        self.queue = queue
        self.chats = chats
        self.business = Connections(business)
        self.webhook = webhook
        self.clock = clock
        #: The next of each numbering: the bot's own chats share one, each chat of a connection has its own.
        self._next_ids: dict[tuple[str, int], int] = {}
        self._first_id = next_message_id
        self._people: dict[int, dict[str, Any]] = {}

    async def call(self, method: str, parameters: Mapping[str, str]) -> Any:
        """The result of one call. Raises Refusal."""
        known: dict[str, Callable[[Mapping[str, str]], Any]] = {
            "getme": self._get_me,
            "getwebhookinfo": self._get_webhook_info,
            "setwebhook": self._set_webhook,
            "deletewebhook": self._delete_webhook,
            "sendmessage": self._send_message,
            "sendchataction": self._send_chat_action,
        }
        if method.lower() == "getupdates":
            return await self._get_updates(parameters)
        use = known.get(method.lower())
        if use is None:
            raise Refusal(404, "Not Found: method not found")
        return use(parameters)

    def learn(self, update: Any) -> None:
        """Keeps what an update tells about people, connections and message ids; whatever is odd is passed over."""
        for kind, value in update.items() if isinstance(update, dict) else ():
            try:
                if kind == "business_connection":
                    self.business.learn(value)
                elif kind in ("message", "business_message"):
                    self._learn_message(value)
            except (TypeError, KeyError, ValueError, AttributeError):
                continue

    def _learn_message(self, message: dict[str, Any]) -> None:
        chat, message_id = message["chat"], int(message["message_id"])
        self._people[chat["id"]] = chat
        key = _numbering(message.get("business_connection_id"), chat["id"])
        self._next_ids[key] = max(self._next_ids.get(key, self._first_id), message_id + 1)

    def take_message_id(self, chat_id: int, business_connection_id: str | None = None) -> int:
        """The next id in this chat's numbering; also for what a person writes."""
        key = _numbering(business_connection_id, chat_id)
        taken = self._next_ids.get(key, self._first_id)
        self._next_ids[key] = taken + 1
        return taken

    @property
    def identity(self) -> dict[str, Any]:
        number = re.match("[0-9]+", self.token)
        return {
            "id": int(number[0]) if number else 1,
            "is_bot": True,
            "first_name": "Stand-in",
            "username": "standin_bot",
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
        return {"url": self.webhook, "has_custom_certificate": False, "pending_update_count": self.queue.pending_count}

    def _set_webhook(self, parameters: Mapping[str, str]) -> bool:
        self.webhook = parameters.get("url", "")
        if self.webhook:
            self.queue.terminate()
        return True

    def _delete_webhook(self, parameters: Mapping[str, str]) -> bool:
        self.webhook = ""
        return True

    async def _get_updates(self, parameters: Mapping[str, str]) -> Json:
        if self.webhook:
            why = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
            raise await self.queue.conflict(why)
        return Json(f"[{','.join(await self.queue.get(parameters))}]")

    def _send_message(self, parameters: Mapping[str, str]) -> dict[str, Any]:
        text = self._text(parameters)
        connection = self._connection(parameters)
        chat_id = self._chat(parameters)
        message: dict[str, Any] = {
            "message_id": self.take_message_id(chat_id, parameters.get("business_connection_id")),
            "from": self.identity if connection is None else connection.owner,
            "chat": self._people.get(chat_id) or _stranger(chat_id),
            "date": int(self.clock().timestamp()),
            "text": text,
        }
        if connection is not None:
            message |= {"business_connection_id": connection.id, "sender_business_bot": self.identity}
            # Only in business chats does the bot's own message come back.
            echo = {"business_message": message}
            self.queue.push(json.dumps(echo), echo)
        return message

    def _send_chat_action(self, parameters: Mapping[str, str]) -> bool:
        self._connection(parameters)
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

    def _connection(self, parameters: Mapping[str, str]) -> Connection | None:
        name = parameters.get("business_connection_id")
        return None if name is None else self.business.to_reply(name)

    def _chat(self, parameters: Mapping[str, str]) -> int:
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


def _numbering(business_connection_id: str | None, chat_id: int) -> tuple[str, int]:
    return (business_connection_id, chat_id) if business_connection_id else ("", 0)


def _stranger(chat_id: int) -> dict[str, Any]:
    if chat_id > 0:
        return {"id": chat_id, "type": "private", "first_name": f"Person {chat_id}"}
    return {"id": chat_id, "type": "supergroup" if chat_id < -(10**12) else "group", "title": f"Group {chat_id}"}
