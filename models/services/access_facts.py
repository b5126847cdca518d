"""The facts of access, from the planned tables where they are, else reckoned from the journal."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, literal, null, or_, select
from sqlmodel import Session

from models.errors import NotFound
from models.rules.access import full_name
from models.rules.expiry import is_current
from models.rules.money import Money
from models.rules.receipts import HOMOGLYPHS, PUNCTUATION, receipt_key
from models.services.journal import USER, journal_table
from models.tables import Enrollment, Payment
from models.tables.extended import users
from models.tables.functions import fold
from models.views import Features
from models.views.access import Enrolled, ReceiptUse

enrollments_table = Enrollment.__table__  # type: ignore[attr-defined]
payments_table = Payment.__table__  # type: ignore[attr-defined]

#: Acts that say until when a tier lasts, and those that go with a payment.
ENROLLING = ("grant", "renew", "revoke", "undo")
PAYING = ("grant", "renew")
#: Everything that changes who has access.
ACCESS = (*ENROLLING, "expire", "paid.on", "paid.off", "admin.on", "admin.off")


def unrecorded(features: Features) -> tuple[str, ...]:
    """What this database has no table for."""
    return () if features.planned else ("enrollment", "payment")


def enrollments(features: Features) -> Any:
    """A subquery of (user_id, tier, expires_at, enrolled_at, amount, currency, receipt), one row a tier."""
    e, j = enrollments_table, journal_table
    if features.planned:
        columns = (e.c.user_id, e.c.tier, e.c.expires_at, e.c.enrolled_at, e.c.amount_paid.label("amount"))
        return select(*columns, e.c.currency, e.c.payment_id.label("receipt")).subquery("enrolled")
    later = j.alias("later")
    newer = and_(later.c.subject_id == j.c.subject_id, later.c.tier == j.c.tier, later.c.id > j.c.id)
    newest = ~exists(select(later.c.id).where(newer, later.c.subject_type == USER, later.c.action.in_(ENROLLING)))
    columns = (j.c.subject_id.label("user_id"), j.c.tier, j.c.expires_at, j.c.at.label("enrolled_at"), j.c.amount)
    ours = and_(j.c.subject_type == USER, j.c.tier.is_not(None), j.c.action.in_(ENROLLING))
    return select(*columns, j.c.currency, j.c.receipt).where(ours, newest).subquery("enrolled")


def payments(features: Features) -> Any:
    """A subquery of (id, user_id, tier, processor, receipt, amount, currency, status, at, details)."""
    p, e, j = payments_table, enrollments_table, journal_table
    if features.planned:
        columns = (p.c.id, p.c.user_id, e.c.tier, p.c.payment_processor.label("processor"), p.c.amount, p.c.currency)
        more = (p.c.transaction_id.label("receipt"), p.c.status, p.c.created_at.label("at"), p.c["metadata"])
        joined = p.outerjoin(e, e.c.id == p.c.enrollment_id)
        return select(*columns, *more[:3], more[3].label("details")).select_from(joined).subquery("payment")
    columns = (j.c.id, j.c.subject_id.label("user_id"), j.c.tier, null().label("processor"), j.c.amount, j.c.currency)
    status = case((_referred("undo"), "failed"), (_referred("refund"), "refunded"), else_="completed").label("status")
    ours = and_(j.c.subject_type == USER, j.c.receipt.is_not(None), j.c.action.in_(PAYING))
    return select(*columns, j.c.receipt, status, j.c.at, literal(None).label("details")).where(ours).subquery("payment")


def _referred(action: str) -> ColumnElement[bool]:
    later = journal_table.alias(f"later_{action}")
    return exists(select(later.c.id).where(later.c.refers_to == journal_table.c.id, later.c.action == action))


@dataclass(frozen=True, slots=True)
class State:
    """A person's access as it stands, under a lock when read in a write session."""

    user_id: int
    name: str
    username: str | None
    telegram_id: int | None
    admin: bool
    paid: bool
    enrolled: tuple[Enrolled, ...]

    @property
    def seen(self) -> str:
        """Differs when anything about the access differs, a payment that moved no end included."""
        tiers = sorted(self.enrolled, key=lambda each: each.tier)
        facts = [(each.tier, str(each.expires_at), each.receipt) for each in tiers]
        return hashlib.sha256(repr((self.admin, self.paid, facts)).encode()).hexdigest()[:16]

    def tier(self, tier: str) -> Enrolled | None:
        """What is known of one tier."""
        return next((each for each in self.enrolled if each.tier == tier), None)


