"""Payments as the screen reads them: pages of any size, filters, exact sums, orphans; one statement each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text

from models.errors import Refused
from models.rules.expiry import LIFETIME
from models.rules.money import Money
from models.services.desk import Desk
from models.services.sign_in import find_or_create_user
from models.views import Cursor
from models.views.access import GrantOrder, PaymentFilter, PaymentSum
from tests.conftest import FixedClock, copy_of, with_our_tables
from tests.models.services.statements import count


def rubles(text: str) -> Money:
    return Money(Decimal(text), "RUB")


@pytest.fixture(params=["owned_file", "owned_url", "seed"])
def desk(request: pytest.FixtureRequest, clock: FixedClock, tmp_path: Path) -> Iterator[Desk]:
    """Three people who paid on three days: in tables of a file and of a server, and known from the journal alone."""
    place = (
        with_our_tables(copy_of("S", tmp_path)) if request.param == "seed" else request.getfixturevalue(request.param)
    )
    opened = Desk.open(str(place), operator="tester", clock=clock, source="test")
    people = [
        find_or_create_user(opened.database, 8800 + number, first_name=name)
        for number, name in enumerate(("Алёна", "Boris", "100%"))
    ]
    bought = [("vip", rubles("38000.10"), "AB-1"), ("basic", Money(Decimal("90.05"), "USD"), "R 2")]
    bought += [("vip", rubles("0.20"), "Чек 3")]
    for person, (tier, price, receipt) in zip(people, bought, strict=True):
        opened.grants.grant(GrantOrder(person, tier, price, receipt, LIFETIME))
        clock.advance(86_400)
    yield opened
    opened.close()


def receipts(desk: Desk, wanted: PaymentFilter, limit: int = 200) -> list[str]:
    ids: list[int] = []
    after: Cursor | None = None
    while True:
        page = desk.payments.ids(wanted, after=after, limit=limit)
        ids += page.ids
        after = page.next
        if after is None:
            break
    rows = desk.payments.rows(ids)
    assert [row.id for row in rows] == ids == [row.id for row in desk.payments.page(wanted)]
    return [row.receipt for row in rows]


def test_filters(desk: Desk, clock: FixedClock) -> None:
    yesterday = clock.now - timedelta(days=1)
    expected = {
        PaymentFilter(): ["Чек 3", "R 2", "AB-1"],
        PaymentFilter(tier="vip"): ["Чек 3", "AB-1"],
        PaymentFilter(status="refunded"): [],
        PaymentFilter(processor="stripe"): [],
        PaymentFilter(processor=""): ["Чек 3", "R 2", "AB-1"],
        PaymentFilter(since=yesterday): ["Чек 3"],
        PaymentFilter(until=yesterday, tier="vip"): ["AB-1"],
        PaymentFilter(search="алена"): ["AB-1"],
        PaymentFilter(search="аb1"): ["AB-1"],
        PaymentFilter(search="r-2 boris"): ["R 2"],
        PaymentFilter(search="чек"): ["Чек 3"],
        PaymentFilter(search="0%"): ["Чек 3"],
        PaymentFilter(search="%"): ["Чек 3"],
        PaymentFilter(search="nothing"): [],
    }
    for wanted, found in expected.items():
        for limit in (1, 200):
            assert receipts(desk, wanted, limit) == found, wanted
        assert desk.payments.summary(wanted).count == len(found)


def test_sums_are_exact(desk: Desk) -> None:
    summary = desk.payments.summary()
    assert dict(summary.by_status) == {"completed": PaymentSum(3, (rubles("38000.30"), Money(Decimal("90.05"), "USD")))}
    assert summary.orphans == PaymentSum()
    desk.payments.refund("AB-1", "unhappy")
    summary = desk.payments.summary(PaymentFilter(tier="vip"))
    assert dict(summary.by_status) == {
        "completed": PaymentSum(1, (rubles("0.20"),)),
        "refunded": PaymentSum(1, (rubles("38000.10"),)),
    }
    assert desk.payments.sums(PaymentFilter(status="refunded")) == {"refunded": (rubles("38000.10"),)}
    if not desk.features.planned:
        return
    desk.payments.correct("R 2", "R 2b", Money(Decimal("-0.05"), "USD"), "a typo")
    assert desk.payments.summary(PaymentFilter(search="boris")).by_status["completed"] == PaymentSum(
        2, (Money(Decimal("90.00"), "USD"),)
    )
    [old] = desk.payments.page(PaymentFilter(search="r2", until=desk.clock() - timedelta(days=1)))
    assert old.price == Money(Decimal("90.05"), "USD")


def test_a_correction_makes_up_the_difference(desk: Desk) -> None:
    if not desk.features.planned:
        with pytest.raises(Refused, match="no-payments"):
            desk.payments.correct_to("AB-1", "AB-1b", rubles("37000"), "a typo")
        return
    made = desk.payments.correct_to("AB-1", "AB-1b", rubles("37000"), "a typo")
    assert (made.price, made.corrects, made.status) == (rubles("-1000.10"), "AB-1", "completed")
    assert desk.payments.standing("AB-1") == rubles("37000.00")
    assert desk.payments.correct_to("AB-1", "AB-1c", rubles("38000.10"), "it was right").price == rubles("1000.10")
    with pytest.raises(Refused, match="nothing-to-correct"):
        desk.payments.correct_to("AB-1", "AB-1d", rubles("38000.10"), "again")
    with pytest.raises(Refused, match="other-currency"):
        desk.payments.correct_to("AB-1", "AB-1d", Money(Decimal("400"), "USD"), "dollars")
    with pytest.raises(Refused, match="receipt-used"):
        desk.payments.correct_to("AB-1", "R 2", rubles("1"), "taken")
    desk.payments.refund("AB-1", "unhappy")
    with pytest.raises(Refused, match="not-completed"):
        desk.payments.correct_to("AB-1", "AB-1d", rubles("1"), "late")
    [entry, *_] = desk.journal.page(actions={"correct"})
    assert (entry.receipt, entry.amount, entry.reason) == ("AB-1c", rubles("1000.10"), "it was right")


def test_a_payment_without_an_enrollment_is_an_orphan(desk: Desk) -> None:
    if not desk.features.planned:
        return
    with desk.database.write() as session:
        session.execute(text("UPDATE payments SET enrollment_id = NULL WHERE transaction_id = 'R 2'"))
    assert receipts(desk, PaymentFilter(orphans=True)) == ["R 2"]
    assert desk.payments.summary().orphans == PaymentSum(1, (Money(Decimal("90.05"), "USD"),))


def test_statements_do_not_grow_with_the_payments(desk: Desk) -> None:
    wanted = PaymentFilter(search="boris", tier="basic")
    for work in (
        lambda: desk.payments.ids(wanted),
        lambda: desk.payments.rows(desk.payments.ids().ids),
        lambda: desk.payments.summary(replace(wanted, search="")),
    ):
        assert count(desk.database, work) <= 2
    ids = desk.payments.ids().ids
    assert count(desk.database, lambda: desk.payments.rows(ids)) == 1
    assert desk.payments.rows([]) == ()
