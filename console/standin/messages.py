"""What each chat holds, and the rules of sending, editing and deleting.

Source: telegram-bot-api's Client.cpp (check_message, process_*_query, fail_query_with_error) and TDLib, as noted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from console.standin.business import Connection, Connections
from console.standin.refusal import Refusal
from models.rules.clock import Clock
from models.rules.splitting import is_blank, normalise

#: Code points after cleaning (TDLib MessageContent: message_text_length_max).
TEXT_LIMIT = 4096
#: Bytes before cleaning (Client.cpp).
BYTES_LIMIT = 32_768
#: Seconds after which a message is neither edited nor deleted for everyone.
AMENDABLE = 48 * 3600
_NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a "
    "current content and reply markup of the message"
)
_REFUSALS = {
    "blocked": (403, "Forbidden: bot was blocked by the user"),
    "deactivated": (403, "Forbidden: user is deactivated"),
    "never-started": (403, "Forbidden: bot can't initiate conversation with a user"),
    "not-found": (400, "Bad Request: chat not found"),
    "kicked": (403, "Forbidden: bot was kicked from the group chat"),
}
Message = dict[str, Any]
Parameters = Mapping[str, str]


class Messages:
    """The chats of one bot. `states` is what `StandIn` calls `chats`; `echo` is told of every message that was sent
    through a business connection."""

    def __init__(
        self,
        bot: Mapping[str, Any],
        states: dict[int, str],
        connections: Connections,
        first_id: int,
        clock: Clock,
        echo: Callable[[Message], object],
    ) -> None:
        self._bot = dict(bot)
        self.states = states
        self._connections = connections
        self._first_id = first_id
        self._clock = clock
        self._echo = echo
        #: The next of each numbering: the bot's own chats share one, each chat of a connection has its own.
        self._next_ids: dict[tuple[str, int], int] = {}
        self._chats: dict[int, dict[str, Any]] = {}
        self._held: dict[tuple[str, int], dict[int, Message]] = {}

    def held(self, chat_id: int, business_connection_id: str | None = None) -> list[Message]:
        """The chat's messages as they are now, in order of their ids."""
        messages = self._held.get((business_connection_id or "", chat_id), {})
        return [messages[number] for number in sorted(messages)]

    def find(self, chat_id: int, message_id: int) -> Message | None:
        return self._held.get(("", chat_id), {}).get(message_id)

    def take_id(self, chat_id: int, business_connection_id: str | None = None) -> int:
        """The next id in this chat's numbering."""
        key = _numbering(business_connection_id, chat_id)
        taken = self._next_ids.get(key, self._first_id)
        self._next_ids[key] = taken + 1
        return taken

    def learn(self, kind: str, value: dict[str, Any]) -> None:
        """Keeps what an update tells. Raises KeyError, TypeError, ValueError or AttributeError for an odd one."""
        match kind:
            case "message" | "business_message" | "edited_message" | "edited_business_message":
                chat, number = value["chat"], int(value["message_id"])
                connection = value.get("business_connection_id")
                self._chats[chat["id"]] = chat
                key = _numbering(connection, chat["id"])
                self._next_ids[key] = max(self._next_ids.get(key, self._first_id), number + 1)
                self._held.setdefault((connection or "", chat["id"]), {})[number] = value
            case "deleted_business_messages":
                messages = self._held.get((value["business_connection_id"], value["chat"]["id"]), {})
                for number in value["message_ids"]:
                    messages.pop(number, None)
            case "my_chat_member":
                chat_id, status = value["chat"]["id"], value["new_chat_member"]["status"]
                if status == "kicked":
                    self.states[chat_id] = "blocked" if chat_id > 0 else "kicked"
                elif self.states.get(chat_id) in ("blocked", "kicked"):
                    del self.states[chat_id]

    def hold(self, chat_id: int, number: int, text: str, at: int, *, ours: bool) -> None:
        """A message of the chat with the bot from before the stand-in ran."""
        chat = self._chats.get(chat_id) or _stranger(chat_id)
        writer = self._bot if ours else {"id": chat_id, "is_bot": False, "first_name": chat.get("first_name", "")}
        self.learn("message", {"message_id": number, "from": writer, "chat": chat, "date": at, "text": text})

    def send(self, parameters: Parameters) -> Message:
        text = _text(parameters)
        connection = self._connection(parameters)
        chat_id = self.chat(parameters)
        replied = self._replied(parameters, chat_id)
        message: Message = {
            "message_id": self.take_id(chat_id, connection.id if connection else None),
            "from": self._bot if connection is None else connection.owner,
            "chat": self._chats.get(chat_id) or _stranger(chat_id),
            "date": int(self._clock().timestamp()),
            "text": text,
        }
        if replied is not None:
            message["reply_to_message"] = {name: part for name, part in replied.items() if name != "reply_to_message"}
        if connection is not None:
            message |= {"business_connection_id": connection.id, "sender_business_bot": self._bot}
        key = (connection.id if connection else "", chat_id)
        self._held.setdefault(key, {})[message["message_id"]] = message
        if connection is not None:
            self._echo(message)
        return message | {"message_id": 0} if self.states.get(chat_id) == "no-id" else message

    def edit(self, parameters: Parameters) -> Message:
        """editMessageText."""
        text = _text(parameters)
        connection = self._connection(parameters)
        chat_id = self.chat(parameters)
        number = _integer(parameters.get("message_id", ""))
        held = self._held.get((connection.id if connection else "", chat_id), {}).get(number)
        if held is None and connection is not None:
            raise Refusal(400, "Bad Request: MESSAGE_ID_INVALID")
        if held is None:
            raise Refusal(400, "Bad Request: message to edit not found")
        if not self._is_ours(held) or "text" not in held or self._is_old(held):
            raise Refusal(400, "Bad Request: message can't be edited")
        if held["text"] == text:
            raise Refusal(400, _NOT_MODIFIED)
        edited = held | {"text": text, "edit_date": int(self._clock().timestamp())}
        self._held[(connection.id if connection else "", chat_id)][number] = edited
        return edited

    def delete(self, parameters: Parameters) -> bool:
        """deleteMessage: the bot's own and, in private chats, the person's."""
        chat_id = self.chat(parameters, present=False)
        number = _integer(parameters.get("message_id", ""))
        messages = self._held.get(("", chat_id), {})
        if number not in messages:
            raise Refusal(400, "Bad Request: message to delete not found")
        if chat_id < 0 and not self._is_ours(messages[number]):
            raise Refusal(400, "Bad Request: message can't be deleted")
        if self._is_old(messages[number]):
            raise Refusal(400, "Bad Request: message can't be deleted for everyone")
        del messages[number]
        return True

    def delete_business(self, parameters: Parameters) -> bool:
        """deleteBusinessMessages: ids of one chat of the connection; those that are gone are passed over."""
        connection = self._connections.get(parameters.get("business_connection_id", ""))
        try:
            numbers = [int(number) for number in json.loads(parameters.get("message_ids", ""))]
        except (ValueError, TypeError):
            raise Refusal(400, "Bad Request: can't parse message identifiers JSON array") from None
        found = [
            (messages, number)
            for (name, _), messages in self._held.items()
            for number in numbers
            if name == connection.id and number in messages
        ]
        if not all(connection.can_delete(ours=self._is_ours(messages[number])) for messages, number in found):
            raise Refusal(400, "Bad Request: BOT_ACCESS_FORBIDDEN")
        for messages, number in found:
            del messages[number]
        return True

    def chat(self, parameters: Parameters, *, present: bool = True) -> int:
        """The chat that is meant. Raises Refusal; `present`: also when nothing can be sent there."""
        chat = parameters.get("chat_id", "")
        if not chat:
            raise Refusal(400, "Bad Request: chat_id is empty")
        if re.fullmatch("-?[0-9]{1,19}", chat) is None:
            raise Refusal(400, "Bad Request: chat not found")
        state = self.states.get(int(chat), "")
        if state.startswith("migrated:"):
            moved = int(state.partition(":")[2])
            raise Refusal(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=moved)
        if state in _REFUSALS and (present or state == "not-found"):
            raise Refusal(*_REFUSALS[state])
        return int(chat)

    def _connection(self, parameters: Parameters) -> Connection | None:
        name = parameters.get("business_connection_id")
        return None if name is None else self._connections.to_reply(name)

    def _replied(self, parameters: Parameters, chat_id: int) -> Message | None:
        """The message that is answered. Raises Refusal when it is gone and the caller minds."""
        given = parameters.get("reply_parameters")
        if given is None:
            return None
        try:
            wanted = json.loads(given)
            number = int(wanted["message_id"])
        except (ValueError, TypeError, KeyError):
            raise Refusal(400, "Bad Request: object expected as reply parameters") from None
        connection = parameters.get("business_connection_id")
        found = self._held.get((connection or "", chat_id), {}).get(number)
        # In a business chat a reply never fails for what it answers.
        if found is None and connection is None and wanted.get("allow_sending_without_reply") is not True:
            raise Refusal(400, "Bad Request: message to be replied not found")
        return found

    def _is_ours(self, message: Message) -> bool:
        writer = message.get("sender_business_bot") or message.get("from")
        return isinstance(writer, dict) and writer.get("id") == self._bot["id"]

    def _is_old(self, message: Message) -> bool:
        return bool(message["date"] < self._clock().timestamp() - AMENDABLE)


def _text(parameters: Parameters) -> str:
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


def _integer(given: str) -> int:
    return int(given) if re.fullmatch("[0-9]{1,18}", given) else 0


def _numbering(business_connection_id: str | None, chat_id: int) -> tuple[str, int]:
    return (business_connection_id, chat_id) if business_connection_id else ("", 0)


def _stranger(chat_id: int) -> dict[str, Any]:
    if chat_id > 0:
        return {"id": chat_id, "type": "private", "first_name": f"Person {chat_id}"}
    return {"id": chat_id, "type": "supergroup" if chat_id < -(10**12) else "group", "title": f"Group {chat_id}"}
