"""Calendar days and weeks as the person at the screen has them, as half-open spans of seconds since the epoch.

Pure but for the local time zone, which is this machine's unless another is named.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from models.errors import Usage

#: Seconds in which side tables count: every zone of today is a whole number of them away from UTC.
QUARTER = 900
#: Longest period that is asked for, in days.
LONGEST = 3660
#: Weeks, this one included, in which access that ends is shown.
AHEAD = 8
_FIRST, _LAST = date(1971, 1, 1), date(9998, 12, 31)


@dataclass(frozen=True, slots=True)
class Period:
    """`days` one after the other; day n lasts from `edges[n]` to before `edges[n + 1]`, seconds since the epoch."""

    days: tuple[date, ...]
    edges: tuple[int, ...]

    @property
    def since(self) -> date:
        return self.days[0]

    @property
    def until(self) -> date:
        """The last day, inside."""
        return self.days[-1]

    @property
    def begin(self) -> int:
        return self.edges[0]

    @property
    def end(self) -> int:
        """The first second outside."""
        return self.edges[-1]

    def number(self, second: int) -> int | None:
        """Which day a second lies in, from 0; None outside."""
        if not self.edges[0] <= second < self.edges[-1]:
            return None
        return bisect_right(self.edges, second) - 1

    def weeks(self) -> tuple[Week, ...]:
        """Its weeks from Monday on; the first and the last may lie in it only in part."""
        found: dict[date, list[int]] = {}
        for number, day in enumerate(self.days):
            found.setdefault(monday(day), []).append(number)
        return tuple(Week(day, self.edges[those[0]], self.edges[those[-1] + 1]) for day, those in found.items())


@dataclass(frozen=True, slots=True)
class Week:
    """`monday` names it; from `begin` to before `end`, seconds since the epoch."""

    monday: date
    begin: int
    end: int


def monday(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def midnight(day: date, zone: tzinfo | None = None) -> int:
    """Seconds since the epoch at which a day begins; where clocks skip midnight, the first moment after."""
    start = datetime.combine(day, time(), zone)
    return int((start if zone is not None else start.astimezone()).timestamp())


def period(since: date, until: date, zone: tzinfo | None = None) -> Period:
    """From `since` to `until`, both inside. Raises Usage('bad-period')."""
    count = (until - since).days + 1
    if not 0 < count <= LONGEST or since < _FIRST or until > _LAST:
        raise Usage("bad-period", since=since, until=until, longest=LONGEST)
    days = [since + timedelta(days=number) for number in range(count + 1)]
    return Period(tuple(days[:-1]), tuple(midnight(day, zone) for day in days))


def ahead(today: date, zone: tzinfo | None = None) -> Period:
    """The coming weeks, from this one's Monday on."""
    first = monday(today)
    return period(first, first + timedelta(days=7 * AHEAD - 1), zone)


def day_of(moment: datetime, zone: tzinfo | None = None) -> date:
    """The day a moment lies in."""
    return moment.astimezone(zone).date()


def moment_of(second: int) -> datetime:
    """Aware UTC."""
    return datetime.fromtimestamp(second, UTC)


def parse_day(text: str) -> date:
    """'2026-11-01' or '1.11.2026'. Raises Usage('bad-day')."""
    for pattern in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            return datetime.strptime(text.strip(), pattern).date()
        except ValueError:
            continue
    raise Usage("bad-day", text=text)
