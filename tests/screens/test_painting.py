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

from screens.painter import Painted, Painter
from screens.painting import Chops, Frame, Line, Shown
from tests.bench.ptybench import Term

WIDTH, HEIGHT = 24, 6
TEXTS = ("hello", "Ирина", "  ", "a", "—▌", "ж" * 7, "👍", "你好", "e\u0301", "", "0 1 2", "👨‍👩‍👧", "🇺🇦x", "❤️!")
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
    """What is seen: of a blank without a line through or under it its background only."""
    buffer = term.screen.buffer
    return [tuple(seen(buffer[y][x]) for x in range(WIDTH)) for y in range(HEIGHT)]


def seen(cell: Any) -> Any:
    if cell.data != " " or cell.underscore or cell.reverse or cell.strikethrough:
        return cell
    return cell.bg


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
    again = sent("one", "six")
    assert "one" not in again
    assert "six" in again
    assert sent("one", "six") == ""
    shown.forget()
    assert "one" in sent("one", "six")


def put(*strips: Strip) -> list[tuple[int, list[Segment]]]:
    """What the last of these asks to be drawn, in place of the one before."""
    line = Line([None] * strips[0].cell_length)
    for strip in strips:
        drawn = line.put(0, strip)
    return drawn


def test_only_the_cells_that_differ() -> None:
    name, plain = STYLES[2], STYLES[1]
    before = Strip([Segment("▌", plain), Segment("Anna and others", name), Segment(" 5m", plain)])
    after = Strip([Segment("▌", plain), Segment("Igor and others", name), Segment(" 6m", plain)])
    assert put(before) == [(0, list(before))]
    assert put(before, after) == [(1, [Segment("Igor", name)]), (17, [Segment("6", plain)])]
    assert put(before, Strip(list(before))) == []
    # Near by, what lies between is written again: a jump costs as much.
    near = Strip([Segment("▌", plain), Segment("Vnnb and others", name), Segment(" 5m", plain)])
    assert put(before, near) == [(1, [Segment("Vnnb", name)])]
    # A blank shows its background only.
    assert put(Strip([Segment("  ", STYLES[0])]), Strip([Segment("  ", STYLES[2])])) == []
    assert put(Strip([Segment("  ", STYLES[0])]), Strip([Segment("  ", STYLES[3])])) != []
    # A terminal may take another number of cells for such a character: the whole piece is put right.
    wide = Strip([Segment("👍", STYLES[1]), Segment("Vera", STYLES[2])])
    assert put(Strip([Segment("👍", STYLES[1]), Segment("Anna", STYLES[2])]), wide) == [(0, list(wide))]


def test_pieces_cut_elsewhere_than_before_are_compared_cell_by_cell() -> None:
    plain = STYLES[1]
    line = Line([None] * 6)
    line.put(0, Strip([Segment("abc", plain)]))
    line.put(3, Strip([Segment("def", plain)]))
    assert line.put(0, Strip([Segment("abcdXf", plain)])) == [(4, [Segment("X", plain)])]
    assert line.put(3, Strip([Segment("dXf", plain)])) == []
    assert line.put(0, Strip([Segment("abcdXf", plain)])) == []


def test_another_size_is_drawn_anew() -> None:
    shown = Shown()
    shown.line(0, Size(10, 2)).put(0, Strip.blank(10))
    assert shown.line(0, Size(10, 2)).pieces
    assert not shown.line(0, Size(11, 2)).pieces


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
