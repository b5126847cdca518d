"""The only door from foreign text to the terminal, and the second belt behind it."""

from __future__ import annotations

import re

from rich.cells import cell_len, chop_cells
from rich.segment import Segment
from textual.color import Color
from textual.content import Content
from textual.filter import LineFilter

from models.rules.text import MISSING, clean, one_line

#: What must never reach a terminal inside text: C0, DEL, C1, bidi controls, line separators, lone surrogates.
_FORBIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


def plain(text: str, style: str = "", *, multiline: bool = False) -> Content:
    """Foreign `text` for a widget: cleaned, never markup. `style` is ours: a Textual style such as "bold $accent"."""
    return Content.styled(clean(text, multiline=multiline), style, strip_control_codes=False)


def cut(text: str, cells: int) -> str:
    """Foreign `text` on one line of at most `cells` cells, with … where something is left out."""
    line = one_line(text, max(1, cells))
    if cell_len(line) <= cells:
        return line
    return (chop_cells(line, cells - 1)[0] if cells > 1 else "") + "…"


def forbid(text: str) -> tuple[str, int]:
    """`text` with each forbidden character replaced one for one, and how many there were; both lengths are equal."""
    return _FORBIDDEN.subn(MISSING, text)


class ControlGuard(LineFilter):
    """Lets no control byte through, whatever a widget drew; `hits` counts what `plain` should have caught."""

    hits: int = 0

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        if not any(_FORBIDDEN.search(segment.text) for segment in segments if segment.control is None):
            return segments
        guarded: list[Segment] = []
        for segment in segments:
            if segment.control is None:
                text, found = forbid(segment.text)
                ControlGuard.hits += found
                guarded.append(Segment(text, segment.style) if found else segment)
            else:
                guarded.append(segment)
        return guarded
