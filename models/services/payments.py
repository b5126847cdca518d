"""Payments: looked at, summed, refunded, corrected. An amount never changes."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, and_, func, insert, or_, select, update
from sqlmodel import Session

from models.errors import NotFound, Refused, Usage
from models.rules.access import full_name
from models.rules.clock import Clock
from models.rules.money import LIMIT, Money, totals
from models.rules.receipts import receipt_key, tidy_receipt
from models.rules.text import fold_text, for_storage
from models.services.access_facts import money_of, payments, payments_table, squeezed
from models.services.journal import Facts, journal_table, write_entry
from models.services.keyset import page
from models.store.database import Database
from models.store.turns import take_turn
from models.tables.extended import users
from models.tables.functions import ESCAPE, containing, fold
from models.views import Cursor, IdPage, Operator
from models.views.access import Paid, PaymentFilter, PaymentSum, PaymentSums

#: Under which name the JSON of a correcting payment holds the receipt it corrects.
CORRECTS = "corrects"


_ALL = PaymentFilter()


class Payments:
    """`operator` raises Refused when nobody may write."""

    def __init__(self, database: Database, clock: Clock, operator: Callable[[], Operator], source: str) -> None:
        self.database = database
        self.clock = clock
        self.source = source
        self._operator = operator

    def ids(self, wanted: PaymentFilter = _ALL, *, after: Cursor | None = None, limit: int = 200) -> IdPage:
        """One keyset page of payments, newest first; without the planned tables what the journal knows. One statement.
        Raises DatabaseProblem."""
        if not self._known():
            return IdPage((), None)
        query, p = self._query(p_only=True)
        query = query.where(*_conditions(p, wanted))
        if after is not None:
            query = query.where(p.c.id < after.id)
        with self.database.read() as session:
            return page(session.execute(query.order_by(p.c.id.desc()).limit(limit)).all(), limit)

    def rows(self, ids: Sequence[int]) -> tuple[Paid, ...]:
        """Payments in the order of `ids`; vanished ones are left out. One statement. Raises DatabaseProblem."""
        if not ids or not self._known():
            return ()
        query, p = self._query()
        with self.database.read() as session:
            rows = session.execute(query.where(p.c.id.in_(list(ids)))).mappings()
            found = {row["id"]: _to_paid(row) for row in rows}
        return tuple(found[id] for id in ids if id in found)

    def summary(self, wanted: PaymentFilter = _ALL) -> PaymentSums:
        """Counts and exact sums of what the filter leaves. One statement. Raises DatabaseProblem."""
        by_status: defaultdict[str, list[tuple[int, Money | None]]] = defaultdict(list)
        orphans = []
        for row in self._grouped(wanted):
            money, many = money_of(row["amount"], row["currency"]), int(row["many"])
            found = (many, None if money is None else Money(money.amount * many, money.currency))
            by_status[row["status"]].append(found)
            if row["without_tier"] and row["status"] == "completed":
                orphans.append(found)
        return PaymentSums({status: _summed(by_status[status]) for status in sorted(by_status)}, _summed(orphans))

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
        return {status: each.sums for status, each in self.summary(wanted).by_status.items() if each.sums}

    def _grouped(self, wanted: PaymentFilter) -> Sequence[RowMapping]:
        """How many there are of each status and amount: summed by the caller, since SQLite would add REALs."""
        if not self._known():
            return ()
        query, p = self._query(p_only=True)
        columns = (p.c.status, p.c.amount, p.c.currency, p.c.tier.is_(None).label("without_tier"))
        query = query.with_only_columns(*columns, func.count().label("many"), maintain_column_froms=True)
        with self.database.read() as session:
            return session.execute(query.where(*_conditions(p, wanted)).group_by(*columns)).mappings().all()

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
        """Records a new payment of `price`, which may be negative, that names the one it corrects; the old one stays
        as it is.

        Raises NotFound('payment-not-found'), Refused('reason-needed', 'receipt-used', 'no-payments'),
        Usage('bad-receipt', 'bad-amount'), DatabaseProblem.
        """
        return self._correct(receipt, new_receipt, lambda _session, _old: price, reason)

    def correct_to(self, receipt: str, new_receipt: str, meant: Money, reason: str) -> Paid:
        """As `correct`, by the difference that makes the payment and its corrections sum up to what was `meant`.

        Raises what `correct` raises, Refused('not-completed', 'other-currency', 'nothing-to-correct').
        """

        def difference(session: Session, old: Paid) -> Money:
            standing = self._standing(session, old)
            if old.status != "completed" or standing is None:
                raise Refused("not-completed", receipt=old.receipt, status=old.status)
            if standing.currency != meant.currency:
                raise Refused("other-currency", receipt=old.receipt, currency=standing.currency)
            if standing == meant:
                raise Refused("nothing-to-correct", receipt=old.receipt, amount=str(meant))
            return Money(meant.amount - standing.amount, meant.currency)

        return self._correct(receipt, new_receipt, difference, reason)

    def standing(self, receipt: str) -> Money | None:
        """A payment and its corrections so far, in its own currency; None where its amount is not known. Raises
        NotFound('payment-not-found'), DatabaseProblem."""
        with self.database.read() as session:
            return self._standing(session, self._one(session, receipt))

    def _standing(self, session: Session, old: Paid) -> Money | None:
        if old.price is None:
            return None
        query, p = self._query()
        query = query.where(p.c.user_id == old.user_id, p.c.details.is_not(None), p.c.status == "completed")
        found = [_to_paid(row) for row in session.execute(query).mappings()]
        corrections = [each.price for each in found if each.corrects == old.receipt and each.price is not None]
        amounts = [each.amount for each in corrections if each.currency == old.price.currency]
        return Money(sum(amounts, old.price.amount), old.price.currency)

    def _correct(self, receipt: str, new_receipt: str, price_of: Callable[[Session, Paid], Money], reason: str) -> Paid:
        operator, p = self._operator(), payments_table
        new_receipt = tidy_receipt(new_receipt)
        if not reason.strip():
            raise Refused("reason-needed")
        if not receipt_key(new_receipt):
            raise Usage("bad-receipt", text=new_receipt)
        if not self.database.features.planned:
            raise Refused("no-payments")
        with self.database.write() as session:
            take_turn(session, "grants")
            old = self._one(session, receipt)
            price = price_of(session, old)
            if abs(price.amount) >= LIMIT:
                raise Usage("bad-amount", text=str(price))
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

    def _query(self, *, p_only: bool = False) -> tuple[Select[Any], Any]:
        """All payments with the names of their people, or the ids and `id` again, as a page wants them."""
        p = payments(self.database.features)
        joined = p.outerjoin(users, users.c.id == p.c.user_id)
        columns = (p.c.id, p.c.id) if p_only else (p, users.c.first_name, users.c.last_name, users.c.username)
        return select(*columns).select_from(joined), p

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
    if wanted.search.strip():
        found.append(_searched(p, wanted.search))
    if wanted.orphans:
        found.append(and_(p.c.tier.is_(None), p.c.status == "completed"))
    return found


def _summed(found: Sequence[tuple[int, Money | None]]) -> PaymentSum:
    return PaymentSum(sum(many for many, _ in found), totals(money for _, money in found if money is not None))


def _searched(p: Any, search: str) -> ColumnElement[bool]:
    """Each word in the receipt, in any spelling, or in the person's name or @username."""
    conditions = []
    for word in fold_text(for_storage(search)).split():
        columns = (users.c.first_name, users.c.last_name, users.c.username)
        pattern = containing(word.removeprefix("@"))
        named = [fold(func.coalesce(column, "")).like(pattern, escape=ESCAPE) for column in columns]
        named.append(fold(p.c.receipt).like(containing(word), escape=ESCAPE))
        if any(letter.isdigit() for letter in word):
            # Other spellings of a number cost a look at each receipt; of other words they are not worth it.
            named.append(squeezed(p.c.receipt).like(containing(receipt_key(word)), escape=ESCAPE))
        conditions.append(or_(*named))
    return and_(*conditions)


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
