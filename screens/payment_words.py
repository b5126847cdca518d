"""The words by which payments are filtered: days, tiers, processors; every other word is looked for. Pure."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timedelta

from models.errors import Usage
from models.rules.access_lines import parse_tier
from models.rules.money import Money
from models.rules.sales import PROCESSORS
from models.rules.text import one_line
from models.views.access import PaymentFilter, PaymentSum
from screens.i18n import N_, _
from screens.money import money

#: The views in the order of their digits: all, the seed's states, and what belongs to no enrollment.
VIEWS: dict[str, str] = {
    "all": N_("All"),
    "completed": N_("Completed"),
    "pending": N_("Pending"),
    "failed": N_("Failed"),
    "refunded": N_("Refunded"),
    "orphans": N_("Of no enrollment"),
}
#: A payment's states, and the hue of those that are not as usual.
STATUS_WORDS = {
    "completed": N_("completed"),
    "pending": N_("pending"),
    "failed": N_("failed"),
    "refunded": N_("refunded"),
}
STATUS_STYLES = {"refunded": "$text-warning", "failed": "$text-error", "pending": "$foreground-muted"}
#: Days back from today and how many days, by their names in either language.
_SPANS = {
    "today": (0, 1), "сегодня": (0, 1), "yesterday": (1, 1), "вчера": (1, 1), "week": (6, 7), "неделя": (6, 7),
    "неделю": (6, 7), "month": (29, 30), "месяц": (29, 30),
}  # fmt: skip
_BY_HAND = frozenset({"hand", "manual", "вручную", "руками"})
_ISO = re.compile(r"(\d{4})-(\d{1,2})(?:-(\d{1,2}))?")
_LOCAL = re.compile(r"(\d{1,2})\.(\d{1,2})(?:\.(\d{4}))?")
#: Fewer letters of a tier's name could be the beginning of anything.
_SHORTEST_TIER = 3


def parse_filter(text: str, view: str, now: datetime) -> PaymentFilter:
    """`today vip stripe R-1`: a day or days (`2026-11-23`, `23.11`, `2026-11`, `week`), a tier, a processor (`hand` for
    payments by hand); what is none of these is looked for in receipts and names. Days are local ones."""
    wanted, words = PaymentFilter(), []
    for word in text.split():
        folded = word.casefold()
        days = _days(folded, now.astimezone().date())
        if days is not None:
            wanted = replace(wanted, since=_midnight(days[0]), until=_midnight(days[1]))
        elif (tier := _tier(folded)) is not None:
            wanted = replace(wanted, tier=tier)
        elif folded in PROCESSORS or folded in _BY_HAND:
            wanted = replace(wanted, processor=folded if folded in PROCESSORS else "")
        else:
            words.append(word)
    wanted = replace(wanted, search=" ".join(words))
    if view == "orphans":
        return replace(wanted, orphans=True)
    return wanted if view == "all" else replace(wanted, status=view)


def _days(word: str, today: date) -> tuple[date, date] | None:
    """The first day, and the one after the last."""
    if word in _SPANS:
        back, many = _SPANS[word]
        first = today - timedelta(days=back)
        return first, first + timedelta(days=many)
    try:
        if match := _ISO.fullmatch(word):
            year, month, day = match.groups()
            first = date(int(year), int(month), int(day or 1))
            return first, first + timedelta(days=1) if day else _next_month(first)
        if match := _LOCAL.fullmatch(word):
            first = date(int(match[3] or today.year), int(match[2]), int(match[1]))
            return first, first + timedelta(days=1)
    except (ValueError, OverflowError):
        return None
    return None


def _next_month(first: date) -> date:
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time()).astimezone()


def _tier(word: str) -> str | None:
    if len(word) < _SHORTEST_TIER:
        return None
    try:
        return parse_tier(word)
    except Usage:
        return None


def status_word(status: str) -> str:
    """A payment's status; one that the seed does not know as it is."""
    return _(STATUS_WORDS[status]) if status in STATUS_WORDS else one_line(status, 20)


def processor_word(processor: str | None) -> str:
    return one_line(processor, 20) if processor else _("by hand")


def price_word(price: Money | None) -> str:
    """What was paid; `?` for an amount or a currency that can't be read."""
    return "?" if price is None else money(price)


def sum_words(found: PaymentSum) -> str:
    """`38 000 ₽ · 400 $`; a dash for nothing."""
    return " · ".join(map(money, found.sums)) or "—"
