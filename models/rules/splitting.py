"""What Telegram does to a text, and how a long reply is cut into messages. Pure.

Source: telegram-bot-api and TDLib (`clean_input_string`, `fix_formatted_text`, `MessageContent`): control characters
become spaces, some characters vanish, both ends are trimmed, and only then 4096 *code points* are the limit.
"""

from __future__ import annotations

import re
import unicodedata

from models.rules.text import utf16_length

#: Longest part, in UTF-16 code units; never more code points than that. Telegram counts code points, other clients
#: count units: what fits both ways is safe.
LIMIT = 4096

_SPACED = re.compile("[\x00-\x09\x0b\x0c\x0e-\x20]")
_VANISHING = re.compile("[\r\u2028-\u202e\u0333\u033f\u030a]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufffc")
_BLANK_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"})

#: Where a text may be cut, best first; a cut is the end of a match.
_PARAGRAPH = re.compile(r"\n[ \n]*\n")
_LINE = re.compile(r"\n")
_SENTENCE = re.compile("[.!?…。！？]+[\"'»”’)\\]]*[ \u3000]|[。！？]")
_SPACE = re.compile(r"\s")


def normalise(text: str) -> str:
    """`text` as Telegram would store it; lone surrogates, which can't be sent at all, are left out."""
    if _SURROGATE.search(text) is not None:
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    return _VANISHING.sub("", _SPACED.sub(" ", text)).strip(" \n")


def is_blank(text: str) -> bool:
    """Whether Telegram would call it empty, or the application's own check (Rails' `blank?`): nothing to see in it."""
    return all(
        character.isspace()
        or character in _FILLERS
        or unicodedata.category(character) in _BLANK_CATEGORIES
        or "\ufe00" <= character <= "\ufe0f"
        or "\U000e0000" <= character <= "\U000e0fff"
        for character in text
    )


def split(text: str) -> tuple[str, ...]:
    """The messages a reply goes out as, in order; each within `LIMIT`, none blank; () for a blank text.

    Line separators that Telegram would swallow become line breaks first. Cuts fall between paragraphs, lines, sentences
    or words in the second half of a part, else between what a person sees as one character, else anywhere.
    """
    rest = normalise(re.sub("\r\n?|[\v\f\x85\u2028\u2029]", "\n", text))
    parts: list[str] = []
    while rest:
        cut = _cut(rest)
        part, rest = rest[:cut].strip(" \n"), rest[cut:].lstrip(" \n")
        if not is_blank(part):
            parts.append(part)
    return tuple(parts)


def _cut(text: str) -> int:
    end = _fitting(text)
    if end == len(text):
        return end
    for border in (_PARAGRAPH, _LINE, _SENTENCE, _SPACE):
        cuts = [match.end() for match in border.finditer(text, end // 2, end)]
        if cuts:
            return cuts[-1]
    return _whole_characters(text, end) or end


def _fitting(text: str) -> int:
    """How many leading code points fit `LIMIT` units."""
    end = min(len(text), LIMIT)
    while (over := utf16_length(text[:end]) - LIMIT) > 0:
        end -= (over + 1) // 2
    return end


def _whole_characters(text: str, end: int) -> int:
    import regex  # only a long text without a single space comes here

    cut = 0
    for cluster in regex.finditer(r"\X", text):
        if cluster.end() > end:
            break
        cut = cluster.end()
    return cut
