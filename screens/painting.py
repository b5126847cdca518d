"""What goes to the terminal for a change: only what reads differently than before, in as few bytes as it takes.

Textual's own compositor sends every cell of a dirty region: over ssh the bytes are felt.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from operator import itemgetter

from rich.cells import cell_len, get_character_cell_size
from rich.color import ColorSystem
from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.style import Style
from textual._compositor import CompositorUpdate
from textual.geometry import Size
from textual.strip import Strip

#: So many cells that read as before are written again rather than jumped over.
GAP = 6
#: What one cell shows.
Cell = tuple[str, Style | None]
#: Pieces of one line by the column they begin at; the cuts of Textual's compositor.
Chops = dict[int, Strip]
#: Attributes, foreground and background of a style as parts of a "select graphic rendition" sequence.
Codes = tuple[frozenset[str], str, str]
_PLAIN: Codes = (frozenset(), "", "")
#: Attributes that a blank does not show: bold, dim, italic.
_UNSEEN = frozenset({"1", "2", "3"})


@dataclass(slots=True)
class Line:
    """One line of a terminal: the pieces it was last drawn with, and what each cell shows, None where that is not known
    to a cell."""

    cells: list[Cell | None]
    pieces: Chops = field(default_factory=dict)

    def put(self, x: int, strip: Strip) -> list[tuple[int, list[Segment]]]:
        """A piece in place of what lies there: what of it reads differently, from which of its cells on."""
        end = x + strip.cell_length
        before = self.pieces.get(x)
        if before is strip:
            return []
        if before is None or before.cell_length != strip.cell_length:
            for at in [at for at, each in self.pieces.items() if at < end and at + each.cell_length > x]:
                del self.pieces[at]
        self.pieces[x] = strip
        segments = list(strip)
        if not _simple(segments):
            self.cells[x:end] = [None] * (end - x)
            return [(0, segments)]
        cells = _cells(segments)
        runs = changed(self.cells[x:end], cells)
        self.cells[x:end] = cells
        return [(first, _part(segments, first, last)) for first, last in runs]

    def rest(self, x: int) -> list[tuple[int, list[Segment]]]:
        """All that is known to lie from the cell `x` on."""
        found: list[tuple[int, list[Segment]]] = []
        while x < len(self.cells):
            end = x
            while end < len(self.cells) and self.cells[end] is not None:
                end += 1
            if end > x:
                cells = [cell for cell in self.cells[x:end] if cell is not None]
                runs = groupby(cells, key=itemgetter(1))
                found.append((x, [Segment("".join(text for text, _style in run), style) for style, run in runs]))
                x = end
            elif (strip := self.pieces.get(x)) is not None:
                found.append((x, list(strip)))
                x += max(1, strip.cell_length)
            else:
                x += 1
        return found


class Shown:
    """What the terminal shows, as far as it is known; forgotten whenever somebody else may have drawn."""

    def __init__(self) -> None:
        self._size = Size(0, 0)
        self._lines: dict[int, Line] = {}
        self._soiled = False

    def forget(self) -> None:
        self._lines.clear()

    def soil(self) -> None:
        """There is something on it that is not ours: it is wiped off before the next whole frame."""
        self._soiled = True
        self.forget()

    def wipe(self) -> str:
        """What wipes the terminal, if that is asked for."""
        soiled, self._soiled = self._soiled, False
        return "\x1b[m\x1b[2J" if soiled else ""

    def line(self, y: int, size: Size) -> Line:
        """A line of a terminal of this size."""
        if size != self._size:
            self._size = size
            self._lines.clear()
        line = self._lines.get(y)
        if line is None:
            line = self._lines[y] = Line([None] * size.width)
        return line


class Frame(CompositorUpdate):
    """Pieces of lines to be shown. `shown` is set by whoever writes it; without, every piece is written."""

    def __init__(self, size: Size, lines: Mapping[int, Chops], *, whole: bool) -> None:
        self.size = size
        self.lines = lines
        self.whole = whole
        self.shown: Shown | None = None

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Segment(self.render_segments(console))

    def render_segments(self, console: Console) -> str:
        """Escape sequences and text; what is written is remembered as shown."""
        wiped = ""
        if self.shown is not None and self.whole:
            self.shown.forget()
            wiped = self.shown.wipe()
        shown = self.shown or Shown()
        pen = Pen(console._color_system or ColorSystem.TRUECOLOR)
        for y, chops in self.lines.items():
            line = shown.line(y, self.size)
            runs = [(x, skip, run) for x, strip in chops.items() for skip, run in line.put(x, strip)]
            for x, skip, segments in runs:
                if pen.draw(x + skip, y, segments):
                    # Where a terminal makes more cells of a text than it should be, they lie over what is beside it.
                    for at, others in line.rest(x + chops[x].cell_length):
                        pen.draw(at, y, others)
                    break
        return wiped + pen.end()


def changed(before: Sequence[Cell | None], after: Sequence[Cell]) -> list[tuple[int, int]]:
    """Where cells read differently than before, from and up to; what lies between two near ones is among them."""
    runs: list[tuple[int, int]] = []
    for at, (one, other) in enumerate(zip(before, after, strict=True)):
        if one == other or (
            one is not None and one[0] == " " == other[0] and _blank(one[1]) == _blank(other[1]) is not None
        ):
            continue
        if runs and at - runs[-1][1] <= GAP:
            runs[-1] = (runs[-1][0], at + 1)
        else:
            runs.append((at, at + 1))
    return runs


def _cells(segments: Iterable[Segment]) -> list[Cell]:
    return [(character, style) for text, style, _control in segments for character in text]


def _simple(segments: Iterable[Segment]) -> bool:
    """Whether each character takes one cell: terminals disagree about the others."""
    return all(text.isascii() or _widths(text)[0] for text, _style, _control in segments)


@lru_cache(maxsize=4096)
def _widths(text: str) -> tuple[bool, bool]:
    """Whether each character takes a cell; whether all terminals agree how many all of it takes: not about marks that
    take none, flags, and emoji made of several."""
    sizes = [get_character_cell_size(character) for character in text]
    flags = any("\U0001f1e6" <= character <= "\U0001f1ff" for character in text)
    agreed = 0 not in sizes and sum(sizes) == cell_len(text) and not flags
    return agreed and sum(sizes) == len(sizes), agreed


@lru_cache(maxsize=4096)
def _blank(style: Style | None) -> object:
    """What a blank of this style shows, its background; None when it shows more."""
    if style is None:
        return ""
    shows = style.reverse or style.underline or style.underline2 or style.strike or style.overline or style.link
    return None if shows else style.bgcolor or ""


def _part(segments: Iterable[Segment], first: int, last: int) -> list[Segment]:
    """The cells from `first` up to `last`."""
    found: list[Segment] = []
    at = 0
    for text, style, _control in segments:
        end = at + len(text)
        if end > first and at < last:
            found.append(Segment(text[max(0, first - at) : last - at], style))
        at = end
    return found


class Pen:
    """Writes text with as few changes of colour as it takes."""

    def __init__(self, colors: ColorSystem) -> None:
        self._colors = colors
        self._out: list[str] = []
        self._has = _PLAIN
        self._at: tuple[int, int] | None = None

    def draw(self, x: int, y: int, segments: Iterable[Segment]) -> bool:
        """Segments from the cell `x`, `y` on; whether terminals disagree about the cells that one of them takes. Such a
        text is drawn on cells that were wiped, and nothing relies on where it ends."""
        at, odd, simple = self._at, False, True
        for text, style, control in segments:
            if control or not text:
                continue
            if at != (x, y):
                self._out.append(f"\x1b[{y + 1};{x + 1}H")
            self._set(style, blank=text.isspace())
            width, agreed = len(text), True
            if not text.isascii():
                simple, width, agreed = False, cell_len(text), _widths(text)[1]
            if not agreed:
                odd = True
                self._out.append(f"{' ' * width}\x1b[{y + 1};{x + 1}H")
            self._out.append(_linked(text, style))
            x += width
            at = (x, y) if agreed else None
        # Behind anything but ASCII the cursor is put where it belongs, whatever the terminal made of the text.
        self._at = at if simple else None
        return odd

    def _set(self, style: Style | None, *, blank: bool) -> None:
        wanted = codes(style, self._colors) if style is not None else _PLAIN
        has = self._has
        if blank and _blank(style) is not None and not has[0] - _UNSEEN:
            # Whatever ink there is, a blank shows none of it.
            wanted = (has[0], has[1], wanted[2])
        if wanted == has:
            return
        (attributes, fore, back), (had, had_fore, had_back) = wanted, has
        parts: list[str] = []
        if had - attributes or (had_fore and not fore) or (had_back and not back):
            had, had_fore, had_back = _PLAIN
            parts.append("0")
        parts += sorted(attributes - had)
        if fore != had_fore:
            parts.append(fore)
        if back != had_back:
            parts.append(back)
        self._out.append(f"\x1b[{';'.join(parts)}m")
        self._has = wanted

    def end(self) -> str:
        if self._has != _PLAIN:
            self._out.append("\x1b[0m")
        return "".join(self._out)


def _linked(text: str, style: Style | None) -> str:
    if style is None or not style._link:
        return text
    return f"\x1b]8;id={style._link_id};{style._link}\x1b\\{text}\x1b]8;;\x1b\\"


@lru_cache(maxsize=4096)
def codes(style: Style, colors: ColorSystem) -> Codes:
    """The parts of a style's sequence."""
    plain = Style(**{name: value for name in _ATTRIBUTES if (value := getattr(style, name)) is not None})
    attributes = Strip.render_ansi(plain, colors)
    fore = Strip.render_ansi(Style(color=style.color), colors) if style.color is not None else ""
    back = Strip.render_ansi(Style(bgcolor=style.bgcolor), colors) if style.bgcolor is not None else ""
    return frozenset(attributes.split(";")) - {""}, fore, back


_ATTRIBUTES = (
    *("bold", "dim", "italic", "underline", "blink", "blink2", "reverse", "conceal", "strike"),
    *("underline2", "frame", "encircle", "overline"),
)
