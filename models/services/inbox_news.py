"""Which conversations new rows tell of: messages, steps of replies, acts, and new conversations themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session

from models.services.inbox_table import MOST
from models.tables.console_outbox import OutboxRow
from models.tables.console_outbox_log import OutboxLogRow
from models.tables.console_triage_log import TriageLogRow
from models.tables.extended import conversations, messages

_log = OutboxLogRow.__table__  # type: ignore[attr-defined]
_outbox = OutboxRow.__table__  # type: ignore[attr-defined]
_acts = TriageLogRow.__table__  # type: ignore[attr-defined]

_SOURCES: tuple[tuple[ColumnElement[int], ColumnElement[int], Any], ...] = (
    (messages.c.id, messages.c.conversation_id, messages),
    (_log.c.id, _outbox.c.conversation_id, _log.join(_outbox, _outbox.c.id == _log.c.outbox_id)),
    (_acts.c.id, _acts.c.conversation_id, _acts),
    (conversations.c.id, conversations.c.id, conversations),
)


def newest(session: Session) -> list[int]:
    """The highest id of each source: messages, steps of replies, acts, conversations."""
    return [int(session.execute(select(func.max(id))).scalar() or 0) for id, _, _ in _SOURCES]


def told_of(session: Session, seen: Sequence[int], tops: Sequence[int], overlap: int) -> tuple[set[int], list[int]]:
    """Ids of conversations that rows above `seen` tell of, and how far that goes in each source; `overlap` rows below
    are looked at again."""
    wanted: set[int] = set()
    reached = []
    for (id, of, source), after, top in zip(_SOURCES, seen, tops, strict=True):
        if top < after or (top == after and not overlap):
            reached.append(top)
            continue
        query = select(id, of).select_from(source).where(id > max(0, after - overlap), id <= top)
        rows = session.execute(query.order_by(id).limit(MOST + overlap)).all()
        wanted.update(int(row[1]) for row in rows)
        reached.append(int(rows[-1][0]) if len(rows) == MOST + overlap else top)
    return wanted, reached
