"""What rows are painted with: pieces of text with the name of a style, cut and filled by cells. Pure, no widget."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from rich.cells import cell_len, set_cell_size

from models.rules.bands import GLYPHS, Band, band
from models.rules.text import clean, one_line
from models.rules.waiting import Targets

#: Text that is clean already, and the name of its style.
Piece = tuple[str, str]
Line = tuple[Piece, ...]

#: Names of styles a row may use; the widget gives each a colour.
STYLES = (
    "name",
    "unread",
    "text",
    "quiet",
    "time",
    "count",
    "mark",
    "danger",
    "warning",
    "good",
    "exploring",
    "interested",
    "evaluating",
    "ready",
)


@dataclass(frozen=True, slots=True)
class Look:
    """What a row's picture depends on beside the row: `width` in cells, `height` in lines, `now` aware; `targets` of a
    wait, the ids that are marked, and who else is there, by id: a name (foreign), and whether they type."""

    width: int
    height: int
    now: datetime
    targets: Targets = Targets()
    marked: frozenset[int] = frozenset()
    company: Mapping[int, tuple[str, bool]] = field(default_factory=dict, hash=False)


def fit(text: str, cells: int, *, fill: bool = True) -> str:
    """Foreign `text` cleaned, on one line of exactly (`fill`) or at most `cells` cells, … for what is left out."""
    if cells <= 0:
        return ""
    line = one_line(text, cells * 4)
    if cell_len(line) > cells:
        line = set_cell_size(line, cells - 1).rstrip(" \u200d\u200c") + "…" if cells > 1 else "…"
    return line + " " * (cells - cell_len(line)) if fill else line


def right(text: str, cells: int) -> str:
    """Our own `text` at the right of `cells` cells, cut if it is longer."""
    return (" " * cells + text)[-cells:] if cells > 0 else ""


def initials(name: str) -> str:
    """Two cells: the first letters of the first two words that have one, or one wide character; `??` without any."""
    found = ""
    for word in clean(name[:200]).split():
        letter = next((character for character in word if character.isalnum()), "")
        upper = letter.upper()
        # Some letters grow when they are made upper case.
        letter = upper if len(upper) == 1 else letter
        if letter and cell_len(found + letter) <= 2:
            found += letter
        if cell_len(found) >= 2:
            break
    return fit(found, 2) if found.strip() else "??"


def count(number: int, cells: int = 3) -> str:
    """`number` at the right of `cells` cells, `99+` when it does not fit; nothing for none."""
    if number <= 0:
        return " " * cells
    words = str(number)
    if len(words) > cells:
        words = "9" * (cells - 1) + "+"
    return right(words, cells)


def score(value: int | None) -> Piece:
    """`▆72`; a dash when it is missing, `?` when it is outside 0-100: never clamped. Hue is never alone."""
    if value is None:
        return "—", "quiet"
    found: Band | None = band(value)
    return ("?", "warning") if found is None else (f"{GLYPHS[found]}{value}", found.value)


def padded(pieces: list[Piece], cells: int) -> list[Piece]:
    """Our own short `pieces`, filled to `cells`."""
    used = cells_of(pieces)
    return [*pieces, (" " * (cells - used), "")] if used < cells else pieces


def cells_of(pieces: Sequence[Piece]) -> int:
    return sum(cell_len(text) for text, _style in pieces)


def cropped(lines: Iterable[Sequence[Piece]], cells: int) -> tuple[Line, ...]:
    """Lines of a layout that needs more room than there is, cut at `cells`."""
    made: list[Line] = []
    for line in lines:
        kept: list[Piece] = []
        room = cells
        for text, style in line:
            if room <= 0:
                break
            if cell_len(text) > room:
                text = set_cell_size(text, room)
            kept.append((text, style))
            room -= cell_len(text)
        made.append(tuple(kept))
    return tuple(made)


def run_together(pieces: Iterable[Piece]) -> list[Piece]:
    """Blanks take the style of what stands before or after them: each change of style costs forty bytes on the way to
    the terminal."""
    made: list[Piece] = []
    for text, style in pieces:
        if made and (style == made[-1][1] or text.isspace()):
            made[-1] = (made[-1][0] + text, made[-1][1])
        elif made and made[-1][0].isspace():
            made[-1] = (made[-1][0] + text, style)
        elif text:
            made.append((text, style))
    return made
