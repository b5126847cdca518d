"""Who did what, and why."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import BigInteger, Column, Index, String, Text
from sqlmodel import Field, SQLModel

from models.tables.money import Money
from models.tables.types import PrimaryKey, RailsDateTime


class JournalRow(SQLModel, table=True):
    """Who did what, when, where from, before and after. Append-only: triggers refuse UPDATE and DELETE, so it holds
    facts, no words of or about a person. `before` and `after` are JSON objects; what a grant is about stands in columns
    of its own, so that receipts, ends and drift can be reckoned from here alone. `refers_to` is the entry that this one
    takes back or refunds; `receipt_key` is `models.rules.receipts.receipt_key`.
    """

    __tablename__ = "console_journal"
    __table_args__ = (
        Index("index_console_journal_on_subject", "subject_type", "subject_id"),
        Index("index_console_journal_on_tier", "subject_id", "tier", "id"),
        Index("index_console_journal_on_receipt_key", "receipt_key"),
        Index("index_console_journal_on_refers_to", "refers_to"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, sa_column=Column(PrimaryKey, primary_key=True, nullable=False))
    at: datetime = Field(sa_column=Column(RailsDateTime, nullable=False))
    operator_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    operator_name: str = Field(sa_column=Column(String, nullable=False))
    source: str = Field(sa_column=Column(String, nullable=False))
    action: str = Field(sa_column=Column(String, nullable=False))
    subject_type: str = Field(sa_column=Column(String, nullable=False))
    subject_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    before: str = Field(sa_column=Column(Text, nullable=False))
    after: str = Field(sa_column=Column(Text, nullable=False))
    tier: str | None = Field(default=None, sa_column=Column(String))
    receipt: str | None = Field(default=None, sa_column=Column(String))
    receipt_key: str | None = Field(default=None, sa_column=Column(String))
    amount: Decimal | None = Field(default=None, sa_column=Column(Money))
    currency: str | None = Field(default=None, sa_column=Column(String))
    expires_at: datetime | None = Field(default=None, sa_column=Column(RailsDateTime))
    refers_to: int | None = Field(default=None, sa_column=Column(BigInteger))


class JournalTextRow(SQLModel, table=True):
    """Why, in an operator's own words, which may tell of a person: never changed, and gone when the person is deleted,
    while the entry stays."""

    __tablename__ = "console_journal_texts"

    entry_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    reason: str = Field(sa_column=Column(Text, nullable=False), repr=False)
