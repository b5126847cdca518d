"""What is known of messages beyond the application's columns: edited, deleted, reactions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlmodel import Session

from models.services.amend import Amended
from models.tables.console_amends import AmendRow
from models.tables.console_messages import MessageKeyRow, ReactionRow
from models.tables.extended import conversations, users

_keys = MessageKeyRow.__table__  # type: ignore[attr-defined]
_reactions = ReactionRow.__table__  # type: ignore[attr-defined]
_amends = AmendRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Mark:
    """`deleted`: in Telegram; the row stays for the record. `connection_id`: of the business account that received it,
    '' for the bot."""

    edited: bool = False
    deleted: bool = False
    connection_id: str = ""


def marks_of(session: Session, ids: Sequence[int]) -> dict[int, Mark]:
    """By the row's id; those of which nothing is known are left out."""
    values = {"ids": list(ids)}
    received = session.execute(_received_query(), values)
    found = {int(id): Mark(bool(edited), gone is not None, by or "") for id, edited, gone, by in received}
    for id in session.execute(_changed_query(), values).scalars():
        found[int(id)] = replace(found.get(int(id), Mark()), edited=True)
    return found


def reactions_of(
    session: Session, conversation_id: int, telegram_ids: Sequence[int], connection_ids: Collection[str]
) -> dict[tuple[str, int], str]:
    """By business connection ('' for the bot) and Telegram's number of the message."""
    values = {"conversation": conversation_id, "ids": list(telegram_ids), "connections": sorted({"", *connection_ids})}
    found: dict[tuple[str, int], str] = {}
    for connection_id, telegram_id, said in session.execute(_reactions_query(), values):
        key = (str(connection_id), int(telegram_id))
        found[key] = " ".join(each for each in (found.get(key), said) if each)
    return found


@cache
def _received_query() -> Select[Any]:
    query = select(_keys.c.message_id, _keys.c.edited, _keys.c.deleted_at, _keys.c.business_connection_id)
    return query.where(_keys.c.message_id.in_(bindparam("ids", expanding=True)))


@cache
def _changed_query() -> Select[Any]:
    """What we changed ourselves."""
    ours = _amends.c.message_id.in_(bindparam("ids", expanding=True))
    return select(_amends.c.message_id).where(ours, _amends.c.state == Amended.DONE, _amends.c.wanted.is_not(None))


@cache
def _reactions_query() -> Select[Any]:
    person = conversations.join(users, users.c.id == conversations.c.user_id)
    chat = select(users.c.telegram_id).select_from(person).where(conversations.c.id == bindparam("conversation"))
    columns = (_reactions.c.business_connection_id, _reactions.c.telegram_message_id, _reactions.c.reactions)
    # The connections are named so that the key's index serves.
    return select(*columns).where(
        _reactions.c.business_connection_id.in_(bindparam("connections", expanding=True)),
        _reactions.c.chat_id == chat.scalar_subquery(),
        _reactions.c.telegram_message_id.in_(bindparam("ids", expanding=True)),
    )
