"""Until when access lasts: terms, dates and renewals. Pure; all moments are aware UTC."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from models.errors import Refused, Usage

#: Days before its end from which access counts as expiring.
SOON = 7
_TERM = re.compile(r"(\d{1,4})\s*(d|w|m|y|дн|нед|мес|г)\.?")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_LIFETIME = frozenset({"lifetime", "life", "forever", "never", "навсегда", "бессрочно"})
_LETTERS = {"d": "d", "w": "w", "m": "m", "y": "y", "дн": "d", "нед": "w", "мес": "m", "г": "y"}


@dataclass(frozen=True, slots=True)
class Term:
    """How long access lasts: so many months and days, until a moment, or for life (none of these)."""

    months: int = 0
    days: int = 0
    until: datetime | None = None

    @property
    def lifetime(self) -> bool:
        return not self.months and not self.days and self.until is None

    def __str__(self) -> str:
        """As `parse_term` reads it."""
        if self.until is not None:
            return self.until.date().isoformat()
        if self.lifetime:
            return "lifetime"
        return f"{self.months}m" if self.months else f"{self.days}d"


LIFETIME = Term()


def parse_term(text: str) -> Term:
    """'lifetime', '90d', '12m', '1y', '2027-11-22' or '22.11.2027' (to the end of that day).

    Raises Usage('bad-term').
    """
    wanted = text.strip().casefold()
    if wanted in _LIFETIME:
        return LIFETIME
    if match := _TERM.fullmatch(wanted):
        count, unit = int(match[1]), _LETTERS[match[2]]
        if count == 0:
            raise Usage("bad-term", text=text)
        if unit in "dw":
            return Term(days=count * (7 if unit == "w" else 1))
        return Term(months=count * (12 if unit == "y" else 1))
    try:
        if match := _ISO.fullmatch(wanted):
            return _until(date(int(match[1]), int(match[2]), int(match[3])))
        if match := _DOTTED.fullmatch(wanted):
            return _until(date(int(match[3]), int(match[2]), int(match[1])))
    except ValueError:
        pass
    raise Usage("bad-term", text=text)


def _until(day: date) -> Term:
    return Term(until=datetime.combine(day, time(23, 59, 59), UTC))


def ends(term: Term, now: datetime, *, renewal: bool = False, old: datetime | None = None) -> datetime | None:
    """When access ends; None: never.

    A renewal counts from the later of now and the old end, and never shortens: access for life stays so, and a date
    before the old end is refused. Raises Usage('bad-term') for a date that is past or beyond the year 9999,
    Refused('term-shortens', old, new).
    """
    if term.lifetime:
        return None
    if term.until is not None:
        if term.until <= now:
            raise Usage("bad-term", text=str(term))
        if renewal and (old is None or term.until < old):
            raise Refused("term-shortens", old="-" if old is None else old.date(), new=term.until.date())
        return term.until
    if renewal and old is None:
        return None
    start = max(now, old) if renewal and old is not None else now
    try:
        return _later(start, term.months) + timedelta(days=term.days)
    except (ValueError, OverflowError):
        raise Usage("bad-term", text=str(term)) from None


def _later(start: datetime, months: int) -> datetime:
    """The same day so many months later, or the last of that month."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    day = min(start.day, monthrange(year, month + 1)[1])
    return start.replace(year=year, month=month + 1, day=day)


def is_current(expires_at: datetime | None, now: datetime) -> bool:
    """Whether access with this end lasts at `now`."""
    return expires_at is None or expires_at > now
