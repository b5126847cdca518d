"""What the tables share: one metadata, timestamps filled as ActiveRecord fills them, the session's clock."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Mapper, object_session, registry
from sqlmodel import Session, SQLModel

from models.rules.clock import Clock, utc_now

#: The keys under which a session carries the clock, and the features of its database.
CLOCK = "clock"
FEATURES = "features"


def now_of(row: Any) -> datetime:
    """The time of the clock that the row's session was given."""
    session = object_session(row)
    clock: Clock = session.info.get(CLOCK, utc_now) if session is not None else utc_now
    return clock()


def session_of(row: Any) -> Session:
    """The session a row lives in. Raises RuntimeError for a row outside one."""
    session = object_session(row)
    if not isinstance(session, Session):
        raise RuntimeError("the row is in no session")
    return session


class Stamped(SQLModel, registry=registry(metadata=SQLModel.metadata)):
    """`created_at` and `updated_at` have no default in the database (the writer fills both, in UTC).

    A registry of their own: asking for a row of ours must not set up what the application's models say of each other,
    nor stumble on those that are not there yet (see `models.tables.seed`).
    """


@event.listens_for(Stamped, "before_insert", propagate=True)
def _stamp_insert(mapper: Mapper[Any], connection: Any, row: Any) -> None:
    now = now_of(row)
    if row.created_at is None:
        row.created_at = now
    if row.updated_at is None:
        row.updated_at = row.created_at


@event.listens_for(Stamped, "before_update", propagate=True)
def _stamp_update(mapper: Mapper[Any], connection: Any, row: Any) -> None:
    session = object_session(row)
    if session is not None and session.is_modified(row, include_collections=False):
        row.updated_at = now_of(row)


#: The key under which a session collects rows that a callback changed behind the identity map.
STALE = "stale"


@event.listens_for(Session, "after_flush_postexec")
def _expire_stale(session: Session, flush_context: Any) -> None:
    for row in session.info.pop(STALE, ()):
        session.expire(row)
