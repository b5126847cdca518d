"""The one clock: nothing else in the program asks the time."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Aware UTC, to the microsecond."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds that never step; for intervals inside one process only."""
    return time.monotonic()


def iso_z(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC with `Z`, as the command line prints times; None stays None."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
