"""After a standby took over, or a server went back to an earlier moment: what it may have forgotten waits for a person.

A standby that lagged behind holds a reply as queued that its former primary had sent. PostgreSQL tells such a turn of
events by a new timeline; we note the one that replies were last claimed on.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from models.rules.clock import Clock
from models.rules.delivery import State
from models.services.transitions import log_transition, outbox_table
from models.store.marks import mark
from models.store.turns import take_turn
from models.tables.console_marks import MarkRow

_marks = MarkRow.__table__  # type: ignore[attr-defined]
#: The mark's name, and the word that a doubtful reply carries.
TIMELINE, SWITCHED = "timeline", "switched over"
_HERE = text("SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)")


def timeline_of(session: Session) -> str | None:
    """The server's timeline, as the first eight digits of its log's name; None where a service hides it."""
    try:
        with session.begin_nested():
            return str(session.execute(_HERE).scalar_one())
    except DBAPIError:
        return None


def stand_back(session: Session, clock: Clock, owner: str, timeline: str) -> bool:
    """Whether the server is on another timeline than at the last claim. Then what is queued or claimed may have been
    sent, and becomes `unknown`: a person decides. Call it in the write session of a claim."""
    noted = select(_marks.c.value).where(_marks.c.key == TIMELINE)
    wanted = f'"{timeline}"'
    known = session.execute(noted).scalar()
    if known is not None and wanted in known:
        return False
    take_turn(session, TIMELINE)
    known = session.execute(noted).scalar()
    if known is not None and wanted in known:
        return True
    mark(session.connection(), TIMELINE, {"timeline": timeline}, clock())
    if known is None:
        return False
    waiting = outbox_table.c.state.in_((State.QUEUED, State.CLAIMED))
    query = select(outbox_table.c.id, outbox_table.c.state, outbox_table.c.attempt).where(waiting)
    for row in session.execute(query.order_by(outbox_table.c.id).with_for_update()).all():
        values: dict[str, Any] = {"state": State.UNKNOWN, "error": SWITCHED, "reason": None, "not_before": None}
        values |= {"lease_owner": None, "lease_until": None, "updated_at": clock()}
        session.execute(update(outbox_table).where(outbox_table.c.id == row.id).values(**values))
        came = State(row.state)
        log_transition(session, clock, row.id, came, State.UNKNOWN, attempt=row.attempt, owner=owner, detail=SWITCHED)
    return True
