"""A reply that certainly arrived: its state and its row in `messages`, in one transaction, once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import update
from sqlmodel import Session

from models.errors import NotFound
from models.rules.clock import Clock
from models.rules.delivery import State
from models.services.recording import record_outgoing
from models.services.transitions import log_transition, outbox_table
from models.views import Features

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
) -> bool:
    """Marks a row of the outbox as sent, fenced by its attempt, and writes the message. False: somebody has decided
    otherwise meanwhile, and nothing is written. Call it in a write session."""
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
            _write_message(session, features, clock, row, telegram_message_id)
            return True
    return False


def _write_message(
    session: Session, features: Features, clock: Clock, row: Any, telegram_message_id: int | None
) -> None:
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
    session.execute(update(outbox_table).where(outbox_table.c.id == row.id).values(message_id=message_id))
