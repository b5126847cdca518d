"""The report as scripts read it, and as a table for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from models.rules.csv_text import csv_lines
from models.views.report import Picture, Report

COLUMNS = ("picture", "from", "of", "what", "figure", "unit")
_Row = tuple[object, ...]


def record(report: Report) -> dict[str, Any]:
    """One object: seconds for durations, exact text for sums, days as YYYY-MM-DD in the local zone."""
    return {
        "since": report.since.isoformat(),
        "until": report.until.isoformat(),
        "at": report.at,
        "messages_kept": report.kept,
        "undated_messages": report.undated,
        "days": [
            {
                "day": day.day.isoformat(),
                "incoming": day.incoming,
                "outgoing": day.outgoing,
                "first_answers": day.answers,
                "median_seconds": day.median,
                "p90_seconds": day.p90,
                "waiting": day.waiting,
            }
            for day in report.days
        ],
        "first_answers": {"count": report.answers, "median_seconds": report.median, "p90_seconds": report.p90},
        "operators": [
            {
                "operator_id": each.id or None,
                "operator": each.name,
                "first_answers": each.answers,
                "median_seconds": each.median,
                "p90_seconds": each.p90,
            }
            for each in report.operators
        ],
        "scores": report.scores.counts,
        "score_days": [{"at": each.at, **each.counts} for each in report.score_days],
        "scores_moved": None if report.moved is None else {"rose": report.moved[0], "fell": report.moved[1]},
        "funnel": [{"step": each.step.value, "people": each.people, "of": each.of} for each in report.funnel],
        "sales_from": report.sales_from,
        "sales": [
            {
                "week": each.monday.isoformat(),
                "tier": each.tier,
                "currency": each.currency,
                "amount": str(each.amount),
                "payments": each.payments,
                "refunded": each.refunded,
            }
            for each in report.sales
        ],
        "access_ends": [{"week": each.monday.isoformat(), "people": each.people} for each in report.ending],
        "access_for_life": report.lifetime,
        "lessons": [
            {"lesson": each.slug, "begun": each.begun, "completed": each.completed, "seconds": each.seconds}
            for each in report.lessons
        ],
    }


def as_table(report: Report, *, names: bool) -> str:
    """A line for each figure."""
    return "".join(csv_lines(COLUMNS, (dict(zip(COLUMNS, row, strict=True)) for row in _rows(report, names=names))))


def _rows(report: Report, *, names: bool) -> Iterator[_Row]:
    for day in report.days:
        yield Picture.MESSAGES, day.day, None, "incoming", day.incoming, "messages"
        yield Picture.MESSAGES, day.day, None, "outgoing", day.outgoing, "messages"
        yield Picture.ANSWERS, day.day, None, "answers", day.answers, "answers"
        if day.median is not None:
            yield Picture.ANSWERS, day.day, None, "median", day.median, "seconds"
            yield Picture.ANSWERS, day.day, None, "p90", day.p90, "seconds"
        if day.waiting is not None:
            yield Picture.WAITING, day.day, None, "waiting", day.waiting, "conversations"
    for each in report.operators:
        who = "others" if not each.id else each.name if names else f"operator {each.id}"
        yield Picture.OPERATORS, report.since, who, "answers", each.answers, "answers"
        yield Picture.OPERATORS, report.since, who, "median", each.median, "seconds"
        yield Picture.OPERATORS, report.since, who, "p90", each.p90, "seconds"
    for moment in (*report.score_days, report.scores):
        for band, many in moment.counts.items():
            yield Picture.SCORES, moment.at, band, "now", many, "conversations"
    for step in report.funnel:
        yield Picture.FUNNEL, report.since, step.step, "people", step.people, "people"
    for sale in report.sales:
        what = "given back" if sale.refunded else "sold"
        yield Picture.SALES, sale.monday, sale.tier, what, str(sale.amount), sale.currency
        yield Picture.SALES, sale.monday, sale.tier, what, sale.payments, "payments"
    for week in report.ending:
        yield Picture.ENDING, week.monday, None, "ends", week.people, "people"
    for lesson in report.lessons:
        yield Picture.LESSONS, None, lesson.slug, "begun", lesson.begun, "people"
        yield Picture.LESSONS, None, lesson.slug, "completed", lesson.completed, "people"
        yield Picture.LESSONS, None, lesson.slug, "spent", lesson.seconds, "seconds"
