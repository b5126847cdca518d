"""What is known of a message beyond its row.

`telegram_message_id` identifies a message only together with the chat and the business connection ('' for the bot's
own chat): both kinds of chat share ids of chats, and number their messages independently.
"""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, String, Text
from sqlmodel import Field, SQLModel

from models.tables.types import PrimaryKey, RailsBoolean, RailsDateTime


class MessageKeyRow(SQLModel, table=True):
    """Telegram's key of a message, the row it has become, and what the application's table has no column for."""

    __tablename__ = "console_message_keys"
    __table_args__ = (Index("index_console_message_keys_on_message_id", "message_id"),)

    business_connection_id: str = Field(sa_column=Column(String, primary_key=True))
    chat_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    telegram_message_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    message_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    kind: str | None = Field(default=None, sa_column=Column(String))
    media_group_id: str | None = Field(default=None, sa_column=Column(String))
    forwarded_from: str | None = Field(default=None, sa_column=Column(Text))
    edit_date: datetime | None = Field(default=None, sa_column=Column(RailsDateTime))
    edited: bool = Field(default=False, sa_column=Column(RailsBoolean, nullable=False))
    deleted_at: datetime | None = Field(default=None, sa_column=Column(RailsDateTime))


class EditRow(SQLModel, table=True):
    """A body that an edit replaced, and when."""

    __tablename__ = "console_edits"
    __table_args__ = (
        Index("index_console_edits_on_message_id", "message_id"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, sa_column=Column(PrimaryKey, primary_key=True, nullable=False))
    message_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    body: str = Field(sa_column=Column(Text, nullable=False), repr=False)
    edit_date: datetime = Field(sa_column=Column(RailsDateTime, nullable=False))
    at: datetime = Field(sa_column=Column(RailsDateTime, nullable=False))


class ReactionRow(SQLModel, table=True):
    """What one person has put on one message now; the message may be unknown here."""

    __tablename__ = "console_reactions"

    business_connection_id: str = Field(sa_column=Column(String, primary_key=True))
    chat_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    telegram_message_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    actor_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    reactions: str = Field(sa_column=Column(Text, nullable=False))
    at: datetime = Field(sa_column=Column(RailsDateTime, nullable=False))
