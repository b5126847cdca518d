"""Who looks at what just now, and what each chose last."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, String, Text
from sqlmodel import Field, SQLModel

from models.tables.types import RailsBoolean, RailsDateTime


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
