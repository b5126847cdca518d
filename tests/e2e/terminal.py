"""A terminal for tests: runs a program in a real pty, shows what a person would see, and judges each byte."""

from __future__ import annotations

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.bench.ptybench import Term

#: The installed command of the environment that runs the tests.
FRONTDESK = str(Path(sys.executable).with_name("frontdesk"))

KEYS = {
    "enter": "\r",
    # As terminals with the Kitty protocol send it: on a busy machine a bare Esc and the next key arrive together, and
    # would be Alt with that key.
    "esc": "\x1b[27u",
    "bare esc": "\x1b",
    "tab": "\t",
    "alt+down": "\x1b[1;3B",
    "alt+up": "\x1b[1;3A",
    "ctrl+c": "\x03",
    "ctrl+f": "\x06",
    "ctrl+j": "\n",
    "ctrl+l": "\x0c",
    "ctrl+p": "\x10",
    "ctrl+s": "\x13",
    "ctrl+q": "\x11",
    "ctrl+t": "\x14",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "f1": "\x1bOP",
    "f2": "\x1bOQ",
    "f3": "\x1bOR",
    "f4": "\x1bOS",
    "f5": "\x1b[15~",
    "f6": "\x1b[17~",
    "f7": "\x1b[18~",
    "pagedown": "\x1b[6~",
    "pageup": "\x1b[5~",
}

#: What a Textual program may write besides text: cursor, colours, erasing, modes, queries, the keyboard protocol.
_ALLOWED = re.compile(
    r"\x1b\[[0-9;:]*[mHJKABCDGdXr]"  # style, position, erase
    r"|\x1b\[\?[0-9;]*[hl]"  # modes
    r"|\x1b\[\?[0-9;]*\$p"  # mode queries
    r"|\x1b\[[<>=?]?[0-9;]*u"  # keyboard protocol
    r"|\x1b\[[0-9]*[ ]q|\x1b\[[0-9;]*t|\x1b\[[0-9]*n|\x1b\[[0-9]*c"
    r"|\x1b[78=>]|\x1b\([B0]"
    r"|\x1b\]22;[a-z-]*(?:\x1b\\|\x07)"  # pointer shape
    r"|\x1b\]2;[^\x00-\x1f\x7f-\x9f]*\x07"  # our own title
    r"|\x1bPtextual;[^\x1b]*\x1b\\"
)
#: What has been read may end within a sequence that the program is still writing.
_UNFINISHED = re.compile(r"\x1b(?:\[[0-9;:<=>?$ ]*|\](?:2[2;][^\x00-\x1f\x7f-\x9f]*)?)?\Z")
#: Bytes that may never come from anybody's text: C0 but CR and LF, DEL, C1, bidi controls, line separators.
_FORBIDDEN = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def strangers(raw: bytes) -> list[str]:
    """Control characters and sequences in terminal output that no Textual program writes by itself, with context."""
    text = _ALLOWED.sub("", _UNFINISHED.sub("", raw.decode("utf-8", "replace")))
    return [ascii(text[max(0, m.start() - 20) : m.end() + 20]) for m in _FORBIDDEN.finditer(text)]


def _seen(cell: Any) -> Any:
    """Of a blank without a line through or under it only the background is."""
    lined = cell.data != " " or cell.underscore or cell.reverse or cell.strikethrough
    return cell if lined else cell._replace(fg="default", bold=False, italics=False)


class Terminal:
    """A program in a pty of `columns` by `rows`. Times are seconds; every wait has a deadline and says what it saw."""

    def __init__(
        self, command: list[str], *, columns: int = 120, rows: int = 36, env: Mapping[str, str] | None = None
    ) -> None:
        self.raw = b""
        self._term = Term(columns, rows)
        self.master, self.slave = os.openpty()
        self._size(columns, rows)
        clean = {k: v for k, v in os.environ.items() if k not in ("CI", "NO_COLOR", "TMUX", "STY", "COLUMNS", "LINES")}
        clean |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
        self.modes = termios.tcgetattr(self.slave)
        self.process = subprocess.Popen(
            command,
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            env={**clean, **(env or {})},
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        for handle in (self.master, self.slave):
            if handle >= 0:
                os.close(handle)

    def _size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, columns: int, rows: int) -> None:
        self._size(columns, rows)
        self._term.resize(columns, rows)

    def pump(self, seconds: float = 0.05) -> bool:
        """Reads what comes within the time; True when something came."""
        ready, _, _ = select.select([self.master], [], [], seconds)
        if not ready:
            return False
        try:
            data = os.read(self.master, 1 << 16)
        except OSError:
            return False
        self.raw += data
        self._term.feed(data)
        return bool(data)

    def pump_for(self, seconds: float) -> None:
        """Reads on for a while."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.pump(0.02)

    def pump_until_quiet(self, quiet: float, longest: float = 50) -> None:
        """Reads on until nothing has come for so long."""
        end = time.monotonic() + longest
        while self.pump(quiet):
            assert time.monotonic() < end, f"drawn again and again: {self.raw[-300:]!r}; screen:\n{self.screen()}"

    def picture(self) -> list[tuple[Any, ...]]:
        """Every cell as it is seen, a line each: its character, colours and attributes."""
        screen = self._term.screen
        return [tuple(_seen(screen.buffer[y][x]) for x in range(screen.columns)) for y in range(screen.lines)]

    def draw_over(self, text: str) -> None:
        """As another program does that writes to this terminal."""
        self._term.feed(text.encode())

    def screen(self) -> str:
        while self.pump(0):
            pass
        # Not pyte's `display`: it fails at the second half of a wide character whose first half was overwritten.
        screen = self._term.screen
        rows = (screen.buffer[y] for y in range(screen.lines))
        return "\n".join("".join(row[x].data for x in range(screen.columns)).rstrip() for row in rows)

    def wait(self, what: str | Callable[[str], bool], seconds: float = 50) -> str:
        """Until the regular expression is on the screen, or the function of the screen's text is true."""
        matches = what if callable(what) else lambda text: re.search(what, text) is not None
        end = time.monotonic() + seconds
        while True:
            text = self.screen()
            if matches(text):
                return text
            if time.monotonic() > end:
                raise AssertionError(f"never saw {what!r} in {seconds} s; exit {self.process.poll()}; screen:\n{text}")
            self.pump(0.05)

    def press(self, *keys: str) -> None:
        """Keys by name, or literal text."""
        for key in keys:
            os.write(self.master, KEYS.get(key, key).encode())

    def exit_code(self, seconds: float = 50) -> int:
        """Waits for the program to leave by itself, reading on."""
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            if time.monotonic() > end:
                raise AssertionError(f"still running after {seconds} s; screen:\n{self.screen()}")
            self.pump(0.05)
        while self.pump(0.05):
            pass
        return int(self.process.returncode)

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.process.pid, number)

    def kill(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(50)

    def hang_up(self) -> None:
        """Closes the terminal, as a lost ssh connection does."""
        os.close(self.master)
        os.close(self.slave)
        self.master = self.slave = -1

    def restored(self) -> bool:
        """Alternate screen, mouse and paste modes off, cursor shown, line discipline as it was."""
        text = self.raw.decode("utf-8", "replace")

        def off(mode: str) -> bool:
            return text.rfind(f"\x1b[?{mode}l") >= text.rfind(f"\x1b[?{mode}h")

        shown = text.rfind("\x1b[?25h") >= text.rfind("\x1b[?25l")
        modes = all(off(mode) for mode in ("1049", "1000", "1003", "1006", "2004"))
        return shown and modes and termios.tcgetattr(self.slave)[:4] == self.modes[:4]
