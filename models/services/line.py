"""Who is next: which replies may leave, and when the next one may. Conditions on the outbox, no writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, exists, func, or_, select
from sqlalchemy.sql.expression import Alias
from sqlmodel import Session

from models.rules.delivery import IN_LINE, State
from models.rules.pace import Rates, micros
from models.services.pacing import Pacing, chat_waits, due_of, its_key, pacing_table
from models.services.transitions import outbox_table
from models.tables.types import RailsDateTime

#: Earlier parts in these states hold back the later parts of the same text.
_STOPS_PARTS = (State.UNKNOWN, State.FAILED, State.CANCELLED)
#: Heads of lines that are looked at when nothing may leave just now.
_MOST_HEADS = 500


def held_back(row: Any) -> ColumnElement[bool]:
    """An earlier part of the same text did not arrive for certain."""
    part: Alias = outbox_table.alias()
    return exists(
        select(part.c.id).where(
            part.c.client_key == row.c.client_key,
            part.c.part_no < row.c.part_no,
            part.c.state.in_(_STOPS_PARTS),
        )
    )


def head(row: Any) -> ColumnElement[bool]:
    """Queued, not held back, and first in its chat's line. What is held back blocks no other text."""
    earlier: Alias = outbox_table.alias()
    same_chat = and_(
        earlier.c.chat_id == row.c.chat_id,
        func.coalesce(earlier.c.business_connection_id, "") == func.coalesce(row.c.business_connection_id, ""),
    )
    blocked = exists(
        select(earlier.c.id).where(
            same_chat, earlier.c.id < row.c.id, earlier.c.state.in_(sorted(IN_LINE)), ~held_back(earlier)
        )
    )
    return and_(row.c.state == State.QUEUED, ~held_back(row), ~blocked)


@dataclass(frozen=True, slots=True)
class _Statements:
    """Built once: building them takes longer than running them. `now` and `micros` are their parameters."""

    first: Select[Any]
    claimable: Select[Any]
    heads: Select[Any]
    expiry: Select[Any]


@lru_cache(maxsize=8)
def _statements(rates: Rates | None) -> _Statements:
    now = bindparam("now", type_=RailsDateTime())
    due = and_(or_(outbox_table.c.not_before.is_(None), outbox_table.c.not_before <= now), head(outbox_table))
    if rates is not None:
        due = and_(due, ~chat_waits(rates, outbox_table.c.chat_id, now))
    leased = outbox_table.c.state.in_((State.CLAIMED, State.SENDING))
    heads = select(outbox_table.c.chat_id, outbox_table.c.not_before, pacing_table.c.tat, pacing_table.c.paused_until)
    heads = heads.select_from(outbox_table.outerjoin(pacing_table, its_key(outbox_table.c.chat_id)))
    first = select(outbox_table).where(due).order_by(outbox_table.c.id).limit(1)
    return _Statements(
        first=first.with_for_update(skip_locked=True),
        claimable=select(outbox_table.c.id).where(due).limit(1),
        heads=heads.where(head(outbox_table)).limit(_MOST_HEADS),
        expiry=select(func.min(outbox_table.c.lease_until)).where(leased),
    )


def first_due(session: Session, now: datetime, pacing: Pacing | None) -> Row[Any] | None:
    """The oldest reply that is first in its line, its time come, and admitted by its chat's pace; locked where the
    engine can."""
    return session.execute(_statements_of(pacing).first, _at(now)).first()


def next_due(session: Session, now: datetime, pacing: Pacing | None) -> datetime | None:
    """When a reply may be claimed or a lease has run out; not later than `now`: at once. None: nothing waits."""
    statements = _statements_of(pacing)
    expiry: datetime | None = session.execute(statements.expiry).scalar()
    if expiry is not None and expiry < now:
        return now
    moments = [expiry] if expiry is not None else []
    bot = now if pacing is None else max(now, pacing.bot_due(session, now))
    if session.execute(statements.claimable, _at(bot)).first() is not None:
        return min([bot, *moments])
    for row in session.execute(statements.heads):
        moment = max(bot, row.not_before or now)
        if pacing is not None and row.tat is not None:
            moment = max(moment, due_of(row.tat, row.paused_until, pacing.rates.of(row.chat_id), now))
        moments.append(moment)
    return min(moments, default=None)


def _statements_of(pacing: Pacing | None) -> _Statements:
    return _statements(None if pacing is None else pacing.rates)


def _at(moment: datetime) -> dict[str, Any]:
    return {"now": moment, "micros": micros(moment)}
