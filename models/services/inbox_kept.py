"""The counts of the views out of `console_inbox`: totals that moved with each change, and what is of one operator."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, func, literal, select
from sqlmodel import Session

from models.services.inbox_few import here, wanted
from models.services.inbox_table import inbox_table, read_state, totals_of
from models.services.standing import NOW, tags, triage, unanswered
from models.tables.extended import conversations
from models.tables.undated import undated
from models.views import Counts, Features, Operator, View

_t = inbox_table.c
#: Views of one operator's, which no total tells of.
_OURS = (View.MINE, View.DRAFTS)


def kept_counts(session: Session, features: Features, operator: Operator | None, now: datetime) -> Counts:
    """As `inbox_counts.counts_of`, without reading the conversations."""
    found = totals_of(read_state(session))
    row = session.execute(_theirs(operator), {"now": now}).one()
    found |= {view: int(many or 0) for view, many in zip(_OURS, row[1:], strict=True)}
    oldest = row[0] if found[View.WAITING] else None
    carried, ends = {}, None
    if found[View.TAGGED]:
        many = func.count()
        query = select(tags.c.tag, many).group_by(tags.c.tag).order_by(many.desc(), tags.c.tag)
        carried = {str(tag): int(number) for tag, number in session.execute(query)}
    if found[View.SNOOZED]:
        later = triage.c.place.is_not(None) & (triage.c.place_until > NOW)
        ends = session.execute(select(func.min(triage.c.place_until)).where(later), {"now": now}).scalar()
    return Counts({view: max(0, found.get(view, 0)) for view in View}, oldest, carried, ends)


@lru_cache(maxsize=16)
def _theirs(operator: Operator | None) -> Select[Any]:
    """The oldest wait, and how many conversations are this operator's: one statement, since each costs more to send
    than to answer."""
    counted = []
    for view in _OURS:
        ids = wanted(view, operator, NOW, None)
        there = func.count() if ids is not None else literal(0)
        query = select(there).select_from(inbox_table)
        counted.append(query.where(_t.conversation_id.in_(ids), *here(view)) if ids is not None else query.limit(1))
    return select(_oldest().scalar_subquery(), *(query.scalar_subquery() for query in counted))


def _oldest() -> Select[Any]:
    """Since when the longest waiting person waits; those who only wait because a snooze ended are passed over."""
    joined = inbox_table.join(conversations, conversations.c.id == _t.conversation_id)
    query = select(conversations.c.last_message_at).select_from(joined)
    return query.where(_t.waiting == 1, _t.at > undated(), unanswered()).order_by(_t.at, _t.conversation_id).limit(1)
