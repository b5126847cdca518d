"""Writing messages and conversations exactly as the application writes them, so that web and console agree."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlmodel import Session

from models.errors import NotFound
from models.rules.clock import Clock
from models.store.turns import take_turn
from models.tables.conversation import increment_unread, touch_last_message
from models.tables.extended import conversations, messages, users
from models.tables.message import validate
from models.tables.message_codes import SOURCE_BOT, SOURCE_BUSINESS, MessageDirection
from models.views import Features

#: `users.crm_status` (shape H).
CRM_NEW_LEAD, CRM_CONTACTED = 0, 1

# Built once: building a statement takes longer than SQLite takes to run it.
_FIND = select(conversations.c.id).where(conversations.c.id == bindparam("conversation"))
_TOUCH = update(conversations).where(conversations.c.id == bindparam("conversation"))
_TOUCH = _TOUCH.values(last_message_at=bindparam("last_message_at"), updated_at=bindparam("updated_at"))
_INSERT = insert(messages).returning(messages.c.id)


def record_outgoing(
    session: Session,
    features: Features,
    clock: Clock,
    *,
    conversation_id: int,
    body: str,
    telegram_message_id: int | None,
    business_connection_id: str | None = None,
    sent_at: datetime | None = None,
) -> int:
    """An outgoing message as admin and AI write it: read, of no user; then the conversation's timestamps. The unread
    counter stays. `sent_at`: it was sent earlier than now. Returns the row's id. Raises Refused('blank-text'),
    NotFound. Call it in a write session."""
    message_id = _insert(
        session,
        features,
        clock(),
        sent_at,
        conversation_id=conversation_id,
        user_id=None,
        body=body,
        direction=MessageDirection.OUTGOING,
        telegram_message_id=telegram_message_id,
        read=True,
        business_connection_id=business_connection_id,
    )
    _touch(session, clock, conversation_id, sent_at)
    return message_id


def record_incoming(
    session: Session,
    features: Features,
    clock: Clock,
    *,
    conversation_id: int,
    user_id: int,
    body: str,
    telegram_message_id: int | None,
    business_connection_id: str | None = None,
    sent_at: datetime | None = None,
    unread: bool = True,
) -> int:
    """An incoming message: unread, of its sender; then timestamps, the counter (without `updated_at`), and in shape H
    the sender's CRM status at the first message ever. `sent_at`: it was sent earlier than now. Not `unread`: a note
    that asks for nobody's eyes. Returns the row's id. Raises Refused('blank-text'), NotFound."""
    first_ever = unread and features.crm and not _has_written(session, user_id)
    message_id = _insert(
        session,
        features,
        clock(),
        sent_at,
        conversation_id=conversation_id,
        user_id=user_id,
        body=body,
        direction=MessageDirection.INCOMING,
        telegram_message_id=telegram_message_id,
        read=not unread,
        business_connection_id=business_connection_id,
    )
    _touch(session, clock, conversation_id, sent_at)
    if unread:
        increment_unread(session.connection(), conversation_id)
    if first_ever:
        contacted = update(users).where(users.c.id == user_id, users.c.crm_status == CRM_NEW_LEAD)
        session.execute(contacted.values(crm_status=CRM_CONTACTED, updated_at=clock()))
    return message_id


def find_or_create_conversation(session: Session, features: Features, clock: Clock, user_id: int) -> int:
    """The person's conversation with the lowest id, made when there is none. Call it in a write session: there is no
    unique index, so only the write lock, or their turns, keep two writers from making two."""
    take_turn(session, f"conversation {user_id}")
    found = session.execute(select(func.min(conversations.c.id)).where(conversations.c.user_id == user_id)).scalar()
    if found is not None:
        return int(found)
    made = insert(conversations).values(**new_conversation(features, user_id, clock())).returning(conversations.c.id)
    return int(session.execute(made).scalar_one())


def new_conversation(features: Features, user_id: int, now: datetime) -> dict[str, Any]:
    """Every value the application writes for a new conversation. Without its owner columns a conversation of shape H
    is poison: each later incoming message, mark-read and AI callback for it raises in the application."""
    values: dict[str, Any] = {
        "user_id": user_id,
        "last_message_at": None,
        "unread_count": 0,
        "ai_processing": False,
        "created_at": now,
        "updated_at": now,
    }
    if features.ai_paused:
        values["ai_paused"] = False
    if features.owner_columns:
        values |= {"conversable_type": "User", "conversable_id": user_id, "channel_type": "telegram"}
        values |= {"ai_is_pql": False, "ai_action": "none"}
    return values


def _touch(session: Session, clock: Clock, conversation_id: int, sent_at: datetime | None) -> None:
    """What `touch_last_message!` writes; of a message that waited at Telegram, its own time."""
    now = clock()
    if sent_at is None:
        touch_last_message(session.connection(), conversation_id, now)
        return
    session.execute(_TOUCH, {"conversation": conversation_id, "last_message_at": sent_at, "updated_at": now})


def _insert(
    session: Session,
    features: Features,
    now: datetime,
    sent_at: datetime | None,
    *,
    business_connection_id: str | None,
    **values: Any,
) -> int:
    validate(values["body"], values["direction"])
    if session.execute(_FIND, {"conversation": values["conversation_id"]}).first() is None:
        raise NotFound("conversation-not-found", id=values["conversation_id"])
    values |= {"created_at": sent_at or now, "updated_at": now}
    if features.channels:
        values["source_type"] = SOURCE_BUSINESS if business_connection_id else SOURCE_BOT
        values["business_connection_id"] = business_connection_id
    row = session.execute(_INSERT, values).first()
    return int(row[0]) if row else 0


def _has_written(session: Session, user_id: int) -> bool:
    incoming = messages.c.direction == int(MessageDirection.INCOMING)
    return (
        session.execute(select(messages.c.id).where(messages.c.user_id == user_id, incoming).limit(1)).first()
        is not None
    )
