r"""The one policy for foreign text: whatever came from a person, a database row, an exception or Telegram. Pure.

`clean` is for drawing and printing only; what is stored stays as it was. Terminals act on control characters, and a
terminal inbox that prints them raw lets any stranger move the cursor, set the clipboard or forge other rows
(CVE-2021-25743, CVE-2025-30089 and their kind).
"""

from __future__ import annotations

import re
from functools import cache

from models.rules.plain_text import PLAIN

#: What stands for a text that is not empty but would look so.
BOX = "▯"
MISSING = "\N{REPLACEMENT CHARACTER}"

_ODD = re.compile(f"[^{PLAIN}]")
_LONE = re.compile("[\ud800-\udfff]")


def clean(text: str, *, multiline: bool = False) -> str:
    r"""`text` made safe to draw or print; the same text comes back unchanged when there is nothing to do.

    Control characters become visible (␛, `\x9b`), tabs four spaces, every line break `\n` (⏎ unless `multiline`).
    Bidi controls and invisible format characters are dropped, joiners stay where emoji or a script need them. Lone
    surrogates, noncharacters and private use become U+FFFD. A text that would look blank becomes ▯, unless it is empty
    or holds nothing but spaces, tabs and line breaks. The result never holds a control character but `\n`, always
    encodes to UTF-8, and cleaning it again changes nothing.
    """
    if text.isascii() and text.isprintable():
        return text
    if _ODD.search(text.replace("\n", "") if multiline else text) is None:
        return text if not text.isspace() or not text.strip(" \n") else BOX
    # Imported by the first text that needs it: what it compiles takes longer than all the rest of this room.
    from models.rules.odd_text import looks_blank, spell

    cleaned = spell(for_storage(text), multiline)
    if looks_blank(cleaned) and text.strip(" \t\r\n"):
        return BOX
    return cleaned


def fold_text(text: str) -> str:
    """`text` for comparing without case, ё read as е; the twin of the SQL function `fold`."""
    return text.casefold().replace("ё", "е")


def one_line(text: str, limit: int) -> str:
    """`text` cleaned, runs of white space made one space, cut to `limit` code points with … as the last."""
    # Cleaned again: a mark may have stood on the white space that is gone.
    line = clean(" ".join(clean(text[: limit * 8 + 200], multiline=True).split()))
    if len(line) <= limit:
        return line
    # And once more: the cut may have left half a flag.
    return clean(line[: max(0, limit - 1)].rstrip(" \u200c\u200d")) + "…" if limit > 0 else ""


@cache
def _secrets() -> tuple[tuple[re.Pattern[str], str], ...]:
    return (
        (re.compile(r"(?<!\d)\d{5,}(?::|%3a)[A-Za-z0-9_-]{30,}", re.IGNORECASE), "‹token›"),
        (re.compile(r"(?<=/bot)[^/\s'\"<>]*(?::|%3a)[^/\s'\"<>]*", re.IGNORECASE), "‹token›"),
        (re.compile(r"(https?://[^\s'\"<>]*?/bot)(?!/)[^/\s'\"<>‹]+", re.IGNORECASE), r"\1‹token›"),
        (re.compile(r"(\bbot)\d+(?::|%3a)[A-Za-z0-9_-]+", re.IGNORECASE), r"\1‹token›"),
    )


def redact(text: str) -> str:
    """`text` with everything shaped like a bot token masked, in URLs also a short one; for errors and logs."""
    for pattern, mask in _secrets():
        text = pattern.sub(mask, text)
    return text


def for_storage(text: str) -> str:
    """`text` as both databases accept it: NUL → ␀, surrogate pairs joined, lone surrogates → U+FFFD; else unchanged."""
    if "\0" in text:
        text = text.replace("\0", "\N{SYMBOL FOR NULL}")
    if _LONE.search(text) is not None:
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def utf16_length(text: str) -> int:
    """Length in UTF-16 code units, the unit of Telegram's entity offsets; a lone surrogate counts one."""
    return len(text) + sum(character > "\uffff" for character in text)
