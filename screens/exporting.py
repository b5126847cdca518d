"""Money and the journal as scripts read them, and as CSV: amounts as exact text, times in UTC. Without textual: the
command line writes the same."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from models.rules import csv_text
from models.rules.clock import iso_z
from models.rules.money import Money
from models.views import JournalEntry

JOURNAL_COLUMNS = (
    "id", "at", "operator", "source", "action", "subject_type", "subject_id", "person", "username", "tier", "receipt",
    "amount", "currency", "expires_at", "refers_to", "before", "after", "reason",
)  # fmt: skip


def money_record(money: Money | None) -> dict[str, Any]:
    return {
        "amount": None if money is None else str(money.amount),
        "currency": None if money is None else money.currency,
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


def journal_lines(entries: Iterable[JournalEntry], *, as_csv: bool) -> Iterator[str]:
    """The journal as JSON lines, or as CSV with a heading."""
    records = (journal_record(entry) for entry in entries)
    return iter(csv_lines(JOURNAL_COLUMNS, records)) if as_csv else map(_json_line, records)


def _json_line(record: dict[str, object]) -> str:
    return json.dumps(record, default=lambda value: iso_z(value) if hasattr(value, "astimezone") else str(value))


def csv_lines(columns: Sequence[str], records: Iterable[dict[str, Any]]) -> Iterator[str]:
    """The lines of `models.rules.csv_text` without their ends."""
    return (line.removesuffix("\r\n") for line in csv_text.csv_lines(columns, records))
