"""`[waiting]`: after how long somebody who waits is marked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from console.targets import read_targets
from models.errors import Usage
from models.rules.waiting import Pressure, Targets
from screens.times import waited, waited_long

NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)


def test_what_is_written_counts() -> None:
    assert read_targets({}, "file") == Targets()
    targets = read_targets({"waiting": {"soon": "10m", "late": "1 d"}}, "file")
    found = [targets.pressure(NOW - timedelta(minutes=each), NOW) for each in (9, 10, 1439, 1440)]
    assert found == [Pressure.FINE, Pressure.SOON, Pressure.SOON, Pressure.LATE]


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("2h", "must be a table"),
        ({"later": "2h"}, "is no target: soon, late"),
        ({"soon": 30}, "is no time such as 30m, 2h or 1d"),
        ({"soon": "0m"}, "is no time such as 30m, 2h or 1d"),
        ({"soon": "3h", "late": "2h"}, "is shorter than soon"),
    ],
)
def test_what_can_not_be_used_is_named(written: Any, why: str) -> None:
    with pytest.raises(Usage) as caught:
        read_targets({"waiting": written}, "file")
    assert caught.value.values["why"] == why


@pytest.mark.parametrize(
    ("minutes", "short", "long"),
    [(0, "now", "0 min"), (5, "5m", "5 min"), (134, "2h14", "2 h 14 min"), (60 * 76, "3d", "3 d 4 h")],
)
def test_waits_in_words(minutes: int, short: str, long: str) -> None:
    since = NOW - timedelta(minutes=minutes)
    assert (waited(since, NOW), waited_long(since, NOW)) == (short, long)
    assert len(short) <= 5
