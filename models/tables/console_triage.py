"""What the application's tables have no column for: done, snoozed, claimed, tags, notes, who looks at what.

Nothing here says that a conversation waits: that follows from its messages (see models.rules.triage).
"""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, Integer, String, Text
from sqlmodel import Field, SQLModel

from models.tables.types import PrimaryKey, RailsBoolean, RailsDateTime


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


class NoteRow(SQLModel, table=True):
    """What operators tell each other about a conversation; never sent. `removed_at`: taken back."""

    __tablename__ = "console_notes"
    __table_args__ = (
        Index("index_console_notes_on_conversation_id", "conversation_id", "created_at"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, sa_column=Column(PrimaryKey, primary_key=True, nullable=False))
    conversation_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    operator_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    body: str = Field(sa_column=Column(Text, nullable=False), repr=False)
    created_at: datetime = Field(sa_column=Column(RailsDateTime, nullable=False))
    removed_at: datetime | None = Field(default=None, sa_column=Column(RailsDateTime))


class TriageActRow(SQLModel, table=True):
    """One act of one operator, on one conversation or on many: what `z` takes back as a whole. `kind` "undo" and "redo"
    refer to another act; `undone_by` is the act that took this one back; `client_key` the reply that went with it.
    `deed` is models.rules.triage.deed_text; an automatic act is on nobody's stack."""

    __tablename__ = "console_triage_acts"
    __table_args__ = (
        Index("index_console_triage_acts_on_operator_id", "operator_id", "id"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, sa_column=Column(PrimaryKey, primary_key=True, nullable=False))
    operator_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    kind: str = Field(sa_column=Column(String, nullable=False))
    deed: str = Field(sa_column=Column(Text, nullable=False))
    at: datetime = Field(sa_column=Column(RailsDateTime, nullable=False))
    total: int = Field(default=0, sa_column=Column(Integer, nullable=False))
    automatic: bool = Field(default=False, sa_column=Column(RailsBoolean, nullable=False))
    client_key: str | None = Field(default=None, sa_column=Column(String))
    refers_to: int | None = Field(default=None, sa_column=Column(BigInteger))
    undone_by: int | None = Field(default=None, sa_column=Column(BigInteger))


class TriageLogRow(SQLModel, table=True):
    """What an act changed, append-only: one facet ("place", "claim", "outcome", "tag NAME", "note ID") of one
    conversation, before and after, as models.rules.triage.written. Ids grow in the order of the commits."""

    __tablename__ = "console_triage_log"
    __table_args__ = (
        Index("index_console_triage_log_on_facet", "conversation_id", "facet", "id"),
        Index("index_console_triage_log_on_act_id", "act_id"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, sa_column=Column(PrimaryKey, primary_key=True, nullable=False))
    act_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    conversation_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    facet: str = Field(sa_column=Column(String, nullable=False))
    before: str | None = Field(default=None, sa_column=Column(Text))
    after: str | None = Field(default=None, sa_column=Column(Text))


class PresenceRow(SQLModel, table=True):
    """What one console has open; a row older than a few beats is of one that is gone. `seat` names the process."""

    __tablename__ = "console_presence"

    seat: str = Field(sa_column=Column(String, primary_key=True))
    operator_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    conversation_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    typing: bool = Field(default=False, sa_column=Column(RailsBoolean, nullable=False))
    updated_at: datetime = Field(sa_column=Column(RailsDateTime, nullable=False))


class ChoiceRow(SQLModel, table=True):
    """What an operator chose last and finds again: the view, the order. `value` is JSON."""

    __tablename__ = "console_choices"

    operator_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    name: str = Field(sa_column=Column(String, primary_key=True))
    value: str = Field(sa_column=Column(Text, nullable=False))
    updated_at: datetime = Field(sa_column=Column(RailsDateTime, nullable=False))


TABLES: tuple[type[SQLModel], ...] = (
    TriageRow,
    TagRow,
    NoteRow,
    TriageActRow,
    TriageLogRow,
    PresenceRow,
    ChoiceRow,
)
