"""A list of what few rows among many pass: it says that it is looking, and shows what is found so far."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from models.views import Cursor, IdPage
from screens.widgets import window_refresh
from tests.screens.widgets.window_source import ListApp, Source, until

SLICE = 100


class Rare(Source):
    """`order` is what passes of so many rows; a page ends after SLICE of them, and waits for `steps`."""

    def __init__(self, order: Sequence[int], many: int) -> None:
        super().__init__(order)
        self.many = many
        self.steps = 1

    async def ids(self, after: Cursor | None, limit: int) -> IdPage:
        start = 0 if after is None else after.id
        while self.steps <= 0:
            await asyncio.sleep(0.01)
        self.steps -= 1
        end = start + SLICE
        ids = tuple(id for id in self.order if start <= id < end)
        page = IdPage(ids, Cursor(None, None, end), SLICE)
        return page if end < self.many else replace(page, next=None, walked=0)


async def test_it_says_that_it_is_looking_until_the_first_are_found() -> None:
    source = Rare([320, 330, 680], 800)
    app = ListApp(source)
    async with app.run_test(size=(40, 12)) as pilot:
        await until(pilot, lambda: "looking… 100" in app.lines()[0])
        assert "nothing here" not in "\n".join(app.lines())
        source.steps = 2
        await until(pilot, lambda: "looking… 300" in app.lines()[0])
        assert app.list.current_id is None
        source.steps = 1
        await until(pilot, lambda: app.lines()[0].startswith("▌row 320"))
        assert "looking… 400" in app.lines()[0]
        await until(pilot, lambda: app.highlights == [None, 320])
        await pilot.press("j")
        source.steps = 100
        await until(pilot, lambda: app.list.complete and app.lines()[2].startswith(" row 680"))
        assert "looking" not in app.lines()[0]
        assert (app.list.current_id, list(app.list.ids)) == (330, source.order)


async def test_nothing_is_said_to_be_there_only_when_that_is_certain() -> None:
    source = Rare([], 300)
    app = ListApp(source)
    async with app.run_test(size=(40, 12)) as pilot:
        await until(pilot, lambda: "looking… 100" in app.lines()[0])
        assert "nothing here" not in "\n".join(app.lines())
        source.steps = 100
        await until(pilot, lambda: "nothing here" in "\n".join(app.lines()))
        assert "looking" not in app.lines()[0]


async def test_a_change_reads_them_again_with_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window_refresh, "REST", 0.001)
    source = Rare([320, 680], 800)
    source.steps = 1000
    app = ListApp(source)
    async with app.run_test(size=(40, 12)) as pilot:
        await until(pilot, lambda: app.list.complete)
        app.list.stable = False
        source.order = [120, 320, 780]
        app.list.refresh_from()
        await until(pilot, lambda: list(app.list.ids) == source.order)
        assert app.list.current_id == 320
