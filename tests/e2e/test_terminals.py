"""Terminals as they are: dumb, colourless, tiny, resized all the time, without UTF-8, gone."""

from __future__ import annotations

import itertools
import random
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import with_our_tables
from tests.e2e.terminal import FRONTDESK, Terminal, strangers

Open = Callable[..., Terminal]
ROWS = "Алексей|Anna|Пользователь"


@pytest.fixture
def ready_file(seed_file: Path) -> Path:
    with_our_tables(seed_file)
    return seed_file


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_dumb_terminal_is_refused_with_the_verbs_that_work(ready_file: Path, term: str) -> None:
    with Terminal([FRONTDESK, str(ready_file)], env={"TERM": term, "FRONTDESK_LANG": "en"}) as terminal:
        assert terminal.exit_code() == 1
        said = terminal.raw.decode()
    assert "conversations" in said
    assert "reply" in said
    assert "\x1b" not in said
    assert "Traceback" not in said


def test_without_a_terminal_it_refuses_too(ready_file: Path) -> None:
    done = subprocess.run(
        [FRONTDESK, str(ready_file)], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 1
    assert "conversations" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "env",
    [
        {"NO_COLOR": "1"},
        {"TERM": "linux", "COLORTERM": ""},
        {"TERM": "xterm-16color", "COLORTERM": ""},
        {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LC_ALL": "C", "LANG": "C"},
    ],
    ids=["no-color", "linux", "16color", "ascii", "C"],
)
def test_odd_terminals_show_the_inbox(ready_file: Path, open_console: Open, env: dict[str, str]) -> None:
    console = open_console(ready_file, env=env)
    console.wait(ROWS)
    console.press("j", "j", "enter")
    console.wait("live")
    assert strangers(console.raw) == []
    assert "\\u25" not in console.screen(), "escapes instead of characters"
    # An Esc as most terminals send it, one byte, goes back from the thread to the list.
    console.wait("/ find")
    console.press("bare esc")
    console.wait("/ people")
    console.press("q")
    assert console.exit_code() == 0
    assert console.restored()


SIZES = [
    *itertools.product((1, 2, 5, 13, 27, 40), (1, 2, 3, 5, 8, 12)),
    *((columns, rows) for columns in (39, 40, 41, 59, 60, 71, 72, 73, 79, 80) for rows in (11, 12, 13, 20, 24)),
    *((columns, rows) for columns in (119, 120, 121, 179, 180, 181, 200) for rows in (36, 50)),
    (400, 200), (400, 1), (1, 200), (80, 24),
]  # fmt: skip


@pytest.mark.parametrize("mode", ["f2", "f3", "f4", "f7"])
def test_no_size_is_too_small_or_too_large(ready_file: Path, open_console: Open, mode: str) -> None:
    console = open_console(ready_file, size=(80, 24))
    console.wait(ROWS)
    console.press(mode)
    for columns, rows in SIZES:
        console.resize(columns, rows)
        console.press("j")
        console.pump(0.03)
    console.resize(100, 30)
    console.press("f2")
    console.wait("live")
    assert console.process.poll() is None
    console.press("q")
    assert console.exit_code() == 0


@pytest.mark.parametrize("size", [(1, 1), (80, 24)])
def test_at_rest_nothing_is_drawn(ready_file: Path, open_console: Open, size: tuple[int, int]) -> None:
    console = open_console(ready_file, size=size)
    # The start may take its time on a busy machine; what is asked is that it ends.
    quiet_from, drawn, end = time.monotonic(), 0, time.monotonic() + 60
    while drawn == 0 or time.monotonic() < quiet_from + 1.5:
        assert time.monotonic() < end, "something is drawn again and again"
        console.pump(0.05)
        if len(console.raw) != drawn:
            quiet_from, drawn = time.monotonic(), len(console.raw)


def test_a_resize_storm_leaves_it_alive(ready_file: Path, open_console: Open) -> None:
    console = open_console(ready_file)
    console.wait(ROWS)
    chance = random.Random(11)
    # Counted, not timed: on a fast machine more keys would be typed than a busy one can serve in time.
    for _ in range(250):
        console.resize(chance.randint(1, 250), chance.randint(1, 80))
        console.press(chance.choice(["j", "k", "f2", "f3", "f4", "f5", "f7", "?", "esc", "i", "enter"]))
        console.pump(0.004)
    console.resize(120, 36)
    console.wait("live|Esc")
    console.press("esc", "esc", "esc", "f2")
    console.wait("live")
    console.press("ctrl+q")
    assert console.exit_code() == 0
    assert console.restored()
