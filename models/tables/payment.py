"""Seed: Payments Table (planned). The audit trail of all payment transactions."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Column, Connection, ForeignKeyConstraint, Index, String, Text, event, text
from sqlalchemy.orm import Mapper
from sqlmodel import Field

from models.rules.sales import CURRENCIES, PROCESSORS, STATUSES, check
from models.tables import seed  # noqa: F401 what its foreign keys point to
from models.tables.base import Stamped
from models.tables.enrollment import changed
from models.tables.money import Money
from models.tables.types import PrimaryKey, RailsDateTime


class Payment(Stamped, table=True):
    """`details` is the column `metadata` (a name that SQLModel keeps for itself): JSON of the payment's processor."""

    __tablename__ = "payments"
    __table_args__ = (
        ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_rails_081dc04a02"),
        ForeignKeyConstraint(["enrollment_id"], ["enrollments.id"], name="fk_rails_f7dc98b00c"),
        Index("index_payments_on_user_id", "user_id"),
        Index("index_payments_on_enrollment_id", "enrollment_id"),
        Index("index_payments_on_transaction_id", "transaction_id", unique=True),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, sa_column=Column(PrimaryKey, primary_key=True, nullable=False))
    user_id: int = Field(sa_column=Column(PrimaryKey, nullable=False))
    enrollment_id: int | None = Field(default=None, sa_column=Column(PrimaryKey))
    payment_processor: str | None = Field(default=None, sa_column=Column(String))
    transaction_id: str = Field(sa_column=Column(String, nullable=False))
    amount: Decimal = Field(sa_column=Column(Money, nullable=False))
    currency: str | None = Field(default="RUB", sa_column=Column(String, server_default=text("'RUB'")))
    status: str = Field(sa_column=Column(String, nullable=False))
    details: str | None = Field(default=None, sa_column=Column("metadata", Text))
    created_at: datetime | None = Field(default=None, sa_column=Column(RailsDateTime, nullable=False))
    updated_at: datetime | None = Field(default=None, sa_column=Column(RailsDateTime, nullable=False))


@event.listens_for(Payment, "before_insert")
@event.listens_for(Payment, "before_update")
def _check(mapper: Mapper[Any], connection: Connection, row: Payment) -> None:
    check(changed(row), {"status": STATUSES, "currency": CURRENCIES, "payment_processor": PROCESSORS})
