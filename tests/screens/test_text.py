"""The door and the second belt."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.segment import ControlType, Segment
from textual.color import Color

from screens.text import ControlGuard, cut, forbid, plain

CORPUS = Path(__file__).parents[1] / "data" / "corpus"
HOSTILE = [
    "\x1b[2J",
    "\x1b]52;c;UFdORUQ=\x07",
    "\x9b31m",
    "a\u202eb",
    "[@click=app.quit]invoice[/]",
    "[/nothing]",
    "\ud800",
    "[red]",
    "\x00\x0e\x7f",
]


@pytest.fixture
def guard() -> ControlGuard:
    before = ControlGuard.hits
    yield ControlGuard()  # type: ignore[misc]
    ControlGuard.hits = before


@pytest.mark.parametrize("text", HOSTILE)
def test_plain_holds_nothing_that_a_terminal_acts_on(text: str) -> None:
    content = plain(text)
    assert forbid(content.plain) == (content.plain, 0)
    assert content.spans == []


def test_plain_keeps_brackets_and_lines() -> None:
    assert plain("[b]x[/b]").plain == "[b]x[/b]"
    assert plain("a\nb").plain == "a⏎b"
    assert plain("a\nb", multiline=True).plain == "a\nb"


def test_plain_of_the_whole_corpus_is_clean() -> None:
    texts: list[str] = []

    def walk(value: object) -> None:
        if isinstance(value, str):
            texts.append(value)
        elif isinstance(value, dict):
            for key, each in value.items():
                walk(key)
                walk(each)
        elif isinstance(value, list):
            for each in value:
                walk(each)

    for path in CORPUS.glob("*.json"):
        walk(json.loads(path.read_text("utf-8")))
    assert len(texts) > 100
    for text in texts:
        assert forbid(plain(text).plain)[1] == 0


def test_the_guard_replaces_one_for_one_and_counts(guard: ControlGuard) -> None:
    ControlGuard.hits = 0
    [segment] = guard.apply([Segment("a\x1b[2Jb\u202e")], Color(0, 0, 0))
    assert segment.text == "a�[2Jb�"
    assert ControlGuard.hits == 2


def test_the_guard_leaves_clean_lines_and_controls_alone(guard: ControlGuard) -> None:
    segments = [Segment("ясно 👩‍💻"), Segment("\x1b[H", None, [(ControlType.HOME,)])]
    assert guard.apply(segments, Color(0, 0, 0)) is segments


def test_cutting_counts_cells() -> None:
    assert cut("漢字漢字", 5) == "漢字…"
    assert cut("漢字", 4) == "漢字"
    assert cut("abc\ndef", 20) == "abc def"
    assert cut("abcdef", 1) == "…"
    assert cut("", 0) == ""
