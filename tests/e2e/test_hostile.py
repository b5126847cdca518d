"""Every screen with hostile people in it, judged by the bytes that reach the terminal."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.conftest import rows
from tests.e2e.terminal import Terminal, strangers

Open = Callable[..., Terminal]


def walk(console: Terminal, key: str, times: int) -> None:
    for _ in range(times):
        console.press(key)
        console.pump(0.02)
    # Until the last of it is drawn.
    end = time.monotonic() + 1.5
    while time.monotonic() < end:
        console.pump(0.05)


def go(console: Terminal, key: str, sign: str) -> None:
    """Another screen; a dialog that closes late swallows the key, so it may be pressed again."""
    end = time.monotonic() + 50
    while sign not in console.screen():
        assert time.monotonic() < end, console.screen()
        console.press(key)
        console.pump_for(0.7)


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
def test_no_byte_of_foreign_text_reaches_the_terminal(
    hostile_file: Path, open_console: Open, size: tuple[int, int]
) -> None:
    console = open_console(hostile_file, size=size)
    console.wait("live")
    count = rows(hostile_file, "SELECT count(*) FROM conversations")[0][0]
    walk(console, "j", min(count, 130 if size == (80, 24) else 40))
    console.press("enter")
    walk(console, "k", 5)
    console.press("i")
    walk(console, "J", 15)
    console.press("?")
    walk(console, "j", 2)
    console.press("esc")
    console.press("ctrl+p")
    console.pump(0.5)
    console.press("esc")
    go(console, "f3", "★ $ ✓")
    walk(console, "j", 40)
    go(console, "a", "through")
    walk(console, "\t", 3)
    console.press("esc")
    go(console, "esc", "★ $ ✓")
    console.press("enter")
    walk(console, "j", 10)
    console.press("esc")
    people = rows(hostile_file, "SELECT telegram_id FROM users ORDER BY id LIMIT 30")
    lines = "\r".join(f"{number}, vip, 38000, R-{number} [/]\u202e" for (number,) in people)
    go(console, "L", "Paste a list")
    console.press(f"\x1b[200~{lines}\x1b[201~")
    console.wait("30 lines")
    walk(console, "j", 20)
    console.press("enter")
    walk(console, "\t", 1)
    console.press("esc", "esc")
    go(console, "f4", "delivered yet")
    walk(console, "j", 40)
    console.press("enter")
    walk(console, "j", 3)
    assert console.process.poll() is None, console.screen()
    assert strangers(console.raw) == []
    # Nothing of the text was run: no clipboard was written, no title changed but ours, nobody's switch was touched.
    assert b"\x1b]52" not in console.raw
    titles = console.raw.split(b"\x1b]2;")[1:]
    assert all(title.startswith(b"Frontdesk") for title in titles)
    assert rows(hostile_file, "SELECT count(*) FROM users WHERE admin OR paid") == [(0,)]


def test_a_hostile_operator_and_database_name(hostile_file: Path, open_console: Open, tmp_path: Path) -> None:
    odd = tmp_path / "\x1b]0;owned\x07[@click=app.leave]db.sqlite3"
    hostile_file.rename(odd)
    console = open_console(odd, env={"FRONTDESK_OPERATOR": "\x1b[31mred[/]\u202e"})
    console.wait("live")
    walk(console, "j", 3)
    assert strangers(console.raw) == []
