"""Which backups stay: the newest good one of each of the last 30 days and of each of the last 12 months (the seed's
plan). Days and months without a backup don't count, so that a pause never empties the shelf."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from datetime import datetime
from typing import TypeVar

DAILY, MONTHLY = 30, 12

Name = TypeVar("Name", bound=Hashable)


def to_keep(
    backups: Iterable[tuple[datetime, Name]],
    good: Callable[[Name], bool],
    *,
    daily: int = DAILY,
    monthly: int = MONTHLY,
) -> set[Name]:
    """Those to keep, of (moment taken, name). A damaged one stands for no day and is not kept.

    `good` may be dear: it is asked newest first, and once a name at most. While none is good all are kept: what is
    left may be all that somebody has.
    """
    ordered = sorted(backups, key=lambda backup: backup[0], reverse=True)
    known: dict[Name, bool] = {}

    def sound(name: Name) -> bool:
        if name not in known:
            known[name] = good(name)
        return known[name]

    kept: set[Name] = set()
    for wanted, period in ((daily, "%Y-%m-%d"), (monthly, "%Y-%m")):
        seen: set[str] = set()
        for moment, name in ordered:
            if len(seen) == wanted:
                break
            if (one := moment.strftime(period)) not in seen and sound(name):
                seen.add(one)
                kept.add(name)
    return kept or {name for _, name in ordered}
