"""Foreign text that is more than plain letters: what each character becomes, by itself and among its neighbours. Pure;
`models.rules.text.clean` is the door."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from models.rules.plain_text import PLAIN

#: Most combining marks one base character keeps; real scripts need fewer, "zalgo" text has hundreds.
MARKS = 8
#: Most ZWJ in one emoji sequence; the longest that Unicode recommends has three.
JOINS = 7
#: What stands for a newline where only one line is drawn.
RETURN = "⏎"
TAB = "    "
_MISSING = "\N{REPLACEMENT CHARACTER}"

_RUN_OR_ONE = re.compile(f"[{PLAIN}\n]+|.", re.DOTALL)
_SELECTOR = re.compile("[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_BREAK = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
#: A flag of a region such as Scotland (black flag, region code in tag characters, cancel tag), or a stray tag.
_TAG = re.compile(
    "(\U0001f3f4[\U000e0061-\U000e007a]{2}[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,3}\U000e007f)"
    "|[\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"
)
#: Private use and noncharacters: no meaning that two programs share.
_PRIVATE = re.compile(
    "[\ue000-\uf8ff\ufdd0-\ufdef\ufffe\uffff\U000f0000-\U0010ffff"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0xF0000, 0x10000))
    + "]"
)
_FILLER = re.compile("[\u115f\u1160\u2800\u3164\uffa0]")
#: Scripts that spell with ZWJ and ZWNJ: Arabic and its like, the Indic ones, Myanmar, Khmer, Mongolian, Javanese.
_JOINING = re.compile(
    "[\u0620-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u17ff\u1800-\u18af\u1b00-\u1c4f\ua840-\ua87f\ua8e0-\ua8ff"
    "\ua980-\ua9ff\uaa60-\uaa7f\uabc0-\uabff\ufb50-\ufdff\ufe70-\ufefc\U00011000-\U00011fff]"
)
_EMOJI = re.compile(
    "[\xa9\xae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030\u303d\u3297\u3299"
    "\ufe0f\U0001f000-\U0001faff]"
)
_MONGOLIAN = re.compile("[\u1820-\u18af]")
_SKINS = "\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
_ZWNJ, _ZWJ, _KEYCAP = "\u200c", "\u200d", "\u20e3"


def _codes(*spans: tuple[int, int]) -> Iterator[int]:
    for first, last in spans:
        yield from range(first, last + 1)


_ALONE: dict[int, str | None] = {
    # Invisible: bidi controls, soft hyphen, joiners of nothing, byte-order mark, notation controls.
    **dict.fromkeys(_codes((0x061C, 0x061C), (0x200E, 0x200F), (0x202A, 0x202E), (0x2066, 0x2069))),
    **dict.fromkeys(_codes((0xAD, 0xAD), (0x034F, 0x034F), (0x17B4, 0x17B5), (0x180E, 0x180E), (0x200B, 0x200B))),
    **dict.fromkeys(_codes((0x2060, 0x2065), (0x206A, 0x206F), (0xFEFF, 0xFEFF), (0xFFF0, 0xFFFB))),
    **dict.fromkeys(_codes((0x13430, 0x13438), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A))),
    # Control characters, spelled.
    **{code: chr(0x2400 + code) for code in range(0x20) if code != 0x0A},
    **{code: f"\\x{code:02x}" for code in range(0x80, 0xA0)},
    0x09: TAB,
    0x7F: "\N{SYMBOL FOR DELETE}",
    # Hangul fillers: terminals disagree on their width.
    0x3164: " ",
    0xFFA0: " ",
}


def looks_blank(text: str) -> bool:
    """Whether there is nothing to be seen."""
    return not _FILLER.sub("", text).strip()


def spell(text: str, multiline: bool) -> str:
    """The slow path: first what a character is by itself, then what depends on its neighbours."""
    text = _BREAK.sub("\n", text)
    if not multiline:
        text = text.replace("\n", RETURN)
    text = _PRIVATE.sub(_MISSING, text.translate(_ALONE))
    return _in_context(_TAG.sub(lambda match: match[1] or "", text))


def _in_context(text: str) -> str:
    """Joiners and selectors kept where they belong, combining marks counted.

    Every choice looks at what was kept before and at a next character that is always kept: so a second pass chooses
    the same.
    """
    kept: list[str] = []
    before, marks, joins = "\n", 0, 0
    for token in _RUN_OR_ONE.finditer(text):
        piece = token[0]
        after = text[token.end() : token.end() + 1]
        if piece == _ZWJ:
            if _EMOJI.match(before) and _EMOJI.match(after) and after != "\ufe0f":
                joins += 1
                if joins > JOINS:
                    joins = 0
                    continue
            elif not _JOINING.match(before):
                continue
        elif piece == _ZWNJ:
            if not _JOINING.match(before):
                continue
        elif _SELECTOR.match(piece):
            if not _selects(piece, before, after):
                continue
        elif unicodedata.category(piece[0]).startswith("M"):
            if before == "\n":  # nothing to stand on: it would be drawn over a neighbour
                kept.append("\N{DOTTED CIRCLE}")
                marks = 0
            marks += 1
            if marks > MARKS:
                continue
        else:
            marks = 0
            if piece[before == _ZWJ :].strip(_SKINS):
                joins = 0
        kept.append(piece)
        before = piece[-1]
    return "".join(kept)


def _selects(selector: str, before: str, after: str) -> bool:
    """Whether a variation selector changes how `before` is drawn."""
    if selector in "\ufe0e\ufe0f":
        return (_EMOJI.match(before) is not None and before != "\ufe0f") or (
            before in "0123456789#*" and after == _KEYCAP
        )
    if selector in "\u180b\u180c\u180d\u180f":
        return _MONGOLIAN.match(before) is not None
    return "\u3400" <= before <= "\u9fff" or "\uf900" <= before <= "\ufaff" or "\U00020000" <= before <= "\U0003ffff"
