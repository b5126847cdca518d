"""What is sent piece by piece adds up to what all of it would be, sent at once: a walk with random keys, in terminals
of several sizes, over names and texts of every kind."""

from __future__ import annotations

import random
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import with_our_tables
from tests.e2e.terminal import Terminal

Open = Callable[..., Terminal]
ROOT = Path(__file__).parents[2]
#: The console with everything that moves by itself held still; F12 ends what is said for a few seconds.
PROGRAM = """
import sys
from datetime import UTC, datetime
sys.path.insert(0, {root!r})
from textual.binding import Binding
from textual.widgets import Input, TextArea
from console import app
from console.config import Settings
from console.wiring import LazyServices
from screens.palette import Palette
from screens.widgets import status_bar

now = datetime.now(UTC)
clock = lambda: now
status_bar.SAID = 3600.0
app.STALE = 3600.0
Input._toggle_cursor = lambda field: None
TextArea._toggle_cursor_blink_visible = lambda area: None
Palette._NO_MATCHES_COUNTDOWN = 0.01

class Still(app.FrontdeskApp):
    NOTIFICATION_TIMEOUT = 3600.0
    BINDINGS = [Binding("f12", "hush", priority=True)]
    def action_hush(self):
        self.clear_notifications()
        for bar in self.screen.query(status_bar.StatusBar):
            bar._hush()

still = Still(LazyServices(Settings(database=sys.argv[1], operator="anna"), clock=clock), clock=clock)
still.run()
"""
#: What is pressed: keys, as often as they stand here; some of several, since they lead somewhere.
ACTS: tuple[tuple[str, ...], ...] = (
    *[("j",), ("k",), ("j", "j", "j"), ("J",), ("K",)] * 3,
    *[("pagedown",), ("pageup",), ("g",), ("G",)] * 2,
    *[(str(digit),) for digit in range(1, 10)],
    *[("[",), ("]",), ("enter",), ("esc",), ("\t",), ("\x1b[Z",)] * 3,
    *[("r", "Привет 👋 hello"), ("r", "x", "ctrl+j", "y"), ("esc", "esc"), ("a b c",)],
    *[("?",), ("s",), ("#",), ("t",), ("ctrl+p",), ("a",), (";",), ("d",), ("esc",), ("esc",)],
    *[("ctrl+p", "re"), ("/", "an"), ("/", "ё", "\x7f"), ("x", "x"), ("*",), ("o",), ("i",), ("b",)],
    *[("f2",), ("f3",), ("f4",), ("f5",), ("f6",), ("f7",), ("ctrl+f",), ("ctrl+f", "the"), ("f2",), ("esc", "f2")],
    *[("e",), ("m",), ("u",), ("z",), ("c",), ("+",), ("_",), ("n",), ("w",), ("y",), ("p",)],
    *[("\x1b[<65;40;12M",), ("\x1b[<64;40;12M",), ("\x1b[<35;10;5M",), ("\x1b[<0;10;8M", "\x1b[<0;10;8m")],
    *[("\x1b[24~",), ("resize",), ("resize",), ("resize", "back"), ("+", "_")],
    # Text that is selected with the mouse.
    ("\x1b[<0;130;5M", "\x1b[<32;140;9M", "\x1b[<0;140;9m"),
)
SIZES = [(80, 24), (120, 36), (200, 50)]


@pytest.fixture
def still(hostile_file: Path) -> Iterator[Callable[[tuple[int, int]], Terminal]]:
    with_our_tables(hostile_file)
    opened: list[Terminal] = []

    def start(size: tuple[int, int]) -> Terminal:
        command = [sys.executable, "-c", PROGRAM.format(root=str(ROOT)), str(hostile_file)]
        console = Terminal(command, columns=size[0], rows=size[1], env={"FRONTDESK_LANG": "en", "TZ": "UTC"})
        opened.append(console)
        console.wait("● live")
        console.pump_until_quiet(0.4)
        return console

    yield start
    for console in opened:
        console.__exit__(None, None, None)


def step(console: Terminal, chance: random.Random, size: tuple[int, int]) -> tuple[str, ...]:
    act = chance.choice(ACTS)
    for key in act:
        if key == "back":
            console.resize(*size)
        elif key == "resize":
            console.resize(*chance.choice([size, (size[0] - chance.randrange(30), size[1] - chance.randrange(9))]))
        else:
            console.press(key)
        if key != "resize":
            console.pump(0.01)
    return act


