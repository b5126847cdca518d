"""Pages of the views that few conversations are in, whoever looks: mine, drafts, one tag. Found from our own tables and
put in order here; a view of many is read otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select, type_coerce
from sqlmodel import Session

from models.services.inbox_pressing import pressing
from models.services.inbox_table import inbox_table
from models.services.standing import tags, triage
from models.tables.console_drafts import DraftRow
from models.tables.types import SortKey, parse_rails_text, rails_text
from models.views import Cursor, IdPage, Operator, Order, View

#: As many as are read to be put in order; a view of more is none of these.
FEW = 2_000

_drafts = DraftRow.__table__  # type: ignore[attr-defined]
_t = inbox_table.c
_MARK = "f"


def is_of_few(cursor: Cursor | None) -> bool:
    """Whether a page from here ended at this cursor."""
    return cursor is not None and (cursor.second or "").startswith(_MARK)


def wanted(view: View, operator: Operator | None, now: Any, tag: str | None) -> Select[Any] | None:
    """The ids of such a view; None for another. `now` is a moment or a parameter."""
    if view is View.MINE and operator is not None:
        held = (triage.c.claimed_by == operator.id) & (triage.c.claimed_until > now)
        return select(triage.c.conversation_id).where(held)
    if view is View.DRAFTS and operator is not None:
        return select(_drafts.c.conversation_id).where(_drafts.c.operator_id == operator.id)
    if view is View.TAGGED and tag is not None:
        return select(tags.c.conversation_id).where(tags.c.tag == tag)
    return None


def here(view: View) -> Sequence[ColumnElement[bool]]:
    """What else holds of a conversation of the view."""
    return (_t.snoozed == 0, _t.done == 0) if view is View.MINE else ()


def few_page(
    session: Session,
    operator: Operator | None,
    view: View,
    order: Order,
    after: Cursor | None,
    limit: int,
    *,
    now: datetime,
    tag: str | None,
) -> IdPage | None:
    """One page; None where the view or the order is not of this kind, or the view holds many."""
    ids = wanted(view, operator, now, tag)
    if ids is None:
        return None
    columns = (_t.conversation_id, type_coerce(_t.at, SortKey), _t.rank, _t.waiting)
    query = select(*columns).where(_t.conversation_id.in_(ids), *here(view)).limit(FEW + 1)
    rows = [(int(id), str(at), int(rank), bool(waits)) for id, at, rank, waits in session.execute(query)]
    if len(rows) > FEW:
        return None
    start, then = 0, rails_text(now)
    read, _, before = ((after.second if after else None) or "").removeprefix(_MARK).partition(" ")
    ordered = _ordered(rows, order, before or then)
    if after is not None:
        # Where its last one stood; gone meanwhile, from the end of what was read then.
        start = ordered.index(after.id) + 1 if after.id in ordered else int(read)
    ids_here = ordered[start : start + limit]
    more = start + limit < len(ordered)
    place = f"{_MARK}{start + len(ids_here)} {before or then}"
    end = Cursor(key=None, second=place, id=ids_here[-1]) if more and ids_here else None
    return IdPage(tuple(ids_here), end)


def _ordered(rows: list[tuple[int, str, int, bool]], order: Order, then: str) -> list[int]:
    """By (id, at, rank, waits); a conversation without a date has one before all others. `then`: when a wait ends that
    the order reckons with."""

    def dated(row: tuple[int, str, int, bool]) -> bool:
        return not row[1].startswith("-")

    if order is Order.SCORE:
        return [row[0] for row in sorted(rows, key=lambda row: (row[2], row[1], row[0]), reverse=True)]
    recent = sorted(rows, key=lambda row: (row[1], row[0]), reverse=True)
    if order is Order.RECENT:
        return [row[0] for row in recent]
    waits = [row for row in rows if row[3] and dated(row)]
    oldest = sorted(waits, key=lambda row: (row[1], row[0]))
    if order is Order.PRESSING:
        until = parse_rails_text(then)
        assert until is not None
        oldest.sort(key=lambda row: (row[2] < 0, -pressing(max(0, row[2]), row[1], until)))
    return [row[0] for row in (*oldest, *(row for row in recent if row not in set(waits)))]
