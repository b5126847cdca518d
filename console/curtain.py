"""The first frame, drawn before the terminal library is imported: what a person sees at once, and only a picture.

Textual takes the terminal over as it finds it and draws the same frame again; keys typed meanwhile wait for it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import termios
from collections.abc import Mapping
from types import FrameType, TracebackType
from typing import Any, Protocol, Self, TextIO

from models.views.choices import View
from screens.i18n import _
from screens.palettes import PALETTES
from screens.view_words import VIEW_WORDS

#: Alternate screen, cursor hidden; and back.
_RISE, _FALL = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
#: From how many columns on a list is how wide, and a lead: as `screens/inbox.tcss` lays them out.
_PANES = ((180, 46, 40), (120, 34, 30), (72, 28, 0), (0, 0, 0))


class Successor(Protocol):
    """The App, as far as a signal needs it that comes before it looks for signals itself."""

    @property
    def had_terminal(self) -> bool:
        """Whether the terminal is, or was, the App's, which gives it back itself."""

    def leave_soon(self) -> None:
        """Leaves as soon as it can."""


class Curtain:
    """Shown while it is entered. `successor`, once there is one, takes the terminal over and gives it back."""

    def __init__(self, theme: str | None, variables: Mapping[str, str] = os.environ) -> None:
        self.successor: Successor | None = None
        self._up = False
        self._paint = Paint(theme, variables)
        #: The modes of the terminal as it was found.
        self.before: list[Any] | None = None
        self._signals: dict[int, object] = {}

    def __enter__(self) -> Self:
        out = sys.__stderr__
        if out is None:
            return self
        try:
            os.get_terminal_size(out.fileno())
            self.before = termios.tcgetattr(0)
        except (OSError, ValueError, termios.error):
            return self
        self._up = True
        try:
            for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
                self._signals[number] = signal.signal(number, self._leave)
            self._signals[signal.SIGTSTP] = signal.signal(signal.SIGTSTP, self._pause)
            # Another screen's, which had the terminal before, would take it again.
            self._signals[signal.SIGCONT] = signal.signal(signal.SIGCONT, signal.SIG_DFL)
            self._rise(out)
        except BaseException:  # a signal in the middle of it
            self.__exit__(None, None, None)
            raise
        return self

    def _rise(self, out: TextIO) -> None:
        """Takes the terminal: what is typed is not shown, and arrives as it was typed, an Enter as an Enter."""
        with contextlib.suppress(OSError, ValueError, termios.error):  # the terminal may be gone
            quiet = termios.tcgetattr(0)
            quiet[0] &= ~(termios.ICRNL | termios.INLCR | termios.IGNCR | termios.IXON | termios.IXOFF)
            quiet[3] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN)
            quiet[6][termios.VMIN], quiet[6][termios.VTIME] = 1, 0
            termios.tcsetattr(0, termios.TCSANOW, quiet)
            _write(out, _RISE + self._paint.frame(*os.get_terminal_size(out.fileno())))

    def _fall(self) -> None:
        """Gives it back as it was."""
        if sys.__stderr__ is not None:
            _write(sys.__stderr__, _FALL)
        self._restore()

    def _restore(self) -> None:
        if self.before is not None:
            with contextlib.suppress(OSError, termios.error):  # the terminal may be gone
                termios.tcsetattr(0, termios.TCSANOW, self.before)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        taken = self.successor is not None and self.successor.had_terminal
        if self._up and not taken:
            self._fall()
        else:
            self._restore()
        for number, before in self._signals.items():
            signal.signal(number, before)  # type: ignore[arg-type]

    def _pause(self, number: int, frame: FrameType | None) -> None:
        """Ctrl+Z: the shell has the terminal until the console is called back."""
        self._fall()
        os.kill(os.getpid(), signal.SIGSTOP)
        if sys.__stderr__ is not None:
            self._rise(sys.__stderr__)

    def _leave(self, number: int, frame: FrameType | None) -> None:
        if self.successor is None or not self.successor.had_terminal:
            raise SystemExit(128 + number)
        # Raised inside of Textual it would be taken for a fault of ours.
        self.successor.leave_soon()


def _write(out: TextIO, text: str) -> None:
    with contextlib.suppress(OSError, ValueError):  # whoever reads it is gone: the App finds out as well
        out.write(text)
        out.flush()


class Paint:
    """Draws in the colours of `theme` where the terminal has all of them, else in none."""

    def __init__(self, theme: str | None, variables: Mapping[str, str]) -> None:
        colourful = variables.get("COLORTERM", "").lower() in ("truecolor", "24bit") and not variables.get("NO_COLOR")
        self._palette = PALETTES.get(theme or "frontdesk-dark") if colourful else None

    def _ink(self, fore: str, back: str) -> str:
        if self._palette is None:
            return ""
        return f"\x1b[38;2;{_rgb(self._palette[fore])};48;2;{_rgb(self._palette[back])}m"

    def frame(self, width: int, height: int) -> str:
        """The whole picture."""
        if width < 20 or height < 4:
            return ""
        out = ["\x1b[1;1H", self._ink("foreground", "surface"), _tabs(width)]
        list_width, lead_width = next((a, b) for least, a, b in _PANES if width >= least)
        row = self._row(width, list_width, lead_width)
        for y in range(2, height - 1):
            out += [f"\x1b[{y};1H", row]
        out += [f"\x1b[{height - 1};1H", self._ink("foreground", "panel"), f" {_('Opening…')}"[:width].ljust(width)]
        out += [f"\x1b[{height};1H", " " * (width - 1), "\x1b[0m"]
        return "".join(out)

    def _row(self, width: int, list_width: int, lead_width: int) -> str:
        cells = [" "] * width
        if list_width:
            cells[list_width - 1] = "▕"
        if lead_width:
            cells[width - lead_width] = "▏"
        return self._ink("panel", "background") + "".join(cells)


def _tabs(width: int) -> str:
    """` 1 All  2 Waiting `, as many as fit."""
    line = ""
    for place, view in enumerate(View, start=1):
        tab = f" {place} {_(VIEW_WORDS[view])} " if place <= 9 else f" {_(VIEW_WORDS[view])} "
        if len(line) + len(tab) > width:
            break
        line += tab
    return line.ljust(width)


def _rgb(colour: str) -> str:
    return ";".join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5))
