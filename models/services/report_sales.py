"""Sales by week, tier and currency: exact sums of completed payments. Reads only."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from models.rules.days import Week, moment_of
from models.services.access_facts import payments
from models.services.payments import CORRECTS
from models.views import Features
from models.views.report import SaleFigures

_COMPLETED, _REFUNDED = "completed", "refunded"
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Sale:
    """One payment that counts."""

    user_id: int
    tier: str | None
    currency: str
    amount: Decimal
    refunded: bool


def sales_from(features: Features) -> str | None:
    """Where sales are known from: 'payments', 'journal' or None."""
    return "payments" if features.planned else "journal" if features.console_tables else None


def sales_in(session: Session, features: Features, begin: int, end: int) -> list[tuple[int, Sale]]:
    """(second, sale) of the payments made in a span and completed or given back since; one that a later payment
    corrects does not count."""
    if sales_from(features) is None:
        return []
    p = payments(features)
    query = select(p.c.at, p.c.user_id, p.c.tier, p.c.currency, p.c.amount, p.c.status, p.c.receipt)
    query = query.where(p.c.status.in_((_COMPLETED, _REFUNDED)))
    # A day more at either end: another spelling of a time sorts elsewhere.
    query = query.where(p.c.at >= moment_of(begin - _DAY), p.c.at < moment_of(end + _DAY))
    corrected = _corrected(session, p) if features.planned else set()
    found = []
    for row in session.execute(query.order_by(p.c.id)).mappings():
        if row["at"] is None or row["amount"] is None or row["receipt"] in corrected:
            continue
        second = int(row["at"].timestamp() // 1)
        if begin <= second < end:
            given_back = row["status"] == _REFUNDED
            sale = Sale(row["user_id"], row["tier"], row["currency"] or "RUB", row["amount"], given_back)
            found.append((second, sale))
    return found


def _corrected(session: Session, p: Any) -> set[str]:
    """Receipts that a completed payment corrects."""
    found = set()
    query = select(p.c.details).where(p.c.status == _COMPLETED, p.c.details.is_not(None))
    for details in session.execute(query.where(p.c.details.like(f'%"{CORRECTS}"%'))).scalars():
        try:
            named = json.loads(details)
        except ValueError:
            continue
        if isinstance(named, dict) and isinstance(named.get(CORRECTS), str):
            found.add(named[CORRECTS])
    return found


def by_week(sales: Iterable[tuple[int, Sale]], weeks: tuple[Week, ...]) -> tuple[SaleFigures, ...]:
    """Sums by week, tier and currency, what was given back apart; weeks without a sale are left out."""
    sums: dict[tuple[int, str, str, bool], tuple[Decimal, int]] = {}
    tiers: dict[str, str | None] = {}
    begins = [week.begin for week in weeks]
    for second, sale in sales:
        at = bisect_right(begins, second) - 1
        name = sale.tier or ""
        tiers[name] = sale.tier
        key = (at, name, sale.currency, sale.refunded)
        amount, many = sums.get(key, (Decimal(0), 0))
        sums[key] = (amount + sale.amount, many + 1)
    return tuple(
        SaleFigures(weeks[week].monday, tiers[name], currency, amount, many, refunded)
        for (week, name, currency, refunded), (amount, many) in sorted(sums.items())
    )
