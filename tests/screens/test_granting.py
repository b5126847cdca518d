"""Giving and taking access on the screen: the grant sheet, its refusals, undo, revoke."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.widgets import Button, Input

from console.app import FrontdeskApp
from models.rules.access_presets import Presets
from models.rules.clock import utc_now
from models.rules.expiry import Term
from models.rules.money import Money
from models.services.desk import Desk
from models.services.recording import record_incoming
from models.views import View
from models.views.access import GrantOrder, PersonAccess
from screens.dialogs.expired import ExpiredDialog
from screens.dialogs.grant_sheet import GrantSheet
from screens.dialogs.revoke import RevokeDialog
from screens.widgets.choice_row import ChoiceRow
from screens.widgets.preset_input import PresetInput
from tests.screens.running import console, said, shown
from tests.screens.widgets.window_source import until

PRICE = Money(Decimal(38000))
SOLD = Presets(prices={"vip": (PRICE, Money(Decimal(400), "USD")), "basic": (Money(Decimal(9000)),)},
               terms={"vip": (Term(months=12),)})  # fmt: skip


def desk_of(app: FrontdeskApp) -> Desk:
    assert app.services.desk is not None
    return app.services.desk


def access(app: FrontdeskApp, user_id: int) -> PersonAccess:
    return desk_of(app).people_access.of(user_id)


def write(path: Path, conversation_id: int, *bodies: str) -> int:
    """The person of this conversation writes; returns who."""
    desk = Desk.open(str(path), operator="webhook")
    try:
        user_id = desk.inbox.lead(conversation_id).user_id
        for body in bodies:
            with desk.database.write() as session:
                record_incoming(
                    session, desk.features, utc_now, conversation_id=conversation_id, user_id=user_id, body=body,
                    telegram_message_id=None,
                )  # fmt: skip
        return user_id
    finally:
        desk.close()


def unpaid(path: Path) -> int:
    """A conversation of somebody without access."""
    desk = Desk.open(str(path), operator="webhook")
    try:
        rows = desk.inbox.rows(desk.inbox.ids(View.ALL).ids)
        return next(row.id for row in rows if not row.paid and not row.admin and row.telegram_id)
    finally:
        desk.close()


async def on(app: FrontdeskApp, pilot: Pilot[Any], conversation_id: int) -> None:
    """The inbox's cursor on this conversation, its thread read."""
    screen: Any = app.screen
    await until(pilot, lambda: screen.conversations.select(conversation_id))
    await until(pilot, lambda: screen._lead is not None and screen._lead.conversation_id == conversation_id)


async def sheet(app: FrontdeskApp, pilot: Pilot[Any], key: str = "a") -> GrantSheet:
    await pilot.press(key)
    await until(pilot, lambda: isinstance(app.screen, GrantSheet) and app.screen._offer is not None)
    assert isinstance(app.screen, GrantSheet)
    return app.screen


def value(dialog: GrantSheet, id: str) -> str | None:
    return dialog.query_one(f"#{id}", ChoiceRow | PresetInput).value


async def test_a_grant_in_three_keys_and_its_undo(seed_file: Path) -> None:
    conversation_id = unpaid(seed_file)
    async with console(seed_file, "inbox", presets=SOLD) as (app, pilot):
        user = write(seed_file, conversation_id, "Оплатила, чек № 4711-88", "Старый: чек № 9000-1", "Когда начинаем?")
        await on(app, pilot, conversation_id)
        # From the list the newest number, in the thread that under the cursor.
        dialog = await sheet(app, pilot)
        assert value(dialog, "receipt") == "9000-1"
        await pilot.press("escape", "enter")
        screen: Any = app.screen
        await until(pilot, lambda: app.focused is screen.thread and len(screen.thread.items) > 2)
        await pilot.press("k", "k")
        assert "4711-88" in screen.thread.current.body
        dialog = await sheet(app, pilot)
        assert "no access" in shown(app)
        await pilot.press("3")
        line = "VIP, 38,000\u00a0₽, until"
        await until(pilot, lambda: line in shown(app) and "paid no → yes, notify" in shown(app))
        assert "There is no table here for: enrollment, payment" in shown(app)
        assert [value(dialog, id) for id in ("amount", "receipt", "term")] == ["38,000 ₽", "4711-88", "12m"]
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.screen is not dialog)
        granted = access(app, user)
        assert (granted.paid, granted.enrollments[0].tier, granted.enrollments[0].receipt) == (True, "vip", "4711-88")
        assert [reply.body for reply in desk_of(app).outbox.list()][0].startswith("Your access is open: VIP")
        await until(pilot, lambda: "granted VIP" in said(app))
        # The same number again is refused, and says who used it.
        dialog = await sheet(app, pilot)
        assert value(dialog, "tier") == "vip"
        assert value(dialog, "receipt") == "9000-1"
        await pilot.press("tab", "tab", "down")
        await until(pilot, lambda: "by tester): check the number" in shown(app))
        assert "used" in shown(app)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.focused is dialog.query_one("#receipt"))
        assert app.screen is dialog
        await pilot.press("ctrl+o")
        await until(pilot, lambda: "A renewal" in shown(app))
        assert str(value(dialog, "receipt")).startswith("CASH-")
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is not dialog)
        await pilot.press("z")
        await until(pilot, lambda: "Taken back: VIP" in said(app))
        assert not access(app, user).paid
        assert [reply.state for reply in desk_of(app).outbox.list()] == []
        assert [entry.action for entry in desk_of(app).journal.page(user_id=user)] == ["undo", "grant"]
        await pilot.press("z")
        await until(pilot, lambda: "nothing to take back" in said(app))


