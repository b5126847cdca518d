"""Access by a list: pasted, mended in place, granted after its count was typed, reported."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from textual import events
from textual.widgets import Input

from models.rules.clock import utc_now
from models.services.desk import Desk
from models.services.sign_in import conversation_of, find_or_create_user
from models.views.access import GrantOrder, LineState
from screens.dialogs.grant_lines import CountDialog, LineDialog, SaveDialog, WhoDialog
from screens.inbox import InboxScreen
from tests.screens.running import console, said, shown
from tests.screens.test_granting import PRICE, SOLD, desk_of
from tests.screens.widgets.window_source import until


def people(path: Path) -> None:
    """p1 … p6 with conversations, twice @same, and a receipt that was used."""
    desk = Desk.open(str(path), operator="boris")
    names = [*(f"p{number}" for number in range(1, 7)), "same", "Same"]
    made = [find_or_create_user(desk.database, 100 + at, username=name) for at, name in enumerate(names)]
    with desk.database.write() as session:
        for user in made:
            conversation_of(session, desk.features, utc_now, user)
    desk.grants.grant(GrantOrder(made[5], "basic", PRICE, "USED-1"))
    desk.close()


LIST = """кто;тариф;сумма;чек
@p1;vip;38 000 ₽;R-1
@p2;basic;9000;R-2
@same;vip;38000;R-3
@p3;vip;38000;r 1
@p4;gold;38000;R-5
@p5;vip;38000;used 1
@p6;basic;9000;R-7
"""


async def test_a_list_is_pasted_mended_granted_and_reported(owned_file: Path, tmp_path: Path) -> None:
    people(owned_file)
    async with console(owned_file, "inbox", presets=SOLD) as (app, pilot):
        await pilot.press("L")
        await until(pilot, lambda: app.screen.id == "grants" and app.focused is app.screen.query_one("#lines"))
        screen: Any = app.screen
        app.focused.post_message(events.Paste(LIST))  # type: ignore[union-attr]
        await until(pilot, lambda: len(screen.rows) == 7)

        def states() -> list[str]:
            return [row.state.value for row in screen.rows]

        assert states() == ["new", "new", "two", "duplicate", "wrong", "like", "renewal"]
        assert "1 several people match" in shown(app)
        await until(pilot, lambda: screen.table.cursor_row == 2)
        # Whom the line means: the second of the two.
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, WhoDialog))
        assert "@Same" in shown(app)
        await pilot.press("j", "enter")
        await until(pilot, lambda: screen.rows[2].state is LineState.NEW)
        second = desk_of(app).people.matches("@same")[1]
        assert screen.rows[2].user_id == second.id
        # The cursor went on by itself to what waits; this one is left out, and may come back.
        await until(pilot, lambda: screen.table.cursor_row == 3)
        assert "an earlier line has this receipt" in shown(app)
        await pilot.press("X")
        await until(pilot, lambda: screen.rows[3].state is LineState.LEFT and screen.table.cursor_row == 4)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, LineDialog))
        app.screen.query_one(Input).value = "@p4, vip, 38000, R-5"
        await pilot.press("enter")
        await until(pilot, lambda: screen.rows[4].state is LineState.NEW and screen.table.cursor_row == 5)
        # A receipt that looks like a used one takes a reason.
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, LineDialog))
        assert "A receipt like this, USED-1" in shown(app)
        await pilot.press(*"other bank", "enter")
        await until(pilot, lambda: screen.rows[5].state is LineState.NEW)
        # The count is typed, a wrong one grants nothing.
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, CountDialog))
        assert "6 grants, 170,000\u00a0₽" in shown(app)
        await pilot.press("7", "enter")
        await until(pilot, lambda: "That is not 6" in shown(app))
        await pilot.press("backspace", "6", "enter")
        await until(pilot, lambda: "6 granted" in said(app))
        assert shown(app).count("✓ granted") == 6
        journal = desk_of(app).journal.page()
        assert [(entry.receipt, entry.reason) for entry in journal] == [
            ("R-7", None), ("used 1", "other bank"), ("R-5", None), ("R-3", None), ("R-2", None), ("R-1", None),
            ("USED-1", None),
        ]  # fmt: skip
        assert len(desk_of(app).outbox.list()) == 6
        # The report.
        await pilot.press("E")
        await until(pilot, lambda: isinstance(app.screen, SaveDialog))
        report = tmp_path / "report.csv"
        app.screen.query_one(Input).value = str(report)
        await pilot.press("enter")
        await until(pilot, lambda: "Saved:" in said(app))
        assert report.stat().st_mode & 0o777 == 0o600
        with report.open(encoding="utf-8-sig", newline="") as file:
            saved = list(csv.DictReader(file, delimiter=";"))
        assert [line["granted"] for line in saved] == ["yes", "yes", "yes", "no", "yes", "yes", "yes"]
        assert (saved[3]["state"], saved[2]["user_id"]) == ("left", str(second.id))
        await pilot.press("E")
        await until(pilot, lambda: isinstance(app.screen, SaveDialog))
        app.screen.query_one(Input).value = str(report)
        await pilot.press("enter")
        await until(pilot, lambda: "can't be written" in said(app))
        # What is granted is granted: the text keeps the rest, and the same list again grants nobody.
        await pilot.press("escape")
        assert screen.lines.text == "# @p3;vip;38000;r 1"
        path = tmp_path / "list.csv"
        path.write_text(LIST, "utf-8")
        screen.lines.text = str(path)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: len(screen.rows) == 7)
        assert states() == ["done", "done", "two", "duplicate", "wrong", "done", "done"]
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "No line can be granted" in said(app))
        for size in [(1, 1), (20, 5), (39, 11), (80, 24), (200, 50)]:
            await pilot.resize_terminal(*size)
        await pilot.press("escape")
        await until(pilot, lambda: not screen.has_class("-table"))
        screen.lines.text = ""
        screen.lines.focus()
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "paste a list" in said(app))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, InboxScreen))
