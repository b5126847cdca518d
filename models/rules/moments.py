"""A moment to come, typed in words: "in 3 days", "fri 14:00", "завтра 10:00", "25.12". Pure.

Local times in, local times out: the caller brings `now` in the zone of whoever typed.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

#: Hour of the morning that a day without a time means, and of "tonight".
MORNING, EVENING = 9, 19

_UNITS: dict[str, str] = {
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes", "м", "мин", "минут", "минуту", "минуты"), "minutes"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours", "ч", "час", "часа", "часов"), "hours"),
    **dict.fromkeys(("d", "day", "days", "д", "дн", "день", "дня", "дней"), "days"),
    **dict.fromkeys(("w", "wk", "week", "weeks", "н", "нед", "неделю", "недели", "недель"), "weeks"),
    **dict.fromkeys(("month", "months", "мес", "месяц", "месяца", "месяцев"), "months"),
}
_DAYS = (
    ("mon", "monday", "пн", "понедельник"),
    ("tue", "tues", "tuesday", "вт", "вторник"),
    ("wed", "wednesday", "ср", "среда", "среду"),
    ("thu", "thur", "thurs", "thursday", "чт", "четверг"),
    ("fri", "friday", "пт", "пятница", "пятницу"),
    ("sat", "saturday", "сб", "суббота", "субботу"),
    ("sun", "sunday", "вс", "воскресенье"),
)
_WEEKDAYS = {word: number for number, words in enumerate(_DAYS) for word in words}
_MONTH_STEMS = (
    ("jan", "янв"), ("feb", "фев"), ("mar", "мар"), ("apr", "апр"), ("may", "мая", "май"), ("jun", "июн"),
    ("jul", "июл"), ("aug", "авг"), ("sep", "сен"), ("oct", "окт"), ("nov", "ноя"), ("dec", "дек"),
)  # fmt: skip
_NEAR = {
    "today": 0, "сегодня": 0, "tomorrow": 1, "tmr": 1, "завтра": 1, "послезавтра": 2,
}  # fmt: skip
_EVENING = ("tonight", "evening", "вечером", "вечер")
_MORNING = ("morning", "утром", "утро")
_ONE = {
    "a": 1, "an": 1, "one": 1, "один": 1, "одну": 1, "two": 2, "два": 2, "две": 2, "three": 3, "три": 3,
    "half": 0.5, "пол": 0.5, "полчаса": 0.5, "полтора": 1.5,
}  # fmt: skip
_TIME = re.compile(r"(?:at |в |@)?\b(\d{1,2})(?::(\d\d)| ?(am|pm))(?!\d)")
_HOUR = re.compile(r"(?:\bat|\bв) (\d{1,2})(?![\d.:/-])")
_SPAN = re.compile(r"(?:in |через |\+ ?)?(?:(\d+(?:[.,]\d+)?) ?|([a-zа-я]+) )?([a-zа-я]+)")
_DATES = (
    re.compile(r"(?P<year>\d{4})-(?P<month>\d\d?)-(?P<day>\d\d?)"),
    re.compile(r"(?P<day>\d\d?)[./](?P<month>\d\d?)(?:[./](?P<year>\d{4}|\d\d))?"),
)
_NAMED = re.compile(r"(?:(?P<day>\d\d?) (?P<name>[a-zа-я]+)|(?P<name2>[a-z]+) (?P<day2>\d\d?))(?: (?P<year>\d{4}))?")


def moment_of(typed: str, now: datetime) -> datetime | None:
    """The moment that these words mean, after `now`; None for words that mean none, or one that is over. A day without
    a time is its morning; a weekday is the next one; a date without a year the next one."""
    text = " ".join(typed.casefold().replace("ё", "е").replace(",", " ").split())
    if not text:
        return None
    try:
        found = _span(text, now) or _on_a_day(text, now)
    except (ValueError, OverflowError):
        return None
    return found if found is not None and found > now else None


def _span(text: str, now: datetime) -> datetime | None:
    """`in 3 days`, `2h`, `через час`, `полчаса`."""
    if text in ("полчаса", "через полчаса"):
        return now + timedelta(minutes=30)
    match = _SPAN.fullmatch(text)
    if match is None or (unit := _UNITS.get(match[3])) is None:
        return None
    number = float(match[1].replace(",", ".")) if match[1] else _ONE.get(match[2] or "one")
    if number is None or not 0 < number < 10_000:
        return None
    if unit == "months":
        return _months(now, int(number))
    moment = now + timedelta(**{unit: number})
    # Days and weeks are days of the calendar: the morning of that day.
    return _at(moment, MORNING, 0) if unit in ("days", "weeks") else moment


def _months(now: datetime, number: int) -> datetime:
    month = now.month - 1 + number
    year, month = now.year + month // 12, month % 12 + 1
    day = min(now.day, (datetime(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day)
    return _at(now.replace(year=year, month=month, day=day), MORNING, 0)


def _on_a_day(text: str, now: datetime) -> datetime | None:
    """A day, a time, or both in either order."""
    rest, time = _time(text)
    words = rest.split()
    for word in words:
        if word in _EVENING or word in _MORNING:
            time = time or ((EVENING, 0) if word in _EVENING else (MORNING, 0))
    rest = " ".join(word for word in words if word not in (*_EVENING, *_MORNING, "on", "at", "в", "во", "next"))
    hour, minute = time or (MORNING, 0)
    if not rest:
        if time is None:
            return None
        found = _at(now, hour, minute)
        return found if found > now else _at(now + timedelta(days=1), hour, minute)
    if rest in _NEAR:
        if _NEAR[rest] == 0 and time is None:
            hour, minute = EVENING, 0
        return _at(now + timedelta(days=_NEAR[rest]), hour, minute)
    if rest in _WEEKDAYS:
        ahead = (_WEEKDAYS[rest] - now.weekday()) % 7
        found = _at(now + timedelta(days=ahead), hour, minute)
        return found if found > now else found + timedelta(days=7)
    return _on_date(rest, now, hour, minute)


def _time(text: str) -> tuple[str, tuple[int, int] | None]:
    """The text without its time, and the time."""
    match = _TIME.search(text)
    if match is not None:
        hour, minute = int(match[1]), int(match[2] or 0)
        if match[3]:
            if not 1 <= hour <= 12:
                raise ValueError(text)
            hour = hour % 12 + (12 if match[3] == "pm" else 0)
    else:
        match = _HOUR.search(text)
        if match is None:
            return text, None
        hour, minute = int(match[1]), 0
    return " ".join((text[: match.start()] + " " + text[match.end() :]).split()), (hour, minute)


def _on_date(text: str, now: datetime, hour: int, minute: int) -> datetime | None:
    for pattern in _DATES:
        if (match := pattern.fullmatch(text)) is not None:
            return _dated(now, int(match["day"]), int(match["month"]), match["year"], hour, minute)
    match = _NAMED.fullmatch(text)
    if match is None:
        return None
    name = match["name"] or match["name2"]
    month = next((at for at, stems in enumerate(_MONTH_STEMS, 1) if name.startswith(stems)), None)
    return (
        None if month is None else _dated(now, int(match["day"] or match["day2"]), month, match["year"], hour, minute)
    )


def _dated(now: datetime, day: int, month: int, year: str | None, hour: int, minute: int) -> datetime:
    if year is not None:
        return _at(now.replace(year=int(year) + (2000 if len(year) == 2 else 0), month=month, day=day), hour, minute)
    found = _at(now.replace(month=month, day=day), hour, minute)
    return found if found > now else found.replace(year=now.year + 1)


def _at(day: datetime, hour: int, minute: int) -> datetime:
    return day.replace(hour=hour, minute=minute, second=0, microsecond=0)
