"""What is sent to the terminal: the same picture as if all of it were sent, in fewer bytes."""

from __future__ import annotations

import random
from typing import Any

import pytest
from rich.color import Color
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.geometry import Size
from textual.screen import ModalScreen, Screen
from textual.strip import Strip
from textual.widgets import Static

from screens.painting import Chops, Frame, Painted, Painter, Shown, changed
from tests.bench.ptybench import Term

WIDTH, HEIGHT = 24, 6
TEXTS = ("hello", "Ирина", "  ", "a", "—▌", "ж" * 7, "👍", "你好", "e\u0301", "", "0 1 2")
STYLES = (
    Style(),
    Style(bold=True),
    Style(color="red"),
    Style(bgcolor="blue", bold=True),
    Style(color=Color.from_rgb(1, 2, 3), bgcolor=Color.from_rgb(40, 50, 60), italic=True),
    Style(color=Color.from_rgb(1, 2, 3), reverse=True, underline=True),
)


def console() -> Console:
    return Console(color_system="truecolor", force_terminal=True, legacy_windows=False, _environ={})


def terminal() -> Term:
    """Wider than what is drawn: at its last column this emulator wraps before a combining mark."""
    return Term(WIDTH + 4, HEIGHT + 1)


def strip_of(dice: random.Random, width: int) -> Strip:
    segments = [Segment(dice.choice(TEXTS), dice.choice(STYLES)) for _ in range(dice.randrange(5))]
    return Strip(segments).adjust_cell_length(width, dice.choice(STYLES))


def picture(term: Term) -> list[tuple[Any, ...]]:
    buffer = term.screen.buffer
    return [tuple(buffer[y][x] for x in range(WIDTH)) for y in range(HEIGHT)]


@pytest.mark.parametrize("seed", range(40))
def test_parts_make_the_same_picture_as_the_whole(seed: int) -> None:
    dice, there, shown = random.Random(seed), terminal(), Shown()
    lines: dict[int, Chops] = {y: {0: Strip.blank(WIDTH)} for y in range(HEIGHT)}
    for turn in range(30):
        cuts = sorted({0, *dice.sample(range(1, WIDTH), dice.randrange(3))})
        part: dict[int, Chops] = {}
        for y in dice.sample(range(HEIGHT), dice.randrange(1, HEIGHT + 1)):
            # Laid out anew now and then: all of the line is drawn.
            cut = list(lines[y]) if turn % 5 else cuts
            ends = [*cut[1:], WIDTH]
            some = range(len(cut)) if turn % 5 == 0 else dice.sample(range(len(cut)), dice.randrange(1, len(cut) + 1))
            part[y] = {cut[at]: strip_of(dice, ends[at] - cut[at]) for at in sorted(some)}
            lines[y] = part[y] if turn % 5 == 0 else {**lines[y], **part[y]}
        frame = Frame(Size(WIDTH, HEIGHT), part, whole=False)
        frame.shown = shown
        there.feed(frame.render_segments(console()).encode())
        whole = terminal()
        whole.feed(Frame(Size(WIDTH, HEIGHT), lines, whole=True).render_segments(console()).encode())
        assert picture(there) == picture(whole), turn


def test_what_did_not_change_is_not_sent() -> None:
    shown = Shown()

    def sent(*texts: str) -> str:
        lines: dict[int, Chops] = {
            y: {0: Strip([Segment(text, STYLES[4])]).adjust_cell_length(WIDTH, STYLES[4])}
            for y, text in enumerate(texts)
        }
        frame = Frame(Size(WIDTH, HEIGHT), lines, whole=False)
        frame.shown = shown
        return frame.render_segments(console())

    assert "one" in sent("one", "two")
    again = sent("one", "three")
    assert "one" not in again
    assert "three" in again
    assert sent("one", "three") == ""
    shown.forget()
    assert "one" in sent("one", "three")


def test_only_the_segments_that_differ() -> None:
    before = Strip([Segment("▌", STYLES[1]), Segment("Anna", STYLES[2]), Segment(" 5m", STYLES[1])])
    after = Strip([Segment("▌", STYLES[1]), Segment("Vera", STYLES[2]), Segment(" 5m", STYLES[1])])
    assert changed(before, after) == (1, [Segment("Vera", STYLES[2])])
    # A terminal may take another number of cells for such a character: the whole line is put right.
    wide = Strip([Segment("👍", STYLES[1]), Segment("Vera", STYLES[2])])
    assert changed(Strip([Segment("👍", STYLES[1]), Segment("Anna", STYLES[2])]), wide) == (0, list(wide))


def test_another_size_is_drawn_anew() -> None:
    shown = Shown()
    shown.lines(Size(10, 2))[0] = {0: Strip.blank(10)}
    assert shown.lines(Size(10, 2))
    assert not shown.lines(Size(11, 2))


class Behind(Painted, Screen[None]):
    def compose(self) -> ComposeResult:
        yield Static("behind " * 5, id="behind")
        yield Static("covered", id="covered")


class Dialog(Painted, ModalScreen[None]):
    DEFAULT_CSS = """
    Dialog { align: center middle; }
    Dialog > Vertical { width: 20; height: 3; background: red; }
    """

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static("a question")


class Painted2(App[None]):
    def on_mount(self) -> None:
        self.push_screen(Behind())


def read(app: App[None]) -> str:
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


async def test_a_dialog_lets_what_is_behind_it_be_seen() -> None:
    app = Painted2()
    async with app.run_test(size=(40, 8)) as pilot:
        await pilot.pause()
        assert isinstance(app.screen._compositor, Painter)
        await app.push_screen(Dialog())
        await pilot.pause(0.1)
        assert "behind behind" in read(app)
        assert "a question" in read(app)
        app.screen_stack[1].query_one("#behind", Static).update("changed")
        await pilot.pause(0.1)
        assert "changed" in read(app)


async def test_what_is_covered_is_not_drawn() -> None:
    app = Painted2()
    async with app.run_test(size=(40, 8)) as pilot:
        await pilot.pause(0.1)
        drawn: list[str] = []

        def watch(widget: Static) -> None:
            def render_lines(crop: Any, before: Any = widget.render_lines) -> list[Strip]:
                drawn.append(str(widget.id))
                return list(before(crop))

            widget.render_lines = render_lines  # type: ignore[method-assign]

        for widget in app.screen.query(Static):
            watch(widget)
        app.screen.query_one("#covered", Static).update("other", layout=False)
        await pilot.pause(0.1)
        assert drawn == ["covered"]
