"""Texts with placeholders: {name} is filled, {{name}} stays as it reads. Pure; and the TOML they travel in.

What is filled in is foreign and stays plain text: it is put in once, and never looked at for placeholders again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from models.errors import Usage
from models.rules.text import for_storage

#: What is known of a person and the lead; any other name is asked for.
FIELDS = (
    *("name", "first_name", "last_name", "username", "real_name", "background", "query", "score"),
    *("tier", "until", "operator"),
)
#: Longest name and body, in characters.
LONGEST_NAME, LONGEST_BODY = 60, 20_000
_PLACE = re.compile(r"\{\{(\w{1,40})\}\}|\{([^\W\d]\w{0,39})\}")


@dataclass(frozen=True, slots=True)
class Text:
    """A template as files hold it; `digit` 1-9 is the key that chooses it."""

    name: str
    body: str
    digit: int | None = None


@dataclass(frozen=True, slots=True)
class Filled:
    """A body with what is known put in; `missing` are the placeholders that are left, in order, each once."""

    text: str
    missing: tuple[str, ...] = ()


def placeholders(body: str) -> tuple[str, ...]:
    """The names in braces, in order, each once."""
    return tuple(dict.fromkeys(match[2] for match in _PLACE.finditer(body) if match[2]))


def fill(body: str, values: Mapping[str, str | None]) -> Filled:
    """Puts in what is known; a value of nothing but white space is not known."""
    missing: dict[str, None] = {}

    def put(match: re.Match[str]) -> str:
        if match[1]:
            return f"{{{match[1]}}}"
        value = (values.get(match[2]) or "").strip()
        if not value:
            missing[match[2]] = None
            return match[0]
        return value

    return Filled(_PLACE.sub(put, body), tuple(missing))


def unfilled(text: str, names: Iterable[str]) -> tuple[int, int] | None:
    """Where the first placeholder of these names stands in `text`, braces included; None: there is none."""
    known = frozenset(names)
    found = next((match for match in _PLACE.finditer(text) if match[2] in known), None)
    return None if found is None else found.span()


def checked(template: Text) -> Text:
    """As it can be kept. Raises Usage('bad-template')."""
    name, body = " ".join(for_storage(template.name).split()), for_storage(template.body).strip("\n")
    why = None
    if not name:
        why = "name"
    elif len(name) > LONGEST_NAME or len(body) > LONGEST_BODY:
        why = "long"
    elif not body.strip():
        why = "body"
    elif template.digit is not None and template.digit not in range(1, 10):
        why = "digit"
    if why is not None:
        raise Usage("bad-template", name=name or "?", why=why)
    return Text(name, body, template.digit)


def as_toml(templates: Iterable[Text]) -> str:
    """One table a template, bodies as they read."""
    parts = []
    for each in templates:
        lines = ["[[template]]", f"name = {_basic(each.name)}"]
        if each.digit is not None:
            lines.append(f"digit = {each.digit}")
        lines.append('body = """\n' + "\n".join(_basic(line)[1:-1] for line in each.body.split("\n")) + '"""')
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + ("\n" if parts else "")


def from_toml(text: str) -> tuple[Text, ...]:
    """The templates of such a file, checked. Raises Usage('bad-toml', 'bad-template')."""
    import tomllib

    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Usage("bad-toml", why=str(error)) from None
    tables = found.get("template")
    if not isinstance(tables, list) or set(found) != {"template"}:
        raise Usage("bad-toml", why="[[template]]")
    templates = tuple(checked(_text(table)) for table in tables)
    keys = [("name", each.name) for each in templates]
    keys += [("digit", str(each.digit)) for each in templates if each.digit is not None]
    if (twice := next((key for key in keys if keys.count(key) > 1), None)) is not None:
        raise Usage("bad-template", name=twice[1], why="twice")
    return templates


def _text(table: Any) -> Text:
    if not isinstance(table, dict) or set(table) - {"name", "digit", "body"}:
        raise Usage("bad-toml", why="name, digit, body")
    name, body, digit = table.get("name", ""), table.get("body", ""), table.get("digit")
    if not isinstance(name, str) or not isinstance(body, str) or not (digit is None or type(digit) is int):
        raise Usage("bad-template", name=str(name), why="kind")
    return Text(name, body, digit)


def _basic(line: str) -> str:
    """A basic string of TOML; what JSON leaves as it is and TOML does not take is escaped."""
    return json.dumps(line, ensure_ascii=False).replace("\x7f", "\\u007f")
