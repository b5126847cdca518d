"""The window list: calm, by id, in a window, whatever the length."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from textual.pilot import Pilot

from models.errors import DatabaseProblem
from models.views import Cursor, IdPage
from screens.widgets import window_loading
from tests.screens.widgets.window_source import ListApp, Source, until


@asynccontextmanager
async def opened(
    source: Source, size: tuple[int, int] = (40, 12), **options: Any
) -> AsyncIterator[tuple[ListApp, Pilot[Any]]]:
    app = ListApp(source, **options)
    async with app.run_test(size=size, notifications=True, tooltips=True) as pilot:
        await until(pilot, lambda: app.list.started and (not source.order or "row" in app.lines()[0]))
        yield app, pilot


class Stillness:
    """The list's idle time, told by the test: a busy machine neither lengthens nor shortens it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        for room in ("cursor", "list", "loading", "refresh"):
            monkeypatch.setattr(f"screens.widgets.window_{room}.monotonic", lambda: self.now)


@pytest.fixture
def stillness(monkeypatch: pytest.MonkeyPatch) -> Stillness:
    return Stillness(monkeypatch)


async def settled(app: ListApp, pilot: Pilot[Any]) -> None:
    """The refresh that was asked for is over."""
    await until(pilot, lambda: not app.list._refreshing and not app.list._reading)
    await pilot.pause()


async def test_the_first_page_is_shown_and_the_rest_comes_by_itself() -> None:
    source = Source(range(5000))
    async with opened(source) as (app, pilot):
        assert app.lines()[0].startswith("▌row 0")
        assert app.highlights == [0]
        await until(pilot, lambda: app.list.complete)
        assert list(app.list.ids) == source.order
        assert source.id_requests[0] == (None, 200)
        assert len(source.id_requests) < 6
        assert len(source.row_requests) == 1  # one window, one request


async def test_keys_move_the_cursor_and_say_so() -> None:
    async with opened(Source(range(100))) as (app, pilot):
        await pilot.press("j", "down", "k", "о")  # о is j on a Cyrillic layout
        assert app.list.current_id == 2
        assert app.highlights == [0, 1, 2, 1, 2]
        await pilot.press("pagedown")
        assert app.list.current_id == 2 + 11
        await pilot.press("G")
        await until(pilot, lambda: app.list.current_id == 99)
        await pilot.press("j")
        assert app.list.current_id == 99
        await pilot.press("g")
        assert app.list.current_id == 0
        await pilot.press("enter", "l", "right")
        assert app.opens == [0, 0, 0]


async def test_a_click_selects_and_a_double_click_opens() -> None:
    async with opened(Source(range(100))) as (app, pilot):
        await pilot.click("#list", offset=(3, 4))
        assert app.list.current_id == 4
        assert app.opens == []
        await pilot.click("#list", offset=(3, 6), times=2)
        assert app.list.current_id == 6
        assert app.opens == [6]


async def test_moving_in_view_draws_two_rows_and_reads_nothing() -> None:
    source = Source(range(1000))
    async with opened(source) as (app, pilot):
        await until(pilot, lambda: app.list.complete)
        await pilot.press("j")
        painted, asked = app.list.painted, len(source.row_requests)
        await pilot.press("j")
        assert app.list.painted - painted == 2
        assert len(source.row_requests) == asked


async def test_100_000_ids_are_scrolled_with_few_requests_for_rows() -> None:
    source = Source(range(100_000))
    async with opened(source, size=(40, 36)) as (app, pilot):
        await until(pilot, lambda: app.list.complete, 30)
        for _ in range(30):
            await pilot.press("pagedown")
        await until(pilot, lambda: f"row {app.list.current_id}" in "".join(app.lines()))
        assert app.list.current_id == 30 * 35
        assert len(source.row_requests) <= 32
        assert source.most_in_flight == 1
        await pilot.press("G")
        await until(pilot, lambda: "▌row 99999" in "".join(app.lines()))
        assert len(app.list._rows) <= 600
        assert max(map(len, source.row_requests)) <= 36 * 3


