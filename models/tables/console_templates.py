"""Texts that operators answer with again and again."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Integer, String, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.tables.types import PrimaryKey, RailsDateTime


class TemplateRow(SQLModel, table=True):
    """`digit` (1-9) is the key that chooses it; `body` holds placeholders such as {name}."""

    __tablename__ = "console_templates"
    __table_args__ = (
        UniqueConstraint("name", name="unique_console_templates_name"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, sa_column=Column(PrimaryKey, primary_key=True, nullable=False))
    name: str = Field(sa_column=Column(String, nullable=False))
    digit: int | None = Field(default=None, sa_column=Column(Integer))
    body: str = Field(sa_column=Column(Text, nullable=False))
    operator_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    created_at: datetime = Field(sa_column=Column(RailsDateTime, nullable=False))
    updated_at: datetime = Field(sa_column=Column(RailsDateTime, nullable=False))
