"""Who can't be written to."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, String, Text
from sqlmodel import Field, SQLModel

from models.tables.types import RailsDateTime


class ReachRow(SQLModel, table=True):
    """A Telegram chat that can't be written to, or (`kind` 'moved') has another id now. `said` is Telegram's word."""

    __tablename__ = "console_reach"

    telegram_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    kind: str = Field(sa_column=Column(String, nullable=False))
    since: datetime = Field(sa_column=Column(RailsDateTime, nullable=False))
    said: str = Field(sa_column=Column(Text, nullable=False))
    moved_to: int | None = Field(default=None, sa_column=Column(BigInteger))
    updated_at: datetime = Field(sa_column=Column(RailsDateTime, nullable=False))
