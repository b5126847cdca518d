"""Messages that arrive: new ones, edits in any order, what a business account sent by itself.

The key is (business connection, chat, Telegram's message id); `console_message_keys` holds it once.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from models.rules.events import Arrived
from models.services import reach
from models.services.outbox import arrived_by_echo
from models.services.receiving_people import Intake, Thread
from models.services.recording import record_incoming, record_outgoing
from models.tables.console_messages import EditRow, MessageKeyRow
from models.tables.console_outbox import OutboxRow
from models.tables.extended import conversations, messages
from models.tables.message_codes import SOURCE_BUSINESS, MessageDirection

_keys = MessageKeyRow.__table__  # type: ignore[attr-defined]
_edits = EditRow.__table__  # type: ignore[attr-defined]
_outbox = OutboxRow.__table__  # type: ignore[attr-defined]

_NEW_KEY = insert(_keys)

#: A message this fresh gets the time of its row, which has microseconds; an older one keeps Telegram's.
FRESH = timedelta(seconds=10)
#: Telegram keeps updates for a day: an older date is somebody's invention.
OLDEST = timedelta(hours=48)


def store_message(intake: Intake, event: Arrived) -> bool:
    """A message into its person's conversation. False: it was there already, and nothing about it changed."""
    key = _key_of(event)
    known = None if intake.is_unseen(event) else intake.session.execute(select(_keys).where(*_is(key))).first()
    if known is None and (row_id := _row_without_key(intake, event)) is not None:
        _remember(intake, event, row_id)
        if event.edited_at is None:
            return False
        known = intake.session.execute(select(_keys).where(*_is(key))).first()
    if known is None:
        _insert(intake, event)
        return True
    if event.edited_at is None:
        return _original_of(intake, event, known)
    return _edit(intake, event, known)


def _insert(intake: Intake, event: Arrived) -> None:
    """A message not seen before; an edit of one that never came is taken as it is now."""
    person = event.person
    business = event.business_connection_id
    thread = intake.thread_of(person, always_refresh=business is not None)
    sent_at = _time_of(event.at, thread, intake.clock())
    values: dict[str, Any] = {
        "conversation_id": thread.id,
        "body": event.body.text,
        "telegram_message_id": event.message_id,
        "business_connection_id": business,
        "sent_at": sent_at,
    }
    if is_ours(event):
        row_id = record_outgoing(intake.session, intake.features, intake.clock, **values)
    else:
        unread = not event.body.service
        values |= {"user_id": thread.user_id, "unread": unread}
        row_id = record_incoming(intake.session, intake.features, intake.clock, **values)
        if business is None and intake.is_marked(event.chat_id):
            reach.lift(intake.session, intake.clock, event.chat_id)
            intake.unmarked(event.chat_id)
    thread.last_at = sent_at or intake.clock()
    _remember(intake, event, row_id)


def is_ours(event: Arrived) -> bool:
    """Written by the account of a business connection: its owner, a bot for it, or Telegram's away message."""
    return event.business_connection_id is not None and event.sender_id != event.chat_id


def _time_of(at: datetime, thread: Thread, now: datetime) -> datetime | None:
    """When the message was sent, if it waited at Telegram; None: just now. Never before what the thread holds: order
    in a thread is by time."""
    if not now - OLDEST < at < now - FRESH:
        return None
    return at if thread.last_at is None or at >= thread.last_at else min(thread.last_at, now)


def _remember(intake: Intake, event: Arrived, row_id: int) -> None:
    about = {
        "message_id": row_id,
        "kind": event.body.kind,
        "media_group_id": event.media_group_id,
        "forwarded_from": event.forwarded_from,
        "edit_date": event.edited_at,
        "edited": event.edited_at is not None,
    }
    intake.session.execute(_NEW_KEY, _key_of(event) | about)


