"""What people corrected of a lead beside what the AI says, and how the score moved."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, Integer, String, Text
from sqlmodel import Field, SQLModel

from models.tables.types import PrimaryKey, RailsDateTime


class CorrectionRow(SQLModel, table=True):
    """A field of a lead as an operator wants it. `said` is what the AI had said before; while the application's column
    differs from `value`, the AI has written over the correction."""

    __tablename__ = "console_lead_corrections"

    conversation_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    field: str = Field(sa_column=Column(String, primary_key=True))
    value: str | None = Field(default=None, sa_column=Column(Text), repr=False)
    said: str | None = Field(default=None, sa_column=Column(Text), repr=False)
    operator_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    updated_at: datetime = Field(sa_column=Column(RailsDateTime, nullable=False))


class ScoreRow(SQLModel, table=True):
    """One change of `ai_ready_score` that was seen. `message_id` is what the person wrote just before; `operator_id`
    None: the application wrote it, or a script."""

    __tablename__ = "console_lead_scores"
    __table_args__ = (
        Index("index_console_lead_scores_on_conversation_id", "conversation_id", "id"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, sa_column=Column(PrimaryKey, primary_key=True, nullable=False))
    conversation_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    at: datetime = Field(sa_column=Column(RailsDateTime, nullable=False))
    before: int | None = Field(default=None, sa_column=Column(Integer))
    score: int | None = Field(default=None, sa_column=Column(Integer))
    message_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    operator_id: int | None = Field(default=None, sa_column=Column(BigInteger))
