"""Every step that replies took."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, Integer, String, Text
from sqlmodel import Field, SQLModel

from models.tables.types import PrimaryKey, RailsDateTime


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
