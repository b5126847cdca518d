"""Seed: Messages Table and Message Model."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Column, Connection, ForeignKeyConstraint, Index, Integer, Text, event, false, text
from sqlalchemy.orm import Mapper, object_session
from sqlmodel import Field, Relationship
from sqlmodel.sql.expression import SelectOfScalar, select

from models.errors import Refused
from models.tables.base import STALE, Stamped, now_of
from models.tables.conversation import Conversation, increment_unread, touch_last_message
from models.tables.message_codes import MessageDirection
from models.tables.types import PrimaryKey, RailsBoolean, RailsDateTime, Reference

if TYPE_CHECKING:
    from models.tables.user import User


class Message(Stamped, table=True):
    """One message; `user_id` is NULL for what admins and the AI wrote."""

    __tablename__ = "messages"
    __table_args__ = (
        ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name="fk_rails_7f927086d2"),
        ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_rails_273a25a7a6"),
        Index("index_messages_on_conversation_id_and_created_at", "conversation_id", "created_at"),
        Index("index_messages_on_conversation_id", "conversation_id"),
        Index("index_messages_on_telegram_message_id", "telegram_message_id"),
        Index("index_messages_on_user_id", "user_id"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, sa_column=Column(PrimaryKey, primary_key=True, nullable=False))
    conversation_id: int = Field(sa_column=Column(Reference, nullable=False))
    user_id: int | None = Field(default=None, sa_column=Column(Reference))
    body: str = Field(sa_column=Column(Text, nullable=False), repr=False)
    direction: int = Field(
        default=MessageDirection.INCOMING, sa_column=Column(Integer, server_default=text("0"), nullable=False)
    )
    telegram_message_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    read: bool | None = Field(default=False, sa_column=Column(RailsBoolean, server_default=false()))
    created_at: datetime | None = Field(default=None, sa_column=Column(RailsDateTime, nullable=False))
    updated_at: datetime | None = Field(default=None, sa_column=Column(RailsDateTime, nullable=False))

    conversation: "Conversation" = Relationship(back_populates="messages")
    user: "User" = Relationship(back_populates="messages")

    @classmethod
    def unread(cls) -> "SelectOfScalar[Message]":
        """Scope: `read = 0`; NULL is not matched, as in SQL."""
        return select(cls).where(cls.__table__.c.read.is_(False))  # type: ignore[attr-defined]

    @classmethod
    def by_time(cls) -> "SelectOfScalar[Message]":
        """Scope: oldest first."""
        return select(cls).order_by(cls.__table__.c.created_at.asc())  # type: ignore[attr-defined]

    @property
    def incoming(self) -> bool:
        return self.direction == MessageDirection.INCOMING

    @property
    def outgoing(self) -> bool:
        return self.direction == MessageDirection.OUTGOING

    @property
    def from_admin(self) -> bool:
        """Outgoing and of no user: an admin, the AI or the bot."""
        return self.outgoing and self.user_id is None

    @property
    def from_user(self) -> bool:
        """Incoming and of a user."""
        return self.incoming and self.user_id is not None

    def update_conversation_timestamp(self, connection: Connection) -> None:
        """After-create callback."""
        touch_last_message(connection, self.conversation_id, now_of(self))

    def increment_conversation_unread(self, connection: Connection) -> None:
        """After-create callback of incoming messages."""
        if self.incoming:
            increment_unread(connection, self.conversation_id)


def validate(body: str | None, direction: int | None) -> None:
    """Rails' validations: presence of body (blank is refused) and a known direction. Raises Refused."""
    if body is None or not body.strip():
        raise Refused("blank-text")
    if direction not in tuple(MessageDirection):
        raise Refused("bad-direction", direction=direction)


@event.listens_for(Message, "before_insert")
@event.listens_for(Message, "before_update")
def _validate(mapper: Mapper[Any], connection: Connection, message: Message) -> None:
    if message.conversation_id is None and message.conversation is not None:
        message.conversation_id = message.conversation.id or 0
    validate(message.body, message.direction)


@event.listens_for(Message, "after_insert")
def _after_create(mapper: Mapper[Any], connection: Connection, message: Message) -> None:
    message.update_conversation_timestamp(connection)
    message.increment_conversation_unread(connection)
    session = object_session(message)
    if session is not None:
        for row in session.identity_map.values():
            if isinstance(row, Conversation) and row.id == message.conversation_id:
                session.info.setdefault(STALE, []).append(row)
