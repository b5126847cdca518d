"""The whole console on a real file, for the tests of its screens."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from textual.pilot import Pilot
from textual.widgets import Static

from console.app import FrontdeskApp
from console.config import Settings
from console.wiring import LazyServices
from tests.conftest import with_our_tables
from tests.screens.widgets.window_source import until


def lines(app: FrontdeskApp) -> list[str]:
    """The screen as text."""
    return [strip.text for strip in app.screen._compositor.render_strips()]


def shown(app: FrontdeskApp) -> str:
    return "\n".join(lines(app))


def said(app: FrontdeskApp) -> str:
    """The status line."""
    return str(app.screen_stack[0].query_one("#state", Static).visual)


@contextmanager
def lasting() -> Iterator[None]:
    """What the console says stays on the screen: a busy machine may look for it late."""
    with patch("screens.widgets.status_bar.SAID", 600.0), patch.object(FrontdeskApp, "NOTIFICATION_TIMEOUT", 600.0):
        yield


@asynccontextmanager
async def console(
    path: Path,
    mode: str,
    *,
    size: tuple[int, int] = (120, 36),
    read_only: bool = False,
    theme: str | None = None,
    **more: Any,
) -> AsyncIterator[tuple[FrontdeskApp, Pilot[Any]]]:
    """The console with our tables in the file, on one of its screens, its list loaded; `more` settings."""
    if not read_only:
        with_our_tables(path)
    services = LazyServices(Settings(database=str(path), operator="tester", read_only=read_only, **more))
    app = FrontdeskApp(services, theme=theme)
    with lasting():
        async with app.run_test(size=size, notifications=True, tooltips=True) as pilot:
            await until(pilot, lambda: services.desk is not None)
            keys = {"inbox": "f2", "users": "f3", "outbox": "f4", "journal": "f5", "report": "f6", "payments": "f7"}
            await pilot.press(keys[mode])
            list_id = {
                "inbox": "#list",
                "users": "#people",
                "outbox": "#replies",
                "journal": "#entries",
                "report": "#people-behind",
                "payments": "#payments-list",
            }[mode]
            await until(pilot, lambda: bool(app.screen.query(list_id)) and app.screen.query_one(list_id).started)  # type: ignore[attr-defined]
            yield app, pilot
