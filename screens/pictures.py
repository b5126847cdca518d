"""The report in words and bars: what each picture is called, its headline, and a bar for each figure with its numbers
beside it. Pure; the screen, the command line and the page all draw from here. Tiers, lessons and names are foreign."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from models.rules.bands import Band
from models.rules.days import Period, Week
from models.views.report import BANDS, UNKNOWN, UNSCORED, Behind, DayFigures, Picture, Report, SaleFigures, Step
from screens.i18n import _, ngettext, number
from screens.report_words import (
    MEANINGS,
    STEP_WORDS,
    TITLES,
    band_label,
    lasting,
    money,
    operator_name,
    sale_label,
    sale_words,
    share,
    short_day,
)
from screens.times import calendar


def _plainly(value: float) -> str:
    return number(value, ",.0f")


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: `first` is drawn full, `second` hatched behind it, in the unit of the picture; `figures` say both;
    `full` is the length of the longest bar that it may be compared with. `band` names a hue."""

    label: str
    first: float
    figures: str
    behind: Behind | None = None
    second: float = 0
    full: float = 1
    band: str | None = None


@dataclass(frozen=True, slots=True)
class Drawing:
    """One picture. `headline` says it in a few figures; `trend` is its course in time, empty: it has none; `empty` is
    what stands there without a bar."""

    picture: Picture
    headline: str
    bars: tuple[Bar, ...]
    trend: tuple[float, ...] = ()
    empty: str = ""
    spoken: Callable[[float], str] = _plainly

    @property
    def title(self) -> str:
        return _(TITLES[self.picture])

    @property
    def scale(self) -> str:
        """From the least to the most of the trend."""
        if len(self.trend) < 2:
            return ""
        return f"{self.spoken(min(self.trend))} – {self.spoken(max(self.trend))}"

    @property
    def meaning(self) -> str:
        return _(MEANINGS[self.picture])


def drawings(report: Report, wanted: Period, coming: Period) -> tuple[Drawing, ...]:
    """Every picture of a report on these periods, in their order."""
    made: dict[Picture, Callable[[], Drawing]] = {
        Picture.MESSAGES: lambda: _messages(report, wanted),
        Picture.ANSWERS: lambda: _answers(report, wanted),
        Picture.OPERATORS: lambda: _operators(report, wanted),
        Picture.WAITING: lambda: _waiting(report, wanted),
        Picture.SCORES: lambda: _scores(report),
        Picture.FUNNEL: lambda: _funnel(report, wanted),
        Picture.SALES: lambda: _sales(report, wanted),
        Picture.ENDING: lambda: _ending(report, coming),
        Picture.LESSONS: lambda: _lessons(report),
    }
    return tuple(made[picture]() for picture in Picture)


def _by_day(
    report: Report, wanted: Period, picture: Picture, draw: Callable[[DayFigures], tuple[float, float, str] | None]
) -> tuple[Bar, ...]:
    """A bar for each day that has figures, newest first."""
    found = [draw(day) for day in report.days]
    full = max((each[0] + each[1] for each in found if each is not None), default=0) or 1
    bars = []
    for at, each in enumerate(found):
        if each is not None:
            behind = Behind(picture, wanted.edges[at], wanted.edges[at + 1])
            label = calendar(wanted.days[at], year=False)
            bars.append(Bar(label, each[0], each[2], behind, each[1], full))
    return tuple(reversed(bars))


def _until(report: Report) -> list[DayFigures]:
    """The days that have begun."""
    return [day for day in report.days if day.waiting is not None]


def _messages(report: Report, wanted: Period) -> Drawing:
    def draw(day: DayFigures) -> tuple[float, float, str] | None:
        if day.waiting is None:
            return None
        figures = _("{incoming} in · {outgoing} out").format(
            incoming=number(day.incoming), outgoing=number(day.outgoing)
        )
        return day.incoming, day.outgoing, figures

    incoming, outgoing = (sum(getattr(day, name) for day in report.days) for name in ("incoming", "outgoing"))
    days = max(1, len(_until(report)))
    headline = _("{incoming} in, {outgoing} out, {daily} a day").format(
        incoming=number(incoming), outgoing=number(outgoing), daily=number((incoming + outgoing) / days, ",.0f")
    )
    if report.undated:
        many = ngettext("{n} with no readable time", "{n} with no readable time", report.undated)
        headline += "; " + many.format(n=report.undated)
    trend = tuple(float(day.incoming) for day in _until(report))
    bars = _by_day(report, wanted, Picture.MESSAGES, draw)
    return Drawing(Picture.MESSAGES, headline, bars, trend, _("The period has not begun yet."))


