"""How fast we may send."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, String
from sqlmodel import Field, SQLModel

from models.tables.types import RailsDateTime


class PacingRow(SQLModel, table=True):
    """The pace of one chat or of the whole bot. `tat` is the theoretical arrival time of GCRA, microseconds since the
    epoch: SQL can reckon with it on every engine."""

    __tablename__ = "console_pacing"

    key: str = Field(sa_column=Column(String, primary_key=True))
    tat: int = Field(sa_column=Column(BigInteger, nullable=False))
    paused_until: datetime | None = Field(default=None, sa_column=Column(RailsDateTime))
    refused_at: datetime | None = Field(default=None, sa_column=Column(RailsDateTime))
    updated_at: datetime = Field(sa_column=Column(RailsDateTime, nullable=False))
