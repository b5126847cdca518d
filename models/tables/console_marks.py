"""What Frontdesk notes about a database as a whole: what it was made for, how far a copy into it has come."""

from datetime import datetime

from sqlalchemy import Column, String, Text
from sqlmodel import Field, SQLModel

from models.tables.types import RailsDateTime


class MarkRow(SQLModel, table=True):
    """One fact by its name; `value` is JSON."""

    __tablename__ = "console_marks"

    key: str = Field(sa_column=Column(String, primary_key=True))
    value: str = Field(sa_column=Column(Text, nullable=False))
    updated_at: datetime = Field(sa_column=Column(RailsDateTime, nullable=False))
