"""Days and weeks of a reader's own zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from models.errors import Usage
from models.rules.days import AHEAD, LONGEST, ahead, day_of, midnight, monday, parse_day, period

BERLIN, KATHMANDU, HAVANA = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kathmandu"), ZoneInfo("America/Havana")


def second(*when: int, zone: ZoneInfo | None = None) -> int:
    return int(datetime(*when, tzinfo=zone or UTC).timestamp())  # type: ignore[misc,arg-type]


def test_a_day_lasts_from_midnight_to_before_midnight() -> None:
    wanted = period(date(2026, 10, 24), date(2026, 10, 26), BERLIN)
    assert (wanted.since, wanted.until) == (date(2026, 10, 24), date(2026, 10, 26))
    assert [high - low for low, high in zip(wanted.edges, wanted.edges[1:], strict=False)] == [86400, 90000, 86400]
    assert wanted.begin == second(2026, 10, 23, 22)
    assert wanted.end == second(2026, 10, 26, 23)
    assert wanted.number(wanted.begin) == 0
    assert wanted.number(wanted.begin - 1) is None
    assert wanted.number(second(2026, 10, 25, 22, 59, 59)) == 1
    assert wanted.number(second(2026, 10, 25, 23)) == 2
    assert wanted.number(wanted.end) is None
    assert wanted.number(wanted.end - 1) == 2


def test_zones_begin_their_days_at_quarters_and_some_skip_midnight() -> None:
    assert midnight(date(2026, 11, 23), KATHMANDU) == second(2026, 11, 22, 18, 15)
    assert midnight(date(2026, 3, 8), HAVANA) % 900 == 0
    edges = period(date(2026, 3, 6), date(2026, 3, 10), HAVANA).edges
    assert list(edges) == sorted(set(edges))


def test_weeks_begin_on_monday_and_are_cut_at_the_ends() -> None:
    weeks = period(date(2026, 11, 18), date(2026, 12, 1), BERLIN).weeks()
    assert [week.monday for week in weeks] == [date(2026, 11, 16), date(2026, 11, 23), date(2026, 11, 30)]
    assert weeks[0].begin == second(2026, 11, 17, 23)
    assert [(week.end - week.begin) // 86400 for week in weeks] == [5, 7, 2]
    coming = ahead(date(2026, 11, 25), BERLIN)
    assert (coming.since, len(coming.weeks())) == (date(2026, 11, 23), AHEAD)
    assert monday(date(2026, 11, 29)) == date(2026, 11, 23)


def test_the_day_of_a_moment_is_the_readers() -> None:
    assert day_of(datetime(2026, 11, 23, 23, 30, tzinfo=UTC), BERLIN) == date(2026, 11, 24)


@pytest.mark.parametrize(
    ("since", "until"),
    [
        (date(2026, 11, 2), date(2026, 11, 1)),
        (date(2000, 1, 1), date(2000, 1, 1) + timedelta(days=LONGEST)),
        (date(1, 1, 1), date(1, 1, 2)),
        (date(9999, 12, 30), date(9999, 12, 31)),
    ],
)
def test_no_period(since: date, until: date) -> None:
    with pytest.raises(Usage, match="bad-period"):
        period(since, until)


def test_days_as_people_write_them() -> None:
    assert parse_day(" 2026-11-23") == parse_day("23.11.2026") == date(2026, 11, 23)
    for text in ("", "today", "2026-13-01", "31.11.2026", "2026/11/23", "\ud800"):
        with pytest.raises(Usage, match="bad-day"):
            parse_day(text)
