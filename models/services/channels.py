"""Which channel a reply takes in shapes O and H: the one of the person's last message."""

from __future__ import annotations

from sqlalchemy import Row, select
from sqlmodel import Session

from models.errors import Refused
from models.services.recording import SOURCE_BUSINESS
from models.tables.extended import business_connections, messages
from models.tables.message import MessageDirection
from models.views import Features

_ACTIVE = 0


def channel_of(session: Session, features: Features, conversation_id: int) -> str | None:
    """The business connection to reply through, or None for the bot.

    A connection may carry a reply only while it is active, enabled and allowed to reply; otherwise the bot does, if
    the person ever wrote to it. Raises Refused('no-channel') when neither is open.
    """
    if not features.channels:
        return None
    last = _last_incoming(session, conversation_id)
    if last is None or last.source_type != SOURCE_BUSINESS or not last.business_connection_id:
        return None
    if features.business_connections and _is_open(session, str(last.business_connection_id)):
        return str(last.business_connection_id)
    incoming = messages.c.direction == int(MessageDirection.INCOMING)
    to_bot = messages.c.source_type != SOURCE_BUSINESS
    query = select(messages.c.id).where(messages.c.conversation_id == conversation_id, incoming, to_bot).limit(1)
    if session.execute(query).first() is None:
        raise Refused("no-channel", id=conversation_id)
    return None


def _last_incoming(session: Session, conversation_id: int) -> Row[tuple[int | None, str | None]] | None:
    incoming = messages.c.direction == int(MessageDirection.INCOMING)
    query = select(messages.c.source_type, messages.c.business_connection_id)
    query = query.where(messages.c.conversation_id == conversation_id, incoming)
    return session.execute(query.order_by(messages.c.created_at.desc(), messages.c.id.desc()).limit(1)).first()


def _is_open(session: Session, connection_id: str) -> bool:
    table = business_connections
    query = select(table.c.status, table.c.is_enabled, table.c.can_reply)
    row = session.execute(query.where(table.c.business_connection_id == connection_id)).first()
    return row is not None and row.status == _ACTIVE and bool(row.is_enabled) and bool(row.can_reply)
