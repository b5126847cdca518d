"""What acts changed."""

from sqlalchemy import BigInteger, Column, Index, String, Text
from sqlmodel import Field, SQLModel

from models.tables.types import PrimaryKey


class TriageLogRow(SQLModel, table=True):
    """What an act changed, append-only: one facet ("place", "claim", "outcome", "tag NAME", "note ID") of one
    conversation, before and after, as models.rules.triage.written. Ids grow in the order of the commits."""

    __tablename__ = "console_triage_log"
    __table_args__ = (
        Index("index_console_triage_log_on_facet", "conversation_id", "facet", "id"),
        Index("index_console_triage_log_on_act_id", "act_id"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, sa_column=Column(PrimaryKey, primary_key=True, nullable=False))
    act_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    conversation_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    facet: str = Field(sa_column=Column(String, nullable=False))
    before: str | None = Field(default=None, sa_column=Column(Text))
    after: str | None = Field(default=None, sa_column=Column(Text))
