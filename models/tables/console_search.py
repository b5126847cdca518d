"""The search index of a server's database: three-letter pieces of each text. Derived: what is lost is made again.

On SQLite the tables stay empty: the index is a file of its own there.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import Field, SQLModel

from models.tables.indexes import pieces_index
from models.tables.types import RailsDateTime


class Grams(TypeDecorator[list[str]]):
    """Pieces of a text: an array on PostgreSQL, where a GIN index over it needs no extension."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name != "postgresql":
            return Text()
        # Imported where it is used, or every console over a file would import the dialect.
        from sqlalchemy.dialects.postgresql import ARRAY

        return ARRAY(Text())


class SearchRow(SQLModel, table=True):
    """What one message is found by. `mark` is a checksum of its text, `at` when it was written."""

    __tablename__ = "console_search"
    __table_args__ = (
        Index("index_console_search_on_conversation_id", "conversation_id"),
        pieces_index("index_console_search_on_grams", "grams"),
    )

    message_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    conversation_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    mark: int = Field(sa_column=Column(BigInteger, nullable=False))
    at: datetime | None = Field(default=None, sa_column=Column(RailsDateTime))
    grams: list[str] = Field(sa_column=Column(Grams, nullable=False), repr=False)


class SearchPersonRow(SQLModel, table=True):
    """What one person is found by."""

    __tablename__ = "console_search_people"
    __table_args__ = (pieces_index("index_console_search_people_on_grams", "grams"),)

    user_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    mark: int = Field(sa_column=Column(BigInteger, nullable=False))
    grams: list[str] = Field(sa_column=Column(Grams, nullable=False), repr=False)
