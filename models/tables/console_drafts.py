"""What is typed and not sent."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, String, Text
from sqlmodel import Field, SQLModel

from models.tables.types import RailsDateTime


class DraftRow(SQLModel, table=True):
    """What an operator has typed to a conversation and not sent."""

    __tablename__ = "console_drafts"

    operator_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    conversation_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    body: str = Field(sa_column=Column(Text, nullable=False), repr=False)
    client_key: str = Field(sa_column=Column(String, nullable=False))
    updated_at: datetime = Field(sa_column=Column(RailsDateTime, nullable=False))
