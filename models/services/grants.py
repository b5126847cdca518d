"""Granting: enrollment, payment, `paid`, journal entry and notice in one transaction, and taking it back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import RowMapping, func, insert, select, update
from sqlmodel import Session

from models.errors import FrontdeskError, NotFound, Refused, Usage
from models.rules.clock import Clock, iso_z
from models.rules.delivery import State as Delivery
from models.rules.expiry import ends
from models.rules.money import LIMIT
from models.rules.receipts import receipt_key, tidy_receipt
from models.rules.sales import PROCESSORS, TIERS
from models.rules.text import for_storage
from models.services import access_facts as facts
from models.services.access_facts import State, enrollments_table, payments_table
from models.services.journal import Facts, journal_table, write_entry
from models.services.outbox import Outbox
from models.services.transitions import log_transition, outbox_table
from models.store.database import Database
from models.store.turns import take_turn
from models.tables.extended import conversations, traffic_sources, users
from models.tables.types import parse_rails_text
from models.views import Features, Operator
from models.views.access import Ended, Enrolled, Granted, GrantOrder, GrantPreview, ReceiptUse

#: Seconds within which a grant can be taken back.
UNDO_WINDOW = 600.0


def set_paid(session: Session, features: Features, clock: Clock, user_id: int, value: bool) -> None:
    """Writes `paid` as a person's edit in the application does. Shape H: each flip to paid adds one to the person's
    traffic source, as its callback does."""
    session.execute(update(users).where(users.c.id == user_id).values(paid=value, updated_at=clock()))
    if value and features.traffic:
        source = select(users.c.traffic_source_id).where(users.c.id == user_id).scalar_subquery()
        one_more = func.coalesce(traffic_sources.c.conversions_count, 0) + 1
        counted = update(traffic_sources).where(traffic_sources.c.id == source)
        session.execute(counted.values(conversions_count=one_more))


def as_facts(enrolled: Enrolled | None) -> Mapping[str, Any] | None:
    """An enrollment as the journal keeps it in `before` and `after`."""
    if enrolled is None:
        return None
    price = enrolled.price
    return {
        "tier": enrolled.tier,
        "expires_at": iso_z(enrolled.expires_at),
        "amount": None if price is None else str(price.amount),
        "currency": None if price is None else price.currency,
        "receipt": enrolled.receipt,
    }


class Grants:
    """`operator` raises Refused when nobody may write; `source` is where from, as the journal tells it."""

    def __init__(
        self, database: Database, clock: Clock, operator: Callable[[], Operator], outbox: Outbox, source: str
    ) -> None:
        self.database = database
        self.clock = clock
        self.source = source
        self._operator = operator
        self._outbox = outbox

    def preview(self, order: GrantOrder) -> GrantPreview:
        """What `grant` would do; writes nothing. Raises NotFound, Usage('bad-receipt', 'bad-term'), DatabaseProblem."""
        receipt, features = self._receipt(order), self.database.features
        with self.database.read() as session:
            state = facts.state_of(session, features, order.user_id, self.clock())
            uses = facts.receipt_uses(session, features, [receipt]).get(receipt_key(receipt), ())
            conversation_id = _conversation_of(session, order.user_id)
        return self.judge(order, state, uses, conversation_id)

    def judge(
        self, order: GrantOrder, state: State, uses: tuple[ReceiptUse, ...], conversation_id: int | None
    ) -> GrantPreview:
        """The preview of an order whose facts are known already."""
        old = state.tier(order.tier)
        refused: FrontdeskError | None = None
        expires_at = None
        try:
            expires_at = _ends(order, old, self.clock())
            self._check(order, uses)
        except (Refused, Usage) as error:
            refused = error
        quiet = Refused("no-conversation", id=order.user_id) if conversation_id is None else None
        return GrantPreview(
            order=order,
            person_name=state.name,
            username=state.username,
            renewal=old is not None,
            expires_before=old.expires_at if old is not None else None,
            expires_at=expires_at,
            paid_before=state.paid,
            admin=state.admin,
            conversation_id=conversation_id,
            why_not_notify=quiet,
            uses=uses,
            refused=refused,
            unrecorded=facts.unrecorded(self.database.features),
            seen=state.seen,
        )

    def grant(self, order: GrantOrder, *, seen: str | None = None, hold: float = 0.0) -> Granted:
        """Grants or renews, all or nothing. `hold` is the undo window of the notice in seconds.

        Raises NotFound, Usage('bad-receipt', 'bad-term', 'bad-amount'), Refused('receipt-used', 'receipt-like',
        'changed-meanwhile', 'term-shortens', 'no-paid-column', …), DatabaseProblem.
        """
        operator, features, receipt = self._operator(), self.database.features, self._receipt(order)
        if not features.paid:
            raise Refused("no-paid-column")
        with self.database.read() as session:
            # Reads all of what others paid: not under the write lock.
            uses = facts.receipt_uses(session, features, [receipt]).get(receipt_key(receipt), ())
        self._check(order, uses)
        with self.database.write() as session:
            take_turn(session, "grants")
            now = self.clock()
            state = facts.state_of(session, features, order.user_id, now, lock=True)
            if seen is not None and seen != state.seen:
                raise Refused("changed-meanwhile", id=order.user_id)
            fresh = facts.receipt_uses(session, features, [receipt], alike=False).get(receipt_key(receipt), ())
            self._check(order, fresh)
            return self._grant(session, operator, order, receipt, state, now, hold)

    def _grant(
        self,
        session: Session,
        operator: Operator,
        order: GrantOrder,
        receipt: str,
        state: State,
        now: datetime,
        hold: float,
    ) -> Granted:
        features, old = self.database.features, state.tier(order.tier)
        expires_at = _ends(order, old, now)
        if features.planned:
            self._record(session, order, receipt, old, expires_at, now)
        if not state.paid:
            set_paid(session, features, self.clock, order.user_id, True)
        new = Enrolled(order.tier, expires_at, now, order.price, receipt, current=True)
        entry_id = write_entry(
            session, self.clock, operator, self.source,
            action="grant" if old is None else "renew",
            user_id=order.user_id,
            before={"paid": state.paid, "enrollment": as_facts(old)},
            after={"paid": True, "enrollment": as_facts(new), "processor": order.processor},
            reason=" · ".join(filter(None, (order.reason, order.override))) or None,
            facts=Facts(order.tier, receipt, order.price, expires_at),
        )  # fmt: skip
        why = self.notify(session, operator, order.user_id, order.notice, f"grant-{entry_id}", hold)
        return Granted(
            entry_id=entry_id,
            user_id=order.user_id,
            person_name=state.name,
            tier=order.tier,
            renewal=old is not None,
            expires_before=old.expires_at if old is not None else None,
            expires_at=expires_at,
            paid_before=state.paid,
            notified=order.notice is not None and why is None,
            why_not_notified=why,
            unrecorded=facts.unrecorded(features),
            undo_until=now + timedelta(seconds=UNDO_WINDOW),
        )

    def _record(
        self,
        session: Session,
        order: GrantOrder,
        receipt: str,
        old: Enrolled | None,
        expires_at: datetime | None,
        now: datetime,
    ) -> None:
        """Enrollment and payment as the application would write them."""
        e = enrollments_table
        bought = {"amount_paid": order.price.amount, "currency": order.price.currency, "payment_id": receipt}
        values = {**bought, "expires_at": expires_at, "updated_at": now}
        if old is None:
            row = {"user_id": order.user_id, "tier": order.tier, "enrolled_at": now, "created_at": now, **values}
            made = session.execute(insert(e).values(**row).returning(e.c.id))
        else:
            theirs = (e.c.user_id == order.user_id) & (e.c.tier == order.tier)
            made = session.execute(update(e).where(theirs).values(**values).returning(e.c.id))
        session.execute(
            insert(payments_table).values(
                user_id=order.user_id,
                enrollment_id=made.scalar_one(),
                payment_processor=order.processor,
                transaction_id=receipt,
                amount=order.price.amount,
                currency=order.price.currency,
                status="completed",
                created_at=now,
                updated_at=now,
            )
        )

    def undo(self, entry_id: int) -> Ended:
        """Takes a grant or renewal back: everything as it was before it, its payment `failed` and its receipt free
        again, its notice cancelled if it has not left (else `notified`). The journal gets a compensating entry.

        Raises NotFound('entry-not-found'), Refused('undo-late', 'undo-changed', 'not-a-grant'), DatabaseProblem.
        """
        operator, features = self._operator(), self.database.features
        with self.database.write() as session:
            take_turn(session, "grants")
            entry = self._entry(session, entry_id)
            now = self.clock()
            state = facts.state_of(session, features, entry["subject_id"], now, lock=True)
            if now > entry["at"] + timedelta(seconds=UNDO_WINDOW):
                raise Refused("undo-late", id=entry_id)
            here = state.tier(entry["tier"])
            if self._touched_since(session, entry) or here is None or here.expires_at != entry["expires_at"]:
                raise Refused("undo-changed", id=entry_id)
            before = _loaded(entry["before"])
            old = before.get("enrollment")
            # A grant that never was leaves an enrollment that ended at once: payments point at it.
            back_to = parse_rails_text(old["expires_at"]) if old else now
            if features.planned:
                self._take_out(session, entry, old, back_to, now)
            paid = state.paid and (bool(before.get("paid")) or state.admin)
            if paid != state.paid:
                set_paid(session, features, self.clock, state.user_id, paid)
            undone = write_entry(
                session, self.clock, operator, self.source,
                action="undo",
                user_id=state.user_id,
                before={"paid": state.paid, "enrollment": as_facts(here)},
                after={"paid": paid, "enrollment": old},
                reason=None,
                facts=Facts(entry["tier"], expires_at=back_to, refers_to=entry_id),
            )  # fmt: skip
            gone = self._silence(session, operator, f"grant-{entry_id}")
            return Ended(undone, state.user_id, state.name, (entry["tier"],), paid, notified=gone)

    def _take_out(
        self,
        session: Session,
        entry: RowMapping,
        old: Mapping[str, Any] | None,
        back_to: datetime | None,
        now: datetime,
    ) -> None:
        e, p = enrollments_table, payments_table
        values: dict[str, Any] = {"expires_at": back_to, "updated_at": now}
        if old:
            amount = None if old["amount"] is None else Decimal(old["amount"])
            values |= {"amount_paid": amount, "currency": old["currency"] or "RUB"}
            values["payment_id"] = old["receipt"]
        theirs = (e.c.user_id == entry["subject_id"]) & (e.c.tier == entry["tier"])
        session.execute(update(e).where(theirs).values(**values))
        # The number is unique: renamed, it can be used for the person it belongs to.
        freed = {"status": "failed", "transaction_id": f"{entry['receipt']} undone {entry['id']}", "updated_at": now}
        session.execute(update(p).where(p.c.transaction_id == entry["receipt"]).values(**freed))

    def _entry(self, session: Session, entry_id: int) -> RowMapping:
        row = session.execute(select(journal_table).where(journal_table.c.id == entry_id)).mappings().first()
        if row is None:
            raise NotFound("entry-not-found", id=entry_id)
        if row["action"] not in facts.PAYING:
            raise Refused("not-a-grant", id=entry_id)
        return row

    def _touched_since(self, session: Session, entry: RowMapping) -> bool:
        j = journal_table
        same = (j.c.subject_type == entry["subject_type"]) & (j.c.subject_id == entry["subject_id"])
        acts = j.c.action.in_((*facts.ACCESS, "refund"))
        return session.execute(select(j.c.id).where(same, acts, j.c.id > entry["id"]).limit(1)).first() is not None

    def notify(
        self, session: Session, operator: Operator, user_id: int, text: str | None, key: str, hold: float
    ) -> FrontdeskError | None:
        """Queues a notice in the session of what it tells of; why it could not be, or None."""
        if text is None:
            return None
        conversation_id = _conversation_of(session, user_id)
        if conversation_id is None:
            return Refused("no-conversation", id=user_id)
        try:
            self._outbox.enqueue_in(session, operator, conversation_id, text, client_key=key, hold=hold)
        except (Refused, NotFound) as error:
            return error
        return None

    def _silence(self, session: Session, operator: Operator, key: str) -> bool:
        """Cancels a notice that has not left; whether it has."""
        o = outbox_table
        query = select(o.c.id, o.c.attempt).where(o.c.client_key == key, o.c.state == Delivery.QUEUED)
        for row in session.execute(query.with_for_update()).all():
            gone = update(o).where(o.c.id == row.id)
            session.execute(gone.values(state=Delivery.CANCELLED, reason="taken back", updated_at=self.clock()))
            log_transition(
                session, self.clock, row.id, Delivery.QUEUED, Delivery.CANCELLED,
                attempt=row.attempt, operator_id=operator.id, detail="taken back",
            )  # fmt: skip
        left = select(o.c.id).where(o.c.client_key == key, o.c.state.not_in((Delivery.CANCELLED, Delivery.FAILED)))
        return session.execute(left.limit(1)).first() is not None

    def _receipt(self, order: GrantOrder) -> str:
        receipt = tidy_receipt(for_storage(order.receipt))
        if not receipt_key(receipt):
            raise Usage("bad-receipt", text=order.receipt)
        if order.tier not in TIERS:
            raise Usage("bad-tier", text=order.tier, tiers=TIERS)
        if order.processor is not None and order.processor not in PROCESSORS:
            raise Refused("bad-value", name="processor", value=order.processor, known=PROCESSORS)
        if not 0 <= order.price.amount < LIMIT:
            raise Usage("bad-amount", text=str(order.price))
        return receipt

    def _check(self, order: GrantOrder, uses: tuple[ReceiptUse, ...]) -> None:
        for use in uses:
            if use.exact or not order.override:
                raise Refused(
                    "receipt-used" if use.exact else "receipt-like",
                    receipt=use.receipt, name=use.person_name, at=use.at, operator=use.operator_name or "-",
                )  # fmt: skip


def _ends(order: GrantOrder, old: Enrolled | None, now: datetime) -> datetime | None:
    return ends(order.term, now, renewal=old is not None, old=old.expires_at if old is not None else None)


def _conversation_of(session: Session, user_id: int) -> int | None:
    query = select(func.min(conversations.c.id)).where(conversations.c.user_id == user_id)
    return session.execute(query).scalar()


def _loaded(text: str) -> dict[str, Any]:
    found = json.loads(text)
    return found if isinstance(found, dict) else {}
