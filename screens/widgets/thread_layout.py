"""All lines of a thread, each item laid out once for as long as nothing that shows on it differs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from models.rules.text import fold_text
from models.views import Reply
from screens.times import local
from screens.widgets.thread_lines import Item, Line, Look, Piece, key, lay_out


@dataclass(frozen=True, slots=True)
class _Entry:
    item: Item
    before: Item | None
    look: Look
    lines: tuple[Line, ...]


class ThreadLayout:
    """`starts[i]` is the first line of item i; one more at the end."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.starts: list[int] = [0]
        self._entries: dict[str, _Entry] = {}

    def clear(self) -> None:
        """Nothing that was laid out counts any more."""
        self._entries.clear()

    def lay_out(self, items: Sequence[Item], look: Look, unfolded: Collection[str]) -> None:
        """Lays out what is new or differs."""
        today = replace(look, now=local(look.now).replace(hour=0, minute=0, second=0, microsecond=0))
        entries: dict[str, _Entry] = {}
        lines: list[Line] = []
        counts: list[int] = []
        for index, item in enumerate(items):
            name = key(item)
            open_ = frozenset({name}) if name in unfolded else frozenset()
            # Only a reply's words move with the clock; a message is laid out once.
            mine = replace(look if isinstance(item, Reply) else today, unfolded=open_)
            before = items[index - 1] if index else None
            entry = self._entries.get(name)
            if entry is None or entry.item != item or entry.before != before or entry.look != mine:
                entry = _Entry(item, before, mine, tuple(lay_out(items, index, replace(look, unfolded=open_))))
            entries[name] = entry
            # The index of an item moves when older ones arrive: it is not part of what is kept.
            lines.extend(Line(line.pieces, None if line.item is None else index) for line in entry.lines)
            counts.append(len(entry.lines))
        self._entries, self.lines = entries, lines
        self.starts = [0, *accumulate(counts)]


def marked(line: Line, words: Sequence[str]) -> Sequence[Piece]:
    """The pieces of a line, with the words that are being found (folded already) set apart."""
    if not words or line.item is None:
        return line.pieces
    pieces: list[Piece] = []
    for text, style in line.pieces:
        folded = fold_text(text)
        if style not in ("text", "ours") or len(folded) != len(text):
            pieces.append((text, style))
            continue
        at = 0
        for first, last in _hits(folded, words):
            if last > at:
                pieces += [(text[at:first], style), (text[max(at, first) : last], "hit")]
                at = last
        pieces.append((text[at:], style))
    return [piece for piece in pieces if piece[0]]


def _hits(folded: str, words: Sequence[str]) -> list[tuple[int, int]]:
    """Where each word stands, from left to right."""
    found: list[tuple[int, int]] = []
    for word in words:
        at = folded.find(word)
        while at >= 0:
            found.append((at, at + len(word)))
            at = folded.find(word, at + len(word))
    return sorted(found)
