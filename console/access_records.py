"""Paid access as scripts read it, and as CSV: amounts as exact text, times as datetimes for `as_json`."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

from models.errors import FrontdeskError
from models.rules.clock import iso_z
from models.rules.money import Money
from models.rules.text import clean
from models.views import JournalEntry
from models.views.access import BatchResult, BatchRow, Ended, Granted, Paid
from screens.wording import words

JOURNAL_COLUMNS = (
    "id", "at", "operator", "source", "action", "subject_type", "subject_id", "person", "username", "tier", "receipt",
    "amount", "currency", "expires_at", "refers_to", "before", "after", "reason",
)  # fmt: skip


def money_record(money: Money | None) -> dict[str, Any]:
    return {
        "amount": None if money is None else str(money.amount),
        "currency": None if money is None else money.currency,
    }


def granted_record(granted: Granted) -> dict[str, Any]:
    return {
        "journal_id": granted.entry_id,
        "user_id": granted.user_id,
        "tier": granted.tier,
        "renewal": granted.renewal,
        "expires_at": granted.expires_at,
        "paid_before": granted.paid_before,
        "notified": granted.notified,
        "not_notified": error_id(granted.why_not_notified),
        "not_recorded": list(granted.unrecorded),
    }


def ended_record(ended: Ended) -> dict[str, Any]:
    return {
        "journal_id": ended.entry_id,
        "user_id": ended.user_id,
        "tiers": list(ended.tiers),
        "paid": ended.paid,
        "notified": ended.notified,
    }


def paid_record(paid: Paid) -> dict[str, Any]:
    return {
        "id": paid.id,
        "user_id": paid.user_id,
        "name": paid.person_name,
        "username": paid.username,
        "tier": paid.tier,
        "payment_processor": paid.processor,
        "transaction_id": paid.receipt,
        **money_record(paid.price),
        "status": paid.status,
        "created_at": paid.at,
        "corrects": paid.corrects,
        "orphan": paid.orphan,
    }


def batch_record(row: BatchRow, result: BatchResult | None = None) -> dict[str, Any]:
    problem = result.error if result is not None and result.error is not None else row.problem
    return {
        "line": row.line.number,
        "user": row.line.user,
        "user_id": row.user_id,
        "name": row.person_name,
        "tier": row.line.tier,
        **money_record(row.line.money),
        "receipt": row.line.receipt,
        "state": row.state.value,
        "expires_at": row.preview.expires_at if row.preview is not None else None,
        "problem": None if problem is None else words(problem),
        "people": [person[0] for person in row.people],
        "granted": None if result is None or result.granted is None else granted_record(result.granted),
    }


def journal_record(entry: JournalEntry) -> dict[str, Any]:
    values: dict[str, Any] = {
        "id": entry.id,
        "at": entry.at,
        "operator": entry.operator_name,
        "person": entry.person_name,
        **money_record(entry.amount),
        "before": _object(entry.before),
        "after": _object(entry.after),
    }
    return {name: values[name] if name in values else getattr(entry, name) for name in JOURNAL_COLUMNS}


def _object(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def error_id(error: FrontdeskError | None) -> str | None:
    return None if error is None else error.id


def csv_lines(columns: Sequence[str], records: Iterable[dict[str, Any]]) -> Iterable[str]:
    """A heading and a line for each record, cleaned; no cell that a spreadsheet would take for a formula."""
    yield _csv(columns)
    for record in records:
        yield _csv([_cell(record[name]) for name in columns])


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False)
    text = clean(str(iso_z(value) if hasattr(value, "astimezone") else value))
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _csv(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(cells)
    return line.getvalue()
