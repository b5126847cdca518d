"""The payments' screen: exact sums, filters by word, refunds and corrections that change no amount."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from textual.widgets import Input

from models.rules.clock import utc_now
from models.views.access import Paid, PaymentFilter
from screens.dialogs.confirm import ConfirmDialog
from screens.dialogs.payment_acts import CorrectDialog
from screens.journal import JournalScreen
from screens.payment_words import parse_filter
from screens.payments import PaymentsScreen
from screens.users import UsersScreen
from screens.widgets.payment_list import heading, paint
from screens.widgets.row_lines import Look, cells_of
from tests.conftest import FixedClock
from tests.golden.render import in_utc
from tests.screens.bought import people_who_paid, rubles
from tests.screens.running import console, said, shown
from tests.screens.widgets.window_source import until


async def test_filters_sums_refund_and_correction(owned_file: Path) -> None:
    ids = people_who_paid(owned_file, FixedClock(utc_now()))
    async with console(owned_file, "payments") as (app, pilot):
        screen, desk = app.screen, app.services.desk
        assert isinstance(screen, PaymentsScreen)
        assert desk is not None

        def page() -> str:
            return shown(app).replace("\u00a0", " ")

        def listed() -> list[str]:
            return [row.receipt for row in desk.payments.rows(tuple(screen.payments.ids))]

        await until(pilot, lambda: "completed 105,000.50 ₽   refunded 9,000 ₽" in page())
        assert "1 All 5  2 Completed 4  3 Pending 0  4 Failed 0  5 Refunded 1" in page()
        await pilot.press("5")
        await until(pilot, lambda: listed() == ["D-5"])
        await until(pilot, lambda: screen.paid is not None and screen.paid.receipt == "D-5")
        assert {"payments.refund", "payments.correct"} <= screen.here()[1]
        await pilot.press("1", "/", *"vip анна")
        await until(pilot, lambda: listed() == ["AB-1"])
        await until(pilot, lambda: "completed 38,000 ₽" in page() and "refunded" not in page().split("Refunded")[1])
        await pilot.press("enter")
        await until(pilot, lambda: screen.paid is not None and screen.paid.receipt == "AB-1")
        # A correction: the dialog says all the time what would be recorded.
        await pilot.press("C")
        await until(pilot, lambda: isinstance(app.screen, CorrectDialog))
        await pilot.press(*"37 000")
        await until(pilot, lambda: "-1,000 ₽ is recorded beside it" in page())
        assert " 37 000 " in page()
        await pilot.press("enter", "enter", *"a typo", "enter")
        await pilot.press("enter")
        await until(pilot, lambda: "beside AB-1" in said(app))
        await until(pilot, lambda: listed() == ["AB-1/1", "AB-1"])
        await until(pilot, lambda: "completed 37,000 ₽" in page())
        assert [row.price for row in desk.payments.page(PaymentFilter(search="анна"))] == [
            rubles("-1000"), rubles("38000")
        ]  # fmt: skip
        # A refund needs a reason and moves nothing else.
        await until(pilot, lambda: screen.payments.select(desk.payments.ids(PaymentFilter(search="AB-1")).ids[-1]))
        await until(pilot, lambda: screen.paid is not None and screen.paid.receipt == "AB-1")
        await pilot.press("M")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        assert "completed → refunded" in page()
        assert isinstance(app.focused, Input)
        await pilot.press("enter", "enter")
        await until(pilot, lambda: "Say why" in page())
        await pilot.press(*"unhappy", "enter", "enter")
        await until(pilot, lambda: "the access of" in said(app))
        assert desk.people.person(ids["Анна"]).row.paid
        await until(pilot, lambda: "refunded 38,000 ₽" in page())
        await pilot.press("w")
        await until(pilot, lambda: isinstance(app.screen, JournalScreen))
        await until(pilot, lambda: "noted a refund" in page() and "corrected a payment" in page())
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        await pilot.press("escape", "enter")
        await until(pilot, lambda: isinstance(app.screen, UsersScreen))
        await pilot.press("escape", "escape")
        await until(pilot, lambda: app.screen is screen)
        for size in ((1, 1), (39, 13), (80, 24), (200, 50), (20, 5)):
            await pilot.resize_terminal(*size)
            await pilot.press("j", "M", "escape", "C", "escape", "k")


NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def at(month: int, day: int, year: int = 2026) -> datetime:
    return datetime(year, month, day, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "view", "wanted"),
    [
        ("", "all", PaymentFilter()),
        ("today", "completed", PaymentFilter(since=at(11, 23), until=at(11, 24), status="completed")),
        ("вчера VIP", "all", PaymentFilter(since=at(11, 22), until=at(11, 23), tier="vip")),
        ("23.11", "orphans", PaymentFilter(since=at(11, 23), until=at(11, 24), orphans=True)),
        ("31.12.2025", "all", PaymentFilter(since=at(12, 31, 2025), until=at(1, 1))),
        ("2026-12", "all", PaymentFilter(since=at(12, 1), until=at(1, 1, 2027))),
        ("2026-11-02 stripe", "all", PaymentFilter(since=at(11, 2), until=at(11, 3), processor="stripe")),
        ("week hand", "all", PaymentFilter(since=at(11, 17), until=at(11, 24), processor="")),
        ("acc Анна AB-1", "all", PaymentFilter(tier="accelerator", search="Анна AB-1")),
        ("31.02 ac 2026-13", "all", PaymentFilter(search="31.02 ac 2026-13")),
    ],
)
def test_words_of_a_filter(text: str, view: str, wanted: PaymentFilter) -> None:
    with in_utc():
        assert parse_filter(text, view, NOW) == wanted


def test_every_width_is_filled_and_never_more() -> None:
    paid = Paid(1, 2, "👩‍👩‍👧 " * 30, None, None, None, "R" * 90, rubles("99999999.99"), "odd\x1b", NOW, orphan=True)
    for width in range(1, 200):
        [line] = paint(paid, Look(width, 1, NOW))
        assert cells_of(line) <= width
        assert "\x1b" not in "".join(text for text, _style in line)
        assert len(heading(width)) <= width
