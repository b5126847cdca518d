"""Moments as people read them: local, short. Aware UTC in, words out; pure but for the local time zone."""

from __future__ import annotations

import math
from datetime import date, datetime

from screens.i18n import N_, _, pgettext

_DAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
#: Russian has them in the genitive: only as parts of a date are they ever shown.
_FULL_MONTHS = (
    *(N_("January"), N_("February"), N_("March"), N_("April"), N_("May"), N_("June")),
    *(N_("July"), N_("August"), N_("September"), N_("October"), N_("November"), N_("December")),
)
_MONTHS = (
    *(N_("Jan"), N_("Feb"), N_("Mar"), N_("Apr"), N_("May"), N_("Jun")),
    *(N_("Jul"), N_("Aug"), N_("Sep"), N_("Oct"), N_("Nov"), N_("Dec")),
)


def local(moment: datetime) -> datetime:
    """`moment` in the zone of this machine; a moment no calendar holds there stays in UTC."""
    try:
        return moment.astimezone()
    except (OverflowError, ValueError, OSError):
        return moment


def hours(moment: datetime | None) -> str:
    """`14:05`, nothing for None."""
    return local(moment).strftime("%H:%M") if moment is not None else ""


def countdown(until: datetime | None, now: datetime) -> str | None:
    """`34 s`, `2:05 min`, `1:30 h` still to go; None when it is over, or there is nothing to wait for."""
    seconds = 0 if until is None else math.ceil((until - now).total_seconds())
    if seconds <= 0:
        return None
    if seconds < 100:
        return _("{seconds} s").format(seconds=seconds)
    if seconds < 6000:
        return _("{minutes}:{seconds:02} min").format(minutes=seconds // 60, seconds=seconds % 60)
    return _("{hours}:{minutes:02} h").format(hours=seconds // 3600, minutes=seconds % 3600 // 60)


def day(moment: datetime, now: datetime) -> str:
    """`Today`, `Yesterday`, `Mon 23 Nov`, in another year `Mon 24 Nov 2025`."""
    when, today = local(moment).date(), local(now).date()
    match (today - when).days:
        case 0:
            return _("Today")
        case 1:
            return _("Yesterday")
    return calendar(when, year=when.year != today.year)


def calendar(when: date, *, year: bool = True) -> str:
    """`Mon 23 Nov 2026`."""
    words = f"{_(_DAYS[when.weekday()])} {when.day} {_(_MONTHS[when.month - 1])}"
    return f"{words} {when.year}" if year else words


def full_date(when: datetime) -> str:
    """`22 November 2027`, local: what stands in a sentence, or goes to a person."""
    day = local(when)
    return f"{day.day} {_(_FULL_MONTHS[day.month - 1])} {day.year}"


def moment(when: datetime) -> str:
    """`22 Nov 2027 14:05`, local: for a moment of any year, whatever the time is now."""
    return f"{short_date(when)} {local(when):%H:%M}"


def short_date(when: datetime) -> str:
    """`22 Nov 2027`, local: at most eleven cells."""
    day = local(when)
    return f"{day.day} {_(_MONTHS[day.month - 1])} {day.year}"


def stamp(moment: datetime | None, now: datetime) -> str:
    """Day and time on one line: `14:05`, `Yesterday 14:05`, `Mon 2 Nov 14:05`; a dash for None."""
    if moment is None:
        return "—"
    if local(moment).date() == local(now).date():
        return hours(moment)
    return f"{day(moment, now)} {hours(moment)}"


def short(moment: datetime | None, now: datetime) -> str:
    """At most six cells: `now`, `5m`, `14:05` today, `Mon` this week, `12 Nov` this year, `2024`; a dash for None."""
    if moment is None:
        return "—"
    seconds = (now - moment).total_seconds()
    if -60 < seconds < 60:
        return _("now")
    if 0 < seconds < 3600:
        return _("{minutes}m").format(minutes=int(seconds // 60))
    when, today = local(moment).date(), local(now).date()
    if when == today:
        return hours(moment)
    if 0 < (today - when).days < 7:
        return _(_DAYS[when.weekday()])
    return f"{when.day} {_(_MONTHS[when.month - 1])}" if when.year == today.year else str(when.year)


def waited(since: datetime, now: datetime) -> str:
    """How long somebody has waited, at most five cells: `now`, `5m`, `2h14`, `3d`."""
    minutes = max(0, int((now - since).total_seconds() // 60))
    if minutes < 1:
        return pgettext("waited", "now")
    if minutes < 60:
        return pgettext("waited", "{minutes}m").format(minutes=minutes)
    if minutes < 24 * 60:
        return _("{hours}h{minutes:02}").format(hours=minutes // 60, minutes=minutes % 60)
    return _("{days}d").format(days=minutes // (24 * 60))


def waited_long(since: datetime, now: datetime) -> str:
    """The same with more room: `5 min`, `2 h 14 min`, `3 d 4 h`."""
    minutes = max(0, int((now - since).total_seconds() // 60))
    if minutes < 60:
        return _("{minutes} min").format(minutes=minutes)
    if minutes < 24 * 60:
        return _("{hours} h {minutes:02} min").format(hours=minutes // 60, minutes=minutes % 60)
    return _("{days} d {hours} h").format(days=minutes // (24 * 60), hours=minutes % (24 * 60) // 60)
