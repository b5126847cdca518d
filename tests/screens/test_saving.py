"""Files from the palette: a conversation as a page, each list as CSV, for their owner only."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from textual.widgets import Input

from screens.dialogs.save_as import SaveAs
from tests.screens.running import console, said
from tests.screens.widgets.window_source import until


async def test_lists_and_conversations_are_saved(
    seed_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with console(seed_file, "inbox") as (app, pilot):
        screen = app.screen
        await until(pilot, lambda: screen._lead is not None)  # type: ignore[attr-defined]
        await pilot.press("ctrl+p", *"one html")
        await until(
            pilot,
            lambda: (
                "Save this conversation as one HTML page"
                in str(app.screen.query("OptionList").first().get_option_at_index(0).prompt)
            ),
        )  # type: ignore[attr-defined]
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, SaveAs) and bool(app.screen.query(Input)))
        app.screen.query_one(Input).value = "page.html"
        await pilot.press("enter")
        page = tmp_path / "page.html"
        await until(pilot, lambda: page.exists() and "Written" in said(app))
        assert stat.S_IMODE(page.stat().st_mode) == 0o600
        assert page.read_text("utf-8").startswith("<!doctype html>")
        for mode in ("users", "outbox", "inbox"):
            app.action_mode(mode)
            await until(pilot, lambda mode=mode: app.current_mode == mode and app.screen.is_mounted)  # type: ignore[misc]
            _title, run = app.screen.savings()[0]  # type: ignore[attr-defined]
            run()
            await until(pilot, lambda: isinstance(app.screen, SaveAs) and bool(app.screen.query(Input)))
            name = app.screen.query_one(Input).value
            await pilot.press("enter")
            await until(pilot, lambda name=name: (tmp_path / name).exists())  # type: ignore[misc]
            assert (tmp_path / name).read_bytes().startswith(b"\xef\xbb\xbfid;")
            await until(pilot, lambda: len(app.screen_stack) == 1)
        # Another file is never written over.
        screen.savings()[1][1]()  # type: ignore[attr-defined]
        await until(pilot, lambda: isinstance(app.screen, SaveAs) and bool(app.screen.query(Input)))
        app.screen.query_one(Input).value = "page.html"
        before = page.read_bytes()
        await pilot.press("enter")
        await until(pilot, lambda: "can't be written" in said(app))
        assert page.read_bytes() == before
