"""The journal's screen: everything in full, searched and filtered, exported as it is shown; it holds hostile words."""

from __future__ import annotations

import csv
import json
import stat
from pathlib import Path

from textual.widgets import Input

from models.rules.clock import utc_now
from models.services.desk import Desk
from models.views import JournalEntry, JournalFilter
from screens.dialogs.menu import MenuDialog
from screens.journal import JournalScreen
from screens.journal_words import act, changes, facts
from screens.users import UsersScreen
from screens.widgets.journal_list import columns, heading, paint
from screens.widgets.row_lines import Look, cells_of
from tests.conftest import FixedClock
from tests.screens.bought import people_who_paid
from tests.screens.running import console, said, shown
from tests.screens.widgets.window_source import until


async def test_search_filters_and_export(owned_file: Path, tmp_path: Path) -> None:
    ids = people_who_paid(owned_file, FixedClock(utc_now()))
    other = Desk.open(str(owned_file), operator="oleg")
    other.endings.revoke(ids["Анна"], "\x1b[31mher [b]wish[/b]\x07")
    other.close()
    async with console(owned_file, "journal") as (app, pilot):
        screen, desk = app.screen, app.services.desk
        assert isinstance(screen, JournalScreen)
        assert desk is not None
        everything = desk.journal.ids().ids
        await until(pilot, lambda: tuple(screen.entries.ids) == everything and screen.entry is not None)
        await until(pilot, lambda: "why  ␛[31mher [b]wish[/b]␇" in shown(app))
        assert "before → after" in shown(app)
        await pilot.press("/", *"ав 1")  # Cyrillic look-alikes of AB-1
        wanted = desk.journal.ids(JournalFilter(search="AB-1")).ids
        await until(pilot, lambda: tuple(screen.entries.ids) == wanted)
        await pilot.press("enter")
        await until(pilot, lambda: "receipt AB-1" in shown(app))
        await pilot.press("y")
        assert app.clipboard == "AB-1"
        await pilot.press("w", "escape")
        await until(pilot, lambda: tuple(screen.entries.ids) == everything)
        assert screen.query_one("#search", Input).value == ""
        await pilot.press("g", "w")
        await until(
            pilot, lambda: tuple(screen.entries.ids) == desk.journal.ids(JournalFilter(user_id=ids["Анна"])).ids
        )
        await until(pilot, lambda: "only Анна Ёлкина" in shown(app))
        await pilot.press("w", "W")
        await until(pilot, lambda: isinstance(app.screen, MenuDialog))
        assert "oleg" in shown(app)
        await pilot.press("2")
        await until(pilot, lambda: len(screen.entries.ids) == 1)
        await pilot.press("escape", "3")
        await until(pilot, lambda: 1 < len(screen.entries.ids) < len(everything))
        shown_ids = list(screen.entries.ids)[::-1]
        for key, ending in (("1", "jsonl"), ("2", "csv")):
            await pilot.press("E")
            await until(pilot, lambda: isinstance(app.screen, MenuDialog))
            await pilot.press(key)
            await until(pilot, lambda: "Exported to" in said(app))
            await until(pilot, lambda ending=ending: list((tmp_path / "home").rglob(f"*.{ending}")))
            [saved] = list((tmp_path / "home").rglob(f"*.{ending}"))
            assert stat.S_IMODE(saved.stat().st_mode) == 0o600
            await until(pilot, lambda saved=saved: saved.read_text("utf-8").count("\n") >= len(shown_ids))
            lines = saved.read_text("utf-8-sig").splitlines()
            as_csv = ending == "csv"
            records = list(csv.DictReader(lines, delimiter=";")) if as_csv else map(json.loads, lines)
            assert [int(record["id"]) for record in records] == shown_ids
        await pilot.press("2")
        await until(pilot, lambda: "No such entry" in shown(app))
        await pilot.press("1")
        await until(pilot, lambda: tuple(screen.entries.ids) == everything)
        await pilot.press("g", "enter")
        await until(pilot, lambda: isinstance(app.screen, UsersScreen))
        await until(pilot, lambda: app.screen.people.current_id == ids["Анна"])  # type: ignore[attr-defined]
        await pilot.press("escape", "escape")
        await until(pilot, lambda: app.screen is screen)
        for size in ((1, 1), (39, 13), (80, 24), (200, 50), (20, 5)):
            await pilot.resize_terminal(*size)
            await pilot.press("j", "k")


def entry(action: str, before: str = "{}", after: str = "{}", **more: object) -> JournalEntry:
    return JournalEntry(1, utc_now(), "vera", "test", action, before, after, None, **more)  # type: ignore[arg-type]


def test_in_words() -> None:
    assert act(entry("grant", tier="vip")) == "granted VIP"
    assert act(entry("revoke")) == "revoked the access"
    assert act(entry("repair.\x1b[x")) == "repair.␛[x"
    assert facts(entry("grant", tier="vip", receipt="R\n1")) == "receipt R 1 · for life"
    old = '{"paid": false, "enrollment": null}'
    new = '{"paid": true, "enrollment": {"tier": "vip", "expires_at": "2027-11-22T12:00:00Z"}, "processor": null}'
    assert changes(old, new) == ["paid: no → yes", "enrollment: none → VIP until 22 November 2027"]
    assert changes('{"a": [1]}', '{"b": {"tier": 5}}') == ["a: [1] → none", 'b: {"tier": 5}']
    assert changes('{"x": {"tier": "t", "expires_at": "soon"}}', "{}") == ["x: t soon → none"]
    assert changes("nonsense", "{}") == ["nonsense → {}"]


def test_every_width_is_filled_and_never_more() -> None:
    made = entry("grant", tier="vip", receipt="R" * 90, person_name="👩‍👩‍👧 " * 30)
    for width in range(1, 200):
        [line] = paint(made, Look(width, 1, utc_now()))
        assert cells_of(line) <= width
        assert len(heading(width)) <= width
        assert columns(width)
