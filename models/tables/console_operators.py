"""Who works here."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, String, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.tables.types import PrimaryKey, RailsDateTime


class OperatorRow(SQLModel, table=True):
    """Who sat at the keyboard; drafts, replies and the journal hang on `id`."""

    __tablename__ = "console_operators"
    __table_args__ = (
        UniqueConstraint("handle", name="unique_console_operators_handle"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, sa_column=Column(PrimaryKey, primary_key=True, nullable=False))
    handle: str = Field(sa_column=Column(String, nullable=False))
    user_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    created_at: datetime = Field(sa_column=Column(RailsDateTime, nullable=False))
    last_seen_at: datetime = Field(sa_column=Column(RailsDateTime, nullable=False))