async def test_a_slow_source_is_asked_once_at_a_time_and_the_newest_window_wins() -> None:
    source = Source(range(2000))
    async with opened(source) as (app, pilot):
        await until(pilot, lambda: app.list.complete)
        source.delay = 0.4
        before = len(source.row_requests)
        for _ in range(20):
            await pilot.press("pagedown")
        await until(pilot, lambda: f"▌row {app.list.current_id}" in "".join(app.lines()))
        assert source.most_in_flight == 1
        assert len(source.row_requests) - before < 10


async def test_skeletons_stand_only_where_it_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    # Long enough for a busy machine to look before it.
    monkeypatch.setattr(window_loading, "SLOW", 1.5)
    source = Source(range(50))
    source.gate = asyncio.Event()
    app = ListApp(source)
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.pause(0.02)
        assert not "".join(app.lines()).strip(" ▌▁▂▃▄▅▆▇█")
        await until(pilot, lambda: "░" in "".join(app.lines()))
        source.gate.set()
        await until(pilot, lambda: "row 0" in app.lines()[0])
        assert "░" not in "".join(app.lines())


async def test_an_empty_list_says_what_its_owner_wants() -> None:
    source = Source([])
    async with opened(source) as (app, pilot):
        await until(pilot, lambda: "nothing here" in "".join(app.lines()))
        assert app.highlights == [None]
        await pilot.press("j", "k", "g", "G", "enter", "pagedown", "pageup")
        assert app.opens == []
        source.arrive(7)
        app.list.refresh_from()
        await until(pilot, lambda: "row 7" in app.lines()[0])
        assert app.list.current_id == 7


# The calm list


async def test_at_the_top_arrivals_come_in_at_once_and_the_cursor_keeps_its_row() -> None:
    source = Source(range(100))
    async with opened(source) as (app, pilot):
        source.arrive(500, 40)
        app.list.refresh_from()
        await until(pilot, lambda: app.lines()[0].startswith(" row 40"))
        assert app.lines()[1].startswith(" row 500")
        assert app.list.current_id == 0
        assert app.lines()[2].startswith("▌row 0")
        assert app.highlights == [0]
        await until(pilot, lambda: list(app.list.ids) == source.order)


async def test_inside_the_list_nothing_moves_and_the_pill_counts() -> None:
    source = Source(range(100))
    async with opened(source) as (app, pilot):
        await pilot.press("j", "j", "j")
        before = list(app.list.ids)
        source.words[5] = "five, changed"
        source.arrive(500, 501, 5)
        app.list.refresh_from()
        await until(pilot, lambda: app.list.pending_count == 3)
        await settled(app, pilot)
        assert list(app.list.ids) == before
        assert app.list.current_id == 3
        assert "five, changed" in app.lines()[5]
        assert "▲ 3 new" in app.lines()[0]
        assert app.counts == [3]
        assert app.highlights == [0, 1, 2, 3]


@pytest.mark.parametrize("back", [["g"], ["k", "k", "k"], ["home"]])
async def test_what_waits_comes_in_at_the_top(back: list[str]) -> None:
    source = Source(range(100))
    async with opened(source) as (app, pilot):
        await pilot.press("j", "j", "j")
        source.arrive(500, 40)
        app.list.refresh_from()
        await until(pilot, lambda: app.list.pending_count == 2)
        await pilot.press(*back)
        assert app.list.pending_count == 0
        assert list(app.list.ids) == source.order
        assert app.list.current_id == (0 if back[0] == "k" else 40)
        assert "new" not in app.lines()[0]


async def test_a_click_on_the_pill_lets_them_in() -> None:
    source = Source(range(100))
    async with opened(source) as (app, pilot):
        await pilot.press("j", "j")
        source.arrive(500)
        app.list.refresh_from()
        await until(pilot, lambda: "▲ 1 new" in app.lines()[0])
        await pilot.click("#list", offset=(app.lines()[0].index("▲"), 0))
        assert app.list.current_id == 500


