"""The Outbox: what is known of each reply, and the choices it leaves."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text
from textual.widgets import Button

from console.app import FrontdeskApp
from models.rules.delivery import Choice, State, choices
from models.services.desk import Desk
from screens.dialogs.confirm import ConfirmDialog
from screens.inbox import InboxScreen
from screens.outbox import OutboxScreen
from screens.widgets.outbox_list import why_not
from tests.screens.running import console, said, shown
from tests.screens.widgets.test_row_lines import reply
from tests.screens.widgets.window_source import until

STATES = (State.QUEUED, State.SENDING, State.FAILED, State.UNKNOWN)


def fill(path: Path) -> dict[State, int]:
    """One reply in each open state; their ids."""
    desk = Desk.open(str(path), operator="tester")
    desk.upgrade()
    ids: dict[State, int] = {}
    from models.errors import Refused

    waiting = list(STATES)
    from models.views import View

    for conversation_id in desk.inbox.ids(View.ALL).ids:
        if not waiting:
            break
        try:
            made = desk.outbox.enqueue(conversation_id, f"reply in {waiting[0]} [b]", client_key=waiting[0])
        except Refused:
            continue
        ids[waiting.pop(0)] = made[0].id
    with desk.database.write() as session:
        for state, id in ids.items():
            session.execute(text("UPDATE console_outbox SET state = :s WHERE id = :i"), {"s": state.value, "i": id})
        why = "error = 'Forbidden: bot was blocked', error_code = 403"
        session.execute(text(f"UPDATE console_outbox SET {why} WHERE state = 'failed'"))
        session.execute(
            text("UPDATE console_outbox SET lease_until = '2099-01-01 00:00:00.000000' WHERE state = 'sending'")
        )
    desk.close()
    return ids


def outbox(app: FrontdeskApp) -> OutboxScreen:
    screen = app.screen_stack[0]
    assert isinstance(screen, OutboxScreen)
    return screen


def state_of(app: FrontdeskApp, id: int) -> State:
    desk = app.services.desk
    assert desk is not None
    return desk.outbox.get(id).state


async def test_an_empty_outbox_says_something_useful(seed_file: Path) -> None:
    async with console(seed_file, "outbox") as (app, pilot):
        await until(pilot, lambda: "every reply was delivered" in shown(app))
        await pilot.press("D", "R", "X", "enter", "j", "G")
        await until(pilot, lambda: "No reply is chosen" in said(app))
        assert app.screen is outbox(app)


async def test_each_state_is_told_in_words(seed_file: Path) -> None:
    ids = fill(seed_file)
    async with console(seed_file, "outbox") as (app, pilot):
        await until(pilot, lambda: "reply in queued [b]" in shown(app))
        assert "4 replies not delivered yet" in shown(app)
        outbox(app).show_reply(ids[State.UNKNOWN])
        await until(pilot, lambda: "Telegram did not answer: it may have arrived" in shown(app))
        outbox(app).show_reply(ids[State.FAILED])
        await until(pilot, lambda: "Forbidden: bot was blocked (403)" in shown(app))
        await until(pilot, lambda: "No request for it was ever started" in shown(app))


@pytest.mark.parametrize("state", STATES)
async def test_only_what_the_rules_allow_is_offered(seed_file: Path, state: State) -> None:
    ids = fill(seed_file)
    async with console(seed_file, "outbox") as (app, pilot):
        screen = outbox(app)
        await until(pilot, lambda: screen.replies.select(ids[state]) and screen.replies.current_row is not None)
        dim = screen.here()[1]
        for choice in Choice:
            assert (f"outbox.{choice.value}" in dim) == (choice not in choices(state))
        keys = {Choice.DELIVERED: "D", Choice.RETRY: "R", Choice.CANCEL: "X"}
        for choice, key in keys.items():
            if choice not in choices(state):
                await pilot.press(key)
                await pilot.pause()
                assert app.screen is screen
                assert why_not(choice, screen.replies.current_row) in said(app)
        assert state_of(app, ids[state]) is state


async def test_send_again_of_what_may_have_arrived_asks_first(seed_file: Path) -> None:
    ids = fill(seed_file)
    async with console(seed_file, "outbox") as (app, pilot):
        screen = outbox(app)
        await until(pilot, lambda: screen.replies.select(ids[State.UNKNOWN]) and screen.replies.current_row is not None)
        await pilot.press("R")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        assert "may arrive twice" in shown(app)
        assert isinstance(app.focused, Button)
        assert app.focused.id == "cancel"
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is screen)
        assert state_of(app, ids[State.UNKNOWN]) is State.UNKNOWN
        await pilot.press("R")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("right", "enter")
        await until(pilot, lambda: state_of(app, ids[State.UNKNOWN]) is State.QUEUED)


async def test_send_again_of_a_refused_one_needs_no_question(seed_file: Path) -> None:
    ids = fill(seed_file)
    async with console(seed_file, "outbox") as (app, pilot):
        screen = outbox(app)
        await until(pilot, lambda: screen.replies.select(ids[State.FAILED]) and screen.replies.current_row is not None)
        await pilot.press("R")
        await until(pilot, lambda: state_of(app, ids[State.FAILED]) is State.QUEUED)


async def test_it_arrived_writes_the_row_and_the_reply_leaves_the_list(shape_file: Path) -> None:
    ids = fill(shape_file)
    async with console(shape_file, "outbox") as (app, pilot):
        screen = outbox(app)
        await until(pilot, lambda: screen.replies.select(ids[State.UNKNOWN]) and screen.replies.current_row is not None)
        await pilot.press("D")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("right", "enter")
        await until(pilot, lambda: state_of(app, ids[State.UNKNOWN]) is State.SENT)
        desk = app.services.desk
        assert desk is not None
        assert desk.outbox.get(ids[State.UNKNOWN]).message_id is not None
        await pilot.press("k")
        await until(pilot, lambda: ids[State.UNKNOWN] not in screen.replies.ids)


async def test_give_up(seed_file: Path) -> None:
    ids = fill(seed_file)
    async with console(seed_file, "outbox") as (app, pilot):
        screen = outbox(app)
        await until(pilot, lambda: screen.replies.select(ids[State.QUEUED]) and screen.replies.current_row is not None)
        await pilot.press("X")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("right", "enter")
        await until(pilot, lambda: state_of(app, ids[State.QUEUED]) is State.CANCELLED)
        await until(pilot, lambda: "Given up" in said(app))


async def test_enter_opens_the_conversation(seed_file: Path) -> None:
    fill(seed_file)
    async with console(seed_file, "outbox") as (app, pilot):
        await until(pilot, lambda: outbox(app).replies.current_row is not None)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, InboxScreen))
        await pilot.press("f4")
        await until(pilot, lambda: isinstance(app.screen, OutboxScreen))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, InboxScreen))


async def test_every_size(seed_file: Path) -> None:
    fill(seed_file)
    async with console(seed_file, "outbox", size=(1, 1)) as (app, pilot):
        for size in [(1, 1), (10, 3), (39, 13), (40, 14), (60, 20), (99, 24), (100, 24), (200, 50), (20, 5)]:
            await pilot.resize_terminal(*size)
            await pilot.press("G", "X", "escape", "g")
        assert isinstance(app.screen, OutboxScreen)


def test_every_state_has_a_reason_where_a_choice_is_not_offered() -> None:
    for state in State:
        for choice in Choice:
            assert (why_not(choice, reply(state=state)) is None) == (choice in choices(state))
    assert why_not(Choice.RETRY, None)
