"""Changes to messages that Telegram already delivered: asked for, then known or not known to have happened."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, String, Text
from sqlmodel import Field, SQLModel

from models.tables.types import PrimaryKey, RailsDateTime


class AmendRow(SQLModel, table=True):
    """One wish to edit or delete one of our messages, written before Telegram is asked. `body` is the text before it,
    the only place where it is kept; `wanted` the new one, None for a deletion."""

    __tablename__ = "console_amends"
    __table_args__ = (
        Index("index_console_amends_on_message_id", "message_id"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, sa_column=Column(PrimaryKey, primary_key=True, nullable=False))
    message_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    conversation_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    operator_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    state: str = Field(sa_column=Column(String, nullable=False))
    body: str = Field(sa_column=Column(Text, nullable=False), repr=False)
    wanted: str | None = Field(default=None, sa_column=Column(Text), repr=False)
    said: str | None = Field(default=None, sa_column=Column(Text))
    created_at: datetime = Field(sa_column=Column(RailsDateTime, nullable=False))
    updated_at: datetime = Field(sa_column=Column(RailsDateTime, nullable=False))