async def test_somebody_else_was_faster_and_a_receipt_that_looks_used(owned_file: Path) -> None:
    from models.services.sign_in import conversation_of, find_or_create_user

    other = Desk.open(str(owned_file), operator="boris")
    anna, ben = (find_or_create_user(other.database, id, first_name=name) for id, name in ((1, "Anna"), (2, "Ben")))
    with other.database.write() as session:
        for user in (anna, ben):
            conversation_of(session, other.features, utc_now, user)
    other.grants.grant(GrantOrder(ben, "basic", PRICE, "AB-12", Term(days=1)))
    async with console(owned_file, "users", presets=SOLD) as (app, pilot):
        screen: Any = app.screen
        await until(pilot, lambda: screen.people.select(anna) and screen.people.current_row is not None)
        dialog = await sheet(app, pilot, "P")
        await pilot.press("3", "tab", "tab", *"ab 12")
        await until(pilot, lambda: "A receipt like this, AB-12, was used for Ben" in shown(app))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.focused is dialog.query_one("#why"))
        assert "paid no → yes" in shown(app)
        await pilot.press(*"another bank")
        other.grants.grant(GrantOrder(anna, "vip", PRICE, "B-1", Term(months=1)))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "boris changed this person's access" in shown(app))
        assert app.screen is dialog
        assert "paid: no → yes" in shown(app)
        assert "VIP: — → " in shown(app)
        assert len(access(app, anna).payments) == 1
        await until(pilot, lambda: "A renewal" in shown(app))
        await pilot.press("ctrl+n", "ctrl+s")
        await until(pilot, lambda: app.screen is screen)
        assert [paid.receipt for paid in access(app, anna).payments] == ["ab 12", "B-1"]
        [entry, _first] = desk_of(app).journal.page(user_id=anna)
        assert (entry.action, entry.reason, entry.operator_name) == ("renew", "another bank", "tester")
        # P on somebody who has access takes it away, with a reason only.
        await until(pilot, lambda: screen.people.current_row is not None and screen.people.current_row.paid)
        await pilot.press("P")
        await until(pilot, lambda: isinstance(app.screen, RevokeDialog))
        assert "a refund is another act" in shown(app)
        await pilot.press("enter")
        assert isinstance(app.focused, Button)
        app.screen.query_one("#confirm", Button).focus()
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.focused, Input))
        assert access(app, anna).paid
        await pilot.press(*"chargeback", "enter")
        app.screen.query_one("#confirm", Button).focus()
        await pilot.press("enter")
        await until(pilot, lambda: not access(app, anna).paid)
        await until(pilot, lambda: "access ended (VIP)" in said(app))
        assert desk_of(app).journal.page(user_id=anna)[0].reason == "chargeback"
        assert {paid.status for paid in access(app, anna).payments} == {"completed"}
        # Access without a tier needs a reason, which drift shows.
        dialog = await sheet(app, pilot)
        await pilot.press("0", "ctrl+s")
        await until(pilot, lambda: app.focused is dialog.query_one("#why"))
        await pilot.press(*"jury", "ctrl+s")
        await until(pilot, lambda: app.screen is screen)
        assert desk_of(app).journal.page(user_id=anna)[0].reason == "jury"
        # The sheet leads to the revoke too; Esc leaves both.
        dialog = await sheet(app, pilot)
        for size in [(1, 1), (20, 5), (39, 11), (60, 18), (80, 24), (200, 50)]:
            await pilot.resize_terminal(*size)
        await pilot.press("ctrl+r")
        await until(pilot, lambda: isinstance(app.screen, RevokeDialog))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        assert access(app, anna).paid
        # What is given by hand has not run out. In two days Ben's tier has: X ends it, after a question.
        await pilot.press("X")
        await until(pilot, lambda: "No access has run out" in said(app))
        later = utc_now() + timedelta(days=2)
        desk_of(app).drifts.clock = desk_of(app).endings.clock = lambda: later
        await pilot.press("X")
        await until(pilot, lambda: isinstance(app.screen, ExpiredDialog) and "End 1 access" in shown(app))
        assert "Ben" in shown(app)
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is screen)
        assert access(app, ben).paid
        await pilot.press("X")
        await until(pilot, lambda: isinstance(app.screen, ExpiredDialog))
        await pilot.press("right", "enter")
        await until(pilot, lambda: "1 access ended" in said(app))
        assert (access(app, ben).paid, access(app, anna).paid) == (False, True)
        assert desk_of(app).journal.page(user_id=ben)[0].action == "expire"
    other.close()