def _answer_words(median: float | None, p90: float | None, answers: int) -> str:
    many = ngettext("{n} answer", "{n} answers", answers).format(n=number(answers))
    return _("{median} · 90 % in {p90} · {many}").format(median=lasting(median), p90=lasting(p90), many=many)


def _answers(report: Report, wanted: Period) -> Drawing:
    def draw(day: DayFigures) -> tuple[float, float, str] | None:
        if day.median is None or day.p90 is None:
            return None
        return day.median, day.p90 - day.median, _answer_words(day.median, day.p90, day.answers)

    headline = _answer_words(report.median, report.p90, report.answers)
    trend = tuple(day.median or 0.0 for day in _until(report))
    empty = _("Nobody was answered in this period.")
    bars = _by_day(report, wanted, Picture.ANSWERS, draw)
    return Drawing(Picture.ANSWERS, headline if bars else empty, bars, trend if bars else (), empty, lasting)


def _operators(report: Report, wanted: Period) -> Drawing:
    full = max((each.answers for each in report.operators), default=1)
    bars = tuple(
        Bar(
            operator_name(each.id, each.name),
            each.answers,
            _answer_words(each.median, each.p90, each.answers),
            Behind(Picture.OPERATORS, wanted.begin, wanted.end, number=each.id),
            full=full,
        )
        for each in report.operators
    )
    ours = sum(each.answers for each in report.operators if each.id)
    headline = _("{ours} of {all} first answers by operators").format(ours=number(ours), all=number(report.answers))
    return Drawing(Picture.OPERATORS, headline, bars, (), _("Nobody was answered in this period."))


def _waiting(report: Report, wanted: Period) -> Drawing:
    def draw(day: DayFigures) -> tuple[float, float, str] | None:
        return None if day.waiting is None else (day.waiting, 0, number(day.waiting))

    days = _until(report)
    headline = _("The period has not begun yet.")
    if days:
        now, then = days[-1].waiting or 0, days[0].waiting or 0
        headline = _("{now} at the end, {then} on {day}").format(
            now=number(now), then=number(then), day=short_day(days[0].day)
        )
    trend = tuple(float(day.waiting or 0) for day in days)
    return Drawing(Picture.WAITING, headline, _by_day(report, wanted, Picture.WAITING, draw), trend, headline)


def _scores(report: Report) -> Drawing:
    counts = report.scores.counts
    before = report.score_days[0] if report.score_days else None
    names = [name for name in (*BANDS, UNSCORED, UNKNOWN) if counts.get(name) or name in BANDS]
    full = max(counts.values(), default=1) or 1
    bars = []
    total = sum(counts.values())
    for name in names:
        figures = f"{number(counts[name])} · {share(counts[name], total)}"
        if before is not None:
            moved = counts[name] - before.counts.get(name, 0)
            figures += f" ({number(moved, '+,')})" if moved else " (±0)"
        band = name if name in BANDS else None
        bars.append(
            Bar(band_label(name), counts[name], figures, Behind(Picture.SCORES, name=name), full=full, band=band)
        )
    scored = sum(counts.get(name, 0) for name in BANDS)
    headline = _("{ready} ready, {scored} of {all} scored").format(
        ready=number(counts.get(Band.READY, 0)), scored=number(scored), all=number(total)
    )
    if report.moved is not None and any(report.moved):
        risen, fallen = report.moved
        headline += "; " + _("{risen} rose, {fallen} fell").format(risen=number(risen), fallen=number(fallen))
    serious = (Band.READY.value, Band.EVALUATING.value)
    trend = tuple(
        float(sum(each.counts.get(name, 0) for name in serious)) for each in (*report.score_days, report.scores)
    )
    return Drawing(Picture.SCORES, headline, tuple(bars), trend if len(trend) > 2 else ())


def _funnel(report: Report, wanted: Period) -> Drawing:
    first = report.funnel[0].people if report.funnel else 0
    bars = []
    for each in report.funnel:
        figures = number(each.people)
        if each.step is not Step.WROTE:
            figures = _("{n} · {step} of those before · {all} of all").format(
                n=figures, step=share(each.people, each.of), all=share(each.people, first)
            )
        behind = Behind(Picture.FUNNEL, wanted.begin, wanted.end, each.step.value)
        bars.append(Bar(_(STEP_WORDS[each.step]), each.people, figures, behind, full=first or 1))
    last = report.funnel[-1] if report.funnel else None
    headline = _("{wrote} wrote first").format(wrote=number(first))
    if last is not None and last.step is Step.PAID:
        headline += ", " + _("{n} paid ({share})").format(n=number(last.people), share=share(last.people, first))
    if not report.enrolled_known:
        headline += "; " + _("this database keeps no enrollments")
    return Drawing(Picture.FUNNEL, headline, tuple(bars))


