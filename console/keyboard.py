"""Keys as terminals spell them by the Kitty protocol, also with parts that nobody asked for: Textual's reader fails at
a sub-parameter, or at a number that is no character, and the console would end."""

from __future__ import annotations

import re

from textual import events
from textual._xterm_parser import XTermParser

#: Code, its alternates; modifiers, kind of event; what stands behind them.
_KEY = re.compile(r"\x1b\[(\d*)(?::[\d:]*)?(?:;(\d*)(?::(\d*)[\d:]*)?)?((?:;[\d:]*)*[u~ABCDEFHPQRS])")
_RELEASED = "3"
_textuals = XTermParser._parse_extended_key


def _parse(parser: XTermParser, sequence: str) -> list[events.Key] | None:
    found = _KEY.fullmatch(sequence) if ":" in sequence else None
    if found is not None:
        code, held, kind, rest = found.groups()
        if kind == _RELEASED:
            return []
        sequence = f"\x1b[{code};{held or ''}{rest}"
    try:
        return _textuals(parser, sequence)
    except ValueError:
        return []


def read_all_keys() -> None:
    """From now on a key that can't be understood is none."""
    XTermParser._parse_extended_key = _parse  # type: ignore[method-assign, assignment]
