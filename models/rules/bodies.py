"""What a message becomes in a plain `body` column: its text or caption as written, else an English label in brackets.

Pure. The order of the tests matters, because Telegram sets fields of older kinds beside the new ones: `venue` also
sets `location`, `animation` also `document`, `live_photo` also `photo`. Details of a label are optional: what has not
the documented type is left out of it, so that no message is lost over its decoration.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from models.rules.text import for_storage, one_line

#: The kind and body of a message with none of the fields known here; Telegram adds some every few weeks.
UNSUPPORTED, UNSUPPORTED_BODY = "unsupported", "[unsupported message]"
#: What stands for a text or caption of white space only: the application refuses a blank body.
BLANK_BODY = "[blank message]"
#: Longest detail in a label, code points.
_DETAIL = 200
#: Currencies without a minor unit (Telegram's currencies.json, `exp` 0), and Telegram's Stars.
_WHOLE = frozenset({"CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XTR"})
#: A start payload that may be a sign-in token: 32 hexadecimal digits, or as long as only a secret is.
_SECRET_START = re.compile(r"(/start(?:@\w+)?) +(?!ref_)(?:[0-9a-fA-F]{32}|[A-Za-z0-9_-]{32,})", re.ASCII)
#: What stands for such a payload.
START_MASK = "‹token›"

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Body:
    """`service`: Telegram's own note about the chat, not words of the person."""

    kind: str
    text: str
    service: bool = False


def body_of(message: Fields) -> Body:
    """Kind and body, ready to be stored. `text` and `caption` must be strings or absent."""
    text = message.get("text")
    if isinstance(text, str):
        return Body("text", _written(_without_secret(text)))
    for kind, label in _KINDS.items():
        if message.get(kind) is not None:
            return Body(kind, _captioned(message, kind, label))
    for kind, words in _SERVICE.items():
        if message.get(kind) is not None:
            return Body(kind, f"[{words}]", service=True)
    return Body(UNSUPPORTED, UNSUPPORTED_BODY)


def _captioned(message: Fields, kind: str, label: Callable[[Any], str]) -> str:
    caption = message.get("caption")
    said = label(message[kind])
    if not isinstance(caption, str) or not caption:
        return for_storage(said)
    # A voice message is more than its caption: the label stays, since there is something to hear.
    return _written(f"{said} {caption}" if kind == "voice" else caption)


def _without_secret(text: str) -> str:
    match = _SECRET_START.fullmatch(text)
    return f"{match[1]} {START_MASK}" if match else text


def _written(text: str) -> str:
    text = for_storage(text)
    return text if text.strip() else BLANK_BODY


def _plain(words: str) -> Callable[[Any], str]:
    return lambda thing: f"[{words}]"


def _timed(words: str) -> Callable[[Any], str]:
    def label(thing: Any) -> str:
        seconds = thing.get("duration") if isinstance(thing, dict) else None
        if type(seconds) is not int or not 0 <= seconds < 1_000_000:
            return f"[{words}]"
        minutes, seconds = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        clock = f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
        return f"[{words} {clock}]"

    return label


def _detailed(words: str, *fields: str, join: str = " ", mark: str = ": ") -> Callable[[Any], str]:
    def label(thing: Any) -> str:
        details = [detail for name in fields if (detail := _detail(thing, name))]
        return f"[{words}{mark}{join.join(details)}]" if details else f"[{words}]"

    return label


def _detail(thing: Any, name: str) -> str:
    value = thing.get(name) if isinstance(thing, dict) else None
    if type(value) is int and abs(value) < 2**63:
        return str(value)
    return one_line(value, _DETAIL).strip() if isinstance(value, str) else ""


def _file(thing: Any) -> str:
    """The last part of the name, without what could turn it around on a screen."""
    name = thing.get("file_name") if isinstance(thing, dict) else None
    if not isinstance(name, str):
        return "[file]"
    name = re.split(r"[/\\]", name)[-1]
    name = "".join(letter for letter in name if unicodedata.category(letter) not in ("Cc", "Cf", "Cs"))
    name = one_line(name, _DETAIL).strip()
    return f"[file: {name}]" if name.strip(".") else "[file]"


