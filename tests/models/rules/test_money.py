"""Amounts as people write them, and never a float."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import Usage
from models.rules.money import Money, parse_money, totals


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("38000", "38000.00", "RUB"),
        ("38 000 ₽", "38000.00", "RUB"),
        ("38\u00a0000\u202f₽", "38000.00", "RUB"),
        ("38000.00 RUB", "38000.00", "RUB"),
        ("38.000,50 руб.", "38000.50", "RUB"),
        ("1 200,5 р", "1200.50", "RUB"),
        ("$1,200", "1200.00", "USD"),
        ("400 usd", "400.00", "USD"),
        ("1'000'000.99", "1000000.99", "RUB"),
        ("0.10", "0.10", "RUB"),
        ("99999999.99", "99999999.99", "RUB"),
    ],
)
def test_what_is_understood(text: str, amount: str, currency: str) -> None:
    assert parse_money(text) == Money(Decimal(amount), currency)


@pytest.mark.parametrize(
    "text",
    ["", "₽", "-5", "38к", "38 тыс.", "1,2,3", "12 34", "0.001", "100 EUR", "1.2.3", "100000000", "5 6", "1e5", "NaN",
     "38 000 или 40 000", "1,00.5", "12,3456"],
)  # fmt: skip
def test_what_is_not_guessed(text: str) -> None:
    with pytest.raises(Usage, match="bad-amount"):
        parse_money(text)


def test_another_currency_may_be_the_default() -> None:
    assert parse_money("5", "USD").currency == "USD"


@given(st.integers(0, 10**10 - 1), st.sampled_from(["RUB", "USD"]))
def test_what_is_shown_is_read_back(cents: int, currency: str) -> None:
    money = Money(Decimal(cents).scaleb(-2), currency)
    assert parse_money(str(money)) == money


def test_fractions_of_a_cent_are_no_amount() -> None:
    for amount in ("1.005", "NaN", "Infinity"):
        with pytest.raises(Usage, match="bad-amount"):
            Money(Decimal(amount))


def test_sums_are_exact_and_by_currency() -> None:
    tenth = Money(Decimal("0.1"))
    assert totals([Money(Decimal(5), "USD"), *[tenth] * 30]) == (Money(Decimal(3)), Money(Decimal(5), "USD"))
    assert totals([]) == ()
