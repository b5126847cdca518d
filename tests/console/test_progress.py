"""How long work shows how far it is: nothing at first, a bar on a terminal, a line now and then without one."""

from __future__ import annotations

import io

from console.progress import Bar, shown
from models.rules.progress import silent


class Seconds:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_short_work_shows_nothing() -> None:
    out, now = io.StringIO(), Seconds()
    for terminal in (True, False):
        bar = Bar(out, terminal=terminal, now=now)
        for _ in range(9):
            now.now += 0.1
            bar("copy", 1, 10)
        bar.finish()
    assert out.getvalue() == ""


def test_on_a_terminal_a_bar_with_rate_and_time_left_that_goes_away() -> None:
    out, now = io.StringIO(), Seconds()
    bar = Bar(out, terminal=True, now=now)
    bar("messages", 0, 1000)
    now.now += 2
    bar("messages", 250, 1000)
    said = out.getvalue()
    assert said == "\rwriting messages  [" + "#" * 6 + "." * 18 + "]   25%  125 rows/s  00:06 left"
    now.now += 0.01
    bar("messages", 260, 1000)
    assert out.getvalue() == said
    bar.finish()
    assert out.getvalue().endswith(" \r")


def test_without_a_terminal_a_line_every_ten_seconds() -> None:
    out, now = io.StringIO(), Seconds()
    bar = Bar(out, terminal=False, now=now)
    for second in range(31):
        bar("copy", second * 10_000_000, 1_000_000_000)
        now.now += 1
    bar.finish()
    lines = out.getvalue().splitlines()
    assert len(lines) == 3
    assert all("MB/s" in line and "\r" not in line for line in lines)


def test_an_end_that_is_not_known_shows_the_time_only() -> None:
    out, now = io.StringIO(), Seconds()
    bar = Bar(out, terminal=False, now=now)
    bar("check", 0, 0)
    now.now += 75
    bar("check", 0, 0)
    assert out.getvalue() == "checking  01:15\n"


def test_a_closed_stderr_stops_nothing() -> None:
    out, now = io.StringIO(), Seconds()
    bar = Bar(out, terminal=True, now=now)
    out.close()
    now.now += 2
    bar("copy", 1, 2)
    bar.finish()


def test_with_json_nothing_is_shown() -> None:
    with shown(json=True) as progress:
        assert progress is silent
