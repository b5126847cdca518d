"""Corrections of a lead and pauses of the AI as acts: in the log of triage, so that `z` takes them back as well."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime

from sqlalchemy import insert
from sqlmodel import Session

from models.services.triage_facets import Facet, acts_table, log_changes, replayed
from models.views import Field, Operator

#: The facets: "lead FIELD", and whether the AI is paused, "true" or "false".
LEAD, AI = "lead", "ai"
#: The kinds of acts; the last is nobody's: what the application wrote between two acts of ours.
CORRECT, PAUSE, RESUME, OUTSIDE = "correct", "pause", "resume", "outside"


@dataclass(frozen=True, slots=True)
class FieldState:
    """`now` stands in the application's column; `value` and `said` are the correction, if it is `corrected`."""

    now: str | None
    corrected: bool = False
    value: str | None = None
    said: str | None = None

    def written(self) -> str:
        return json.dumps(astuple(self), ensure_ascii=False)


def state_of(text: str) -> FieldState:
    """From what `written` made."""
    return FieldState(*json.loads(text))


def facet_of(field: Field) -> str:
    return f"{LEAD} {field.value}"


def is_ours(facet: str) -> bool:
    return facet == AI or facet.startswith(f"{LEAD} ")


def log_act(session: Session, operator: Operator, now: datetime, kind: str, changes: Sequence[Facet]) -> None:
    """An act of an operator; whoever calls it holds the turn of triage and writes what the act changes. The AI writes
    these columns, too: what it wrote since our last act is logged before, or taking this one back would bring an older
    word."""
    known = replayed(session, {(id, facet) for id, facet, _before, _after in changes})
    outside = [
        (id, facet, known[id, facet], before)
        for id, facet, before, _after in changes
        if (id, facet) in known and known[id, facet] != before
    ]
    for name, some, automatic in ((OUTSIDE, outside, True), (kind, list(changes), False)):
        if some:
            values = {"operator_id": operator.id, "kind": name, "deed": "{}", "at": now, "automatic": automatic}
            made = session.execute(insert(acts_table).values(**values, total=1).returning(acts_table.c.id))
            log_changes(session, int(made.scalar_one()), some)