async def test_after_some_idle_time_they_come_in_and_the_cursor_stays_on_its_line(stillness: Stillness) -> None:
    source = Source(range(200))
    async with opened(source, idle=0.3) as (app, pilot):
        for _ in range(20):
            await pilot.press("j")
        line = next(index for index, text in enumerate(app.lines()) if "▌row 20" in text)
        source.arrive(500, 501)
        app.list.refresh_from()
        await until(pilot, lambda: app.list.pending_count == 2)
        stillness.now += 0.4
        await until(pilot, lambda: app.list.pending_count == 0)
        await pilot.pause()
        assert list(app.list.ids) == source.order
        assert app.list.current_id == 20
        assert "▌row 20" in app.lines()[line]
        assert app.highlights[-1] == 20


async def test_keys_keep_them_waiting(stillness: Stillness) -> None:
    source = Source(range(200))
    async with opened(source, idle=0.4) as (app, pilot):
        await pilot.press("j", "j")
        source.arrive(500)
        app.list.refresh_from()
        await until(pilot, lambda: app.list.pending_count == 1)
        for _ in range(8):
            stillness.now += 0.3
            await pilot.press("j")
            await pilot.pause(0.06)
        assert app.list.pending_count == 1
        stillness.now += 0.5
        await until(pilot, lambda: app.list.pending_count == 0)


async def test_while_a_reply_is_written_the_top_is_calm_too() -> None:
    source = Source(range(100))
    async with opened(source) as (app, pilot):
        app.list.live = False
        source.arrive(500)
        app.list.refresh_from()
        await until(pilot, lambda: app.list.pending_count == 1)
        assert app.list.current_id == 0
        assert app.lines()[0].startswith("▌row 0")


async def test_the_row_under_the_cursor_moves_only_when_the_cursor_has_left_it(stillness: Stillness) -> None:
    """Otherwise answering somebody deep in the list would lose one's place."""
    source = Source(range(300))
    async with opened(source, idle=0.2) as (app, pilot):
        for _ in range(30):
            await pilot.press("j")
        source.arrive(30)
        app.list.refresh_from()
        await settled(app, pilot)
        assert app.list.pending_count == 0
        source.arrive(500)
        app.list.refresh_from()
        await until(pilot, lambda: app.list.pending_count == 1)
        stillness.now += 0.3
        await until(pilot, lambda: app.list.pending_count == 0)
        assert app.list.current_id == 30
        assert app.list.ids[app.list.index - 1] == 29
        await pilot.press("j")
        stillness.now += 10
        await until(pilot, lambda: list(app.list.ids) == source.order)
        assert app.list.current_id == 31


async def test_rows_that_left_the_view_go_and_the_current_one_only_dims() -> None:
    source = Source(range(100))
    async with opened(source) as (app, pilot):
        app.list.stable = False
        await pilot.press("j", "j", "j", "j")
        for id in (1, 4, 6):
            source.order.remove(id)
        app.list.refresh_from()
        await until(pilot, lambda: 6 not in app.list.ids)
        assert app.list.current_id == 4
        assert "▌row 4" in "".join(app.lines())
        assert list(app.list.ids)[:6] == [0, 2, 3, 4, 5, 7]
        await pilot.press("j")
        assert app.list.current_id == 5
        assert 4 not in app.list.ids
        assert list(app.list.ids) == source.order


async def test_a_filtered_view_is_read_again_as_far_as_it_is_loaded() -> None:
    source = Source(range(3000))
    async with opened(source) as (app, pilot):
        app.list.stable = False
        await until(pilot, lambda: app.list.complete)
        await pilot.press("j", "j")
        for id in (700, 2500):
            source.order.remove(id)
        app.list.refresh_from()
        await until(pilot, lambda: list(app.list.ids) == source.order)
        assert app.list.current_id == 2