def walk(console: Terminal, size: tuple[int, int], seed: int, looks: int, quiet: float) -> tuple[int, str] | None:
    """Which look found another picture than the whole one, and how it differs."""
    chance = random.Random(seed)
    done: list[tuple[str, ...]] = []
    for look in range(looks):
        for _ in range(chance.randrange(1, 4)):
            done.append(step(console, chance, size))
        console.pump_until_quiet(quiet)
        before = console.picture()
        console.press("ctrl+l")
        assert console.pump(20), "Ctrl+L draws nothing"
        console.pump_until_quiet(quiet)
        if (after := console.picture()) != before:
            return look, f"after {done[-6:]}: {differing(before, after)}"
        assert console.process.poll() is None, done[-6:]
    return None


def differing(before: list[tuple[Any, ...]], after: list[tuple[Any, ...]]) -> str:
    found = []
    for y, (one, other) in enumerate(zip(before, after, strict=True)):
        if one != other:
            cells = [x for x in range(len(one)) if one[x] != other[x]]
            texts = ["".join(cell.data for cell in line[cells[0] : cells[-1] + 1]) for line in (one, other)]
            found.append(f"line {y}, cells {cells[0]}-{cells[-1]}: {texts[0]!r} is {texts[1]!r} in whole")
            if texts[0] == texts[1]:
                found.append(f"    {one[cells[0]]} is {other[cells[0]]}")
    return "\n".join(["", *found[:8]])


@pytest.mark.parametrize("size", SIZES)
def test_parts_add_up_to_the_whole(still: Callable[[tuple[int, int]], Terminal], size: tuple[int, int]) -> None:
    seed = size[0]
    found = walk(still(size), size, seed, 12, 0.12)
    if found is not None:
        # A busy machine may have drawn something later than it was waited for: what is wrong is wrong again.
        found = walk(still(size), size, seed, found[0] + 1, 0.5)
    assert found is None, found[1]


#: Where the key is pressed: what leads there, and what shows that one is there.
PLACES = [
    ((), "live"),
    (("?",), "Keys that work here"),
    (("r", "q: half a sentence"), "half a sentence"),
    (("f3", "/", "an"), "an"),
    (("ctrl+p", "users"), "F3"),
]


@pytest.mark.parametrize(("keys", "sign"), PLACES)
def test_what_another_program_wrote_is_drawn_over(
    hostile_file: Path, open_console: Open, keys: tuple[str, ...], sign: str
) -> None:
    with_our_tables(hostile_file)
    console = open_console(hostile_file)
    console.wait("● live")
    for key in keys:
        console.press(key)
        console.pump_until_quiet(0.2)
    console.wait(sign)
    console.draw_over("\x1b[3;1H\x1b[1;31mBroadcast message from root: the system goes down\x1b[0m\x1b[12;40Hdown")
    assert "Broadcast" in console.screen()
    console.press("ctrl+l")
    console.wait(lambda screen: "Broadcast" not in screen and "down" not in screen.splitlines()[11])
    console.wait(sign)


def settled(console: Terminal) -> list[tuple[Any, ...]]:
    console.wait("● live")
    console.pump_until_quiet(0.6)
    return console.picture()


def test_a_size_that_comes_back_at_once(
    still: Callable[[tuple[int, int]], Terminal],
) -> None:
    """The terminal has cut off what the layout takes for drawn."""
    console = still((120, 36))
    before = settled(console)
    console.resize(60, 20)
    console.resize(120, 36)
    assert console.picture() != before
    console.wait("● live")
    assert settled(console) == before


def test_after_a_stop_the_whole_screen_comes_back(still: Callable[[tuple[int, int]], Terminal]) -> None:
    console = still((120, 36))
    before = settled(console)
    console.signal(signal.SIGTSTP)
    console.pump_until_quiet(0.3)
    console.draw_over("\x1b[2J\x1b[H$ ls\r\n")
    console.signal(signal.SIGCONT)
    assert settled(console) == before


def test_an_editor_has_the_terminal_as_the_shell_had_it(hostile_file: Path, open_console: Open, tmp_path: Path) -> None:
    with_our_tables(hostile_file)
    editor = tmp_path / "editor"
    editor.write_text(f"#!/bin/sh\nprintf '\\033[2J\\033[5;5Hin the editor'\nstty -a > {tmp_path}/modes\nsleep 0.2\n")
    editor.chmod(0o755)
    console = open_console(hostile_file, env={"EDITOR": str(editor)})
    console.wait("●")
    console.press("r", "half a sentence")
    console.wait("half a sentence")
    console.press("\x07")
    console.wait("in the editor")
    console.wait("half a sentence")
    assert "in the editor" not in console.screen()
    modes = (tmp_path / "modes").read_text().replace(";", " ").split()
    assert {"echo", "icanon", "icrnl", "isig"} <= set(modes)
