"""Pasted lists."""

from __future__ import annotations

from decimal import Decimal

import pytest

from models.errors import Usage
from models.rules.access_lines import GrantLine, parse_lines, parse_tier
from models.rules.money import Money


@pytest.mark.parametrize(
    "line",
    [
        "@anna, vip, 38000, R-1",
        "@anna,vip,38 000 ₽,R-1",
        "@anna, VIP, 38,000.00, R-1",
        "@anna\tvip\t38000.00\tR-1",
        "@anna; вип; 38000,00; R-1;",
        '@anna, v, "38,000.00 RUB", R-1',
    ],
)
def test_separators(line: str) -> None:
    [found] = parse_lines(line)
    assert found == GrantLine(1, line, "@anna", "vip", Money(Decimal(38000)), "R-1")


def test_headings_blank_lines_and_notes_are_no_grants() -> None:
    found = parse_lines("\ufeffuser,tier,amount,receipt\n\n# from the bank\n500, basic, 9000, A 1\r\n")
    assert [(line.number, line.user, line.receipt) for line in found] == [(4, "500", "A 1")]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("@anna", "bad-line"),
        ("@anna, vip, 38000", "bad-line"),
        ("@anna, vip, 38000,", "bad-line"),
        ("@anna, gold, 38000, R-1", "bad-tier"),
        ("@anna, vip, plenty, R-1", "bad-amount"),
        ("@a, vip, 1, 2, 3 of five", "bad-line"),
    ],
)
def test_what_is_not_understood_is_kept_with_its_reason(line: str, problem: str) -> None:
    [found] = parse_lines(line)
    assert found.text == line
    assert found.problem is not None
    assert found.problem.id == problem


def test_tiers_by_their_beginning() -> None:
    assert [parse_tier(text) for text in ("b", "ACC", "vip ", "акселератор")] == [
        "basic", "accelerator", "vip", "accelerator",
    ]  # fmt: skip
    with pytest.raises(Usage, match="bad-tier"):
        parse_tier("")
