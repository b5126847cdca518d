"""Business connections."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, String
from sqlmodel import Field, SQLModel

from models.tables.types import RailsBoolean, RailsDateTime


class BusinessConnectionRow(SQLModel, table=True):
    """The newest state of a business connection; `owner_id` is its account's Telegram id."""

    __tablename__ = "console_business_connections"

    connection_id: str = Field(sa_column=Column(String, primary_key=True))
    owner_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    owner_chat_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    can_reply: bool = Field(sa_column=Column(RailsBoolean, nullable=False))
    is_enabled: bool = Field(sa_column=Column(RailsBoolean, nullable=False))
    at: datetime = Field(sa_column=Column(RailsDateTime, nullable=False))
