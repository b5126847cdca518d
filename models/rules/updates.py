"""What an update from Telegram is about. Pure; an update may hold anything at all.

`read_update` gives events, checked and ready to be stored: ids within 64 bits, texts that both databases accept, times
aware. What identifies a message, a person or a chat must have the documented type, or the update is `Unreadable` and
belongs in quarantine; what only decorates may be missing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from models.rules.bodies import body_of
from models.rules.events import (
    Arrived,
    Barred,
    Connected,
    Deleted,
    Event,
    Moved,
    Pressed,
    Reacted,
    Sender,
    Skipped,
    Unreadable,
)
from models.rules.text import for_storage, one_line

#: Asked for with every poll: Telegram keeps the list of the last asker otherwise.
ALLOWED_UPDATES = (
    "message",
    "edited_message",
    "callback_query",
    "my_chat_member",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
    "message_reaction",
)
_LARGEST = 2**63 - 1
#: Longest raw text kept of one update, characters; the server's own limit is 512 KiB.
RAW_LIMIT = 1 << 20


def update_id_of(update: Any) -> int | None:
    """The update's number, also when it is written as a text; None: it has none."""
    id = update.get("update_id") if isinstance(update, dict) else None
    if isinstance(id, str) and id.isascii() and id.isdigit() and len(id) < 19:
        return int(id)
    return id if type(id) is int and 0 <= id <= _LARGEST else None


def raw_text(update: Any) -> str:
    """The update as JSON in ASCII, which every database stores; cut at RAW_LIMIT."""
    try:
        return json.dumps(update, ensure_ascii=True, default=repr)[:RAW_LIMIT]
    except (RecursionError, ValueError):
        return '"too deep to be written"'


def read_update(update: Any) -> tuple[Event, ...]:
    """What the update is about; more than one event only when Telegram put several things in it. Raises Unreadable."""
    try:
        return tuple(_events(update))
    except (RecursionError, ArithmeticError, OSError) as error:
        raise Unreadable(type(error).__name__) from None


def _events(update: Any) -> Iterator[Event]:
    fields = _object(update, "update")
    if type(fields.get("update_id")) is not int or update_id_of(fields) is None:
        raise Unreadable("update_id")
    known = False
    for kind, read in _READERS.items():
        if fields.get(kind) is not None:
            known = True
            yield from read(_object(fields[kind], kind))
    if not known:
        strange = sorted(str(name) for name in fields if name != "update_id")
        yield Skipped(one_line(strange[0], 60) if strange else "empty")


def _message(fields: dict[str, Any], *, edited: bool = False) -> Iterator[Event]:
    chat = _object(fields.get("chat"), "chat")
    chat_id = _id(chat, "chat.id", "id")
    if fields.get("migrate_to_chat_id") is not None:
        yield Moved(chat_id, _id(fields, "migrate_to_chat_id"))
        return
    if chat.get("type") != "private":
        yield Skipped("not a private chat")
        return
    message_id = _id(fields, "message_id")
    if message_id <= 0:
        raise Unreadable("message_id")
    for name in ("text", "caption"):
        _text_or_none(fields, name)
    person = _sender(chat, "chat")
    writer = person if fields.get("from") is None else _sender(_object(fields["from"], "from"), "from")
    connection = _text_or_none(fields, "business_connection_id")
    # A server that leaves out when it was edited means: now or before; the message's own time orders it first.
    edit = _time(fields, "edit_date" if fields.get("edit_date") else "date") if edited else None
    yield Arrived(
        chat_id=chat_id,
        message_id=message_id,
        # The sender's own description is fuller than the chat's.
        person=writer if writer.telegram_id == chat_id else person,
        sender_id=writer.telegram_id,
        at=_time(fields, "date"),
        body=body_of(fields),
        edited_at=edit,
        business_connection_id=connection,
        by_bot=isinstance(fields.get("sender_business_bot"), dict),
        automatic=fields.get("is_from_offline") is True,
        media_group_id=_text_or_none(fields, "media_group_id"),
        forwarded_from=_origin(fields.get("forward_origin")),
    )


def _edited(fields: dict[str, Any]) -> Iterator[Event]:
    return _message(fields, edited=True)


def _business(fields: dict[str, Any], *, edited: bool = False) -> Iterator[Event]:
    if not _text_or_none(fields, "business_connection_id"):
        raise Unreadable("business_connection_id")
    return _message(fields, edited=edited)


def _edited_business(fields: dict[str, Any]) -> Iterator[Event]:
    return _business(fields, edited=True)


def _member(fields: dict[str, Any]) -> Iterator[Event]:
    chat = _object(fields.get("chat"), "chat")
    status = _object(fields.get("new_chat_member"), "new_chat_member").get("status")
    if chat.get("type") != "private" or status not in ("kicked", "member"):
        yield Skipped("membership")
        return
    yield Barred(_sender(chat, "chat"), status == "kicked", _time(fields, "date"))


