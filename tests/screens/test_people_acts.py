"""Acts on the person under the cursor: drift mended, signed out, deleted, and who gave access in two keys."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from models.errors import NotFound
from models.services.desk import Desk
from models.services.sign_in import complete_authentication
from models.views import PeopleFilter
from screens.dialogs.confirm import ConfirmDialog
from screens.dialogs.grant_sheet import GrantSheet
from screens.journal import JournalScreen
from screens.users import UsersScreen
from tests.conftest import FixedClock
from tests.screens.bought import people_who_paid
from tests.screens.running import console, said, shown
from tests.screens.widgets.window_source import until


@pytest.fixture
def clock() -> FixedClock:
    """Now: the console asks the real clock."""
    from models.rules.clock import utc_now

    return FixedClock(utc_now())


async def choose(pilot: Pilot[Any], screen: UsersScreen, id: int) -> None:
    """The cursor on this person, whose row is read."""
    await until(pilot, lambda: screen.people.select(id))
    await until(pilot, lambda: (row := screen.person_here()) is not None and row.id == id)


async def test_drift_is_shown_with_its_reason_and_mended_by_one_key(owned_file: Path, clock: FixedClock) -> None:
    ids = people_who_paid(owned_file, clock)
    async with console(owned_file, "users", size=(140, 40)) as (app, pilot):
        screen, desk = app.screen, app.services.desk
        assert isinstance(screen, UsersScreen)
        assert desk is not None
        await until(pilot, lambda: "Paid, not enrolled 1" in shown(app))
        screen.show_filter(PeopleFilter.PAID_WITHOUT_ENROLLMENT)
        await until(pilot, lambda: list(screen.people.ids) == [ids["Vera"]])
        await until(pilot, lambda: "vera: a friend of the house" in shown(app))
        await until(pilot, lambda: "because: a friend of the house" in shown(app))
        await pilot.press("f")
        await until(pilot, lambda: isinstance(app.screen, GrantSheet))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        # Grants belong to the grant sheet; the others are asked about with what would change.
        for filter, name, title in (
            (PeopleFilter.EXPIRED_BUT_PAID, "Борис", "End the access that ran out?"),
            (PeopleFilter.ENROLLED_BUT_NOT_PAID, "Глеб", "Switch the access on again?"),
            (PeopleFilter.REFUNDED_WITH_ACCESS, "Дина", "Take paid access away?"),
        ):
            screen.show_filter(filter)
            await until(pilot, lambda name=name: list(screen.people.ids) == [ids[name]])
            await until(pilot, lambda name=name: screen.access_here() and screen.access_here().user_id == ids[name])
            before = desk.people.person(ids[name]).row.paid
            await pilot.press("f")
            await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
            assert title in shown(app)
            if filter is PeopleFilter.REFUNDED_WITH_ACCESS:
                await pilot.press("enter", "enter")
                assert isinstance(app.screen, ConfirmDialog)
                await until(pilot, lambda: "Say why" in shown(app) and isinstance(app.focused, Input))
                await until(pilot, lambda: not app.screen.query_one("#confirm").has_class("-active"))
                await pilot.press(*"agreed", "enter", "enter")
            else:
                assert "dashboard access: " in shown(app)
                assert app.focused is not None
                assert app.focused.id == "cancel"
                await pilot.press("right", "enter")
            await until(pilot, lambda name=name, before=before: desk.people.person(ids[name]).row.paid != before)
            await until(pilot, lambda: not len(screen.people.ids) or screen.people._gone is not None)
        assert desk.journal.page(user_id=ids["Дина"])[0].reason == "agreed"
        screen.show_filter(PeopleFilter.ALL)
        await choose(pilot, screen, ids["Анна"])
        await until(pilot, lambda: screen.access_here() is not None)
        assert "users.mend" in screen.here()[1]
        page = shown(app).replace("\u00a0", " ")
        for words in (
            "given by vera",
            "AB-1",
            "● VIP, for life",
            "completed: 38,000 ₽",
            "1 of 2 lessons",
            "stuck since",
        ):
            assert words in page, words


async def test_who_gave_access_in_two_keys(owned_file: Path, clock: FixedClock) -> None:
    ids = people_who_paid(owned_file, clock)
    async with console(owned_file, "users") as (app, pilot):
        screen = app.screen
        assert isinstance(screen, UsersScreen)
        await choose(pilot, screen, ids["Анна"])
        await pilot.press("w")
        await until(pilot, lambda: isinstance(app.screen, JournalScreen))
        await until(pilot, lambda: "granted VIP" in shown(app))
        journal = app.screen
        assert isinstance(journal, JournalScreen)
        await until(pilot, lambda: "noted a lesson" not in shown(app))
        await until(pilot, lambda: journal.entry is not None and journal.entry.receipt == "AB-1")
        for words in ("receipt AB-1", "who  vera", "where from  test", "only Анна Ёлкина", "paid: no → yes"):
            await until(pilot, lambda words=words: words in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen and screen.people.current_id == ids["Анна"])


async def test_a_session_ends_and_its_token_is_never_shown(owned_file: Path, clock: FixedClock) -> None:
    ids = people_who_paid(owned_file, clock)
    desk = Desk.open(str(owned_file), operator="x")
    complete_authentication(desk.database, ids["Ева"], "f00dcafe" * 4)
    desk.close()
    async with console(owned_file, "users") as (app, pilot):
        screen = app.screen
        assert isinstance(screen, UsersScreen)
        await choose(pilot, screen, ids["Ева"])
        await until(pilot, lambda: screen.person.person is not None and screen.person.person.has_session_token)
        await until(pilot, lambda: "✓ signed in on the web" in shown(app))
        await pilot.press("S")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        assert "f00dcafe" not in shown(app)
        await pilot.press("right", "enter")
        await until(pilot, lambda: "is signed out" in said(app))
        await until(pilot, lambda: "never signed in" in shown(app))


async def test_deletion_asks_for_the_name_and_saves_first(owned_file: Path, clock: FixedClock, tmp_path: Path) -> None:
    ids = people_who_paid(owned_file, clock)
    async with console(owned_file, "users", size=(120, 40)) as (app, pilot):
        screen, desk = app.screen, app.services.desk
        assert isinstance(screen, UsersScreen)
        assert desk is not None
        await choose(pilot, screen, ids["Анна"])
        await pilot.press("F")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        page = " ".join(shown(app).split())
        assert "1 payment" in page
        assert "progress in 2 lessons" in page
        assert isinstance(app.focused, Input)
        await pilot.press(*"Anna", "enter", "enter")
        await until(pilot, lambda: "That is not" in shown(app) and isinstance(app.focused, Input))
        # A button that was just pressed takes no second press for a fifth of a second.
        await until(pilot, lambda: not app.screen.query_one("#confirm").has_class("-active"))
        assert isinstance(app.focused, Input)
        app.focused.value = "Анна  Ёлкина"
        await pilot.press("enter", "enter")
        await until(pilot, lambda: "is deleted" in said(app))
        with pytest.raises(NotFound):
            desk.people.person(ids["Анна"])
        [saved] = list((tmp_path / "home").rglob("person-*.json"))
        assert stat.S_IMODE(saved.stat().st_mode) == 0o600
        await until(pilot, lambda: "All of it is saved in" in shown(app))
        kept = json.loads(saved.read_text("utf-8"))
        assert kept["users"][0]["first_name"] == "Анна"
        assert kept["payments"][0]["transaction_id"] == "AB-1"
        assert len(kept["lesson_progress"]) == 2
        assert [entry.action for entry in desk.journal.page(user_id=ids["Анна"])][0] == "delete"
        await until(pilot, lambda: ids["Анна"] not in screen.people.ids or screen.people._gone == ids["Анна"])
