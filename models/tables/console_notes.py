"""What operators tell each other."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, Text
from sqlmodel import Field, SQLModel

from models.tables.types import PrimaryKey, RailsDateTime


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
