"""Who is next: which replies may leave, and when the next one may. Conditions on the outbox, no writes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.sql.expression import Alias
from sqlmodel import Session

from models.rules.delivery import IN_LINE, State
from models.services.pacing import Pacing, due_of, its_key, pacing_table
from models.services.transitions import outbox_table

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


def due(row: Any, now: datetime, pacing: Pacing | None) -> ColumnElement[bool]:
    """First in line, its time come, and its chat's pace admits it."""
    timely = or_(row.c.not_before.is_(None), row.c.not_before <= now)
    if pacing is not None:
        timely = and_(timely, ~pacing.chat_waits(row.c.chat_id, now))
    return and_(timely, head(row))


def next_due(session: Session, now: datetime, pacing: Pacing | None) -> datetime | None:
    """When a reply may be claimed or a lease has run out; not later than `now`: at once. None: nothing waits."""
    leased = outbox_table.c.state.in_((State.CLAIMED, State.SENDING))
    expiry = session.execute(select(func.min(outbox_table.c.lease_until)).where(leased)).scalar()
    if expiry is not None and expiry < now:
        return now
    moments = [expiry] if expiry is not None else []
    bot = now if pacing is None else pacing.bot_due(session, now)
    if bot <= now:
        claimable = select(outbox_table.c.id).where(due(outbox_table, now, pacing)).limit(1)
        if session.execute(claimable).first() is not None:
            return now
    query = select(outbox_table.c.chat_id, outbox_table.c.not_before, pacing_table.c.tat, pacing_table.c.paused_until)
    query = query.select_from(outbox_table.outerjoin(pacing_table, its_key(outbox_table.c.chat_id)))
    for row in session.execute(query.where(head(outbox_table)).limit(_MOST_HEADS)):
        moment = max(bot, row.not_before or now)
        if pacing is not None and row.tat is not None:
            moment = max(moment, due_of(row.tat, row.paused_until, pacing.rates.of(row.chat_id), now))
        moments.append(moment)
    return min(moments, default=None)
