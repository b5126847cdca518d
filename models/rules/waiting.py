"""How long somebody has waited for us, against the targets of the configuration. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum


class Pressure(IntEnum):
    """Past no target, past the first, past the second."""

    FINE = 0
    SOON = 1
    LATE = 2


@dataclass(frozen=True, slots=True)
class Targets:
    """Who waits longer than `soon` is to be answered soon; than `late`, waits too long."""

    soon: timedelta = timedelta(minutes=30)
    late: timedelta = timedelta(hours=2)

    def pressure(self, since: datetime, now: datetime) -> Pressure:
        """Of somebody who waits since then."""
        waited = now - since
        return Pressure.LATE if waited >= self.late else Pressure.SOON if waited >= self.soon else Pressure.FINE
