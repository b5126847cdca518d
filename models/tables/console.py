"""Our own side tables, kept in the same database so that an action and its journal entry commit together.

No foreign keys to the application's tables: Rails rebuilds tables by copy and rename, and would break or cascade.
"""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import BigInteger, Column, Index, Integer, String, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from models.rules.delivery import IN_LINE
from models.tables import console_inbox as inbox
from models.tables import console_receiving as receiving
from models.tables import console_report as report
from models.tables import console_search as search
from models.tables import console_triage as triage
from models.tables.console_amends import AmendRow
from models.tables.console_lead import CorrectionRow, ScoreRow
from models.tables.console_marks import MarkRow
from models.tables.console_templates import TemplateRow
from models.tables.money import Money
from models.tables.types import PrimaryKey, RailsDateTime

#: The newest revisions of the branches `console` and `seed`; a test compares them with the migrations.
CONSOLE_HEAD = "2026_11_28_073500"
SEED_HEAD = "2025_10_16_000000"
VERSION_TABLE = "console_schema_version"
IN_LINE_SQL = "state IN (" + ", ".join(f"'{state}'" for state in sorted(IN_LINE)) + ")"


class OperatorRow(SQLModel, table=True):
    """Who sat at the keyboard; drafts, replies and the journal hang on `id`."""

    __tablename__ = "console_operators"
    __table_args__ = (
        UniqueConstraint("handle", name="unique_console_operators_handle"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, sa_column=Column(PrimaryKey, primary_key=True, nullable=False))
    handle: str = Field(sa_column=Column(String, nullable=False))
    user_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    created_at: datetime = Field(sa_column=Column(RailsDateTime, nullable=False))
    last_seen_at: datetime = Field(sa_column=Column(RailsDateTime, nullable=False))


class OutboxRow(SQLModel, table=True):
    """One reply, or one part of a reply that Telegram's limit splits. `attempt` fences late workers off; `whole` is the
    text before splitting, on the first of several parts."""

    __tablename__ = "console_outbox"
    __table_args__ = (
        UniqueConstraint("client_key", "part_no", name="unique_console_outbox_client_key_part_no"),
        Index(
            "index_console_outbox_in_line",
            "chat_id",
            "id",
            sqlite_where=text(IN_LINE_SQL),
            postgresql_where=text(IN_LINE_SQL),
        ),
        Index("index_console_outbox_on_state", "state", "id"),
        Index("index_console_outbox_on_conversation_id", "conversation_id", "state"),
        Index("index_console_outbox_on_message_id", "message_id"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, sa_column=Column(PrimaryKey, primary_key=True, nullable=False))
    client_key: str = Field(sa_column=Column(String, nullable=False))
    part_no: int = Field(sa_column=Column(Integer, nullable=False))
    part_of: int = Field(sa_column=Column(Integer, nullable=False))
    conversation_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    chat_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    business_connection_id: str | None = Field(default=None, sa_column=Column(String))
    operator_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    body: str = Field(sa_column=Column(Text, nullable=False), repr=False)
    whole: str | None = Field(default=None, sa_column=Column(Text), repr=False)
    state: str = Field(sa_column=Column(String, nullable=False))
    attempt: int = Field(default=0, sa_column=Column(Integer, nullable=False))
    not_before: datetime | None = Field(default=None, sa_column=Column(RailsDateTime))
    reason: str | None = Field(default=None, sa_column=Column(Text))
    lease_owner: str | None = Field(default=None, sa_column=Column(String))
    lease_until: datetime | None = Field(default=None, sa_column=Column(RailsDateTime))
    error_code: int | None = Field(default=None, sa_column=Column(Integer))
    error: str | None = Field(default=None, sa_column=Column(Text))
    message_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    telegram_message_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    created_at: datetime = Field(sa_column=Column(RailsDateTime, nullable=False))
    updated_at: datetime = Field(sa_column=Column(RailsDateTime, nullable=False))


class OutboxLogRow(SQLModel, table=True):
    """Every transition of every reply, append-only. Holds no text of messages."""

    __tablename__ = "console_outbox_log"
    __table_args__ = (
        Index("index_console_outbox_log_on_outbox_id", "outbox_id"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, sa_column=Column(PrimaryKey, primary_key=True, nullable=False))
    outbox_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    at: datetime = Field(sa_column=Column(RailsDateTime, nullable=False))
    from_state: str | None = Field(default=None, sa_column=Column(String))
    to_state: str = Field(sa_column=Column(String, nullable=False))
    attempt: int = Field(sa_column=Column(Integer, nullable=False))
    owner: str | None = Field(default=None, sa_column=Column(String))
    operator_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    detail: str | None = Field(default=None, sa_column=Column(Text))


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


class DraftRow(SQLModel, table=True):
    """What an operator has typed to a conversation and not sent."""

    __tablename__ = "console_drafts"

    operator_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    conversation_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    body: str = Field(sa_column=Column(Text, nullable=False), repr=False)
    client_key: str = Field(sa_column=Column(String, nullable=False))
    updated_at: datetime = Field(sa_column=Column(RailsDateTime, nullable=False))


class ReachRow(SQLModel, table=True):
    """A Telegram chat that can't be written to, or (`kind` 'moved') has another id now. `said` is Telegram's word."""

    __tablename__ = "console_reach"

    telegram_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    kind: str = Field(sa_column=Column(String, nullable=False))
    since: datetime = Field(sa_column=Column(RailsDateTime, nullable=False))
    said: str = Field(sa_column=Column(Text, nullable=False))
    moved_to: int | None = Field(default=None, sa_column=Column(BigInteger))
    updated_at: datetime = Field(sa_column=Column(RailsDateTime, nullable=False))


class PacingRow(SQLModel, table=True):
    """The pace of one chat or of the whole bot. `tat` is the theoretical arrival time of GCRA, microseconds since the
    epoch: SQL can reckon with it on every engine."""

    __tablename__ = "console_pacing"

    key: str = Field(sa_column=Column(String, primary_key=True))
    tat: int = Field(sa_column=Column(BigInteger, nullable=False))
    paused_until: datetime | None = Field(default=None, sa_column=Column(RailsDateTime))
    refused_at: datetime | None = Field(default=None, sa_column=Column(RailsDateTime))
    updated_at: datetime = Field(sa_column=Column(RailsDateTime, nullable=False))


TABLES: tuple[type[SQLModel], ...] = (
    OperatorRow,
    OutboxRow,
    OutboxLogRow,
    JournalRow,
    JournalTextRow,
    DraftRow,
    ReachRow,
    PacingRow,
    *receiving.TABLES,
    MarkRow,
    AmendRow,
    *triage.TABLES,
    CorrectionRow,
    ScoreRow,
    TemplateRow,
    *report.TABLES,
    *inbox.TABLES,
    *search.TABLES,
)
TABLE_NAMES: tuple[str, ...] = tuple(str(table.__tablename__) for table in TABLES)
