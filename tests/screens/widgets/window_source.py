"""A list in memory, for the window list alone: an order, rows, a count of what was asked."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from textual.app import App, ComposeResult
from textual.content import Content
from textual.pilot import Pilot

from models.rules.clock import utc_now
from models.views import Cursor, IdPage
from screens.actions import Context, bindings
from screens.widgets.row_lines import Line, Look, fit
from screens.widgets.window_list import WindowList


@dataclass(frozen=True)
class Row:
    id: int
    words: str


class Source:
    """`order` is the truth; `delay` seconds pass before each answer, and nothing is answered before `gate` is set;
    pages hand out positions as cursors would."""

    def __init__(self, order: Sequence[int]) -> None:
        self.order = list(order)
        self.words: dict[int, str] = {}
        self.gone: set[int] = set()
        self.delay = 0.0
        self.gate: asyncio.Event | None = None
        self.id_requests: list[tuple[Cursor | None, int]] = []
        self.row_requests: list[list[int]] = []
        self.in_flight = self.most_in_flight = 0

    async def ids(self, after: Cursor | None, limit: int) -> IdPage:
        self.id_requests.append((after, limit))
        await self._wait()
        start = 0
        if after is not None:
            start = self.order.index(after.id) + 1 if after.id in self.order else int(after.key or 0)
        ids = self.order[start : start + limit]
        more = start + limit < len(self.order)
        return IdPage(tuple(ids), Cursor(start + limit, None, ids[-1]) if more else None)

    async def rows(self, ids: Sequence[int]) -> list[Row]:
        self.row_requests.append(list(ids))
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        await self._wait()
        self.in_flight -= 1
        return [Row(id, self.words.get(id, f"row {id}")) for id in ids if id not in self.gone]

    async def _wait(self) -> None:
        await asyncio.sleep(self.delay)
        if self.gate is not None:
            await self.gate.wait()

    def arrive(self, *ids: int) -> None:
        """These ids to the top, the last one highest."""
        for id in ids:
            if id in self.order:
                self.order.remove(id)
            self.order.insert(0, id)


class Plain(WindowList[Row]):
    def __init__(self, source: Source, *, idle: float = 60.0, height: int = 1, live: bool = True) -> None:
        super().__init__(utc_now, idle=idle, live=live, empty=Content("nothing here"), id="list")
        self.source = source
        self.height_wanted = height
        self.painted = 0

    async def load_ids(self, after: Cursor | None, limit: int) -> IdPage:
        return await self.source.ids(after, limit)

    async def load_rows(self, ids: Sequence[int]) -> Sequence[Row]:
        return await self.source.rows(ids)

    def paint(self, row: Row, look: Look) -> Sequence[Line]:
        self.painted += 1
        return [((fit(row.words, look.width), "name"),)]

    def lines_for(self, width: int, height: int) -> int:
        return self.height_wanted


class ListApp(App[None]):
    BINDINGS = bindings(Context.APP)
    CSS = "#list { width: 100%; height: 100%; }"

    def __init__(self, source: Source, **options: Any) -> None:
        super().__init__()
        self.list = Plain(source, **options)
        self.highlights: list[int | None] = []
        self.opens: list[int] = []
        self.counts: list[int] = []
        self.failures: list[BaseException] = []

    def compose(self) -> ComposeResult:
        yield self.list

    def failed(self, error: BaseException) -> None:
        self.failures.append(error)

    def on_window_list_highlighted(self, event: WindowList.Highlighted) -> None:
        self.highlights.append(event.row_id)

    def on_window_list_opened(self, event: WindowList.Opened) -> None:
        self.opens.append(event.row_id)

    def on_window_list_pending_changed(self, event: WindowList.PendingChanged) -> None:
        self.counts.append(event.count)

    def lines(self) -> list[str]:
        return [strip.text for strip in self.screen._compositor.render_strips()]


async def until(pilot: Pilot[Any], true: Callable[[], object], seconds: float = 45.0) -> None:
    """Waits for something with a deadline."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen"
        await pilot.pause(0.01)
