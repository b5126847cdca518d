"""What the report has counted already, so that no look at it reads every message again.

Times are whole seconds since the epoch, counted by quarters of an hour: days of any time zone are made of them.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Text
from sqlmodel import Field, SQLModel

from models.tables.types import PrimaryKey


class ReportStateRow(SQLModel, table=True):
    """One row, `id` 1: messages up to `message_id` are counted. Who holds the lease counts on."""

    __tablename__ = "console_report_state"

    id: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    message_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    lease_owner: str | None = Field(default=None, sa_column=Column(String))
    lease_until: int | None = Field(default=None, sa_column=Column(BigInteger))
    settled_at: int | None = Field(default=None, sa_column=Column(BigInteger))


class ReportTimeRow(SQLModel, table=True):
    """A quarter of an hour: messages by direction, waits that began, were answered, or ended with their conversation;
    the least and the greatest id of its messages."""

    __tablename__ = "console_report_times"

    quarter: int = Field(sa_column=Column(PrimaryKey, primary_key=True, autoincrement=False))
    incoming: int = Field(sa_column=Column(BigInteger, nullable=False))
    outgoing: int = Field(sa_column=Column(BigInteger, nullable=False))
    begun: int = Field(sa_column=Column(BigInteger, nullable=False))
    answered: int = Field(sa_column=Column(BigInteger, nullable=False))
    gone: int = Field(sa_column=Column(BigInteger, nullable=False))
    first_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    last_id: int = Field(sa_column=Column(BigInteger, nullable=False))


class ReportAnswerRow(SQLModel, table=True):
    """First answers of one operator in one quarter of an hour (0: nobody of ours): `waits` are the seconds that each
    took, with commas between."""

    __tablename__ = "console_report_answers"

    quarter: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    operator_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    waits: str = Field(sa_column=Column(Text, nullable=False))


class ReportConversationRow(SQLModel, table=True):
    """When a person first wrote in a conversation, and since when they wait; NULL: they don't."""

    __tablename__ = "console_report_conversations"
    # None on `waits_since`: it would cost each answer more than the few looks at who waits are worth.
    __table_args__ = (Index("index_console_report_conversations_on_wrote_at", "wrote_at"),)

    conversation_id: int = Field(sa_column=Column(PrimaryKey, primary_key=True, autoincrement=False))
    wrote_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    waits_since: int | None = Field(default=None, sa_column=Column(BigInteger))


class ReportScoreRow(SQLModel, table=True):
    """How many conversations stood in each band, looked at once a day (`day`: days since the epoch, UTC)."""

    __tablename__ = "console_report_scores"

    day: int = Field(sa_column=Column(PrimaryKey, primary_key=True, autoincrement=False))
    at: int = Field(sa_column=Column(BigInteger, nullable=False))
    exploring: int = Field(sa_column=Column(BigInteger, nullable=False))
    interested: int = Field(sa_column=Column(BigInteger, nullable=False))
    evaluating: int = Field(sa_column=Column(BigInteger, nullable=False))
    ready: int = Field(sa_column=Column(BigInteger, nullable=False))
    unscored: int = Field(sa_column=Column(BigInteger, nullable=False))
    unknown: int = Field(sa_column=Column(BigInteger, nullable=False))
