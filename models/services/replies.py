"""Replies as the screens and the command line see them: one statement, whatever their number."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import RowMapping, Select, bindparam, select
from sqlmodel import Session

from models.rules.access import full_name
from models.rules.delivery import State
from models.services.channels import BOT, BUSINESS
from models.tables.console_operators import OperatorRow
from models.tables.console_outbox import OutboxRow
from models.tables.extended import conversations, users
from models.views import Reply

_outbox = OutboxRow.__table__  # type: ignore[attr-defined]
_operators = OperatorRow.__table__  # type: ignore[attr-defined]


@cache
def select_replies() -> Select[Any]:
    """All replies, oldest first, with the names of operator and person; add your own `where` and `limit`."""
    joined = (
        _outbox.outerjoin(_operators, _operators.c.id == _outbox.c.operator_id)
        .outerjoin(conversations, conversations.c.id == _outbox.c.conversation_id)
        .outerjoin(users, users.c.id == conversations.c.user_id)
    )
    columns = [_outbox.c[name] for name in _outbox.c.keys() if name not in ("whole", "lease_owner", "lease_until")]  # noqa: SIM118
    return (
        select(*columns, _operators.c.handle, users.c.first_name, users.c.last_name)
        .select_from(joined)
        .order_by(_outbox.c.id)
    )


def to_reply(row: RowMapping) -> Reply:
    """One row of `select_replies()` as a Reply."""
    return Reply(
        id=row["id"],
        conversation_id=row["conversation_id"],
        state=State(row["state"]),
        body=row["body"],
        created_at=row["created_at"],
        operator_id=row["operator_id"],
        operator_name=row["handle"] or "",
        person_name=full_name(row["first_name"], row["last_name"]),
        telegram_id=row["chat_id"],
        attempt=row["attempt"],
        part_no=row["part_no"],
        part_of=row["part_of"],
        not_before=row["not_before"],
        reason=row["reason"],
        error_code=row["error_code"],
        error=row["error"],
        message_id=row["message_id"],
        telegram_message_id=row["telegram_message_id"],
        updated_at=row["updated_at"],
        channel=BUSINESS if row["business_connection_id"] else BOT,
    )


def replies_of(session: Session, conversation_id: int, states: frozenset[State]) -> tuple[Reply, ...]:
    """One conversation's replies in these states, oldest first."""
    values = {"conversation": conversation_id, "states": sorted(states)}
    return tuple(to_reply(row) for row in session.execute(_replies_of(), values).mappings())


@cache
def _replies_of() -> Select[Any]:
    theirs = _outbox.c.conversation_id == bindparam("conversation")
    return select_replies().where(theirs, _outbox.c.state.in_(bindparam("states", expanding=True)))
