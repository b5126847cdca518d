"""Moments typed in words, English and Russian."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.moments import moment_of

#: A Thursday.
NOW = datetime(2026, 11, 26, 15, 30, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("1h", "26.11.2026 16:30"),
        ("in 1 h", "26.11.2026 16:30"),
        ("in an hour", "26.11.2026 16:30"),
        ("через час", "26.11.2026 16:30"),
        ("через 2 часа", "26.11.2026 17:30"),
        ("через полчаса", "26.11.2026 16:00"),
        ("45 мин", "26.11.2026 16:15"),
        ("in 3 days", "29.11.2026 09:00"),
        ("через 3 дня", "29.11.2026 09:00"),
        ("через неделю", "03.12.2026 09:00"),
        ("in 2 weeks", "10.12.2026 09:00"),
        ("через месяц", "26.12.2026 09:00"),
        ("tonight", "26.11.2026 19:00"),
        ("вечером", "26.11.2026 19:00"),
        ("сегодня в 18:15", "26.11.2026 18:15"),
        ("tomorrow", "27.11.2026 09:00"),
        ("tomorrow 9:00", "27.11.2026 09:00"),
        ("завтра 10:00", "27.11.2026 10:00"),
        ("завтра в 7", "27.11.2026 07:00"),
        ("завтра вечером", "27.11.2026 19:00"),
        ("послезавтра", "28.11.2026 09:00"),
        ("Monday", "30.11.2026 09:00"),
        ("пн", "30.11.2026 09:00"),
        ("в пятницу 14:00", "27.11.2026 14:00"),
        ("fri 14:00", "27.11.2026 14:00"),
        ("14:00 fri", "27.11.2026 14:00"),
        ("thu", "03.12.2026 09:00"),
        ("thu 16:00", "26.11.2026 16:00"),
        ("fri 2 pm", "27.11.2026 14:00"),
        ("18:00", "26.11.2026 18:00"),
        ("9:00", "27.11.2026 09:00"),
        ("25.12", "25.12.2026 09:00"),
        ("25.12 10:30", "25.12.2026 10:30"),
        ("1.3", "01.03.2027 09:00"),
        ("25.12.27", "25.12.2027 09:00"),
        ("2026-12-25 08:00", "25.12.2026 08:00"),
        ("5 января", "05.01.2027 09:00"),
        ("12 декабря 11:00", "12.12.2026 11:00"),
        ("Dec 24", "24.12.2026 09:00"),
        ("24 dec 2027", "24.12.2027 09:00"),
    ],
)
def test_words_mean_a_moment(typed: str, expected: str) -> None:
    found = moment_of(typed, NOW)
    assert found is not None
    assert found.strftime("%d.%m.%Y %H:%M") == expected
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    "typed",
    ["", "  ", "soon", "today 10:00", "25.12.2020", "31.02", "25:00", "in 0 days", "in x days", "13 pm", "9", "скоро"],
)
def test_words_that_mean_none(typed: str) -> None:
    assert moment_of(typed, NOW) is None


@given(st.text(max_size=40) | st.from_regex(r"(in|через|завтра|fri)? ?\d{0,5}[.:/ -]?\d{0,5} ?(am|h|дн|dec)?"))
def test_any_text_is_answered(typed: str) -> None:
    found = moment_of(typed, NOW)
    assert found is None or found > NOW
