"""Updates as the Bot API writes them, for tests and the demo: `server.push(message(VERA, 7, "Hello"))`.

Each function gives one update without update_id (`album` gives several). Times are aware datetimes, now by default.
Field names and shapes: Bot API 10.1.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.rules.clock import utc_now

Update = dict[str, Any]
#: The bot as updates name it, unless a test says otherwise: the stand-in's default token's.
BOT: dict[str, Any] = {"id": 424242, "is_bot": True, "first_name": "Stand-in", "username": "standin_bot"}


@dataclass(frozen=True, slots=True)
class Person:
    """A user, whose private chat has the same id."""

    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = "en"

    @property
    def user(self) -> dict[str, Any]:
        return {"id": self.id, "is_bot": False} | self._names | _given(language_code=self.language_code)

    @property
    def chat(self) -> dict[str, Any]:
        return {"id": self.id, "type": "private"} | self._names

    @property
    def _names(self) -> dict[str, Any]:
        return _given(first_name=self.first_name, last_name=self.last_name, username=self.username)


VERA = Person(5001, "Vera", username="vera_k")
OWNER = Person(77_000_001, "Olga", username="olga_owner")


def message(
    person: Person, message_id: int, text: str | None = None, *, at: datetime | None = None, **more: Any
) -> Update:
    """A message in the person's chat with the bot; `more` are its other fields (caption, photo, reply_to_message…)."""
    return {"message": _message(person, message_id, at, text, more)}


def start(person: Person, message_id: int, payload: str = "", *, at: datetime | None = None) -> Update:
    """/start, with the payload of a t.me link."""
    text = f"/start {payload}".strip()
    return message(person, message_id, text, at=at, entities=[{"type": "bot_command", "offset": 0, "length": 6}])


def photo(
    person: Person, message_id: int, caption: str | None = None, *, at: datetime | None = None, **more: Any
) -> Update:
    sizes = photo_sizes(f"photo-{person.id}-{message_id}")
    return message(person, message_id, at=at, photo=sizes, **_given(caption=caption) | more)


def album(
    person: Person, first_id: int, count: int, caption: str | None = None, *, at: datetime | None = None
) -> list[Update]:
    """Photos sent together: each a message of its own, the caption on the first."""
    group = f"13{person.id}{first_id}"
    return [
        photo(person, first_id + place, None if place else caption, at=at, media_group_id=group)
        for place in range(count)
    ]


def document(person: Person, message_id: int, name: str, *, at: datetime | None = None, **more: Any) -> Update:
    file = {
        "file_id": f"document-{person.id}-{message_id}",
        "file_unique_id": f"u-document-{person.id}-{message_id}",
        "file_name": name,
        "mime_type": "application/octet-stream",
        "file_size": 1234,
    }
    return message(person, message_id, at=at, document=file, **more)


def voice(person: Person, message_id: int, seconds: int = 7, *, at: datetime | None = None) -> Update:
    file = {"file_id": f"voice-{message_id}", "file_unique_id": f"u-voice-{message_id}", "duration": seconds}
    return message(person, message_id, at=at, voice=file)


def sticker(person: Person, message_id: int, emoji: str = "👍", *, at: datetime | None = None) -> Update:
    file = {
        "file_id": f"sticker-{message_id}",
        "file_unique_id": f"u-sticker-{message_id}",
        "type": "regular",
        "width": 512,
        "height": 512,
        "is_animated": False,
        "is_video": False,
        "emoji": emoji,
    }
    return message(person, message_id, at=at, sticker=file)


def edited(
    person: Person, message_id: int, text: str, *, at: datetime | None = None, edited_at: datetime | None = None
) -> Update:
    """`at` is when it was written first."""
    body = _message(person, message_id, at, text, {"edit_date": _stamp(edited_at)})
    return {"edited_message": body}


def blocked(person: Person, *, at: datetime | None = None) -> Update:
    """The person stopped the bot (my_chat_member: member → kicked)."""
    return _membership(person, "member", "kicked", at)


