"""When the application's AI has died on the way to an answer."""

from __future__ import annotations

from datetime import datetime, timedelta

#: AI that is at work for longer than this has died on the way.
STUCK = timedelta(minutes=10)


def is_stuck(since: datetime | None, now: datetime) -> bool:
    """Whether AI at work `since` will never end by itself; without a time nobody knows better."""
    return since is None or now - since > STUCK
