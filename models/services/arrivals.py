"""A reply that certainly arrived: its state and its row in `messages`, in one transaction, once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session

from models.errors import NotFound
from models.rules.clock import Clock
from models.rules.delivery import State
from models.services.recording import record_outgoing
from models.services.transitions import log_transition, outbox_table
from models.tables.conflicts import insert_or_ignore
from models.tables.console_messages import MessageKeyRow
from models.views import Features

_keys = MessageKeyRow.__table__  # type: ignore[attr-defined]

#: From these a certain arrival is recorded: what counted as unknown meanwhile is known now.
ARRIVES_FROM = (State.SENDING, State.UNKNOWN)


def settle(
    session: Session,
    features: Features,
    clock: Clock,
    row: Any,
    telegram_message_id: int | None,
    *,
    owner: str | None = None,
    detail: str,
    link: bool = True,
) -> bool:
    """Marks a row of the outbox as sent, fenced by its attempt, and writes the message. False: somebody has decided
    otherwise meanwhile, and nothing is written. `link` False: whoever calls keeps Telegram's key. Call it in a write
    session."""
    for came in ARRIVES_FROM:
        fenced = (outbox_table.c.id == row.id) & (outbox_table.c.attempt == row.attempt)
        sent: dict[str, Any] = {
            "state": State.SENT,
            "telegram_message_id": telegram_message_id,
            "error": None,
            "error_code": None,
        }
        sent |= {"reason": None, "lease_owner": None, "lease_until": None, "updated_at": clock()}
        moved = update(outbox_table).where(fenced, outbox_table.c.state == came).values(**sent)
        if session.execute(moved.returning(outbox_table.c.id)).first() is not None:
            log_transition(session, clock, row.id, came, State.SENT, attempt=row.attempt, owner=owner, detail=detail)
            _write_message(session, features, clock, row, telegram_message_id, link)
            return True
    return False


def _write_message(
    session: Session, features: Features, clock: Clock, row: Any, telegram_message_id: int | None, link: bool
) -> None:
    """The row in `messages`, unless the message came back through a business account before this was known."""
    key = {"business_connection_id": row.business_connection_id or "", "chat_id": row.chat_id}
    key["telegram_message_id"] = telegram_message_id
    message_id: int | None = None
    if telegram_message_id is not None:
        same = (_keys.c[name] == value for name, value in key.items())
        message_id = session.execute(select(_keys.c.message_id).where(*same)).scalar()
    if message_id is None:
        try:
            message_id = record_outgoing(
                session,
                features,
                clock,
                conversation_id=row.conversation_id,
                body=row.body,
                telegram_message_id=telegram_message_id,
                business_connection_id=row.business_connection_id,
            )
        except NotFound:
            # The person was deleted while the reply was under way: delivered, and nowhere left to write it.
            return
        if link and telegram_message_id is not None:
            linked = insert_or_ignore(session, _keys).values(**key, message_id=message_id, kind="text", edited=False)
            session.execute(linked)
    session.execute(update(outbox_table).where(outbox_table.c.id == row.id).values(message_id=message_id))
