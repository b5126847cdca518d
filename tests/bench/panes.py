"""What a key costs the wire, pane by pane, and when the panes that follow the list have been drawn."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import Any

from tests.bench import ptybench

#: Columns of the thread between list and lead, and the first row below its title, at 120x36.
LEFT, RIGHT, TOP = 34, 90, 2
_PIECE = re.compile(r"\x1b\[(?P<y>\d+);(?P<x>\d+)H|\x1b\[[0-9;?<>=]*[a-zA-Z]|(?P<text>[^\x1b]+)", re.S)


@dataclass(slots=True)
class Cost:
    """Of some keys: milliseconds to the first paint, and to the last that drew text; bytes without the thread's own."""

    paint: list[float] = field(default_factory=list)
    drawn: list[float] = field(default_factory=list)
    bytes: list[int] = field(default_factory=list)
    thread: list[int] = field(default_factory=list)


def split(data: str) -> tuple[int, int, bool]:
    """Bytes outside of the thread's lines, bytes in them, and whether there was any text."""
    x = y = outside = inside = 0
    drawn = False
    for piece in _PIECE.finditer(data):
        if piece["y"] is not None:
            y, x = int(piece["y"]) - 1, int(piece["x"]) - 1
        size = len(piece[0].encode())
        if LEFT <= x < RIGHT and y >= TOP:
            inside += size
        else:
            outside += size
        if piece["text"] is not None:
            drawn = drawn or bool(piece["text"].strip("\r\n"))
            x += len(piece["text"])
    return outside, inside, drawn


def press(session: Any, key: str, times: int, *, quiet: float = 0.1) -> Cost:
    """Presses a key so many times, each followed by silence."""
    cost = Cost()
    for _ in range(times):
        while session.pump(0):
            pass
        session.flush()
        start = time.perf_counter()
        session.write(ptybench.key_bytes(key))
        while session.alive() and session.pump(quiet):
            pass
        chunks = list(session.pending)
        session.flush()
        if not chunks:
            continue
        whole = "".join(data.decode("utf-8", "replace") for _at, data in chunks)
        outside, inside, _drawn = split(whole)
        cost.paint.append((chunks[0][0] - start) * 1000)
        ends = [at for at, data in chunks if split(data.decode("utf-8", "replace"))[2]]
        cost.drawn.append(((ends[-1] if ends else chunks[0][0]) - start) * 1000)
        cost.bytes.append(outside)
        cost.thread.append(inside)
    return cost
