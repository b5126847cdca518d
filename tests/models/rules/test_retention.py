"""Which backups stay: 30 daily and 12 monthly, counted in days and months that have one."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from models.rules.retention import DAILY, MONTHLY, to_keep

START = datetime(2025, 1, 1, 3, 15, tzinfo=UTC)


def test_400_days_of_daily_backups_with_damage_now_and_then() -> None:
    """Pruned every day: at most 42 stay, the newest good one always, a good one of each of the last 12 months."""
    chance = random.Random(7)
    shelf: dict[int, datetime] = {}
    good: set[int] = set()
    for day in range(400):
        shelf[day] = START + timedelta(days=day)
        if chance.random() > 0.1:
            good.add(day)
        elif chance.random() < 0.1 and good:
            good.discard(chance.choice(sorted(good)))
        kept = to_keep([(moment, day) for day, moment in shelf.items()], good.__contains__)
        alive = {day for day in shelf if day in good}
        if alive:
            assert max(alive) in kept
            assert kept <= alive
            # A damaged one is for a person to look at: pruning leaves it.
            shelf = {day: moment for day, moment in shelf.items() if day in kept or day not in good}
        else:
            assert kept == set(shelf)
        assert len(kept) <= DAILY + MONTHLY
    months = {shelf[day].strftime("%Y-%m") for day in shelf if day in good}
    assert len(months) >= MONTHLY
    assert len([day for day in shelf if day in good and day >= 370]) >= 20


def test_a_pause_of_a_year_empties_nothing() -> None:
    before = [(START + timedelta(days=day), day) for day in range(40)]
    kept = to_keep([*before, (START + timedelta(days=500), 500)], lambda name: True)
    assert {500, *range(11, 40)} <= kept


def test_of_a_day_the_newest_good_one_stays() -> None:
    hours = [(START.replace(hour=hour), hour) for hour in range(24)]
    assert to_keep(hours, lambda hour: hour != 23) == {22}


def test_each_is_asked_once_at_most() -> None:
    asked: list[int] = []

    def good(day: int) -> bool:
        asked.append(day)
        return day % 3 > 0

    to_keep([(START + timedelta(days=day), day) for day in range(100)], good)
    assert len(asked) == len(set(asked))


@given(
    st.lists(
        st.tuples(st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2030, 1, 1)), st.booleans()),
        max_size=60,
    )
)
def test_the_newest_good_one_always_stays(taken: list[tuple[datetime, bool]]) -> None:
    names = list(enumerate(taken))
    sound = {number for number, (_, good) in names if good}
    kept = to_keep([(moment, number) for number, (moment, _) in names], sound.__contains__)
    if sound:
        newest = max(moment for number, (moment, _) in names if number in sound)
        assert newest in {taken[number][0] for number in kept}
        assert kept <= sound
    else:
        assert kept == set(range(len(taken)))
