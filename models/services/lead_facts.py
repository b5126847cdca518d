"""What is shown beside a lead's four fields: corrections, and how the score moved."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, literal, or_, select
from sqlmodel import Session

from models.tables.console_lead import CorrectionRow, ScoreRow
from models.tables.console_operators import OperatorRow
from models.tables.extended import messages
from models.tables.message_codes import MessageDirection
from models.views import Correction, Field, LeadFacts, ScoreChange

corrections_table = CorrectionRow.__table__  # type: ignore[attr-defined]
scores_table = ScoreRow.__table__  # type: ignore[attr-defined]
_operators = OperatorRow.__table__  # type: ignore[attr-defined]

#: Changes of a score that are read; messages since the last one that are counted.
CHANGES, MOST_SINCE = 60, 100


def said(value: object) -> str | None:
    """A field as corrections keep it: text without margins, a score as digits, None for nothing."""
    text = "" if value is None else str(value).strip()
    return text or None


def facts_of(session: Session, conversation_id: int, current: dict[Field, Any]) -> LeadFacts:
    """Of a conversation whose four columns are `current`. Needs our tables."""
    values = {"conversation": conversation_id}
    corrections = tuple(
        Correction(
            field=Field(row.field),
            value=row.value,
            said=row.said,
            operator_name=row.handle or "",
            at=row.updated_at,
            overwritten=said(current[Field(row.field)]) != row.value,
        )
        for row in session.execute(_corrections(), values)
    )
    rows = session.execute(_changes(), values).all()[::-1]
    changes = tuple(ScoreChange(row.at, row.before, row.score, row.message_id, row.handle) for row in rows)
    since = None
    if changes:
        last = changes[-1]
        since = session.execute(_since(), values | {"message": last.message_id or 0, "at": last.at}).scalar_one()
    return LeadFacts(corrections, changes, since)


@cache
def _corrections() -> Select[Any]:
    c = corrections_table
    query = select(c.c.field, c.c.value, c.c.said, c.c.updated_at, _operators.c.handle)
    query = query.select_from(c.outerjoin(_operators, _operators.c.id == c.c.operator_id))
    return query.where(c.c.conversation_id == bindparam("conversation"))


@cache
def _changes() -> Select[Any]:
    s = scores_table
    query = select(s.c.at, s.c.before, s.c.score, s.c.message_id, _operators.c.handle)
    query = query.select_from(s.outerjoin(_operators, _operators.c.id == s.c.operator_id))
    return query.where(s.c.conversation_id == bindparam("conversation")).order_by(s.c.id.desc()).limit(CHANGES)


@cache
def _since() -> Select[Any]:
    """What the person wrote after the message that the last change followed; where none is known, after its time."""
    theirs = (messages.c.conversation_id == bindparam("conversation")) & (
        messages.c.direction == int(MessageDirection.INCOMING)
    )
    known = bindparam("message", type_=messages.c.id.type)
    later = or_((known > 0) & (messages.c.id > known), (known == 0) & (messages.c.created_at > bindparam("at")))
    some = select(literal(1).label("one")).where(theirs, later).limit(MOST_SINCE).subquery()
    return select(func.count()).select_from(some)
