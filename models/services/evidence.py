"""What speaks for and against a reply having arrived. It decides nothing: only a person may.

Telegram has no way to ask whether a message was accepted, so there is what the log says, whether the person wrote
since, and whether the thread holds the same text since.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from models.rules.delivery import State
from models.rules.splitting import normalise
from models.store.database import Database
from models.tables.console_outbox import OutboxRow
from models.tables.console_outbox_log import OutboxLogRow
from models.tables.extended import messages
from models.tables.message_codes import MessageDirection

_outbox = OutboxRow.__table__  # type: ignore[attr-defined]
_log = OutboxLogRow.__table__  # type: ignore[attr-defined]

#: Telegram's times are whole seconds, and another writer's clock may be a little behind.
_SLACK = timedelta(seconds=2)
#: Most messages of one thread that are looked at, from the attempt on.
_MOST = 1000


@dataclass(frozen=True, slots=True)
class Attempt:
    """One time that the request was started; `outcome` None: still under way. `detail` is the log's, foreign."""

    number: int
    began_at: datetime
    ended_at: datetime | None = None
    outcome: State | None = None
    owner: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class SameText:
    """An outgoing row of the thread whose text Telegram would not tell from the reply's."""

    message_id: int
    at: datetime | None
    telegram_message_id: int | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """`since` is when the first attempt began that may have arrived (else the last one); None: never tried. `incoming`
    counts what the person wrote from then on."""

    since: datetime | None
    attempts: tuple[Attempt, ...] = ()
    incoming: int = 0
    last_incoming_at: datetime | None = None
    same_text: tuple[SameText, ...] = ()


def evidence_of(database: Database, ids: Collection[int]) -> dict[int, Evidence]:
    """By the reply's id; ids that do not exist are left out. Raises DatabaseProblem."""
    if not ids or not database.features.console_tables:
        return {}
    with database.read() as session:
        query = select(_outbox.c.id, _outbox.c.conversation_id, _outbox.c.body).where(_outbox.c.id.in_(list(ids)))
        replies = session.execute(query).all()
        attempts = _attempts(session, [row.id for row in replies])
        return {
            row.id: _look(session, row.conversation_id, row.body, tuple(attempts.get(row.id, ()))) for row in replies
        }


def _look(session: Session, conversation_id: int, body: str, attempts: tuple[Attempt, ...]) -> Evidence:
    since = _since(attempts)
    if since is None:
        return Evidence(None, attempts)
    written = select(messages.c.id, messages.c.direction, messages.c.body, messages.c.created_at)
    written = written.add_columns(messages.c.telegram_message_id)
    theirs = (messages.c.conversation_id == conversation_id) & (messages.c.created_at >= since - _SLACK)
    rows = session.execute(written.where(theirs).order_by(messages.c.created_at, messages.c.id).limit(_MOST)).all()
    came = [row for row in rows if row.direction == int(MessageDirection.INCOMING) and row.created_at >= since]
    wanted = normalise(body)
    same = [row for row in rows if row.direction == int(MessageDirection.OUTGOING) and normalise(row.body) == wanted]
    return Evidence(
        since=since,
        attempts=attempts,
        incoming=len(came),
        last_incoming_at=came[-1].created_at if came else None,
        same_text=tuple(SameText(row.id, row.created_at, row.telegram_message_id) for row in same),
    )


def _since(attempts: Sequence[Attempt]) -> datetime | None:
    doubtful = [each.began_at for each in attempts if each.outcome in (State.UNKNOWN, None)]
    return doubtful[0] if doubtful else (attempts[-1].began_at if attempts else None)


def _attempts(session: Session, ids: Sequence[int]) -> dict[int, list[Attempt]]:
    """Each start of a request in the log, with what became of it; in the log's order."""
    found: dict[int, list[Attempt]] = {}
    for row in session.execute(select(_log).where(_log.c.outbox_id.in_(ids)).order_by(_log.c.id)):
        tried = found.setdefault(row.outbox_id, [])
        if row.to_state == State.SENDING:
            tried.append(Attempt(row.attempt, row.at, owner=row.owner))
        elif row.from_state == State.SENDING and tried:
            tried[-1] = replace(tried[-1], **_ended(row))
    return found


def _ended(row: Any) -> dict[str, Any]:
    return {"ended_at": row.at, "outcome": State(row.to_state), "detail": row.detail}