def _row_without_key(intake: Intake, event: Arrived) -> int | None:
    """A row that another writer made of this message: the application before Frontdesk received, or our own outbox
    whose reply comes back through a business account."""
    if is_ours(event):
        if event.by_bot and event.business_connection_id is not None:
            connection, text = event.business_connection_id, event.body.text
            return arrived_by_echo(intake.session, connection, event.chat_id, text, event.message_id, event.at)
        query = select(_outbox.c.message_id).where(
            _outbox.c.chat_id == event.chat_id,
            _outbox.c.business_connection_id == event.business_connection_id,
            _outbox.c.telegram_message_id == event.message_id,
            _outbox.c.message_id.is_not(None),
        )
        found = intake.session.execute(query.limit(1)).scalar()
        return None if found is None else int(found)
    business = event.business_connection_id
    if business is not None and not intake.features.channels:
        return None
    if not intake.may_be_stored(event.message_id) or (thread := intake.existing_thread(event.chat_id)) is None:
        return None
    query = select(messages.c.id).where(
        messages.c.telegram_message_id == event.message_id,
        messages.c.conversation_id == thread.id,
        messages.c.direction == int(MessageDirection.INCOMING),
        # The bot's own chat and a business account number their messages independently.
        ~select(_keys.c.message_id).where(_keys.c.message_id == messages.c.id).exists(),
    )
    if business is not None:
        query = query.where(messages.c.business_connection_id == business)
    elif intake.features.channels:
        query = query.where(messages.c.source_type.is_distinct_from(SOURCE_BUSINESS))
    found = intake.session.execute(query.order_by(messages.c.id).limit(1)).scalar()
    return None if found is None else int(found)


def _original_of(intake: Intake, event: Arrived, known: Row[Any]) -> bool:
    """The same message again; or the original behind an edit that came first, kept as the earlier body."""
    if known.edit_date is None:
        return False
    if intake.session.execute(select(_edits.c.id).where(_edits.c.message_id == known.message_id).limit(1)).first():
        return False
    body = intake.session.execute(select(messages.c.body).where(messages.c.id == known.message_id)).scalar()
    if body is None or body == event.body.text:
        return False
    _keep(intake, known.message_id, event.body.text, known.edit_date)
    return True


def _edit(intake: Intake, event: Arrived, known: Row[Any]) -> bool:
    """The row's new body; the one before goes to our side table. One that is older than what is stored is nothing
    new, nor is one that changed only what nobody sees."""
    session, edited_at = intake.session, event.edited_at
    assert edited_at is not None
    if known.edit_date is not None and edited_at < known.edit_date:
        return False
    columns = (messages.c.body, messages.c.direction, messages.c.read, messages.c.conversation_id)
    row = session.execute(select(*columns).where(messages.c.id == known.message_id)).first()
    changed = row is not None and row.body != event.body.text
    key = update(_keys).where(*_is(_key_of(event)))
    session.execute(key.values(edit_date=edited_at, edited=bool(known.edited) or changed, kind=event.body.kind))
    if row is None or not changed:
        return False
    _keep(intake, known.message_id, row.body, edited_at)
    values: dict[str, Any] = {"body": event.body.text, "updated_at": intake.clock()}
    if row.direction == int(MessageDirection.INCOMING) and row.read:
        # What was read is not what is there now.
        values["read"] = False
        more = func.coalesce(conversations.c.unread_count, 0) + 1
        session.execute(
            update(conversations).where(conversations.c.id == row.conversation_id).values(unread_count=more)
        )
    session.execute(update(messages).where(messages.c.id == known.message_id).values(**values))
    return True


def _keep(intake: Intake, message_id: int, body: str, edit_date: datetime) -> None:
    intake.session.execute(
        insert(_edits).values(message_id=message_id, body=body, edit_date=edit_date, at=intake.clock())
    )


def _key_of(event: Arrived) -> dict[str, Any]:
    return {
        "business_connection_id": event.business_connection_id or "",
        "chat_id": event.chat_id,
        "telegram_message_id": event.message_id,
    }


def _is(key: dict[str, Any]) -> list[Any]:
    return [_keys.c[name] == value for name, value in key.items()]
