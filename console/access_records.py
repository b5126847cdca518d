"""Paid access as scripts read it: amounts as exact text, times as datetimes for `as_json`."""

from __future__ import annotations

from typing import Any

from models.errors import FrontdeskError
from models.views.access import BatchResult, BatchRow, Ended, Granted, Paid
from screens.exporting import money_record
from screens.wording import words


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


def error_id(error: FrontdeskError | None) -> str | None:
    return None if error is None else error.id
