"""Report: its pictures, its periods, who is behind a bar; counting while somebody looks on."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import pytest

from console.app import FrontdeskApp
from models.services import report_count
from models.views.report import Behind, Picture
from screens import report as report_screen
from screens.report import ReportScreen
from screens.report_words import TITLES
from screens.widgets.behind_lists import ConversationsBehind, PeopleBehind
from tests.screens.running import console, lines, shown
from tests.screens.widgets.window_source import until
from tests.seed import raw


@pytest.fixture
def talked(seed_file: Path) -> Path:
    """Messages of today and yesterday, an operator's answer, a name that would be markup."""
    raw.write(
        seed_file,
        "DELETE FROM messages WHERE conversation_id = 9",
        "UPDATE users SET admin = 0 WHERE id = (SELECT user_id FROM conversations WHERE id = 9)",
        "INSERT INTO messages (conversation_id, user_id, body, direction, created_at, updated_at)"
        " SELECT id, user_id, 'x', 0, datetime('now', '-26 hours'), datetime('now') FROM conversations WHERE id <= 9",
        "INSERT INTO messages (conversation_id, user_id, body, direction, created_at, updated_at)"
        " SELECT id, NULL, 'x', 1, datetime('now', '-25 hours'), datetime('now') FROM conversations WHERE id <= 4",
        "UPDATE users SET first_name = '[red]x[/]' WHERE id = 3",
    )
    return seed_file


def report(app: FrontdeskApp) -> ReportScreen:
    screen = app.screen_stack[0]
    assert isinstance(screen, ReportScreen)
    return screen


async def test_pictures_periods_and_who_is_behind_a_bar(talked: Path) -> None:
    async with console(talked, "report", size=(80, 24)) as (app, pilot):
        screen = report(app)
        await until(pilot, lambda: screen.report is not None and "9 in · 4 out" in shown(app))
        for number, picture in enumerate(Picture, 1):
            await pilot.press(str(number))
            await until(pilot, lambda title=TITLES[picture]: f"{title} · " in lines(app)[1])
        await pilot.press("]")
        await until(pilot, lambda: "Messages · " in lines(app)[1])
        assert len(screen.report.days) == 30  # type: ignore[union-attr]
        await pilot.press("+")
        await until(pilot, lambda: len(screen.report.days) == 90)  # type: ignore[union-attr]
        await pilot.press("_", "_")
        await until(pilot, lambda: len(screen.report.days) == 7)  # type: ignore[union-attr]
        until_day = screen.report.until  # type: ignore[union-attr]
        await pilot.press("<")
        await until(pilot, lambda: (until_day - screen.report.until).days == 7)  # type: ignore[union-attr]
        await pilot.press(">", ">")
        await until(pilot, lambda: screen.report.until == until_day)  # type: ignore[union-attr]
        # The conversations behind yesterday, one of them opened.
        await pilot.press("1", "g")
        await until(pilot, lambda: screen.bars.current is not None)
        while "9 in" not in screen.bars.current.figures:  # type: ignore[union-attr]
            await pilot.press("j")
        await pilot.press("enter")
        behind = screen.query_one(ConversationsBehind)
        await until(pilot, lambda: list(behind.ids) == [9, 8, 7, 6, 5, 4, 3, 2, 1])
        await until(pilot, lambda: "[red]x[/]" in shown(app))
        assert "9 in · 4 out" in lines(app)[2]
        await pilot.press("j", "escape")
        assert screen.focused is screen.bars
        await pilot.press("enter")
        await until(pilot, lambda: behind.current_row is not None and screen.focused is behind)
        await pilot.press("enter")
        await until(pilot, lambda: app.screen_stack[0].id == "inbox")
        # People behind a step of the funnel.
        await pilot.press("f6", "6")
        await until(pilot, lambda: "Funnel · " in shown(app))
        await pilot.press("enter")
        people = screen.query_one(PeopleBehind)
        await until(pilot, lambda: people.started and people.current_row is not None)
        await pilot.press("enter")
        await until(pilot, lambda: app.screen_stack[0].id == "users")


async def test_wide_every_picture_stands_beside_and_counting_shows_how_far_it_is(talked: Path) -> None:
    with patch.object(report_count, "BATCH", 5), patch.object(report_screen, "PATIENCE", 0.0):
        async with console(talked, "report", size=(200, 50), read_only=True) as (app, pilot):
            screen = report(app)
            await until(pilot, lambda: screen.report is not None)
            await until(pilot, lambda: all(f"{at} {TITLES[each]}" in shown(app) for at, each in enumerate(Picture, 1)))
            assert not screen.has_class("-counting")
            assert not screen.report.kept  # type: ignore[union-attr]
            await pilot.click("#card-scores")
            await until(pilot, lambda: "Scores · " in shown(app))
            desk = app.services.desk
            assert desk is not None
            wanted = desk.report.behind(Behind(Picture.SCORES, name="ready")).ids
            await pilot.press("enter")
            await until(pilot, lambda: tuple(screen.query_one(ConversationsBehind).ids) == wanted)


async def test_an_empty_database_says_so(owned_file: Path) -> None:
    async with console(owned_file, "report", size=(40, 14)) as (app, pilot):
        screen = report(app)
        await until(pilot, lambda: screen.report is not None)
        await pilot.press("2")
        await until(pilot, lambda: "Nobody was answered" in shown(app))
        await pilot.press("enter", "9")
        await until(pilot, lambda: "Nobody has begun a lesson" in shown(app))
        await pilot.press("enter", "j", "G", "escape")
        assert screen.focused is screen.bars
