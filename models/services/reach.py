"""Who can't be reached: a refusal of Telegram's becomes a fact about the chat, until the person comes back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, delete, select, update
from sqlmodel import Session

from models.rules.clock import Clock
from models.rules.delivery import Reason, State
from models.services.reach_marks import MOVED, came_back, reach_table, to_reach
from models.services.transitions import log_transition, outbox_table
from models.store.turns import take_turn
from models.tables.conflicts import insert_or_ignore
from models.views import Features, Reach, Unreachable

#: Ids a chat may have had one after another.
_MOST_MOVES = 5


def kind_of(chat_id: int, code: int, said: str) -> Unreachable | None:
    """What a refusal says of the chat for good; None: it is about this message, this moment or the token.

    Source: telegram-bot-api's Client.cpp; the wording is no promise, so it is matched loosely.
    """
    said = said.lower()
    if code == 403:
        if "deactivated" in said:
            return Unreachable.DEACTIVATED
        if "blocked" in said or ("kicked" in said and chat_id > 0):
            return Unreachable.BLOCKED
        return Unreachable.NOT_FOUND if "chat was deleted" in said else Unreachable.NO_RIGHTS
    if code == 400 and ("chat not found" in said or "peer_id_invalid" in said):
        return Unreachable.NOT_FOUND
    return None


def mark(session: Session, features: Features, clock: Clock, chat_id: int, code: int, said: str) -> bool:
    """Notes that a chat refuses messages and fails what is queued for it, to be taken up again by `lift`. False: the
    refusal says nothing of the chat. Call it in a write session."""
    kind = kind_of(chat_id, code, said)
    if kind is None or not features.console_tables:
        return False
    now = clock()
    take_turn(session, f"reach {chat_id}")
    known = session.execute(select(reach_table).where(reach_table.c.telegram_id == chat_id)).first()
    values: dict[str, Any] = {"kind": kind, "said": said, "moved_to": None, "updated_at": now}
    if known is None:
        session.execute(insert_or_ignore(session, reach_table).values(telegram_id=chat_id, since=now, **values))
    else:
        session.execute(update(reach_table).where(reach_table.c.telegram_id == chat_id).values(since=now, **values))
    for row in _of_chat(session, chat_id, outbox_table.c.state == State.QUEUED):
        _move(session, clock, row, State.QUEUED, State.FAILED, error=said, error_code=code,
              reason=Reason.UNREACHABLE_CHAT, not_before=None)  # fmt: skip
    return True


def lift(session: Session, clock: Clock, chat_id: int) -> bool:
    """The person came back: forgets the mark and queues again what failed because of it. False: there was none. Call
    it in a write session."""
    mine = (reach_table.c.telegram_id == chat_id) & (reach_table.c.kind != MOVED)
    if session.execute(delete(reach_table).where(mine).returning(reach_table.c.telegram_id)).first() is None:
        return False
    failed = (outbox_table.c.state == State.FAILED) & (outbox_table.c.reason == Reason.UNREACHABLE_CHAT)
    for row in _of_chat(session, chat_id, failed):
        _move(session, clock, row, State.FAILED, State.QUEUED, error=None, error_code=None, reason=None)
    return True


def of(session: Session, chat_id: int) -> Reach | None:
    """What is known against a chat; None: nothing."""
    row = session.execute(select(reach_table).where(reach_table.c.telegram_id == chat_id)).first()
    return None if row is None else to_reach(row.kind, row.since, row.said)


def move(session: Session, clock: Clock, chat_id: int, new_chat_id: int, said: str) -> None:
    """A group became a supergroup: what is queued follows to the new id. The person's own row belongs to the
    application, so the move is remembered here."""
    now = clock()
    take_turn(session, f"reach {chat_id}")
    session.execute(delete(reach_table).where(reach_table.c.telegram_id == chat_id))
    moved = {"kind": MOVED, "since": now, "said": said, "moved_to": new_chat_id, "updated_at": now}
    session.execute(insert_or_ignore(session, reach_table).values(telegram_id=chat_id, **moved))
    queued = (outbox_table.c.chat_id == chat_id) & (outbox_table.c.state == State.QUEUED)
    session.execute(update(outbox_table).where(queued).values(chat_id=new_chat_id, updated_at=now))


def current_id(session: Session, chat_id: int) -> int:
    """The id that messages to this chat go to now."""
    for _ in range(_MOST_MOVES):
        moved = (reach_table.c.telegram_id == chat_id) & (reach_table.c.kind == MOVED)
        found = session.execute(select(reach_table.c.moved_to).where(moved)).scalar()
        if found is None:
            break
        chat_id = int(found)
    return chat_id


def returned(session: Session, features: Features, chat_id: int | None = None) -> tuple[int, ...]:
    """Marked chats (or the one) whose person has written since."""
    query = select(reach_table.c.telegram_id).where(reach_table.c.kind != MOVED)
    if chat_id is not None:
        query = query.where(reach_table.c.telegram_id == chat_id)
    query = query.where(came_back(features, reach_table.c.telegram_id, reach_table.c.since))
    return tuple(session.execute(query).scalars())


def _of_chat(session: Session, chat_id: int, condition: ColumnElement[bool]) -> list[Any]:
    """Replies through the bot; those through a business account are the account's affair."""
    theirs = (outbox_table.c.chat_id == chat_id) & outbox_table.c.business_connection_id.is_(None)
    query = select(outbox_table.c.id, outbox_table.c.attempt).where(theirs, condition)
    return list(session.execute(query.order_by(outbox_table.c.id)))


def _move(session: Session, clock: Clock, row: Any, came: State, went: State, **values: Any) -> None:
    fenced = (outbox_table.c.id == row.id) & (outbox_table.c.attempt == row.attempt) & (outbox_table.c.state == came)
    values |= {"state": went, "updated_at": clock()}
    if session.execute(update(outbox_table).where(fenced).values(**values).returning(outbox_table.c.id)).first():
        detail = Reason.UNREACHABLE_CHAT if went is State.FAILED else "the person came back"
        log_transition(session, clock, row.id, came, went, attempt=row.attempt, detail=detail)