def _sales(report: Report, wanted: Period) -> Drawing:
    weeks: dict[date, Week] = {week.monday: week for week in wanted.weeks()}
    full: dict[str, Decimal] = {}
    sums: dict[str, Decimal] = {}
    for each in report.sales:
        full[each.currency] = max(full.get(each.currency, Decimal(0)), abs(each.amount))
        if not each.refunded:
            sums[each.currency] = sums.get(each.currency, Decimal(0)) + each.amount
    bars = []
    for each in sorted(report.sales, key=lambda each: each.monday, reverse=True):
        week = weeks[each.monday]
        behind = Behind(Picture.SALES, week.begin, week.end, each.tier, each.currency, refunded=each.refunded)
        bars.append(
            Bar(sale_label(each), float(each.amount), sale_words(each), behind, full=float(full[each.currency]) or 1)
        )
    headline = " + ".join(money(amount, currency) for currency, amount in sorted(sums.items()))
    source = {"journal": _("from the journal: this database keeps no payments"), "payments": ""}
    said = source.get(report.sales_from or "", _("nothing is known of sales here"))
    headline = "; ".join(filter(None, (headline or _("no sales"), said)))
    trend = _weekly(report.sales, [*weeks])
    return Drawing(Picture.SALES, headline, tuple(bars), trend, _("No completed payment in this period."))


def _weekly(sales: Sequence[SaleFigures], mondays: Sequence[date]) -> tuple[float, ...]:
    """Payments a week: sums of two currencies can't be added."""
    many = dict.fromkeys(mondays, 0)
    for each in sales:
        if not each.refunded:
            many[each.monday] += each.payments
    return tuple(float(each) for each in many.values()) if sales else ()


def _ending(report: Report, coming: Period) -> Drawing:
    weeks = {week.monday: week for week in coming.weeks()}
    full = max((each.people for each in report.ending), default=1) or 1
    bars = tuple(
        Bar(
            _("week of {day}").format(day=short_day(each.monday)),
            each.people,
            ngettext("{n} person", "{n} people", each.people).format(n=number(each.people)),
            Behind(Picture.ENDING, weeks[each.monday].begin, weeks[each.monday].end),
            full=full,
        )
        for each in report.ending
    )
    total = sum(each.people for each in report.ending)
    headline = _("{n} in the next {weeks} weeks; {lifetime} for life").format(
        n=number(total), weeks=len(weeks), lifetime=number(report.lifetime)
    )
    trend = tuple(float(each.people) for each in report.ending)
    return Drawing(Picture.ENDING, headline, bars, trend if total else (), _("This database tells no end of access."))


def _lessons(report: Report) -> Drawing:
    full = max((each.begun for each in report.lessons), default=1) or 1
    bars = tuple(
        Bar(
            each.slug,
            each.completed,
            _("{completed} of {begun} completed ({share}) · {spent}").format(
                completed=number(each.completed),
                begun=number(each.begun),
                share=share(each.completed, each.begun),
                spent=lasting(each.seconds),
            ),
            Behind(Picture.LESSONS, name=each.slug),
            second=each.begun - each.completed,
            full=full,
        )
        for each in report.lessons
    )
    completed, begun = sum(each.completed for each in report.lessons), sum(each.begun for each in report.lessons)
    headline = _("{completed} of {begun} completed").format(completed=number(completed), begun=number(begun))
    empty = (
        _("Nobody has begun a lesson yet.") if report.lessons_known else _("This database keeps no lesson progress.")
    )
    return Drawing(Picture.LESSONS, headline if bars else empty, bars, (), empty)


_EIGHTHS = " ▏▎▍▌▋▊▉█"


def blocks(bar: Bar, cells: int) -> tuple[str, str]:
    """The full and the hatched part of a bar in at most `cells` cells; whatever is not nothing is seen."""
    scale = cells / bar.full
    eighths = min(cells * 8, round(bar.first * scale * 8))
    if bar.first > 0:
        eighths = max(1, eighths)
    first = "█" * (eighths // 8) + (_EIGHTHS[eighths % 8] if eighths % 8 else "")
    room = cells - len(first)
    second = min(room, max(1, round(bar.second * scale)) if bar.second > 0 else 0)
    return first, "░" * max(0, second)
