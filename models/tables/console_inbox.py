"""What the views of the inbox are read from where there are many conversations: derived, and made again at any time.

The application's tables have no index for them and get none from us; here is one row a conversation, with an index for
each view and order. `models.services.inbox_keeper` keeps it.
"""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, Integer, String
from sqlmodel import Field, SQLModel

from models.tables.indexes import partial_index
from models.tables.types import PrimaryKey, RailsDateTime

#: The columns that say whether a conversation is in a view, beside `waiting`.
FLAGS = (
    "unread",
    "ready",
    "evaluating",
    "interested",
    "exploring",
    "unscored",
    "snoozed",
    "done",
    "tagged",
    "not_delivered",
)
#: Of these, those whose rows may wait and be of any score.
ACROSS_SCORES = ("unread", "tagged", "not_delivered")


def _flag() -> Column[int]:
    return Column(Integer, nullable=False)


def _indexes() -> list[Index]:
    """For all conversations and for those of each view: by time, those that wait and those that don't, and by score.
    For score × waiting the index of those that wait by score does, and for some views one of their own."""
    found = [
        Index("index_console_inbox_by_time", "waiting", "at", "conversation_id"),
        Index("index_console_inbox_by_score", "rank", "at", "conversation_id"),
        Index("index_console_inbox_waiting_by_score", "waiting", "rank", "at", "conversation_id"),
    ]
    for flag in FLAGS:
        found += [_of(flag, "time"), _of(flag, "wait", "waiting"), _of(flag, "score", "rank")]
    return found + [_of(flag, "wait_and_score", "waiting", "rank") for flag in ACROSS_SCORES]


def _of(flag: str, order: str, *first: str) -> Index:
    name = f"index_console_inbox_{flag}_by_{order}"
    return partial_index(name, *first, "at", "conversation_id", where=f"{flag} = 1")


class InboxRow(SQLModel, table=True):
    """`at`: the conversation's last_message_at as it is stored, `undated()` where there is none. `rank`: its score, -1
    without one. The flags are 0 or 1, as models.services.inbox_ids.in_view has it."""

    __tablename__ = "console_inbox"
    __table_args__ = tuple(_indexes())

    conversation_id: int = Field(sa_column=Column(PrimaryKey, primary_key=True, autoincrement=False, nullable=False))
    at: datetime = Field(sa_column=Column(RailsDateTime, nullable=False))
    rank: int = Field(sa_column=Column(Integer, nullable=False))
    waiting: int = Field(sa_column=_flag())
    unread: int = Field(sa_column=_flag())
    ready: int = Field(sa_column=_flag())
    evaluating: int = Field(sa_column=_flag())
    interested: int = Field(sa_column=_flag())
    exploring: int = Field(sa_column=_flag())
    unscored: int = Field(sa_column=_flag())
    snoozed: int = Field(sa_column=_flag())
    done: int = Field(sa_column=_flag())
    tagged: int = Field(sa_column=_flag())
    not_delivered: int = Field(sa_column=_flag())


class InboxStateRow(SQLModel, table=True):
    """How many rows each view has ("total NAME"), how far the table is made ("built", "complete") and up to which row
    of other tables it tells ("seen NAME"); "keeper" is the lease of whoever keeps it, microseconds since the epoch."""

    __tablename__ = "console_inbox_state"

    name: str = Field(sa_column=Column(String, primary_key=True))
    value: int = Field(sa_column=Column(BigInteger, nullable=False))
    owner: str | None = Field(default=None, sa_column=Column(String))
