"""What verbs print: one clear line for an error, cleaned plain text, ASCII JSON. No control character of anybody's
text reaches the terminal, and no pipe that closes makes a traceback."""

from __future__ import annotations

import codecs
import contextlib
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from io import FileIO, TextIOWrapper
from typing import Any, TextIO

from models.rules.clock import iso_z
from models.rules.text import clean, one_line


def prepare_streams() -> None:
    """A C or KOI8-R locale must not turn output into an exception: UTF-8 where the locale has no encoding of its own
    that could say more, and never an error."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            # Closed by whoever started us: what nobody reads goes nowhere.
            setattr(sys, name, TextIOWrapper(FileIO(os.devnull, "w"), encoding="utf-8"))
        stream = getattr(sys, name)
        if not hasattr(stream, "reconfigure"):
            continue
        ascii_only = codecs.lookup(stream.encoding or "ascii").name == "ascii"
        stream.reconfigure(encoding="utf-8" if ascii_only else None, errors="backslashreplace")


def say(text: str = "", *, file: TextIO | None = None) -> None:
    """Prints text that is already safe, on stdout unless told otherwise."""
    print(text, file=file or sys.stdout)


def complain(text: str) -> None:
    """One line on stderr, cleaned whatever is in it."""
    with contextlib.suppress(OSError, ValueError):  # a closed stderr has nobody to tell
        print(f"frontdesk: {clean(' '.join(text.split()))}", file=sys.stderr, flush=True)


def as_json(thing: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> str:
    """ASCII JSON: an array of objects or one object; datetimes as ISO 8601 in UTC with Z."""
    return json.dumps(thing, ensure_ascii=True, indent=2, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return iso_z(value)
    return str(value)


def local_time(moment: datetime | None) -> str:
    """To the minute, in local time; a dash for none."""
    return "-" if moment is None else moment.astimezone().strftime("%Y-%m-%d %H:%M")


def cell(text: object, limit: int = 60) -> str:
    """Foreign text as one cell of a table: cleaned, one line, at most `limit` code points; a dash for none."""
    if text is None or text == "":
        return "-"
    return one_line(str(text), limit)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines with columns aligned by the cells they take on a terminal; the last column is not padded."""
    from rich.cells import cell_len

    lines = [list(head), *(list(row) for row in rows)]
    widths = [max(cell_len(line[column]) for line in lines) for column in range(len(head))]
    return [
        "  ".join(text + " " * (width - cell_len(text)) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]


def close_quietly() -> None:
    """Flushes; a reader that went away (`| head`) is no error."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        broken_pipe()
    except (OSError, ValueError):
        pass


def broken_pipe() -> None:
    """Points stdout at nothing, so that the interpreter's own flush at exit has nowhere to fail."""
    with contextlib.suppress(OSError, ValueError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, sys.stdout.fileno())
        os.close(nothing)
