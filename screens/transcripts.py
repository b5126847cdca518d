"""A conversation written down: Markdown, plain text, JSON, or one HTML page that needs nothing else. Pure.

What people wrote is cleaned as on the screen, and escaped so that no reader of the file takes it for more than text.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from models.rules.clock import iso_z
from models.rules.text import clean, one_line
from models.views import Author, Direction, Field, MessageView, Reply
from models.views.transcript import Transcript
from screens.i18n import _, language, number
from screens.lead_words import FIELD_WORDS, score_text
from screens.times import calendar, hours, local

Item = MessageView | Reply

#: What Markdown would act on; and at the beginning of a line.
_MARKED = re.compile(r"([\\`*_{}\[\]<>#|~&!$:])")
_BEGINNING = re.compile(r"^( *)(?:([-+=])|(\d+)([.)]))")


def _who(item: Item, name: str) -> str:
    if isinstance(item, Reply):
        return one_line(item.operator_name or _("a colleague"), 60)
    match item.author:
        case Author.PERSON:
            return name
        case Author.YOU | Author.COLLEAGUE:
            return one_line(item.author_name or _("a colleague"), 60)
        case _:
            return _("bot, AI or web")


def _ours(item: Item) -> bool:
    return isinstance(item, Reply) or item.direction is Direction.OUTGOING


def _marks(item: Item) -> list[str]:
    if isinstance(item, Reply):
        return [_("not delivered yet")]
    marks = [_("edited")] if item.edited else []
    marks += [_("deleted in Telegram")] if item.deleted else []
    marks += [_("direction not known")] if item.direction is Direction.UNKNOWN else []
    return marks + ([_("by business account")] if item.channel == "business" else [])


def _items(transcript: Transcript) -> tuple[Item, ...]:
    return (*transcript.messages, *transcript.replies)


def _name(transcript: Transcript) -> str:
    return one_line(transcript.lead.name, 120)


def _facts(transcript: Transcript, now: datetime) -> list[tuple[str, str]]:
    lead = transcript.lead
    texts = {Field.REAL_NAME: lead.real_name, Field.BACKGROUND: lead.background, Field.QUERY: lead.query}
    facts = [
        (_("Telegram"), f"@{one_line(lead.username, 64)}" if lead.username else str(lead.telegram_id or "—")),
        (_(FIELD_WORDS[Field.SCORE]), score_text(lead.score, lead.band)),
        *((_(FIELD_WORDS[field]), one_line(text, 2000)) for field, text in texts.items() if text and text.strip()),
        (_("Messages"), number(len(transcript.messages))),
        (_("Written down"), f"{local(now):%Y-%m-%d %H:%M}"),
    ]
    return [(name.rstrip("?"), clean(value)) for name, value in facts]


def _by_day(items: tuple[Item, ...]) -> Iterator[tuple[str, list[Item]]]:
    found: list[Item] = []
    day: str | None = None
    for item in items:
        its = calendar(local(item.created_at).date()) if item.created_at is not None else _("no date")
        if its != day and found:
            yield day or "", found
            found = []
        day = its
        found.append(item)
    if found:
        yield day or "", found


def as_text(transcript: Transcript, now: datetime) -> str:
    """Plain text."""
    name = _name(transcript)
    lines = [name, *(f"{fact}: {value}" for fact, value in _facts(transcript, now))]
    for day, items in _by_day(_items(transcript)):
        lines += ["", f"── {day} ──"]
        for item in items:
            marks = "".join(f" · {mark}" for mark in _marks(item))
            lines.append(f"{hours(item.created_at) or '--:--'} {'→' if _ours(item) else '←'} {_who(item, name)}{marks}")
            lines += [f"    {line}" for line in clean(item.body, multiline=True).split("\n")]
    return "\n".join(lines) + "\n"


def as_markdown(transcript: Transcript, now: datetime) -> str:
    """Markdown in which the texts are quotes, and read as they were written."""
    name = _name(transcript)
    lines = [f"# {_escaped(name)}", ""]
    lines += [f"- **{_escaped(fact)}**: {_escaped(value)}" for fact, value in _facts(transcript, now)]
    for day, items in _by_day(_items(transcript)):
        lines += ["", f"## {_escaped(day)}"]
        for item in items:
            marks = "".join(f" · {mark}" for mark in _marks(item))
            arrow = "→" if _ours(item) else "←"
            lines += ["", f"{arrow} **{_escaped(_who(item, name))}** {hours(item.created_at)}{marks}", ""]
            body = [_escaped(line) for line in clean(item.body, multiline=True).split("\n")]
            lines += [f"> {line}\\" if line and at < len(body) - 1 and body[at + 1] else f"> {line}".rstrip()
                      for at, line in enumerate(body)]  # fmt: skip
    return "\n".join(lines) + "\n"


def _escaped(line: str) -> str:
    line = _MARKED.sub(r"\\\1", line)
    # A list or a rule begins with these; four blanks would begin a block of code.
    line = _BEGINNING.sub(lambda found: f"{found[1]}{found[3] or ''}\\{found[2] or found[4]}", line)
    bare = line.lstrip(" ")
    return "\u00a0" * (len(line) - len(bare)) + bare


def as_json(transcript: Transcript, now: datetime) -> str:
    """One object, ASCII; texts as they are stored."""
    lead = transcript.lead
    thing = {
        "conversation_id": lead.conversation_id,
        "user_id": lead.user_id,
        "name": lead.name,
        "username": lead.username,
        "telegram_id": lead.telegram_id,
        **{field.column: value for field, value in (
            (Field.REAL_NAME, lead.real_name), (Field.BACKGROUND, lead.background), (Field.QUERY, lead.query),
            (Field.SCORE, lead.score),
        )},
        "exported_at": iso_z(now),
        "messages": [_message(message) for message in transcript.messages],
        "not_delivered_yet": [
            {"id": reply.id, "body": reply.body, "state": reply.state.value, "created_at": iso_z(reply.created_at)}
            for reply in transcript.replies
        ],
    }  # fmt: skip
    return json.dumps(thing, ensure_ascii=True, indent=2) + "\n"


def _message(message: MessageView) -> dict[str, Any]:
    return {
        "id": message.id,
        "direction": message.direction.value,
        "author": message.author.value,
        "author_name": message.author_name,
        "body": message.body,
        "telegram_message_id": message.telegram_message_id,
        "read": message.read,
        "created_at": iso_z(message.created_at),
        "channel": message.channel,
        "edited": message.edited,
        "deleted": message.deleted,
        "reactions": message.reactions,
    }


_STYLE = """
:root { color-scheme: light dark; font: 16px/1.45 system-ui, sans-serif; }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; }
dt { opacity: .65; } dd { margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1rem; opacity: .65; margin: 2rem 0 .5rem; border-bottom: 1px solid #8884; }
article { margin: .6rem 0; padding: .5rem .8rem; border-radius: .6rem; background: #8882; width: fit-content;
  max-width: 85%; }
article.ours { margin-left: auto; background: #48c3; }
header { font-size: .8rem; opacity: .7; } p { margin: .2rem 0 0; white-space: pre-wrap; overflow-wrap: anywhere; }
@media print { body { margin: 0; max-width: none; } article { break-inside: avoid; } }
"""


def as_html(transcript: Transcript, now: datetime) -> str:
    """One page that loads nothing and runs nothing."""
    name = html.escape(_name(transcript))
    facts = "".join(
        f"<dt>{html.escape(fact)}</dt><dd dir=auto>{html.escape(value)}</dd>" for fact, value in _facts(transcript, now)
    )
    parts = [
        f'<!doctype html>\n<html lang="{language()}">\n<head>\n<meta charset="utf-8">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="robots" content="noindex"><meta name="referrer" content="no-referrer">',
        f"<title>{name}</title>\n<style>{_STYLE}</style>\n</head>\n<body>",
        f"<h1 dir=auto>{name}</h1>\n<dl>{facts}</dl>",
    ]
    for day, items in _by_day(_items(transcript)):
        parts.append(f"<h2>{html.escape(day)}</h2>")
        for item in items:
            said = " · ".join([_who(item, _name(transcript)), hours(item.created_at), *_marks(item)])
            body = html.escape(clean(item.body, multiline=True))
            ours = ' class="ours"' if _ours(item) else ""
            parts.append(
                f"<article{ours}><header dir=auto>{html.escape(said)}</header><p dir=auto>{body}</p></article>"
            )
    return "\n".join([*parts, "</body>\n</html>\n"])


#: How a conversation can be written down: the end of a file's name, and what writes it.
FORMATS: dict[str, tuple[str, Callable[[Transcript, datetime], str]]] = {
    "markdown": ("md", as_markdown),
    "text": ("txt", as_text),
    "json": ("json", as_json),
    "html": ("html", as_html),
}
