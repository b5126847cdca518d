"""What the application's tables have no column for: done, snoozed, claimed, tags, notes, who looks at what.

Nothing here says that a conversation waits: that follows from its messages (see models.rules.triage).
"""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, String
from sqlmodel import Field, SQLModel

from models.tables.types import RailsBoolean, RailsDateTime


class TriageRow(SQLModel, table=True):
    """What was decided about a conversation. `place` is "done", "snoozed" or NULL; `seen_id` was its newest message
    then; it holds until `place_until` (NULL: no end) and, if `wakes`, until the person writes. `claimed_until` ends a
    lease."""

    __tablename__ = "console_triage"
    __table_args__ = (
        Index("index_console_triage_on_place", "place", "place_until"),
        Index("index_console_triage_on_claimed_by", "claimed_by"),
    )

    conversation_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    place: str | None = Field(default=None, sa_column=Column(String))
    seen_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    place_at: datetime | None = Field(default=None, sa_column=Column(RailsDateTime))
    place_by: int | None = Field(default=None, sa_column=Column(BigInteger))
    place_until: datetime | None = Field(default=None, sa_column=Column(RailsDateTime))
    wakes: bool = Field(default=True, sa_column=Column(RailsBoolean, nullable=False))
    outcome: str | None = Field(default=None, sa_column=Column(String))
    claimed_by: int | None = Field(default=None, sa_column=Column(BigInteger))
    claimed_until: datetime | None = Field(default=None, sa_column=Column(RailsDateTime))
    updated_at: datetime = Field(sa_column=Column(RailsDateTime, nullable=False))


class TagRow(SQLModel, table=True):
    """A conversation carries a tag."""

    __tablename__ = "console_tags"
    __table_args__ = (Index("index_console_tags_on_tag", "tag", "conversation_id"),)

    conversation_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    tag: str = Field(sa_column=Column(String, primary_key=True))
    operator_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    created_at: datetime = Field(sa_column=Column(RailsDateTime, nullable=False))
