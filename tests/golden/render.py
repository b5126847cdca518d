"""A screen as plain lines: the same on every machine, whatever the clock, the zone and the speed."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from console.app import FrontdeskApp
from console.config import Settings
from console.telegram import Token
from console.wiring import LazyServices
from screens.reading import ReadingScreen
from screens.report import ReportScreen
from screens.search import SearchScreen
from screens.widgets.status_bar import State
from screens.widgets.thread import Thread
from screens.widgets.window_list import WindowList

#: The moment of every golden screen.
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
#: Nothing is ever sent from a golden screen: nothing listens there.
NOWHERE = "http://127.0.0.1:1"
_TOKEN = Token("123456:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")


def make_database(path: Path) -> None:
    """The demo's inbox as of NOW."""
    from console.demo.generate import generate
    from models.store.lifecycle import initialise

    initialise(path)
    generate(path, now=NOW)


class GoldenApp(FrontdeskApp):
    """Always live, with Telegram answering."""

    def state(self) -> State:
        found = super().state()
        return replace(found, age=None if found.age is None else 0.0, trouble=None)

    def _look_at_age(self) -> None:
        """A slow machine's picture is not old here."""


@contextmanager
def in_utc() -> Iterator[None]:
    """The local zone is UTC meanwhile."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "UTC"
    time.tzset()
    try:
        yield
    finally:
        if before is None:
            del os.environ["TZ"]
        else:
            os.environ["TZ"] = before
        time.tzset()


def lines_of(app: FrontdeskApp) -> list[str]:
    """What is on the screen, without trailing spaces."""
    strips = app.screen._compositor.render_strips()
    return ["".join(segment.text for segment in strip).rstrip() for strip in strips]


async def settled(app: FrontdeskApp, pause: Callable[[float], Any]) -> None:
    """Until nothing is loading and two looks see the same."""
    end = asyncio.get_running_loop().time() + 60
    before: list[str] = []
    calm = 0
    while calm < 4:
        assert asyncio.get_running_loop().time() < end, "\n".join(before)
        await pause(0.05)
        now = lines_of(app)
        calm = calm + 1 if now == before and _loaded(app) else 0
        before = now


def _loaded(app: FrontdeskApp) -> bool:
    if app.services.desk is None or app._seen is None:
        return False
    screen = app.screen_stack[0]
    if isinstance(screen, ReadingScreen) and screen.query_one(Thread).conversation_id != screen._wanted:
        return False
    if isinstance(screen, ReportScreen) and screen.report is None:
        return False
    if isinstance(screen, SearchScreen) and not screen.settled:
        return False
    return all(list.started for list in screen.query(WindowList))


async def draw(
    path: Path,
    size: tuple[int, int],
    keys: Sequence[str] = (),
    *,
    theme: str | None = None,
    read_only: bool = True,
    then: Callable[[FrontdeskApp], str] | None = None,
) -> str:
    """The screen after these keys, each pressed when all before has settled; or what `then` makes of the App."""
    settings = Settings(
        database=str(path),
        token=_TOKEN,
        telegram_api_url=NOWHERE,
        operator="vera",
        read_only=read_only,
        undo_seconds=600,
    )
    app = GoldenApp(LazyServices(settings, clock=lambda: NOW), theme=theme, clock=lambda: NOW)
    with in_utc():
        async with app.run_test(size=size, notifications=True, tooltips=True) as pilot:
            await settled(app, pilot.pause)
            for key in keys:
                await pilot.press(*(key.removeprefix("text:") if key.startswith("text:") else [key]))
                await settled(app, pilot.pause)
            made = then(app) if then is not None else "\n".join(lines_of(app)) + "\n"
            await app.services.stop()
    return made
