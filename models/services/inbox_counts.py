"""How many conversations each view holds: all of them in one pass, less those that are done or snoozed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlmodel import Session

from models.services.inbox_ids import SHARED, in_view, oldest_waiting_at, shared
from models.services.standing import NOW, away, tags, triage, unanswered, woken
from models.tables.extended import conversations
from models.views import Counts, Features, Operator, View

#: Views that are counted by themselves: few conversations are in them.
_FEW = (View.MINE, View.SNOOZED, View.DONE, View.DRAFTS, View.NOT_DELIVERED, View.TAGGED)


def counts_of(session: Session, features: Features, operator: Operator | None, now: datetime) -> Counts:
    """Reads every conversation once, and those that somebody put away once more."""
    values = {"now": now}
    found: dict[View, int] = dict.fromkeys(View, 0)
    _add(found, session.execute(_all_query()).mappings().one(), 1)
    if features.console_tables:
        _add(found, session.execute(_away_query(features), values).mappings().one(), -1)
        few = session.execute(_few_query(features, operator), values).mappings().one()
        _add(found, few, 1)
    oldest = oldest_waiting_at(session, features, now) if found[View.WAITING] else None
    carried, ends = {}, None
    if found[View.TAGGED]:
        many = func.count()
        query = select(tags.c.tag, many).group_by(tags.c.tag).order_by(many.desc(), tags.c.tag)
        carried = {str(tag): int(number) for tag, number in session.execute(query)}
    if found[View.SNOOZED]:
        later = triage.c.place.is_not(None) & (triage.c.place_until > NOW)
        ends = session.execute(select(func.min(triage.c.place_until)).where(later), values).scalar()
    return Counts({view: max(0, found[view]) for view in View}, oldest, carried, ends)


def _add(found: dict[View, int], row: Mapping[Any, Any], sign: int) -> None:
    for view in View:
        found[view] += sign * int(row.get(view.name) or 0)


def _sum(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


@lru_cache(maxsize=1)
def _all_query() -> Select[Any]:
    """As if nothing were done or snoozed."""
    columns: list[ColumnElement[Any]] = [func.count().label("ALL"), _sum(unanswered()).label("WAITING")]
    columns += [_sum(shared(view)).label(view.name) for view in View if view in SHARED]
    return select(*columns).select_from(conversations)


@lru_cache(maxsize=16)
def _away_query(features: Features) -> Select[Any]:
    """What of that is done or snoozed; less those that wait because a snooze ended."""
    gone = away(features)
    back = woken(features) & func.coalesce(unanswered(), False).is_(False)
    columns: list[ColumnElement[Any]] = [(_sum(gone & unanswered()) - _sum(back)).label("WAITING")]
    columns += [_sum(gone & shared(view)).label(view.name) for view in View if view in SHARED]
    put = select(triage.c.conversation_id).where(triage.c.place.is_not(None))
    return select(*columns).select_from(conversations).where(conversations.c.id.in_(put))


@lru_cache(maxsize=64)
def _few_query(features: Features, operator: Operator | None) -> Select[Any]:
    counted = (
        select(func.count()).select_from(conversations).where(in_view(view, features, operator)).scalar_subquery()
        for view in _FEW
    )
    return select(*(each.label(view.name) for view, each in zip(_FEW, counted, strict=True)))
