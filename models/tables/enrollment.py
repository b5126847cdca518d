"""Seed: Enrollments Table (planned). Who bought which tier of the course."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Column, Connection, ForeignKeyConstraint, Index, String, event, text
from sqlalchemy import inspect as inspect_row
from sqlalchemy.orm import Mapper
from sqlmodel import Field

from models.rules.sales import CURRENCIES, TIERS, check
from models.tables import seed  # noqa: F401 what its foreign keys point to
from models.tables.base import Stamped
from models.tables.money import Money
from models.tables.types import PrimaryKey, RailsDateTime


class Enrollment(Stamped, table=True):
    """`expires_at` None is access for life. Other tiers and currencies are read as they are, and never written."""

    __tablename__ = "enrollments"
    __table_args__ = (
        ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_rails_e860e0e46b"),
        Index("index_enrollments_on_user_id", "user_id"),
        Index("index_enrollments_on_user_id_and_tier", "user_id", "tier", unique=True),
        Index("index_enrollments_on_tier", "tier"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, sa_column=Column(PrimaryKey, primary_key=True, nullable=False))
    user_id: int = Field(sa_column=Column(PrimaryKey, nullable=False))
    tier: str = Field(sa_column=Column(String, nullable=False))
    amount_paid: Decimal | None = Field(default=None, sa_column=Column(Money))
    currency: str | None = Field(default="RUB", sa_column=Column(String, server_default=text("'RUB'")))
    payment_id: str | None = Field(default=None, sa_column=Column(String))
    enrolled_at: datetime = Field(sa_column=Column(RailsDateTime, nullable=False))
    expires_at: datetime | None = Field(default=None, sa_column=Column(RailsDateTime))
    created_at: datetime | None = Field(default=None, sa_column=Column(RailsDateTime, nullable=False))
    updated_at: datetime | None = Field(default=None, sa_column=Column(RailsDateTime, nullable=False))


def changed(row: Any) -> dict[str, Any]:
    """The attributes of a row that a flush will write, with their new values."""
    return {each.key: each.value for each in inspect_row(row).attrs if each.history.has_changes()}


@event.listens_for(Enrollment, "before_insert")
@event.listens_for(Enrollment, "before_update")
def _check(mapper: Mapper[Any], connection: Connection, row: Enrollment) -> None:
    check(changed(row), {"tier": TIERS, "currency": CURRENCIES})
