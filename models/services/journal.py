"""The journal: who did what, written in the same transaction as the act."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sqlalchemy import insert, select
from sqlmodel import Session

from models.rules.clock import Clock
from models.rules.text import for_storage
from models.tables import JournalRow
from models.views import Features, JournalEntry, Operator

_journal = JournalRow.__table__  # type: ignore[attr-defined]
#: `subject_type` of an act on a person.
USER = "user"


def write_entry(
    session: Session,
    clock: Clock,
    operator: Operator,
    source: str,
    *,
    action: str,
    user_id: int,
    before: Mapping[str, object],
    after: Mapping[str, object],
    reason: str | None,
) -> None:
    """One entry about a person. Call it in the write session of the act itself."""
    session.execute(
        insert(_journal).values(
            at=clock(),
            operator_id=operator.id,
            operator_name=operator.name,
            source=source,
            action=action,
            subject_type=USER,
            subject_id=user_id,
            before=json.dumps(dict(before), ensure_ascii=False),
            after=json.dumps(dict(after), ensure_ascii=False),
            reason=for_storage(reason) if reason else None,
        )
    )


def entries_of(session: Session, features: Features, user_id: int, *, limit: int = 50) -> tuple[JournalEntry, ...]:
    """The newest entries about a person, newest first."""
    if not features.console_tables:
        return ()
    query = select(_journal).where(_journal.c.subject_type == USER, _journal.c.subject_id == user_id)
    rows = session.execute(query.order_by(_journal.c.id.desc()).limit(limit)).mappings()
    names = ("id", "at", "operator_name", "source", "action", "before", "after", "reason")
    return tuple(JournalEntry(**{name: row[name] for name in names}) for row in rows)
