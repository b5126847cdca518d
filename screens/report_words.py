"""The report's words: what pictures, bands and steps are called, durations, shares, sums. Pure; without textual."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from models.rules.bands import BOUNDS, GLYPHS, Band
from models.rules.money import Money
from models.rules.sales import CURRENCIES
from models.views.report import BANDS, UNKNOWN, UNSCORED, Picture, Report, SaleFigures, Step
from screens.i18n import N_, _, ngettext, number
from screens.money import money as spoken_money
from screens.times import calendar

TITLES: dict[Picture, str] = {
    Picture.MESSAGES: N_("Messages"),
    Picture.ANSWERS: N_("First answers"),
    Picture.OPERATORS: N_("Who answers"),
    Picture.WAITING: N_("Waiting"),
    Picture.SCORES: N_("Scores"),
    Picture.FUNNEL: N_("Funnel"),
    Picture.SALES: N_("Sales"),
    Picture.ENDING: N_("Access ends"),
    Picture.LESSONS: N_("Lessons"),
}
#: What a picture shows, in a line.
MEANINGS: dict[Picture, str] = {
    Picture.MESSAGES: N_("█ from people, ░ to them, by day"),
    Picture.ANSWERS: N_(
        "█ half were answered within, ░ nine of ten; from the first unanswered message, by day of answer"
    ),
    Picture.OPERATORS: N_("█ first answers in the period; times as under First answers"),
    Picture.WAITING: N_("█ conversations in which the person had spoken last when the day ended"),
    Picture.SCORES: N_("█ conversations by the score that the AI gave, now; in brackets since the period began"),
    Picture.FUNNEL: N_("█ people who first wrote in the period, without admins; each step is part of the one before"),
    Picture.SALES: N_("█ completed payments by week, tier and currency; a corrected payment counts once"),
    Picture.ENDING: N_("█ people whose last paid access ends in the week"),
    Picture.LESSONS: N_("█ completed, ░ begun, by lesson, all time"),
}
BAND_WORDS: dict[str, str] = {
    Band.READY: N_("ready"),
    Band.EVALUATING: N_("evaluating"),
    Band.INTERESTED: N_("interested"),
    Band.EXPLORING: N_("exploring"),
    UNSCORED: N_("not scored yet"),
    UNKNOWN: N_("outside 0–100"),
}
STEP_WORDS: dict[Step, str] = {
    Step.WROTE: N_("wrote"),
    Step.SCORED: N_("scored"),
    Step.SERIOUS: N_("61 and more"),
    Step.ENROLLED: N_("enrolled"),
    Step.PAID: N_("paid"),
}
#: Who answered when it was none of our operators.
OTHERS = N_("bot, AI or web")


def lasting(seconds: float | None) -> str:
    """`45 s`, `4 min`, `1 h 20 min`, `2 d 3 h`; a dash for None."""
    if seconds is None:
        return "—"
    whole = round(seconds)
    if whole < 100:
        return _("{n} s").format(n=whole)
    minutes = round(seconds / 60)
    if minutes < 60:
        return _("{n} min").format(n=minutes)
    if minutes < 24 * 60:
        return _("{h} h {m} min").format(h=minutes // 60, m=minutes % 60)
    hours = round(seconds / 3600)
    return _("{d} d {h} h").format(d=hours // 24, h=hours % 24)


def share(part: int, whole: int) -> str:
    """`37 %`; a dash of nothing."""
    return number(part / whole, ".0%").replace("%", "\u00a0%") if whole else "—"


def money(amount: Decimal, currency: str) -> str:
    """An exact sum as people read it."""
    if currency in CURRENCIES:
        return spoken_money(Money(amount, currency))
    return f"{number(amount, ',.2f')}\u00a0{currency}"


def spanned(report: Report) -> str:
    """`25 Oct – 23 Nov 2026 · 30 days`."""
    words = _span(report.since, report.until)
    return f"{words} · " + ngettext("{n} day", "{n} days", len(report.days)).format(n=len(report.days))


def _span(since: date, until: date) -> str:
    return f"{short_day(since, year=since.year != until.year)} – {short_day(until, year=True)}"


def short_day(day: date, *, year: bool = False) -> str:
    return calendar(day, year=year).partition(" ")[2]


def operator_name(id: int, name: str | None) -> str:
    return _(OTHERS) if id == 0 else name or _("operator {id}").format(id=id)


def band_label(name: str) -> str:
    """`█ ready 86–100`."""
    if name not in BANDS:
        return ("— " if name == UNSCORED else "? ") + _(BAND_WORDS[name])
    low, high = BOUNDS[Band(name)]
    return f"{GLYPHS[Band(name)]} {_(BAND_WORDS[name])} {low}–{high}"


def sale_label(sale: SaleFigures) -> str:
    """`9 Nov vip RUB`; foreign but for the day."""
    return f"{short_day(sale.monday)} {sale.tier or _('no tier')} {sale.currency}"


def sale_words(sale: SaleFigures) -> str:
    many = ngettext("{n} payment", "{n} payments", sale.payments).format(n=number(sale.payments))
    words = f"{money(sale.amount, sale.currency)} · {many}"
    return _("{words}, given back").format(words=words) if sale.refunded else words
