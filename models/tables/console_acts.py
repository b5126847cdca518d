"""What operators did about conversations, and what `z` takes back."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, Integer, String, Text
from sqlmodel import Field, SQLModel

from models.tables.types import PrimaryKey, RailsBoolean, RailsDateTime


class TriageActRow(SQLModel, table=True):
    """One act of one operator, on one conversation or on many: what `z` takes back as a whole. `kind` "undo" and "redo"
    refer to another act; `undone_by` is the act that took this one back; `client_key` the reply that went with it.
    `deed` is models.rules.triage.deed_text; an automatic act is on nobody's stack."""

    __tablename__ = "console_triage_acts"
    __table_args__ = (
        Index("index_console_triage_acts_on_operator_id", "operator_id", "id"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, sa_column=Column(PrimaryKey, primary_key=True, nullable=False))
    operator_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    kind: str = Field(sa_column=Column(String, nullable=False))
    deed: str = Field(sa_column=Column(Text, nullable=False))
    at: datetime = Field(sa_column=Column(RailsDateTime, nullable=False))
    total: int = Field(default=0, sa_column=Column(Integer, nullable=False))
    automatic: bool = Field(default=False, sa_column=Column(RailsBoolean, nullable=False))
    client_key: str | None = Field(default=None, sa_column=Column(String))
    refers_to: int | None = Field(default=None, sa_column=Column(BigInteger))
    undone_by: int | None = Field(default=None, sa_column=Column(BigInteger))
