"""The report for a terminal: each picture with its bars, as wide as the terminal."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence

from rich.cells import cell_len

from console.output import cell
from models.rules.text import clean
from models.views.report import Report
from screens.pictures import Bar, Drawing, blocks
from screens.report_words import spanned

#: Cells of a line where nobody says how wide it is; the widest.
_USUAL, _WIDEST = 100, 160


def lines(report: Report, pictures: Sequence[Drawing]) -> Iterator[str]:
    """Every picture, most recent bars first."""
    width = min(_WIDEST, shutil.get_terminal_size((_USUAL, 24)).columns)
    yield spanned(report)
    for drawing in pictures:
        yield ""
        yield f"{drawing.title}: {clean(drawing.headline)}"
        if drawing.bars:
            yield f"  {drawing.meaning}"
        yield from _bars(drawing.bars, width)


def _bars(bars: Sequence[Bar], width: int) -> Iterator[str]:
    labels = [cell(bar.label, 40) for bar in bars]
    widest = max(map(cell_len, labels), default=0)
    figures = [clean(bar.figures) for bar in bars]
    room = max(8, width - widest - 4 - max(map(cell_len, figures), default=0))
    for bar, label, words in zip(bars, labels, figures, strict=True):
        drawn = "".join(blocks(bar, room))
        yield f"  {label}{' ' * (widest - cell_len(label))} {drawn}{' ' * (room - len(drawn))} {words}".rstrip()
