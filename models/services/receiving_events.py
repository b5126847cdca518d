"""What comes besides messages: blocks, pressed buttons, reactions, business connections, deletions, moved chats."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select, update

from models.rules.events import Barred, Connected, Deleted, Moved, Pressed, Reacted, Sender
from models.services import reach
from models.services.receiving_people import Intake
from models.services.recording import record_incoming, record_outgoing
from models.tables.console_connections import BusinessConnectionRow
from models.tables.console_messages import MessageKeyRow, ReactionRow
from models.tables.console_receiving import EventRow
from models.tables.extended import business_connections, users

_events = EventRow.__table__  # type: ignore[attr-defined]
_keys = MessageKeyRow.__table__  # type: ignore[attr-defined]
_reactions = ReactionRow.__table__  # type: ignore[attr-defined]
_connections = BusinessConnectionRow.__table__  # type: ignore[attr-defined]

#: `console_events.kind`.
PRESSED, MEMBER = "pressed", "member"
BLOCKED_BODY = "[blocked the bot]"
PRESSED_BODY = "[pressed a button]"
#: What Telegram answers to a message into such a chat.
_BLOCKED = (403, "Forbidden: bot was blocked by the user")
_MOVED = "Bad Request: group chat was upgraded to a supergroup chat"
#: The application's `business_connections.status`.
_ACTIVE, _DISCONNECTED = 0, 1


def store_barred(intake: Intake, event: Barred) -> bool:
    """The newest word counts. A block leaves a line in the thread, if there is one: on our side of it, since somebody
    who blocked the bot waits for nothing."""
    value = "kicked" if event.blocked else "member"
    if not _is_newest(intake, MEMBER, str(event.person.telegram_id), value, event.at):
        return False
    chat_id = event.person.telegram_id
    if not event.blocked:
        reach.lift(intake.session, intake.clock, chat_id)
        intake.unmarked(chat_id)
        return True
    reach.mark(intake.session, intake.features, intake.clock, chat_id, *_BLOCKED)
    intake.marked_anew()
    if (thread := intake.existing_thread(chat_id)) is not None:
        record_outgoing(
            intake.session,
            intake.features,
            intake.clock,
            conversation_id=thread.id,
            body=BLOCKED_BODY,
            telegram_message_id=None,
        )
        thread.last_at = intake.clock()
    return True


def store_pressed(intake: Intake, event: Pressed) -> bool:
    """A line in the thread of whoever pressed."""
    if event.person is None or not _is_first(intake, PRESSED, event.callback_id):
        return False
    _note(intake, event.person, f"[pressed: {event.label}]" if event.label else PRESSED_BODY)
    return True


def store_reaction(intake: Intake, event: Reacted) -> bool:
    """The newest set replaces the one before; its message may be unknown."""
    key = {
        "business_connection_id": event.business_connection_id,
        "chat_id": event.chat_id,
        "telegram_message_id": event.message_id,
        "actor_id": event.actor_id,
    }
    same = [_reactions.c[name] == value for name, value in key.items()]
    known = intake.session.execute(select(_reactions.c.at, _reactions.c.reactions).where(*same)).first()
    if known is None:
        intake.session.execute(insert(_reactions).values(**key, reactions=event.reactions, at=event.at))
        return True
    if known.at is not None and event.at < known.at:
        return False
    intake.session.execute(update(_reactions).where(*same).values(reactions=event.reactions, at=event.at))
    return bool(known.reactions != event.reactions)


def store_connection(intake: Intake, event: Connected) -> bool:
    """Our side table, and the application's where this database has it."""
    own = {
        "owner_id": event.owner.telegram_id,
        "owner_chat_id": event.owner_chat_id,
        "can_reply": event.can_reply,
        "is_enabled": event.is_enabled,
        "at": event.at,
    }
    mine = _connections.c.connection_id == event.id
    known = intake.session.execute(select(_connections.c.at).where(mine)).first()
    if known is None:
        intake.session.execute(insert(_connections).values(connection_id=event.id, **own))
    elif known.at is not None and event.at < known.at:
        return False
    else:
        intake.session.execute(update(_connections).where(mine).values(**own))
    if intake.features.business_connections:
        _store_for_the_application(intake, event)
    return True


def store_deletion(intake: Intake, event: Deleted) -> bool:
    """A mark beside the row; its body stays for the record."""
    gone = update(_keys).where(
        _keys.c.business_connection_id == event.business_connection_id,
        _keys.c.chat_id == event.chat_id,
        _keys.c.telegram_message_id.in_(event.message_ids[:100]),
        _keys.c.deleted_at.is_(None),
    )
    marked = intake.session.execute(gone.values(deleted_at=intake.clock()).returning(_keys.c.message_id)).all()
    return bool(marked)


def store_move(intake: Intake, event: Moved) -> bool:
    """Replies to a group that somebody noted as a person follow it; other groups are nobody's conversation."""
    known = select(users.c.id).where(users.c.telegram_id == event.chat_id)
    if intake.session.execute(known).first() is None:
        return False
    if reach.current_id(intake.session, event.chat_id) == event.to:
        return False
    reach.move(intake.session, intake.clock, event.chat_id, event.to, _MOVED)
    intake.marked_anew()
    return True


def _store_for_the_application(intake: Intake, event: Connected) -> None:
    """As the application does it: the owner found or created, the row found or created by Telegram's id."""
    now = intake.clock()
    values = {
        "user_id": intake.user_of(event.owner, always_refresh=True),
        "user_chat_id": event.owner_chat_id,
        "can_reply": event.can_reply,
        "is_enabled": event.is_enabled,
        "status": _ACTIVE if event.is_enabled else _DISCONNECTED,
        "connected_at": event.at,
        "disconnected_at": None if event.is_enabled else now,
        "updated_at": now,
    }
    table = business_connections
    changed = update(table).where(table.c.business_connection_id == event.id).values(**values)
    if intake.session.execute(changed.returning(table.c.id)).first() is None:
        intake.session.execute(insert(table).values(business_connection_id=event.id, created_at=now, **values))


def _note(intake: Intake, person: Sender, body: str) -> None:
    """A line in the thread that is no message: of the person, and read."""
    thread = intake.thread_of(person)
    record_incoming(
        intake.session,
        intake.features,
        intake.clock,
        conversation_id=thread.id,
        user_id=thread.user_id,
        body=body,
        telegram_message_id=None,
        unread=False,
    )
    thread.last_at = intake.clock()


def _is_first(intake: Intake, kind: str, subject: str) -> bool:
    """Remembers a subject that comes once."""
    mine = (_events.c.kind == kind) & (_events.c.subject == subject)
    if intake.session.execute(select(_events.c.kind).where(mine)).first() is not None:
        return False
    intake.session.execute(insert(_events).values(kind=kind, subject=subject, value="", at=intake.clock()))
    return True


def _is_newest(intake: Intake, kind: str, subject: str, value: str, at: datetime) -> bool:
    """Remembers the newest state of a subject; False: known, or older than what is known."""
    mine = (_events.c.kind == kind) & (_events.c.subject == subject)
    known = intake.session.execute(select(_events.c.value, _events.c.at).where(mine)).first()
    if known is None:
        intake.session.execute(insert(_events).values(kind=kind, subject=subject, value=value, at=at))
        return True
    if known.at is not None and (at < known.at or (at == known.at and value == known.value)):
        return False
    intake.session.execute(update(_events).where(mine).values(value=value, at=at))
    return True
