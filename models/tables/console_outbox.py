"""Replies on their way."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, Integer, String, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.rules.delivery import IN_LINE
from models.tables.indexes import partial_index
from models.tables.types import PrimaryKey, RailsDateTime

IN_LINE_SQL = "state IN (" + ", ".join(f"'{state}'" for state in sorted(IN_LINE)) + ")"


class OutboxRow(SQLModel, table=True):
    """One reply, or one part of a reply that Telegram's limit splits. `attempt` fences late workers off; `whole` is the
    text before splitting, on the first of several parts."""

    __tablename__ = "console_outbox"
    __table_args__ = (
        UniqueConstraint("client_key", "part_no", name="unique_console_outbox_client_key_part_no"),
        partial_index("index_console_outbox_in_line", "chat_id", "id", where=IN_LINE_SQL),
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
