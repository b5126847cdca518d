"""Seed: Conversations Table and Conversation Model."""

from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Column,
    Connection,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Text,
    Update,
    bindparam,
    event,
    false,
    func,
    text,
)
from sqlalchemy.orm import Mapper, object_session
from sqlmodel import Field, Relationship
from sqlmodel.sql.expression import SelectOfScalar, select

from models.tables import extended
from models.tables.base import FEATURES, Stamped, now_of, session_of
from models.tables.types import PrimaryKey, RailsBoolean, RailsDateTime, Reference

if TYPE_CHECKING:
    from models.tables.message import Message
    from models.tables.user import User
    from models.views import Features


class Conversation(Stamped, table=True):
    """Everything one person and the bot said to each other, and what the AI made of it."""

    __tablename__ = "conversations"
    __table_args__ = (
        ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_rails_7c15d62a0a"),
        Index("index_conversations_on_last_message_at", "last_message_at"),
        Index("index_conversations_on_user_id", "user_id"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, sa_column=Column(PrimaryKey, primary_key=True, nullable=False))
    user_id: int = Field(sa_column=Column(Reference, nullable=False))
    last_message_at: datetime | None = Field(default=None, sa_column=Column(RailsDateTime))
    unread_count: int | None = Field(default=0, sa_column=Column(Integer, server_default=text("0")))
    created_at: datetime | None = Field(default=None, sa_column=Column(RailsDateTime, nullable=False))
    updated_at: datetime | None = Field(default=None, sa_column=Column(RailsDateTime, nullable=False))
    ai_real_name: str | None = Field(default=None, sa_column=Column(String))
    ai_background: str | None = Field(default=None, sa_column=Column(Text))
    ai_query: str | None = Field(default=None, sa_column=Column(Text))
    ai_ready_score: int | None = Field(default=None, sa_column=Column(Integer))
    ai_processing: bool | None = Field(default=False, sa_column=Column(RailsBoolean, server_default=false()))

    user: "User" = Relationship(back_populates="conversations")
    messages: list["Message"] = Relationship(
        back_populates="conversation",
        sa_relationship_kwargs={"cascade": "all, delete", "order_by": "Message.id"},
    )

    @classmethod
    def recent(cls) -> "SelectOfScalar[Conversation]":
        """Scope: newest last message first. Undated ones last on both engines."""
        return select(cls).order_by(cls.__table__.c.last_message_at.desc().nulls_last())  # type: ignore[attr-defined]

    @classmethod
    def with_unread(cls) -> "SelectOfScalar[Conversation]":
        """Scope: `unread_count > 0`; NULL reads as 0."""
        return select(cls).where(cls.__table__.c.unread_count > 0)  # type: ignore[attr-defined]

    def last_message(self) -> "Message | None":
        """The newest message by `created_at`; among equals the one written last."""
        from models.tables.message import Message

        columns = Message.__table__.c  # type: ignore[attr-defined]
        query = select(Message).where(Message.conversation_id == self.id)
        return session_of(self).exec(query.order_by(columns.created_at.desc(), columns.id.desc()).limit(1)).first()

    def touch_last_message(self) -> None:
        """`touch_last_message!`: last_message_at and updated_at become now."""
        session = session_of(self)
        session.flush()
        touch_last_message(session.connection(), self.id or 0, now_of(self))
        session.refresh(self)

    def increment_unread(self) -> None:
        """`increment_unread!`: an atomic plus one in SQL; `updated_at` stays."""
        session = session_of(self)
        session.flush()
        increment_unread(session.connection(), self.id or 0)
        session.refresh(self)

    def mark_all_read(self) -> None:
        """`mark_all_read!`: counter to 0, and `read` for every unread message, outgoing ones included."""
        session = session_of(self)
        session.flush()
        mark_all_read(session.connection(), self.id or 0, now_of(self))
        session.expire_all()


def touch_last_message(connection: Connection, conversation_id: int, now: datetime) -> None:
    """What `touch_last_message!` writes."""
    connection.execute(_touching(), {"conversation": conversation_id, "now": now})


def increment_unread(connection: Connection, conversation_id: int) -> None:
    """What `increment_unread!` writes: NULL counts as 0, `updated_at` stays as it is."""
    connection.execute(_incrementing(), {"conversation": conversation_id})


@cache
def _touching() -> Update:
    table = Conversation.__table__  # type: ignore[attr-defined]
    touching: Update = table.update().where(table.c.id == bindparam("conversation"))
    return touching.values(last_message_at=bindparam("now"), updated_at=bindparam("now"))


@cache
def _incrementing() -> Update:
    table = Conversation.__table__  # type: ignore[attr-defined]
    one_more = func.coalesce(table.c.unread_count, 0) + 1
    incrementing: Update = table.update().where(table.c.id == bindparam("conversation"))
    return incrementing.values(unread_count=one_more)


def mark_all_read(connection: Connection, conversation_id: int, now: datetime) -> None:
    """What `mark_all_read!` writes: `updated_at` only where the counter really changes, `read` from 0 to 1 for all
    messages of the conversation (NULL is not matched, their `updated_at` stays)."""
    from models.tables.message import Message

    table = Conversation.__table__  # type: ignore[attr-defined]
    changed = (table.c.unread_count != 0) | table.c.unread_count.is_(None)
    connection.execute(
        table.update().where(table.c.id == conversation_id, changed).values(unread_count=0, updated_at=now)
    )
    messages = Message.__table__  # type: ignore[attr-defined]
    unread = messages.c.read.is_(False)
    connection.execute(messages.update().where(messages.c.conversation_id == conversation_id, unread).values(read=True))


@event.listens_for(Conversation, "after_insert")
def _own(mapper: Mapper[Any], connection: Connection, conversation: Conversation) -> None:
    """Shape H: without its owner columns a conversation is poison to the application."""
    session = object_session(conversation)
    features: Features | None = session.info.get(FEATURES) if session is not None else None
    if features is not None and features.owner_columns:
        table = extended.conversations
        owner = {"conversable_type": "User", "conversable_id": conversation.user_id}
        connection.execute(table.update().where(table.c.id == conversation.id).values(**owner))