async def test_deleted_rows_deep_in_the_list_leave_when_they_are_seen() -> None:
    source = Source(range(2000))
    async with opened(source) as (app, pilot):
        await until(pilot, lambda: app.list.complete)
        app.list.select(1000)
        await until(pilot, lambda: "▌row 1000" in "".join(app.lines()))
        for id in (1000, 1002, 1500):
            source.order.remove(id)
            source.gone.add(id)
        app.list.refresh_from()
        await until(pilot, lambda: 1002 not in app.list.ids)
        assert app.list.current_id == 1000  # dim, until the cursor leaves it
        assert 1500 in app.list.ids  # nobody has looked there
        await pilot.press("j")
        assert app.list.current_id == 1001
        assert 1000 not in app.list.ids


async def test_more_arrivals_than_a_refresh_reads_never_move_the_cursor() -> None:
    source = Source(range(20_000))
    async with opened(source) as (app, pilot):
        await until(pilot, lambda: app.list.complete)
        await pilot.press("j", "j", "j")
        source.order = [*range(50_000, 65_000), *source.order]
        app.list.refresh_from()
        await until(pilot, lambda: app.list.pending_count > 9000)
        assert app.list.current_id == 3
        await pilot.press("g")
        assert app.list.current_id == 50_000
        await until(pilot, lambda: app.list.complete, 20)
        assert list(app.list.ids) == source.order


async def test_any_storm_of_changes_leaves_the_cursor_on_its_id() -> None:
    source = Source(range(400))
    chance = random.Random(7)
    async with opened(source, idle=0.05) as (app, pilot):
        await until(pilot, lambda: app.list.complete)
        for step in range(60):
            app.list.stable = chance.random() < 0.5
            await pilot.press(chance.choice(["j", "k", "pagedown", "pageup", "j", "j"]))
            chosen = app.list.current_id
            for _ in range(chance.randrange(4)):
                source.arrive(chance.choice([chance.randrange(400), 1000 + step]))
            app.list.refresh_from()
            await pilot.pause(chance.choice([0, 0.03]))
            assert app.list.current_id == chosen
            assert app.list.ids[app.list.index] == chosen
        await pilot.press("g")
        app.list.refresh_from()
        await until(pilot, lambda: list(app.list.ids) == source.order)
        assert len(set(app.list.ids)) == len(app.list.ids)


# Views, places, faults


async def test_another_view_keeps_the_current_id_if_it_is_there() -> None:
    source = Source(range(1000))
    async with opened(source) as (app, pilot):
        await pilot.press(*["j"] * 7)
        source.order = [id for id in range(2000) if id % 2]
        app.list.reset()
        await until(pilot, lambda: 1 in app.list.ids and 2 not in app.list.ids)
        assert app.list.current_id == 7
        assert app.highlights[-1] == 7
        source.order = [2, 4, 6]
        app.list.reset()
        await until(pilot, lambda: app.list.current_id == 2)
        assert app.highlights[-1] == 2


async def test_a_slow_view_does_not_show_the_rows_of_the_one_before() -> None:
    source = Source(range(100))
    async with opened(source) as (app, pilot):
        source.gate = asyncio.Event()
        source.order = [7, 8]
        app.list.reset()
        await until(pilot, lambda: "░" in "".join(app.lines()))
        assert "row" not in "".join(app.lines())
        source.gate.set()
        await until(pilot, lambda: "row 7" in app.lines()[0])


async def test_stale_pages_of_an_older_view_are_dropped() -> None:
    source = Source(range(100))
    async with opened(source) as (app, pilot):
        source.delay = 0.2
        source.order = list(range(500, 600))
        app.list.reset()
        await pilot.pause(0.05)
        source.order = list(range(700, 800))
        source.delay = 0.0
        app.list.reset()
        await until(pilot, lambda: app.list.current_id == 700)
        await pilot.pause(0.3)
        assert list(app.list.ids) == source.order


async def test_an_id_that_is_not_loaded_yet_is_looked_for() -> None:
    source = Source(range(30_000))
    async with opened(source) as (app, pilot):
        assert app.list.select(150)
        assert app.list.current_id == 150
        assert not app.list.select(29_000)
        await until(pilot, lambda: app.list.current_id == 29_000)


