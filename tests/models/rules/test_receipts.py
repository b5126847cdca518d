"""Receipt numbers: look-alikes, cash, and those found in a message."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.receipts import HOMOGLYPHS, PUNCTUATION, cash_receipt, receipt_key, receipts_in, tidy_receipt


@pytest.mark.parametrize(
    "other", ["ab-12/34", "AB 1234", "аВ-1234", "Ab_12.34", "ＡＢ1234", " ab\u00a01234 ", "№ab1234"]
)
def test_look_alikes(other: str) -> None:
    assert receipt_key(other) == receipt_key("AB-1234")


@pytest.mark.parametrize("other", ["AB-1235", "AB-12340", "A8-1234", "AB-1Z34"])
def test_others(other: str) -> None:
    assert receipt_key(other) != receipt_key("AB-1234")


@given(st.text(max_size=30))
def test_a_key_is_stable(text: str) -> None:
    assert receipt_key(receipt_key(text)) == receipt_key(text) == receipt_key(f" {text}-")


def test_the_tables_for_sql_say_the_same() -> None:
    assert all(receipt_key(sign) == "" for sign in PUNCTUATION)
    assert all(receipt_key(cyrillic) == latin for cyrillic, latin in HOMOGLYPHS.items())


def test_tidy() -> None:
    assert tidy_receipt("  R  12\t3 ") == "R 12 3"


def test_cash() -> None:
    made = {cash_receipt(datetime(2026, 11, 23, tzinfo=UTC), chance) for chance in range(1000)}
    assert len(made) == 1000
    assert all(re.fullmatch(r"CASH-20261123-[2-9A-HJ-NP-Z]{5}", number) for number in made)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Оплатил, чек № 1234-АБ от 22.11.2026", ("1234-АБ",)),
        ("receipt: 5A7B99X1", ("5A7B99X1",)),
        ("мой телефон +79161234567, 38000 рублей", ()),
        ("2d7a3c41-000f-5000-9000-1b2c3d4e5f60", ("2d7a3c41-000f-5000-9000-1b2c3d4e5f60",)),
        ("Операция 998877, она же 99-88-77", ("998877",)),
        ("", ()),
    ],
)
def test_in_a_message(text: str, found: tuple[str, ...]) -> None:
    assert receipts_in(text) == found