def state_of(session: Session, features: Features, user_id: int, now: datetime, *, lock: bool = False) -> State:
    """Raises NotFound('user-not-found'). `lock` keeps the person from other writers until the transaction ends."""
    names = ("first_name", "last_name", "username", "telegram_id", "admin")
    columns = [users.c[name] for name in names] + ([users.c.paid] if features.paid else [])
    query = select(*columns).where(users.c.id == user_id)
    row = session.execute(query.with_for_update() if lock else query).mappings().first()
    if row is None:
        raise NotFound("user-not-found", id=user_id)
    return State(
        user_id=user_id,
        name=full_name(row["first_name"], row["last_name"]),
        username=row["username"],
        telegram_id=row["telegram_id"],
        admin=bool(row["admin"]),
        paid=bool(row.get("paid")),
        enrolled=enrolled_of(session, features, user_id, now),
    )


def enrolled_of(session: Session, features: Features, user_id: int, now: datetime) -> tuple[Enrolled, ...]:
    """A person's tiers, in the order they were first granted."""
    if not (features.planned or features.console_tables):
        return ()
    table = enrollments(features)
    rows = session.execute(select(table).where(table.c.user_id == user_id).order_by(table.c.enrolled_at)).mappings()
    return tuple(
        Enrolled(
            tier=row["tier"],
            expires_at=row["expires_at"],
            enrolled_at=row["enrolled_at"],
            price=money_of(row["amount"], row["currency"]),
            receipt=row["receipt"],
            current=is_current(row["expires_at"], now),
        )
        for row in rows
    )


def money_of(amount: Any, currency: str | None) -> Money | None:
    """None for no amount, or one in a currency that the seed does not know."""
    return None if amount is None or currency not in ("RUB", "USD", None) else Money(amount, currency or "RUB")


def squeezed(column: Any) -> ColumnElement[str]:
    """`receipt_key` in SQL, as far as look-alikes of people's typing need it."""
    found: ColumnElement[str] = fold(column)
    for sign in PUNCTUATION:
        found = func.replace(found, sign, "")
    for cyrillic, latin in HOMOGLYPHS.items():
        found = func.replace(found, cyrillic, latin)
    return found


def receipt_uses(
    session: Session, features: Features, receipts: Iterable[str], *, alike: bool = True
) -> dict[str, tuple[ReceiptUse, ...]]:
    """By `receipt_key`, where each receipt was used; taken-back grants do not count. Without `alike` the payments that
    others wrote are only compared as they are, which an index serves; look-alikes read that table once."""
    wanted = {receipt: receipt_key(receipt) for receipt in receipts}
    found: dict[tuple[str, int], ReceiptUse] = {}
    if features.console_tables:
        for row in session.execute(_in_journal(set(wanted.values()))).mappings():
            found[row["receipt"], row["user_id"]] = _use(row, wanted, row["operator_name"])
    if features.planned:
        for row in session.execute(_in_payments(wanted, alike)).mappings():
            found.setdefault((row["receipt"], row["user_id"]), _use(row, wanted, None))
    by_key: dict[str, list[ReceiptUse]] = {}
    for use in sorted(found.values(), key=lambda use: not use.exact):
        by_key.setdefault(receipt_key(use.receipt), []).append(use)
    return {key: tuple(uses) for key, uses in by_key.items()}


def _in_journal(keys: Iterable[str]) -> Select[Any]:
    j = journal_table
    names = (users.c.first_name, users.c.last_name)
    query = select(j.c.receipt, j.c.subject_id.label("user_id"), j.c.at, j.c.operator_name, *names)
    query = query.select_from(j.outerjoin(users, users.c.id == j.c.subject_id))
    return query.where(j.c.receipt_key.in_(sorted(keys)), j.c.action.in_(PAYING), ~_referred("undo")).order_by(j.c.id)


def _in_payments(wanted: dict[str, str], alike: bool) -> Select[Any]:
    p = payments_table
    names = (users.c.first_name, users.c.last_name)
    query = select(p.c.transaction_id.label("receipt"), p.c.user_id, p.c.created_at.label("at"), *names)
    same: ColumnElement[bool] = p.c.transaction_id.in_(sorted(wanted))
    if alike:
        same = or_(same, squeezed(p.c.transaction_id).in_(sorted(set(wanted.values()))))
    return query.select_from(p.outerjoin(users, users.c.id == p.c.user_id)).where(same).order_by(p.c.id)


def _use(row: Any, wanted: dict[str, str], operator: str | None) -> ReceiptUse:
    return ReceiptUse(
        receipt=row["receipt"],
        exact=row["receipt"] in wanted,
        user_id=row["user_id"],
        person_name=full_name(row["first_name"], row["last_name"]),
        at=row["at"],
        operator_name=operator,
    )
