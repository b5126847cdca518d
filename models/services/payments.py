"""Payments: looked at, summed, refunded, corrected. An amount never changes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, and_, func, insert, select, update
from sqlmodel import Session

from models.errors import NotFound, Refused, Usage
from models.rules.access import full_name
from models.rules.clock import Clock
from models.rules.money import LIMIT, Money, totals
from models.rules.receipts import receipt_key, tidy_receipt
from models.services.access_facts import money_of, payments, payments_table
from models.services.journal import Facts, journal_table, write_entry
from models.store.database import Database
from models.store.turns import take_turn
from models.tables.extended import users
from models.views import Operator
from models.views.access import Paid

#: Under which name the JSON of a correcting payment holds the receipt it corrects.
CORRECTS = "corrects"


@dataclass(frozen=True, slots=True)
class PaymentFilter:
    """`since` and `until` are moments, the second outside; None asks for nothing. `processor` '' is by hand."""

    since: datetime | None = None
    until: datetime | None = None
    tier: str | None = None
    processor: str | None = None
    status: str | None = None
    user_id: int | None = None
    orphans: bool = False


_ALL = PaymentFilter()


class Payments:
    """`operator` raises Refused when nobody may write."""

    def __init__(self, database: Database, clock: Clock, operator: Callable[[], Operator], source: str) -> None:
        self.database = database
        self.clock = clock
        self.source = source
        self._operator = operator

    def page(self, wanted: PaymentFilter = _ALL, *, before: int | None = None, limit: int = 200) -> tuple[Paid, ...]:
        """Newest first, ids below `before`; without the planned tables what the journal knows."""
        if not self._known():
            return ()
        query, p = self._query()
        query = query.where(*_conditions(p, wanted))
        if before is not None:
            query = query.where(p.c.id < before)
        with self.database.read() as session:
            rows = session.execute(query.order_by(p.c.id.desc()).limit(limit)).mappings()
            return tuple(_to_paid(row) for row in rows)

    def sums(self, wanted: PaymentFilter = _ALL) -> dict[str, tuple[Money, ...]]:
        """Exact sums by status and currency. Raises DatabaseProblem."""
        if not self._known():
            return {}
        _query, p = self._query()
        query = select(p.c.status, p.c.amount, p.c.currency, func.count().label("many")).where(*_conditions(p, wanted))
        found: dict[str, list[Money]] = {}
        with self.database.read() as session:
            # Summed here: SQLite would add REALs.
            for row in session.execute(query.group_by(p.c.status, p.c.amount, p.c.currency)).mappings():
                money = money_of(row["amount"], row["currency"])
                if money is not None:
                    found.setdefault(row["status"], []).append(Money(money.amount * row["many"], money.currency))
        return {status: totals(amounts) for status, amounts in sorted(found.items())}

    def refund(self, receipt: str, reason: str) -> Paid:
        """Notes that a payment was given back: `completed` becomes `refunded`, nothing else changes; access stays.

        Raises NotFound('payment-not-found'), Refused('reason-needed', 'not-completed', …), DatabaseProblem.
        """
        operator = self._operator()
        if not reason.strip():
            raise Refused("reason-needed")
        with self.database.write() as session:
            take_turn(session, "grants")
            paid = self._one(session, receipt)
            if paid.status != "completed":
                raise Refused("not-completed", receipt=paid.receipt, status=paid.status)
            if self.database.features.planned:
                p = payments_table
                moved = update(p).where(p.c.id == paid.id, p.c.status == "completed")
                session.execute(moved.values(status="refunded", updated_at=self.clock()))
            write_entry(
                session, self.clock, operator, self.source,
                action="refund", user_id=paid.user_id, before={"status": paid.status}, after={"status": "refunded"},
                reason=reason,
                facts=Facts(receipt=paid.receipt, amount=paid.price, refers_to=self._entry_of(session, paid.receipt)),
            )  # fmt: skip
            return self._one(session, paid.receipt)

    def correct(self, receipt: str, new_receipt: str, price: Money, reason: str) -> Paid:
        """Records a new payment that names the one it corrects; the old one stays as it is.

        Raises NotFound('payment-not-found'), Refused('reason-needed', 'receipt-used', 'no-payments'),
        Usage('bad-receipt', 'bad-amount'), DatabaseProblem.
        """
        operator, p = self._operator(), payments_table
        new_receipt = tidy_receipt(new_receipt)
        if not reason.strip():
            raise Refused("reason-needed")
        if not receipt_key(new_receipt):
            raise Usage("bad-receipt", text=new_receipt)
        if abs(price.amount) >= LIMIT:
            raise Usage("bad-amount", text=str(price))
        if not self.database.features.planned:
            raise Refused("no-payments")
        with self.database.write() as session:
            take_turn(session, "grants")
            old = self._one(session, receipt)
            taken = session.execute(select(p.c.user_id).where(p.c.transaction_id == new_receipt)).first()
            if taken is not None:
                raise Refused("receipt-used", receipt=new_receipt, name=f"#{taken[0]}", at=None, operator="-")
            now = self.clock()
            enrollment = select(p.c.enrollment_id).where(p.c.id == old.id).scalar_subquery()
            session.execute(
                insert(p).values(
                    user_id=old.user_id, enrollment_id=enrollment, payment_processor=old.processor,
                    transaction_id=new_receipt, amount=price.amount, currency=price.currency, status="completed",
                    created_at=now, updated_at=now,
                    **{"metadata": json.dumps({CORRECTS: old.receipt}, ensure_ascii=False)},
                )
            )  # fmt: skip
            write_entry(
                session, self.clock, operator, self.source,
                action="correct", user_id=old.user_id, before={"receipt": old.receipt, "amount": str(old.price)},
                after={"receipt": new_receipt, "amount": str(price)}, reason=reason,
                facts=Facts(receipt=new_receipt, amount=price, refers_to=self._entry_of(session, old.receipt)),
            )  # fmt: skip
            return self._one(session, new_receipt)

    def _known(self) -> bool:
        return self.database.features.planned or self.database.features.console_tables

    def _query(self) -> tuple[Select[Any], Any]:
        p = payments(self.database.features)
        joined = p.outerjoin(users, users.c.id == p.c.user_id)
        return select(p, users.c.first_name, users.c.last_name, users.c.username).select_from(joined), p

    def _one(self, session: Session, receipt: str) -> Paid:
        query, p = self._query()
        row = session.execute(query.where(p.c.receipt == tidy_receipt(receipt)).limit(1)).mappings().first()
        if row is None:
            raise NotFound("payment-not-found", receipt=receipt)
        return _to_paid(row)

    def _entry_of(self, session: Session, receipt: str) -> int | None:
        j = journal_table
        query = select(func.max(j.c.id)).where(j.c.receipt == receipt, j.c.action.in_(("grant", "renew", "correct")))
        return session.execute(query).scalar()


def _conditions(p: Any, wanted: PaymentFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.since is not None:
        found.append(p.c.at >= wanted.since)
    if wanted.until is not None:
        found.append(p.c.at < wanted.until)
    for name in ("tier", "status", "user_id"):
        if getattr(wanted, name) is not None:
            found.append(p.c[name] == getattr(wanted, name))
    if wanted.processor is not None:
        found.append(p.c.processor == wanted.processor if wanted.processor else p.c.processor.is_(None))
    if wanted.orphans:
        found.append(and_(p.c.tier.is_(None), p.c.status == "completed"))
    return found


def _to_paid(row: RowMapping) -> Paid:
    return Paid(
        id=row["id"],
        user_id=row["user_id"],
        person_name=full_name(row["first_name"], row["last_name"]),
        username=row["username"],
        tier=row["tier"],
        processor=row["processor"],
        receipt=row["receipt"],
        price=money_of(row["amount"], row["currency"]),
        status=row["status"],
        at=row["at"],
        corrects=_corrects(row["details"]),
        orphan=row["tier"] is None,
    )


def _corrects(details: str | None) -> str | None:
    try:
        found = json.loads(details) if details else None
    except ValueError:
        return None
    named = found.get(CORRECTS) if isinstance(found, dict) else None
    return named if isinstance(named, str) else None
