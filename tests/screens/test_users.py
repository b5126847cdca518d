"""Users: found, looked at, switched under the seed's rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from console.app import FrontdeskApp
from models.services import slices
from models.views import PeopleFilter, Person
from screens import people_counts
from screens.dialogs.confirm import ConfirmDialog
from screens.dialogs.menu import MenuDialog
from screens.inbox import InboxScreen
from screens.journal_words import values
from screens.people_views import SORT_WORDS
from screens.users import UsersScreen
from screens.widgets import user_list
from tests.screens.running import console, said, shown
from tests.screens.widgets.window_source import until


def users(app: FrontdeskApp) -> UsersScreen:
    screen = app.screen_stack[0]
    assert isinstance(screen, UsersScreen)
    return screen


def read(app: FrontdeskApp, user_id: int) -> Person:
    desk = app.services.desk
    assert desk is not None
    return desk.people.person(user_id)


async def choose(app: FrontdeskApp, pilot: Pilot[Any], *, admin: bool, paid: bool) -> int:
    """The cursor on somebody who is this."""
    desk = app.services.desk
    assert desk is not None
    rows = desk.people.rows(desk.people.ids().ids)
    row = next(row for row in rows if row.admin == admin and row.paid == paid)
    screen = users(app)
    await until(pilot, lambda: screen.people.select(row.id))
    await until(pilot, lambda: screen.person.person is not None and screen.person.person.row.id == row.id)
    return row.id


async def test_everybody_is_listed_with_a_page_beside(shape_file: Path) -> None:
    async with console(shape_file, "users") as (app, pilot):
        screen = users(app)
        desk = app.services.desk
        assert desk is not None
        await until(pilot, lambda: screen.people.complete)
        assert tuple(screen.people.ids) == desk.people.ids(limit=1000).ids
        await until(pilot, lambda: "All 60" in shown(app))
        await pilot.press("j")
        await until(pilot, lambda: screen.person.person and screen.person.person.row.id == screen.people.ids[1])
        assert "Access" in shown(app)
        assert "Journal" in shown(app)


async def test_search_as_it_is_typed(seed_file: Path) -> None:
    async with console(seed_file, "users") as (app, pilot):
        screen = users(app)
        desk = app.services.desk
        assert desk is not None
        await pilot.press("/")
        assert screen.focused is screen.query_one("#search", Input)
        await pilot.press(*"алексей")
        wanted = desk.people.ids(search="алексей").ids
        assert wanted
        await until(pilot, lambda: tuple(screen.people.ids) == wanted)
        await pilot.press(*"жжж")
        await until(pilot, lambda: "Nobody is called" in shown(app))
        await pilot.press("enter")
        assert screen.focused is screen.people
        await pilot.press("escape")
        await until(pilot, lambda: len(screen.people.ids) == 60)


async def test_filters_and_order(seed_file: Path) -> None:
    async with console(seed_file, "users") as (app, pilot):
        screen = users(app)
        desk = app.services.desk
        assert desk is not None
        counts = list(desk.people.counts().values())
        for number in (2, 3, 4, 5):
            await pilot.press(str(number))
            await until(pilot, lambda number=number: len(screen.people.ids) == counts[number - 1])
        await pilot.press("1", "]")
        await until(pilot, lambda: len(screen.people.ids) == counts[1])
        await pilot.press("[", "[")
        await until(pilot, lambda: screen.people.started and len(screen.people.ids) == counts[-1])
        assert "Nobody has to renew" in shown(app)
        await pilot.press("0")
        await until(pilot, lambda: isinstance(app.screen, MenuDialog))
        assert "Refunded, has access" in shown(app)
        await pilot.press("3")
        await until(pilot, lambda: len(screen.people.ids) == counts[2])
        await pilot.press("1")
        for sort, words in list(SORT_WORDS.items())[1:]:
            await pilot.press("o")
            wanted = desk.people.ids(sort=sort).ids
            await until(pilot, lambda wanted=wanted: tuple(screen.people.ids) == wanted)
            assert words in said(app)


async def test_an_admin_is_always_paid(seed_file: Path) -> None:
    async with console(seed_file, "users") as (app, pilot):
        chosen = await choose(app, pilot, admin=True, paid=True)
        screen = users(app)
        assert "users.paid" in screen.here()[1]
        await pilot.press("P")
        await pilot.pause()
        assert app.screen is screen
        await until(pilot, lambda: "always paid" in said(app))
        assert read(app, chosen).row.paid


async def test_making_an_admin_makes_paid_and_the_last_admin_stays(seed_file: Path) -> None:
    async with console(seed_file, "users") as (app, pilot):
        only = await choose(app, pilot, admin=True, paid=True)
        await pilot.press("A")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("tab", "enter")
        await until(pilot, lambda: "last admin" in said(app) or "no admin any more" in said(app))
        assert read(app, only).row.admin == ("last admin" in said(app))
        chosen = await choose(app, pilot, admin=False, paid=False)
        await pilot.press("A")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        assert "admin: no → yes" in shown(app)
        assert "paid: no → yes" in shown(app)
        await pilot.press("right", "enter")
        await until(pilot, lambda: read(app, chosen).row.admin)
        assert read(app, chosen).row.paid


async def test_esc_leaves_the_question_without_an_answer(seed_file: Path) -> None:
    async with console(seed_file, "users") as (app, pilot):
        chosen = await choose(app, pilot, admin=False, paid=True)
        await pilot.press("P")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        assert "Take paid access away?" in shown(app)
        assert str(read(app, chosen).row.telegram_id) in shown(app)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is users(app))
        assert read(app, chosen).row.paid


async def test_read_only_keys_are_dim_and_say_why(seed_file: Path) -> None:
    async with console(seed_file, "users", read_only=True) as (app, pilot):
        await choose(app, pilot, admin=False, paid=False)
        assert {"users.paid", "users.admin"} <= users(app).here()[1]
        await pilot.press("P")
        await until(pilot, lambda: "read-only" in said(app))
        assert app.screen is users(app)


async def test_from_the_page_to_the_thread_and_back(seed_file: Path) -> None:
    async with console(seed_file, "users", size=(80, 24)) as (app, pilot):
        screen = users(app)
        await until(pilot, lambda: screen.person.person is not None)
        await pilot.press("enter")
        assert screen.has_class("-reading")
        await until(pilot, lambda: "dashboard access" in shown(app))
        await pilot.press("escape")
        assert not screen.has_class("-reading")
        assert screen.focused is screen.people
        await pilot.press("enter", "enter")
        await until(pilot, lambda: isinstance(app.screen, InboxScreen))
        await pilot.press("f3")
        await until(pilot, lambda: app.screen is screen)
        await pilot.press("f2")
        inbox = app.screen
        await until(pilot, lambda: inbox._lead is not None)  # type: ignore[attr-defined]
        await pilot.press("w")
        await until(pilot, lambda: app.screen is screen and screen.focused is screen.person)
        await until(pilot, lambda: screen.people.current_id == inbox._lead.user_id)  # type: ignore[attr-defined]
        await pilot.press("escape", "escape")
        await until(pilot, lambda: app.screen is inbox)


async def test_what_others_write_appears_without_moving_the_cursor(seed_file: Path) -> None:
    from models.services.desk import Desk

    async with console(seed_file, "users") as (app, pilot):
        chosen = await choose(app, pilot, admin=False, paid=False)
        other = Desk.open(str(seed_file), operator="colleague")
        other.access.set_paid(chosen, True)
        other.close()
        screen = users(app)
        await until(pilot, lambda: screen.people.current_row is not None and screen.people.current_row.paid)
        assert screen.people.current_id == chosen
        await until(pilot, lambda: "colleague" in shown(app))


async def test_every_size(seed_file: Path) -> None:
    async with console(seed_file, "users", size=(1, 1)) as (app, pilot):
        for size in [(1, 1), (10, 3), (39, 11), (40, 12), (60, 20), (99, 24), (100, 24), (200, 50), (20, 5)]:
            await pilot.resize_terminal(*size)
            await pilot.press("enter", "escape", "P", "escape", "escape")
        assert app.screen is users(app)


def test_the_journal_in_words() -> None:
    assert values('{"paid": false}', '{"paid": true}') == "paid: no → yes"
    assert (
        values('{"admin": false, "paid": false}', '{"admin": true, "paid": true}') == "admin: no → yes, paid: no → yes"
    )
    assert values("\x1b[2J", "[x") == "␛[2J → [x"
    assert values("[1]", '{"a": 1}') == '[1] → {"a": 1}'


async def test_counts_come_in_pieces_and_only_after_a_change(seed_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FIRST", "LEAST", "MOST"):
        monkeypatch.setattr(slices, name, 7)
    monkeypatch.setattr(people_counts, "PIECE", 0.0)
    monkeypatch.setattr(people_counts, "REST", 0.0)
    async with console(seed_file, "users") as (app, pilot):
        screen = users(app)
        desk = app.services.desk
        assert desk is not None
        expected = desk.people.counts()
        await until(pilot, lambda: screen._counts.known == expected)
        await until(pilot, lambda: not screen._counts._counting and "Never wrote" in shown(app))
        asked: list[PeopleFilter] = []
        monkeypatch.setattr(desk.people, "count", lambda filter, after, **_: asked.append(filter) or (0, None))
        await app.switch_mode("journal")
        await pilot.pause()
        await app.switch_mode("users")
        await pilot.pause()
        assert asked == []
        desk.access.set_admin(3, True)
        await until(pilot, lambda: len(asked) == len(expected))


async def test_a_rare_filter_is_looked_for_in_slices(seed_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FIRST", "LEAST", "MOST"):
        monkeypatch.setattr(slices, name, 3)
    monkeypatch.setattr(user_list, "PATIENCE", 0.0)
    async with console(seed_file, "users") as (app, pilot):
        screen = users(app)
        desk = app.services.desk
        assert desk is not None
        for filter in (PeopleFilter.PAID, PeopleFilter.NEVER_WROTE):
            wanted = desk.people.ids(filter=filter).ids
            screen.show_filter(filter)
            await until(pilot, lambda wanted=wanted: screen.people.complete and tuple(screen.people.ids) == wanted)
            await until(pilot, lambda wanted=wanted: screen.people.current_id in (wanted or (None,)))
            assert "looking" not in shown(app)
