"""Our side tables of receiving: who polls, which updates came, what is known of a message beyond its row.

`telegram_message_id` identifies a message only together with the chat and the business connection ('' for the bot's
own chat): both kinds of chat share ids of chats, and number their messages independently.
"""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, Integer, String, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.tables.types import PrimaryKey, RailsDateTime


class PollerRow(SQLModel, table=True):
    """The one process that receives a bot's updates. `epoch` fences off one that lost its lease; `next_offset` only
    saves repetition, what keeps messages single are the keys."""

    __tablename__ = "console_poller"

    bot_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    owner: str | None = Field(default=None, sa_column=Column(String))
    epoch: int = Field(default=0, sa_column=Column(Integer, nullable=False))
    until: datetime | None = Field(default=None, sa_column=Column(RailsDateTime))
    next_offset: int | None = Field(default=None, sa_column=Column(BigInteger))
    last_answer_at: datetime | None = Field(default=None, sa_column=Column(RailsDateTime))
    skipped: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))


class UpdateRow(SQLModel, table=True):
    """An update that was taken in. The hash is in the key because numbers begin anew after a week without updates;
    `raw` is kept of messages of a kind that is not known yet."""

    __tablename__ = "console_updates"
    __table_args__ = (Index("index_console_updates_on_at", "at"),)

    bot_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    update_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    hash: str = Field(sa_column=Column(String, primary_key=True))
    at: datetime = Field(sa_column=Column(RailsDateTime, nullable=False))
    raw: str | None = Field(default=None, sa_column=Column(Text), repr=False)


class QuarantineRow(SQLModel, table=True):
    """An update that could not be taken in, as ASCII-escaped JSON. `why` quotes nothing of it."""

    __tablename__ = "console_quarantine"
    __table_args__ = (
        UniqueConstraint("bot_id", "hash", name="unique_console_quarantine_bot_id_hash"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, sa_column=Column(PrimaryKey, primary_key=True, nullable=False))
    bot_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    hash: str = Field(sa_column=Column(String, nullable=False))
    update_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    at: datetime = Field(sa_column=Column(RailsDateTime, nullable=False))
    why: str = Field(sa_column=Column(String, nullable=False))
    raw: str = Field(sa_column=Column(Text, nullable=False), repr=False)


class EventRow(SQLModel, table=True):
    """What came once and must not come twice, though no message carries it: pressed buttons by their id, blocks by
    person (`value` is the newest state)."""

    __tablename__ = "console_events"

    kind: str = Field(sa_column=Column(String, primary_key=True))
    subject: str = Field(sa_column=Column(String, primary_key=True))
    value: str = Field(sa_column=Column(String, nullable=False))
    at: datetime = Field(sa_column=Column(RailsDateTime, nullable=False))
