"""Terms and renewals."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from models.errors import Refused, Usage
from models.rules.expiry import LIFETIME, Term, ends, is_current, parse_term

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def at(year: int, month: int, day: int, hour: int = 12) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("lifetime", LIFETIME),
        ("Навсегда", LIFETIME),
        ("90d", Term(days=90)),
        ("2 w", Term(days=14)),
        ("12m", Term(months=12)),
        ("1y", Term(months=12)),
        ("6 мес.", Term(months=6)),
        ("2027-11-22", Term(until=datetime(2027, 11, 22, 23, 59, 59, tzinfo=UTC))),
        ("22.11.2027", Term(until=datetime(2027, 11, 22, 23, 59, 59, tzinfo=UTC))),
    ],
)
def test_terms(text: str, term: Term) -> None:
    assert parse_term(text) == term
    assert parse_term(str(term)) == term


@pytest.mark.parametrize("text", ["", "0d", "12", "m", "2027-02-30", "32.01.2027", "-5d", "soon"])
def test_no_terms(text: str) -> None:
    with pytest.raises(Usage, match="bad-term"):
        parse_term(text)


def test_a_first_term_counts_from_now() -> None:
    assert ends(LIFETIME, NOW) is None
    assert ends(Term(days=10), NOW) == at(2026, 12, 3)
    assert ends(Term(months=12), NOW) == at(2027, 11, 23)
    assert ends(Term(months=3), at(2026, 11, 30)) == at(2027, 2, 28)


def test_a_renewal_counts_from_the_later_of_now_and_the_old_end() -> None:
    month = Term(months=1)
    assert ends(month, NOW, renewal=True, old=at(2027, 1, 5)) == at(2027, 2, 5)
    assert ends(month, NOW, renewal=True, old=at(2026, 1, 5)) == at(2026, 12, 23)


def test_a_renewal_never_shortens() -> None:
    assert ends(Term(months=1), NOW, renewal=True, old=None) is None
    with pytest.raises(Refused, match="term-shortens"):
        ends(parse_term("2027-01-01"), NOW, renewal=True, old=at(2027, 2, 1))
    with pytest.raises(Refused, match="term-shortens"):
        ends(parse_term("2027-01-01"), NOW, renewal=True, old=None)
    assert ends(LIFETIME, NOW, renewal=True, old=at(2027, 2, 1)) is None


def test_an_end_that_is_past_or_has_no_date() -> None:
    for term in (parse_term("2026-11-22"), Term(months=9999 * 12), Term(days=9_999_999)):
        with pytest.raises(Usage, match="bad-term"):
            ends(term, NOW)


def test_what_is_current() -> None:
    assert is_current(None, NOW)
    assert is_current(at(2026, 11, 24), NOW)
    assert not is_current(NOW, NOW)
