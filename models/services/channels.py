"""Which channel a reply takes in shapes O and H: that of the person's last message, or the one that was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, func, or_, select
from sqlmodel import Session

from models.errors import Refused
from models.tables.console_connections import BusinessConnectionRow
from models.tables.console_messages import MessageKeyRow
from models.tables.extended import business_connections, messages
from models.tables.message_codes import SOURCE_BUSINESS, MessageDirection
from models.views import Features

_keys = MessageKeyRow.__table__  # type: ignore[attr-defined]
_connections = BusinessConnectionRow.__table__  # type: ignore[attr-defined]

#: Names of the channels, as `MessageView.channel` has them.
BOT, BUSINESS = "bot", "business"
_ACTIVE = 0


@dataclass(frozen=True, slots=True)
class Channel:
    """`messages`: how many of the conversation. `closed` says why no reply goes this way, None: it is open; the reasons
    are 'never-wrote' (to the bot), 'no-connection', 'disconnected', 'disabled' and 'may-not-reply'."""

    name: str
    messages: int
    closed: str | None = None


@dataclass(frozen=True, slots=True)
class Channels:
    """`usual` is the channel of a reply for which none was chosen; None: neither is open."""

    usual: str | None
    each: tuple[Channel, ...]

    def closed(self, name: str) -> str | None:
        """Why no reply goes by this channel."""
        return next((channel.closed for channel in self.each if channel.name == name), None)


def channels_of(session: Session, features: Features, conversation_id: int) -> Channels | None:
    """The channels of a conversation; None where there is but one: no columns for it, or no business message."""
    if not features.channels:
        return None
    business = _through_account()
    query = select(business, func.count()).where(messages.c.conversation_id == conversation_id).group_by(business)
    counts = {bool(row[0]): int(row[1]) for row in session.execute(query)}
    if True not in counts:
        return None
    try:
        usual = BOT if channel_of(session, features, conversation_id) is None else BUSINESS
    except Refused:
        usual = None
    return Channels(
        usual,
        (
            Channel(BOT, counts.get(False, 0), _why_not_bot(session, conversation_id)),
            Channel(BUSINESS, counts[True], _account(session, features, conversation_id)[1]),
        ),
    )


def channel_of(session: Session, features: Features, conversation_id: int, wanted: str | None = None) -> str | None:
    """The business connection to reply through, or None for the bot.

    Without `wanted` it is the channel of the person's last message. A connection may carry a reply only while it is
    active, enabled and allowed to reply; otherwise the bot does, if the person ever wrote to it. Raises
    Refused('no-channel') when neither is open, Refused('channel-closed', why) when the wanted one is not.
    """
    if not features.channels:
        return _account_beside(session, conversation_id) if features.console_tables else None
    if wanted is not None:
        return _asked_for(session, features, conversation_id, wanted)
    last = _last_incoming(session, conversation_id)
    if last is None or last.source_type != SOURCE_BUSINESS or not last.business_connection_id:
        return None
    if _why_closed(session, features, str(last.business_connection_id)) is None:
        return str(last.business_connection_id)
    if _why_not_bot(session, conversation_id) is not None:
        raise Refused("no-channel", id=conversation_id)
    return None


def _account_beside(session: Session, conversation_id: int) -> str | None:
    """Where `messages` has no columns for it, our own tables tell which account the person wrote to. Raises
    Refused('no-channel') when that may not answer and the person never wrote to the bot."""
    theirs = (messages.c.conversation_id == conversation_id) & (messages.c.direction == int(MessageDirection.INCOMING))
    query = select(_keys.c.business_connection_id).select_from(
        messages.outerjoin(_keys, _keys.c.message_id == messages.c.id)
    )
    last = session.execute(
        query.where(theirs).order_by(messages.c.created_at.desc(), messages.c.id.desc()).limit(1)
    ).scalar()
    if not last:
        return None
    open_one = select(_connections.c.connection_id).where(
        _connections.c.connection_id == last, _connections.c.is_enabled.is_(True), _connections.c.can_reply.is_(True)
    )
    if session.execute(open_one).first() is not None:
        return str(last)
    to_bot = query.where(theirs, func.coalesce(_keys.c.business_connection_id, "") == "").limit(1)
    if session.execute(to_bot).first() is None:
        raise Refused("no-channel", id=conversation_id)
    return None


def through(channel: str) -> ColumnElement[bool]:
    """The condition for messages of this channel."""
    business = _through_account()
    return business if channel == BUSINESS else ~business


def _through_account() -> ColumnElement[bool]:
    return func.coalesce(messages.c.source_type, 0) == SOURCE_BUSINESS


def _asked_for(session: Session, features: Features, conversation_id: int, wanted: str) -> str | None:
    if wanted == BUSINESS:
        connection_id, why = _account(session, features, conversation_id)
    else:
        connection_id, why = None, _why_not_bot(session, conversation_id)
    if why is not None:
        raise Refused("channel-closed", id=conversation_id, channel=wanted, why=why)
    return connection_id


def _account(session: Session, features: Features, conversation_id: int) -> tuple[str | None, str | None]:
    """The connection of the newest incoming business message, and why it is closed."""
    last = _last_incoming(session, conversation_id, through(BUSINESS))
    if last is None or not last.business_connection_id:
        return None, "no-connection"
    connection_id = str(last.business_connection_id)
    return connection_id, _why_closed(session, features, connection_id)


def _why_not_bot(session: Session, conversation_id: int) -> str | None:
    """Telegram lets a bot write only to who wrote to it; without any message nothing is known against it."""
    # A business message without its connection counts: the application answers it by the bot.
    to_bot = or_(through(BOT), func.coalesce(messages.c.business_connection_id, "") == "")
    if _last_incoming(session, conversation_id) is None or _last_incoming(session, conversation_id, to_bot):
        return None
    return "never-wrote"


def _last_incoming(session: Session, conversation_id: int, *only: ColumnElement[bool]) -> Row[Any] | None:
    incoming = messages.c.direction == int(MessageDirection.INCOMING)
    query = select(messages.c.source_type, messages.c.business_connection_id)
    query = query.where(messages.c.conversation_id == conversation_id, incoming, *only)
    return session.execute(query.order_by(messages.c.created_at.desc(), messages.c.id.desc()).limit(1)).first()


def _why_closed(session: Session, features: Features, connection_id: str) -> str | None:
    if not features.business_connections:
        return "no-connection"
    table = business_connections
    query = select(table.c.status, table.c.is_enabled, table.c.can_reply)
    row = session.execute(query.where(table.c.business_connection_id == connection_id)).first()
    if row is None:
        return "no-connection"
    if row.status != _ACTIVE:
        return "disconnected"
    if not row.is_enabled:
        return "disabled"
    return None if row.can_reply else "may-not-reply"
