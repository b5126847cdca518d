"""The pace in numbers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from models.rules.pace import Rate, Rates, micros, moment_of, wait_after


@pytest.mark.parametrize(("rate", "window", "most"), [(Rates().bot, 1, 30), (Rates().group, 60, 20)])
def test_no_window_holds_more_than_telegram_allows(rate: Rate, window: int, most: int) -> None:
    assert rate.burst + window / rate.interval <= most


def test_groups_have_negative_ids() -> None:
    rates = Rates()
    assert rates.of(7) is rates.chat
    assert rates.of(-7) is rates.group


def test_moments_keep_their_microseconds() -> None:
    moment = datetime(2026, 11, 23, 12, 0, 0, 123_457, tzinfo=UTC)
    assert moment_of(micros(moment)) == moment


def test_a_429_without_a_time_waits_a_second() -> None:
    assert wait_after(34) == timedelta(seconds=34.5)
    assert wait_after(None) == wait_after(0) == timedelta(seconds=1.5)
