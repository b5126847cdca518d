"""Writing the demo's cast into a database, row by row as the application would have written them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select
from sqlmodel import Session

from console.demo.cast import Character, make_cast
from console.demo.leads import make_history, make_templates
from console.demo.sales import sell
from models.gateway import Outcome, RefusedBy, Unknown
from models.services.dispatch import Dispatch
from models.services.operators import ensure_operator
from models.services.outbox import Outbox
from models.services.recording import new_conversation
from models.store.database import Database
from models.tables.extended import conversations, messages, users
from models.tables.message_codes import MessageDirection
from models.views import Features

#: The operator whose replies from "earlier" wait in the outbox.
COLLEAGUE = "@vera_desk"
#: How far back the stand-in knows what chats hold: a little longer than messages can be changed.
HELD = timedelta(hours=72)


@dataclass(frozen=True, slots=True)
class Generated:
    """What the stand-in has to know: chats that blocked the bot, Telegram's next message id, and what chats hold from
    the days in which a message can still be changed: (chat, message id, text, seconds since the epoch, is outgoing)."""

    blocked: frozenset[int]
    next_message_id: int
    held: tuple[tuple[int, int, str, int, bool], ...]


def generate(path: Path, *, now: datetime, seed: int = 7) -> Generated:
    """Fills an empty database that `models.store.lifecycle.initialise` made. `now` is aware; nothing is dated later.

    Raises DatabaseProblem.
    """
    cast = make_cast(now, seed)
    database = Database.open(str(path), clock=lambda: now)
    try:
        with database.write() as session:
            threads = _people_and_threads(session, database.features, cast)
            next_message_id = _lines(session, database.features, threads)
            held = _held(session, now - HELD)
            make_history(session, threads)
        _leftovers(database, threads, now)
        make_templates(database, COLLEAGUE, lambda: now)
    finally:
        database.close()
    sell(path, _buyers(threads, now), now=now, operator=COLLEAGUE)
    return Generated(frozenset(one.telegram_id for one in cast if one.blocked), next_message_id, held)


def _people_and_threads(
    session: Session, features: Features, cast: list[Character]
) -> list[tuple[int, int, Character]]:
    """Everybody's row, and a conversation for those who wrote: (conversation id, user id, character)."""
    threads = []
    for one in cast:
        person: dict[str, Any] = {
            "telegram_id": one.telegram_id,
            "username": one.username,
            "first_name": one.first_name,
            "last_name": one.last_name,
            "session_token": one.session_token,
            "authenticated": one.authenticated,
            "admin": one.admin,
            "paid": one.paid or one.admin,
            "created_at": one.created_at,
            "updated_at": one.created_at,
        }
        user_id = int(session.execute(insert(users).values(**person).returning(users.c.id)).scalar_one())
        if not one.lines:
            continue
        last = one.lines[-1]
        # The timestamps are touched a moment after the message; the AI's verdict comes a little later.
        touched = last.at + timedelta(milliseconds=4)
        thread = new_conversation(features, user_id, one.lines[0].at - timedelta(milliseconds=9))
        thread |= {
            "last_message_at": touched,
            "updated_at": touched + timedelta(milliseconds=35 if one.processing else 0),
            "unread_count": one.unread,
            "ai_real_name": one.real_name,
            "ai_background": one.background,
            "ai_query": one.query,
            "ai_ready_score": one.score,
            "ai_processing": one.processing,
        }
        made = session.execute(insert(conversations).values(**thread).returning(conversations.c.id))
        threads.append((int(made.scalar_one()), user_id, one))
    return threads


def _buyers(threads: list[tuple[int, int, Character]], now: datetime) -> list[tuple[int, datetime]]:
    """Who bought, the newest first: those who have paid access but one, for whom nobody noted why, and the readiest of
    those who have been silent for days."""
    there = sorted(threads, key=lambda thread: thread[2].lines[-1].at, reverse=True)
    paid = [(user_id, one.created_at) for _, user_id, one in there if one.paid and not one.admin]
    silent = [
        (user_id, one.created_at)
        for _, user_id, one in there
        if not one.paid and not one.blocked and (one.score or 0) > 60 and now - one.lines[-1].at > timedelta(days=3)
    ]
    return paid[1:] + silent


def _lines(session: Session, features: Features, threads: list[tuple[int, int, Character]]) -> int:
    """All messages in the order they were written, numbered by Telegram in that order; returns the next number."""
    rows: list[dict[str, Any]] = []
    for conversation_id, user_id, one in threads:
        for line in one.lines:
            row = {
                "conversation_id": conversation_id,
                "user_id": user_id if line.incoming else None,
                "body": line.body,
                "direction": int(MessageDirection.INCOMING if line.incoming else MessageDirection.OUTGOING),
                "read": line.read,
                "created_at": line.at,
                "updated_at": line.at,
            }
            rows.append(row | ({"source_type": 0, "business_connection_id": None} if features.channels else {}))
    rows.sort(key=lambda row: row["created_at"])
    for number, row in enumerate(rows, start=1):
        row["telegram_message_id"] = number
    session.execute(insert(messages), rows)
    return len(rows) + 1


def _held(session: Session, since: datetime) -> tuple[tuple[int, int, str, int, bool], ...]:
    query = select(users.c.telegram_id, messages.c.telegram_message_id, messages.c.body, messages.c.created_at)
    query = query.add_columns(messages.c.direction).where(messages.c.created_at > since)
    query = query.join_from(messages, conversations, messages.c.conversation_id == conversations.c.id)
    rows = session.execute(query.join(users, conversations.c.user_id == users.c.id).order_by(messages.c.id))
    outgoing = int(MessageDirection.OUTGOING)
    return tuple((chat, id, body, int(at.timestamp()), direction == outgoing) for chat, id, body, at, direction in rows)


def _leftovers(database: Database, threads: list[tuple[int, int, Character]], now: datetime) -> None:
    """What a colleague left in the outbox: a reply that was refused, and one that nobody knows about."""
    blocked = next(thread for thread in threads if thread[2].blocked)
    doubtful = next(
        thread for thread in threads if thread[2].real_name and timedelta(hours=2) < now - thread[2].lines[-1].at
    )
    refused = RefusedBy(403, "Forbidden: bot was blocked by the user")
    _reply(database, blocked[0], "Здравствуйте! Остались вопросы по курсу?", refused, now - timedelta(hours=3))
    _reply(
        database,
        doubtful[0],
        "Ссылка на оплату уже в личном кабинете 🙂",
        Unknown("ReadTimeout"),
        now - timedelta(hours=1),
    )


def _reply(database: Database, conversation_id: int, text: str, outcome: Outcome, at: datetime) -> None:
    operator = ensure_operator(database, COLLEAGUE, lambda: at)
    outbox = Outbox(database, lambda: at, lambda: operator)
    outbox.enqueue(conversation_id, text, client_key=f"demo-{conversation_id}")
    dispatch = Dispatch(database, lambda: at, owner="demo", lease=60)
    claim = dispatch.claim()
    if claim is not None and dispatch.start(claim):
        dispatch.record(claim, outcome)