def _place(thing: Any) -> str:
    words = "live location" if isinstance(thing, dict) and thing.get("live_period") else "location"
    sides = [thing.get(name) if isinstance(thing, dict) else None for name in ("latitude", "longitude")]
    if not all(isinstance(side, (int, float)) and abs(side) <= 180 for side in sides):
        return f"[{words}]"
    return f"[{words} {sides[0]:.5f}, {sides[1]:.5f}]"


def _payment(thing: Any) -> str:
    amount = thing.get("total_amount") if isinstance(thing, dict) else None
    currency = thing.get("currency") if isinstance(thing, dict) else None
    if type(amount) is not int or not 0 <= amount < 2**63 or not isinstance(currency, str):
        return "[payment]"
    if re.fullmatch("[A-Z]{3}", currency) is None:
        return "[payment]"
    money = str(amount) if currency in _WHOLE else f"{amount // 100}.{amount % 100:02}"
    return f"[payment: {money} {currency}]"


#: Words of the person, by field, in the order of the tests.
_KINDS: dict[str, Callable[[Any], str]] = {
    "venue": _detailed("venue", "title", "address", join=", "),
    "animation": _plain("GIF"),
    "live_photo": _plain("live photo"),
    "photo": _plain("photo"),
    "video": _timed("video"),
    "video_note": _timed("video message"),
    "voice": _timed("voice"),
    "audio": _detailed("audio", "performer", "title", join=" – "),
    "document": _file,
    "sticker": _detailed("sticker", "emoji", mark=" "),
    "contact": _detailed("contact", "first_name", "last_name", "phone_number"),
    "location": _place,
    "dice": _detailed("dice", "emoji", "value", mark=" "),
    "poll": _detailed("poll", "question"),
    "checklist": _detailed("checklist", "title"),
    "game": _detailed("game", "title"),
    "story": _plain("story"),
    "paid_media": _plain("paid media"),
    "rich_message": _plain("rich message"),
    "invoice": _detailed("invoice", "title"),
    "successful_payment": _payment,
    "web_app_data": _plain("web app data"),
    "users_shared": _plain("shared contacts"),
    "chat_shared": _plain("shared a chat"),
    "gift": _plain("gift"),
    "unique_gift": _plain("gift"),
}

#: Telegram's own notes, by field; unread by nobody.
_SERVICE: dict[str, str] = {
    "migrate_to_chat_id": "moved to another chat id",
    "migrate_from_chat_id": "moved from another chat id",
    "pinned_message": "pinned a message",
    "new_chat_members": "joined",
    "left_chat_member": "left",
    "new_chat_title": "changed the title",
    "new_chat_photo": "changed the photo",
    "delete_chat_photo": "deleted the photo",
    "group_chat_created": "created the group",
    "supergroup_chat_created": "created the group",
    "channel_chat_created": "created the channel",
    "message_auto_delete_timer_changed": "changed the auto-delete timer",
    "refunded_payment": "payment refunded",
    "connected_website": "signed in to a website",
    "write_access_allowed": "allowed the bot to write",
    "passport_data": "passport data",
    "proximity_alert_triggered": "proximity alert",
    "boost_added": "boosted the chat",
    "chat_background_set": "changed the background",
    "checklist_tasks_done": "ticked off checklist tasks",
    "checklist_tasks_added": "added checklist tasks",
    "direct_message_price_changed": "changed the price of direct messages",
    "paid_message_price_changed": "changed the price of messages",
    "giveaway_created": "created a giveaway",
    "giveaway": "giveaway",
    "giveaway_winners": "giveaway winners",
    "giveaway_completed": "giveaway completed",
    "forum_topic_created": "created a topic",
    "forum_topic_edited": "edited a topic",
    "forum_topic_closed": "closed a topic",
    "forum_topic_reopened": "reopened a topic",
    "general_forum_topic_hidden": "hid the general topic",
    "general_forum_topic_unhidden": "showed the general topic",
    "video_chat_scheduled": "scheduled a video chat",
    "video_chat_started": "started a video chat",
    "video_chat_ended": "ended a video chat",
    "video_chat_participants_invited": "invited to a video chat",
}
