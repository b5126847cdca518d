"""How far long work is: after a second a bar on stderr, or a line every ten seconds without a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from models.rules.clock import monotonic
from models.rules.progress import Progress, silent
from screens.i18n import _

#: Seconds before anything is shown, between two drawings of the bar, and between two lines without a terminal.
PATIENCE, REDRAW, LINE = 1.0, 0.1, 10.0
_WIDTH = 24
_BYTES = frozenset({"copy", "pack", "verify", "unpack"})


def _words(stage: str) -> str:
    known = {
        "copy": _("copying"),
        "check": _("checking"),
        "pack": _("compressing"),
        "verify": _("verifying"),
        "unpack": _("unpacking"),
        "people": _("writing people"),
        "messages": _("writing messages"),
        "rows": _("copying rows"),
        "index": _("indexing"),
        "mend": _("mending"),
        "digest": _("comparing"),
        "count": _("counting messages"),
    }
    return known.get(stage, stage)


class Bar:
    """A `Progress` that draws. `now` is monotonic, in seconds."""

    def __init__(self, out: TextIO, *, terminal: bool, now: Callable[[], float] = monotonic) -> None:
        self._out = out
        self._terminal = terminal
        self._now = now
        self._started = now()
        self._stage = ""
        self._stage_began = self._started
        self._shown = self._started + PATIENCE - (REDRAW if terminal else LINE)
        self._drawn = 0

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = self._now()
        if stage != self._stage:
            self._stage, self._stage_began = stage, now
        if now - self._shown < (REDRAW if self._terminal else LINE) or now - self._started < PATIENCE:
            return
        self._shown = now
        self._draw(self._line(done, total, now - self._stage_began))

    def finish(self) -> None:
        """Takes the bar away."""
        if self._drawn:
            self._write("\r" + " " * self._drawn + "\r")
            self._drawn = 0

    def _line(self, done: int, total: int, seconds: float) -> str:
        parts = [_words(self._stage)]
        if total > 0:
            share = min(1.0, done / total)
            if self._terminal:
                full = int(share * _WIDTH)
                parts.append("[" + "#" * full + "." * (_WIDTH - full) + "]")
            parts.append(f"{share:4.0%}")
        if done and seconds > 0:
            rate = done / seconds
            parts.append(_rate(rate, self._stage in _BYTES))
            if total > done:
                parts.append(_("{time} left").format(time=_clock((total - done) / rate)))
        else:
            parts.append(_clock(seconds))
        return "  ".join(parts)

    def _draw(self, line: str) -> None:
        if self._terminal:
            self._write("\r" + line + " " * max(0, self._drawn - len(line)))
            self._drawn = len(line)
        else:
            self._write(line + "\n")

    def _write(self, text: str) -> None:
        # Where nobody watches any more the work goes on.
        with suppress(OSError, ValueError):
            self._out.write(text)
            self._out.flush()


def _rate(rate: float, is_bytes: bool) -> str:
    if is_bytes:
        return _("{rate:.0f} MB/s").format(rate=rate / 1e6)
    return _("{rate:,.0f} rows/s").format(rate=rate)


def _clock(seconds: float) -> str:
    whole = int(seconds)
    minutes = f"{whole // 60 % 60:02}:{whole % 60:02}"
    return f"{whole // 3600}:{minutes}" if whole >= 3600 else minutes


@contextmanager
def shown(*, json: bool) -> Iterator[Progress]:
    """What a verb hands to long work; the bar is gone afterwards, however it ended."""
    if json:
        yield silent
        return
    bar = Bar(sys.stderr, terminal=sys.stderr.isatty())
    try:
        yield bar
    finally:
        bar.finish()
