"""Seed: Users Table and User Model (`paid` as the field table, scopes and callbacks have it)."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Column, Connection, Index, String, event, false, func, select
from sqlalchemy.orm import Mapper, object_session
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Field, Relationship
from sqlmodel.sql.expression import SelectOfScalar
from sqlmodel.sql.expression import select as select_rows

from models.rules import access
from models.tables.base import Stamped, session_of
from models.tables.types import PrimaryKey, RailsBoolean, RailsDateTime

if TYPE_CHECKING:
    from models.tables.conversation import Conversation
    from models.tables.message import Message


class User(Stamped, table=True):
    """A person who wrote to the bot or signed in through it."""

    __tablename__ = "users"
    __table_args__ = (
        Index("index_users_on_session_token", "session_token", unique=True),
        Index("index_users_on_telegram_id", "telegram_id", unique=True),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, sa_column=Column(PrimaryKey, primary_key=True, nullable=False))
    telegram_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    username: str | None = Field(default=None, sa_column=Column(String))
    first_name: str | None = Field(default=None, sa_column=Column(String))
    last_name: str | None = Field(default=None, sa_column=Column(String))
    session_token: str | None = Field(default=None, sa_column=Column(String), repr=False)
    authenticated: bool | None = Field(default=False, sa_column=Column(RailsBoolean, server_default=false()))
    created_at: datetime | None = Field(default=None, sa_column=Column(RailsDateTime, nullable=False))
    updated_at: datetime | None = Field(default=None, sa_column=Column(RailsDateTime, nullable=False))
    admin: bool = Field(default=False, sa_column=Column(RailsBoolean, server_default=false(), nullable=False))
    avatar_url: str | None = Field(default=None, sa_column=Column(String), repr=False)
    paid: bool = Field(default=False, sa_column=Column(RailsBoolean, server_default=false(), nullable=False))

    conversations: list["Conversation"] = Relationship(
        back_populates="user",
        sa_relationship_kwargs={"cascade": "all, delete", "order_by": "Conversation.id"},
    )
    messages: list["Message"] = Relationship(
        back_populates="user", sa_relationship_kwargs={"passive_deletes": "all", "order_by": "Message.id"}
    )

    @classmethod
    def admins(cls) -> "SelectOfScalar[User]":
        """Scope: users with admin."""
        return select_rows(cls).where(cls.__table__.c.admin.is_(True))  # type: ignore[attr-defined]

    @classmethod
    def authenticated_users(cls) -> "SelectOfScalar[User]":
        """Scope: users who have completed sign-in; NULL reads as false."""
        return select_rows(cls).where(cls.__table__.c.authenticated.is_(True))  # type: ignore[attr-defined]

    @classmethod
    def paid_users(cls) -> "SelectOfScalar[User]":
        """Scope: users with paid."""
        return select_rows(cls).where(cls.__table__.c.paid.is_(True))  # type: ignore[attr-defined]

    def conversation(self) -> "Conversation":
        """The person's conversation, made when there is none. The lowest id wins where races left several.

        Call it in a write session: two writers are kept apart by `BEGIN IMMEDIATE`, there is no unique index.
        """
        from models.tables.conversation import Conversation

        session = session_of(self)
        session.flush()
        query = select_rows(Conversation).where(Conversation.user_id == self.id)
        found = session.exec(query.order_by(Conversation.__table__.c.id).limit(1)).first()  # type: ignore[attr-defined]
        if found is None:
            found = Conversation(user_id=self.id or 0)
            session.add(found)
            session.flush()
        return found

    @property
    def full_name(self) -> str:
        """First and last name, or 'Пользователь'."""
        return access.full_name(self.first_name, self.last_name)

    @property
    def messages_count(self) -> int:
        """Incoming messages of the person's first conversation; never creates one."""
        from models.tables.conversation import Conversation
        from models.tables.message import Message
        from models.tables.message_codes import MessageDirection

        rows = Message.__table__.c  # type: ignore[attr-defined]
        theirs = Conversation.__table__.c  # type: ignore[attr-defined]
        first = select(func.min(theirs.id)).where(theirs.user_id == self.id).scalar_subquery()
        count = select(func.count()).where(rows.conversation_id == first)
        count = count.where(rows.direction == int(MessageDirection.INCOMING))
        return int(session_of(self).execute(count).scalar_one())

    @property
    def has_dashboard_access(self) -> bool:
        """Admin or paid."""
        return access.has_dashboard_access(admin=self.admin, paid=self.paid)

    def ensure_admin_is_paid(self, connection: Connection) -> None:
        """After-save callback: an admin is always paid; written as update_column does, without `updated_at`."""
        if self.admin and not self.paid:
            table = User.__table__  # type: ignore[attr-defined]
            connection.execute(table.update().where(table.c.id == self.id).values(paid=True))
            if object_session(self) is not None:
                set_committed_value(self, "paid", True)


@event.listens_for(User, "after_insert")
@event.listens_for(User, "after_update")
def _after_save(mapper: Mapper[Any], connection: Connection, user: User) -> None:
    user.ensure_admin_is_paid(connection)
