"""Updates of mixed kinds, made from a seed, and what must be stored of them in the end."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from tests.corpus import mutated

BOT_CHAT, BUSINESS = "", "BC1"
OWNER = {"id": 77, "is_bot": False, "first_name": "Olga"}
#: Chats of the mail; mutated updates are about others.
FIRST_CHAT = 10_000

WORDS = ("привет", "\x1b[2J", "😀" * 50, "[/]", "a\0b")

Key = tuple[str, int]


class Mail:
    """`expected` grows while updates are made: by business connection and chat, each message's last body, in the order
    of arrival."""

    def __init__(self, seed: int, *, chats: int, at: int) -> None:
        self.dice = random.Random(seed)
        self.chats = chats
        self.at = at
        self.expected: dict[Key, dict[int, str]] = {}
        self.pressed = 0
        self.poison = 0
        self._early: list[dict[str, Any]] = []
        self._edits = 0

    def updates(self, many: int) -> Iterator[dict[str, Any]]:
        """So many updates without numbers, oldest first."""
        for number in range(many):
            if self._early and self.dice.random() < 0.3:
                yield self._early.pop(0)
            else:
                yield self._one(number)

    def _one(self, number: int) -> dict[str, Any]:
        dice = self.dice.random()
        chat = FIRST_CHAT + self.dice.randrange(self.chats)
        if dice < 0.70:
            return self._message(BOT_CHAT if dice < 0.64 else BUSINESS, chat, number)
        if dice < 0.80:
            return self._edit(chat) or self._message(BOT_CHAT, chat, number)
        if dice < 0.83:
            return self._again(chat) or self._message(BOT_CHAT, chat, number)
        if dice < 0.86:
            return self._edit_first(chat, number)
        if dice < 0.89:
            self.pressed += 1
            message = {"message_id": 1, "chat": _chat(chat), "date": 1}
            return {"callback_query": {"id": f"q{number}", "from": _person(chat), "message": message, "data": "x"}}
        if dice < 0.93:
            given = [{"type": "emoji", "emoji": "👍"}]
            about = {"chat": _chat(chat), "user": _person(chat), "date": self.at + number, "message_id": 1}
            return {"message_reaction": about | {"new_reaction": given}}
        if dice < 0.95:
            status = {"status": self.dice.choice(["kicked", "member"])}
            about = {"chat": _chat(chat), "from": _person(chat), "date": self.at + number}
            return {"my_chat_member": about | {"new_chat_member": status}}
        if dice < 0.97:
            group = {"id": -chat, "type": "group", "title": "G"}
            return {"message": {"message_id": number + 1, "from": _person(chat), "chat": group, "date": self.at}}
        if dice < 0.985:
            self.poison += 1
            return {"message": {"message_id": number + 1, "chat": _chat(chat), "date": self.at, "text": number}}
        (strange,) = mutated(self.dice, 1)
        strange.pop("update_id", None) if isinstance(strange, dict) else None
        return strange if isinstance(strange, dict) else {"update": strange}

    def _message(self, connection: str, chat: int, number: int) -> dict[str, Any]:
        body = f"{number} {self.dice.choice(WORDS)}"
        self.expected.setdefault((connection, chat), {})[number + 1] = body.replace("\0", "␀")
        kind = "business_message" if connection else "message"
        return {kind: self._fields(connection, chat, number + 1, body)}

    def _fields(self, connection: str, chat: int, message_id: int, body: str) -> dict[str, Any]:
        about = {"message_id": message_id, "from": _person(chat), "chat": _chat(chat), "date": self.at, "text": body}
        return about | ({"business_connection_id": connection} if connection else {})

    def _known(self, chat: int) -> tuple[int, str] | None:
        theirs = self.expected.get((BOT_CHAT, chat))
        return None if not theirs else self.dice.choice([*theirs.items()][-50:])

    def _edit(self, chat: int) -> dict[str, Any] | None:
        known = self._known(chat)
        if known is None:
            return None
        self._edits += 1
        body = f"edited {self._edits}"
        self.expected[(BOT_CHAT, chat)][known[0]] = body
        return {"edited_message": self._fields(BOT_CHAT, chat, known[0], body) | {"edit_date": self.at + self._edits}}

    def _again(self, chat: int) -> dict[str, Any] | None:
        known = self._known(chat)
        return None if known is None else {"message": self._fields(BOT_CHAT, chat, known[0], known[1])}

    def _edit_first(self, chat: int, number: int) -> dict[str, Any]:
        """An edit whose original comes later: it takes the place of its first appearance."""
        self._edits += 1
        body = f"edited first {self._edits}"
        self.expected.setdefault((BOT_CHAT, chat), {})[number + 1] = body
        self._early.append({"message": self._fields(BOT_CHAT, chat, number + 1, "original")})
        fields = self._fields(BOT_CHAT, chat, number + 1, body)
        return {"edited_message": fields | {"edit_date": self.at + self._edits}}


def _person(chat: int) -> dict[str, Any]:
    return {"id": chat, "is_bot": False, "first_name": f"P{chat}"}


def _chat(chat: int) -> dict[str, Any]:
    return {"id": chat, "type": "private", "first_name": f"P{chat}"}