def _callback(fields: dict[str, Any]) -> Iterator[Event]:
    id = _text_or_none(fields, "id")
    if not id:
        raise Unreadable("callback_query.id")
    presser = _sender(_object(fields.get("from"), "from"), "from")
    message = fields.get("message")
    chat = message.get("chat") if isinstance(message, dict) else None
    ours = isinstance(chat, dict) and chat.get("type") == "private" and chat.get("id") == presser.telegram_id
    yield Pressed(id, presser if ours else None, _label(message, fields.get("data")) if ours else None)


def _label(message: Any, data: Any) -> str | None:
    """The words on the button that holds `data`, from the keyboard under the message: `data` is the presser's."""
    markup = message.get("reply_markup")
    rows = markup.get("inline_keyboard") if isinstance(markup, dict) else None
    for row in rows if isinstance(rows, list) else ():
        for button in row if isinstance(row, list) else ():
            if isinstance(button, dict) and isinstance(data, str) and button.get("callback_data") == data:
                label = button.get("text")
                return one_line(label, 100).strip() or None if isinstance(label, str) else None
    return None


def _reaction(fields: dict[str, Any]) -> Iterator[Event]:
    chat = _object(fields.get("chat"), "chat")
    if chat.get("type") != "private" or not isinstance(fields.get("user"), dict):
        yield Skipped("reaction outside a private chat")
        return
    given = fields.get("new_reaction")
    if not isinstance(given, list):
        raise Unreadable("new_reaction")
    actor = _id(fields["user"], "user.id", "id")
    yield Reacted(
        _id(chat, "chat.id", "id"),
        _id(fields, "message_id"),
        actor,
        " ".join(_spelled(one) for one in given[:20]),
        _time(fields, "date"),
        _text_or_none(fields, "business_connection_id") or "",
    )


def _spelled(reaction: Any) -> str:
    emoji = reaction.get("emoji") if isinstance(reaction, dict) else None
    if isinstance(emoji, str) and emoji.strip():
        return one_line(emoji, 16)
    return "⭐" if isinstance(reaction, dict) and reaction.get("type") == "paid" else "☆"


def _connection(fields: dict[str, Any]) -> Iterator[Event]:
    id = _text_or_none(fields, "id")
    if not id:
        raise Unreadable("business_connection.id")
    rights = fields.get("rights")
    # Newer servers say it in `rights`, older ones beside it.
    can_reply = rights.get("can_reply") if isinstance(rights, dict) else fields.get("can_reply")
    yield Connected(
        id,
        _sender(_object(fields.get("user"), "user"), "user"),
        _id(fields, "user_chat_id"),
        can_reply is True,
        fields.get("is_enabled") is True,
        _time(fields, "date"),
    )


def _deletion(fields: dict[str, Any]) -> Iterator[Event]:
    connection = _text_or_none(fields, "business_connection_id")
    ids = fields.get("message_ids")
    if not connection or not isinstance(ids, list):
        raise Unreadable("deleted_business_messages")
    chat = _object(fields.get("chat"), "chat")
    if any(type(id) is not int or not 0 < id <= _LARGEST for id in ids):
        raise Unreadable("message_ids")
    yield Deleted(connection, _id(chat, "chat.id", "id"), tuple(ids))


_READERS: dict[str, Callable[[dict[str, Any]], Iterator[Event]]] = {
    "message": _message,
    "edited_message": _edited,
    "business_connection": _connection,
    "business_message": _business,
    "edited_business_message": _edited_business,
    "deleted_business_messages": _deletion,
    "message_reaction": _reaction,
    "my_chat_member": _member,
    "callback_query": _callback,
}


def _sender(fields: dict[str, Any], where: str) -> Sender:
    names = [_text_or_none(fields, name) or None for name in ("username", "first_name", "last_name")]
    return Sender(_id(fields, f"{where}.id", "id"), *names)


def _origin(origin: Any) -> str | None:
    """Who wrote what was forwarded, in one line; None: not forwarded."""
    if not isinstance(origin, dict):
        return None
    for name in ("sender_user", "sender_chat", "chat"):
        who = origin.get(name)
        if isinstance(who, dict):
            parts = [who.get(part) for part in ("title", "first_name", "last_name")]
            said = " ".join(part for part in parts if isinstance(part, str))
            return for_storage(one_line(said, 100)) or "?"
    hidden = origin.get("sender_user_name")
    return (for_storage(one_line(hidden, 100)) if isinstance(hidden, str) else "") or "?"


def _object(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Unreadable(where)
    return value


def _id(fields: dict[str, Any], where: str, name: str = "") -> int:
    value = fields.get(name or where)
    if type(value) is not int or not -_LARGEST <= value <= _LARGEST:
        raise Unreadable(where)
    return value


def _text_or_none(fields: dict[str, Any], name: str) -> str | None:
    value = fields.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise Unreadable(name)
    return for_storage(value)


def _time(fields: dict[str, Any], name: str) -> datetime:
    """Telegram's times are whole seconds since 1970."""
    value = fields.get(name)
    if type(value) is not int or not 0 <= value < 2**33:
        raise Unreadable(name)
    return datetime.fromtimestamp(value, UTC)
