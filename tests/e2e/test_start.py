"""The first moments: a frame before the terminal library is there, and a terminal left whole whatever happens then."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import with_our_tables
from tests.e2e.terminal import Terminal, strangers

Open = Callable[..., Terminal]
RISE = b"\x1b[?1049h"


@pytest.fixture
def ready_file(seed_file: Path) -> Path:
    with_our_tables(seed_file)
    return seed_file


def frame(console: Terminal) -> None:
    """Reads up to the first frame, and not much further."""
    end = time.monotonic() + 50
    while b"1 All" not in console.raw:
        assert time.monotonic() < end, console.raw
        console.pump(0.005)


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (200, 50), (30, 8), (19, 3), (1, 1)])
def test_a_frame_stands_before_the_library(ready_file: Path, open_console: Open, size: tuple[int, int]) -> None:
    console = open_console(ready_file, size=size)
    console.wait("live|▌" if size[0] > 20 else lambda _text: console.raw.count(RISE) == 2)
    early = console.raw.split(RISE)[1]
    assert (b"1 All" in early) is (size[0] >= 20)
    assert strangers(console.raw) == []
    console.press("q")
    assert console.exit_code() == 0
    assert console.restored()


def test_what_is_typed_meanwhile_is_neither_shown_nor_lost(ready_file: Path, open_console: Open) -> None:
    console = open_console(ready_file)
    frame(console)
    console.press("?")
    console.wait("Keys that work here")
    assert b"?" not in console.raw.split(RISE)[1].replace(b"\x1b[?25l", b"")


_CURTAIN = """
import os
from console.curtain import Curtain
with Curtain(None, {}):
    typed = os.read(0, 1)
    while len(typed) < 3:
        typed += os.read(0, 3)
print("\\ntyped", list(typed))
"""


def test_what_is_typed_meanwhile_arrives_as_it_was_typed() -> None:
    """An Enter, Ctrl+U and Ctrl+D: a line discipline would make a line feed, an erased line and an end of it."""
    with Terminal([sys.executable, "-c", _CURTAIN]) as console:
        frame(console)
        console.press("\r\x15\x04")
        console.wait(r"typed \[13, 21, 4\]", 20)
        assert console.exit_code() == 0
        assert console.restored()


def test_ctrl_z_in_the_first_moments_gives_the_shell_its_terminal(ready_file: Path, open_console: Open) -> None:
    console = open_console(ready_file)
    frame(console)
    console.press("\x1a")
    end = time.monotonic() + 20
    while not console.restored():
        assert time.monotonic() < end
        console.pump(0.02)
    console.pump_for(0.3)
    console.signal(signal.SIGCONT)
    console.wait("● live|●")
    console.press("q")
    assert console.exit_code() == 0
    assert console.restored()


@pytest.mark.parametrize("how", ["SIGTERM", "SIGHUP", "SIGQUIT", "ctrl+c"])
def test_leaving_in_the_first_moments_gives_the_terminal_back(ready_file: Path, open_console: Open, how: str) -> None:
    console = open_console(ready_file)
    frame(console)
    if how == "ctrl+c":
        console.press("ctrl+c")
    else:
        console.signal(signal.Signals[how])
    console.exit_code()
    assert console.restored()
    assert b"Traceback" not in console.raw


def test_a_setting_that_is_refused_after_the_frame(ready_file: Path, open_console: Open) -> None:
    console = open_console(ready_file, env={"FRONTDESK_THEME": "no such theme"})
    assert console.exit_code() == 2
    assert console.restored()
    # The words stand on the plain terminal, behind the frame that is gone.
    assert b"theme" in console.raw.split(b"\x1b[?1049l")[-1]


@pytest.mark.parametrize(
    ("env", "coloured"),
    [
        ({}, True),
        ({"NO_COLOR": "1"}, False),
        ({"COLORTERM": ""}, False),
        ({"FRONTDESK_THEME": "frontdesk-light"}, True),
        ({"FRONTDESK_THEME": "nord"}, False),
    ],
)
def test_the_frame_has_colours_where_they_are_known(
    ready_file: Path, open_console: Open, env: dict[str, str], coloured: bool
) -> None:
    console = open_console(ready_file, env=env)
    console.wait("live")
    assert (b"\x1b[38;2;" in console.raw.split(RISE)[1]) is coloured


def test_the_frame_speaks_russian(ready_file: Path, open_console: Open) -> None:
    console = open_console(ready_file, env={"FRONTDESK_LANG": "ru"})
    console.wait("1 Все")
    assert "1 Все" in console.raw.split(RISE)[1].decode()