def unblocked(person: Person, *, at: datetime | None = None) -> Update:
    return _membership(person, "kicked", "member", at)


def pressed(
    person: Person, query_id: str, data: str, *, on: dict[str, Any] | None = None, inaccessible: int | None = None
) -> Update:
    """A button was pressed: `on` is the bot's message that has it, `inaccessible` the id of one that is too old."""
    below: dict[str, Any] = {}
    if on is not None:
        below = {"message": on}
    elif inaccessible is not None:
        below = {"message": {"chat": person.chat, "message_id": inaccessible, "date": 0}}
    return {
        "callback_query": {"id": query_id, "from": person.user, "chat_instance": f"-{person.id}", "data": data} | below
    }


def reaction(
    person: Person, message_id: int, new: Iterable[str], old: Iterable[str] = (), *, at: datetime | None = None
) -> Update:
    """Emoji of the person on a message; `new` empty: taken back."""
    return {
        "message_reaction": {
            "chat": person.chat,
            "message_id": message_id,
            "user": person.user,
            "date": _stamp(at),
            "old_reaction": [{"type": "emoji", "emoji": emoji} for emoji in old],
            "new_reaction": [{"type": "emoji", "emoji": emoji} for emoji in new],
        }
    }


def business_connection(
    connection: str,
    owner: Person = OWNER,
    *,
    enabled: bool = True,
    can_reply: bool = True,
    at: datetime | None = None,
) -> Update:
    return {
        "business_connection": {
            "id": connection,
            "user": owner.user,
            "user_chat_id": owner.id,
            "date": _stamp(at),
            "rights": {"can_reply": True, "can_delete_sent_messages": True} if can_reply else {},
            "is_enabled": enabled,
        }
    }


def business_message(
    connection: str,
    person: Person,
    message_id: int,
    text: str,
    *,
    writer: Person | None = None,
    at: datetime | None = None,
    **more: Any,
) -> Update:
    """A message in the chat of `person` with the connection's owner; `writer` is the owner when it comes from them."""
    body = _message(person, message_id, at, text, more) | {"business_connection_id": connection}
    return {"business_message": body | {"from": (writer or person).user}}


def edited_business_message(
    connection: str,
    person: Person,
    message_id: int,
    text: str,
    *,
    at: datetime | None = None,
    edited_at: datetime | None = None,
) -> Update:
    body = _message(person, message_id, at, text, {"edit_date": _stamp(edited_at)})
    return {"edited_business_message": body | {"business_connection_id": connection}}


def deleted_business_messages(connection: str, person: Person, message_ids: Iterable[int]) -> Update:
    ids = list(message_ids)
    return {
        "deleted_business_messages": {"business_connection_id": connection, "chat": person.chat, "message_ids": ids}
    }


def photo_sizes(name: str) -> list[dict[str, Any]]:
    """A photo in two sizes; the file ids end in the size's letter."""
    return [
        {
            "file_id": f"{name}-{letter}",
            "file_unique_id": f"u-{name}-{letter}",
            "width": side,
            "height": side,
            "file_size": side * 10,
        }
        for letter, side in (("s", 90), ("m", 320))
    ]


def _message(
    person: Person, message_id: int, at: datetime | None, text: str | None, more: dict[str, Any]
) -> dict[str, Any]:
    head = {"message_id": message_id, "from": person.user, "chat": person.chat, "date": _stamp(at)}
    return head | _given(text=text) | more


def _membership(person: Person, old: str, new: str, at: datetime | None) -> Update:
    def member(status: str) -> dict[str, Any]:
        return {"user": BOT, "status": status} | ({"until_date": 0} if status == "kicked" else {})

    return {
        "my_chat_member": {
            "chat": person.chat,
            "from": person.user,
            "date": _stamp(at),
            "old_chat_member": member(old),
            "new_chat_member": member(new),
        }
    }


def _stamp(at: datetime | None) -> int:
    return int((at or utc_now()).timestamp())


def _given(**fields: Any) -> dict[str, Any]:
    """The Bot API leaves out what is not there."""
    return {name: value for name, value in fields.items() if value is not None}