async def test_the_way_to_the_end_can_be_called_off() -> None:
    source = Source(range(50_000))
    async with opened(source) as (app, pilot):
        source.gate = asyncio.Event()
        await pilot.press("G")
        await until(pilot, lambda: "loading" in app.lines()[0])
        await pilot.press("j")
        await until(pilot, lambda: "loading" not in app.lines()[0])
        source.gate.set()
        await until(pilot, lambda: app.list.complete, 20)
        assert app.list.current_id == 1
        await pilot.press("G")
        assert app.list.current_id == 49_999


async def test_the_middle_is_of_the_whole_list_loaded_or_not() -> None:
    source = Source(range(50_001))
    async with opened(source) as (app, pilot):
        source.gate = asyncio.Event()
        await pilot.press("%")
        await until(pilot, lambda: "loading" in app.lines()[0])
        source.gate.set()
        await until(pilot, lambda: app.list.current_id == 25_000, 20)
        await until(pilot, lambda: "▌row 25000" in "".join(app.lines()))
        await pilot.press("g", "%")
        assert app.list.current_id == 25_000


async def test_a_source_that_fails_says_so_and_is_asked_again() -> None:
    class Broken(Source):
        broken = True

        async def ids(self, after: Cursor | None, limit: int) -> IdPage:
            if self.broken:
                raise DatabaseProblem("locked")
            return await super().ids(after, limit)

    source = Broken(range(10))
    app = ListApp(source)
    async with app.run_test(size=(40, 12)) as pilot:
        await until(pilot, lambda: app.failures)
        source.broken = False
        app.list.refresh_from()
        await until(pilot, lambda: "row 0" in app.lines()[0])
        source.broken = True
        app.list.refresh_from()
        await until(pilot, lambda: len(app.failures) == 2)
        source.broken = False
        source.arrive(99)
        app.list.refresh_from()
        await until(pilot, lambda: "row 99" in app.lines()[0])


@pytest.mark.parametrize("height", [1, 2, 3])
async def test_no_size_is_too_small_and_the_cursor_stays_in_view(height: int) -> None:
    source = Source(range(300))
    async with opened(source, height=height) as (app, pilot):
        for _ in range(25):
            await pilot.press("j")
        for size in [(1, 1), (2, 1), (3, 3), (40, 2), (5, 12), (200, 50), (400, 200), (40, 12)]:
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert app.list.current_id == 25
            top = app.list.index * app.list.row_height - app.list.scroll_offset.y
            assert 0 <= top < max(1, app.list.size.height)
            await pilot.press("j", "k")


async def test_wheel_and_scroll_bar_leave_the_cursor_alone() -> None:
    source = Source(range(1000))
    async with opened(source) as (app, pilot):
        await until(pilot, lambda: app.list.complete)
        app.list.scroll_to(y=500, animate=False, force=True)
        await until(pilot, lambda: "row 500" in app.lines()[0])
        assert app.list.current_id == 0
        source.arrive(5000)
        app.list.refresh_from()
        await until(pilot, lambda: app.list.pending_count == 1)
        assert "row 500" in app.lines()[0]
        await pilot.press("j")
        assert app.list.current_id == 1
        await until(pilot, lambda: "▌row 1" in "".join(app.lines()))


async def test_many_refreshes_at_once_are_one_or_two() -> None:
    source = Source(range(100))
    async with opened(source) as (app, pilot):
        await until(pilot, lambda: app.list.complete)
        source.delay = 0.02
        before = len(source.id_requests)
        for _ in range(50):
            app.list.refresh_from()
        await settled(app, pilot)
        await asyncio.sleep(0)
        assert len(source.id_requests) - before <= 2


async def test_a_refresh_that_changes_nothing_paints_nothing() -> None:
    source = Source(range(100))
    async with opened(source) as (app, pilot):
        await until(pilot, lambda: app.list.complete)
        painted = app.list.painted
        app.list.refresh_from()
        await settled(app, pilot)
        assert app.list.painted == painted
