"""`console_inbox`: what a row of it should say, which rows say something else, and writing them anew.

A row follows from the application's tables and from ours alone (`inbox_ids.in_view`), so it may be written at any time
by anybody; the totals move by what changed, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Delete,
    Insert,
    Select,
    Update,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlmodel import Session

from models.rules.bands import BOUNDS, Band
from models.services.inbox_ids import in_view
from models.store.turns import take_turn
from models.tables.console_inbox import FLAGS, InboxRow, InboxStateRow
from models.tables.extended import conversations
from models.tables.undated import undated
from models.views import Features, View

inbox_table = InboxRow.__table__  # type: ignore[attr-defined]
state_table = InboxStateRow.__table__  # type: ignore[attr-defined]

#: The views that have a flag of their own.
VIEWS: Mapping[View, str] = {View(name.replace("_", "-")): name for name in ("waiting", *FLAGS)}
#: `rank` of a conversation without a score.
NO_SCORE = -1
#: Conversations that one statement names at most.
MOST = 500
_LOW, _HIGH = BOUNDS[Band.EXPLORING][0], BOUNDS[Band.READY][1]
_TURN = "inbox table"
_id, _score = conversations.c.id, conversations.c.ai_ready_score
_ALL = "all"
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
#: What changes without a new row anywhere: the application wrote over a column.
_QUICK = ("at", "rank", "unread")


def read_state(session: Session) -> dict[str, tuple[int, str | None]]:
    """Everything that `console_inbox_state` says, by name."""
    return {str(name): (int(value), owner) for name, value, owner in session.execute(select(state_table))}


def write_state(session: Session, name: str, value: int, owner: str | None = None) -> None:
    """Notes one fact. The caller has the turn of the table."""
    values = {"value": value, "owner": owner}
    changed = update(state_table).where(state_table.c.name == name).values(**values)
    if session.execute(changed.returning(state_table.c.name)).first() is None:
        session.execute(insert(state_table).values(name=name, **values))


def totals_of(state: Mapping[str, tuple[int, str | None]]) -> dict[View, int]:
    """How many conversations each view with a flag has, and all of them."""
    found = {View.ALL: state.get(f"total {_ALL}", (0, None))[0]}
    return found | {view: state.get(f"total {name}", (0, None))[0] for view, name in VIEWS.items()}


def take_table(session: Session) -> None:
    """Whoever writes the table takes this turn, the last of a transaction's."""
    take_turn(session, _TURN)


def differing(session: Session, features: Features, now: datetime, ids: Sequence[int]) -> list[int]:
    """Those of these conversations (at most MOST) whose row is missing, stale or of nobody."""
    values = {"ids": list(ids), "now": now}
    found = list(session.execute(_differing(features), values).scalars())
    return found + list(session.execute(_orphans(), values).scalars())


def differing_between(
    session: Session, features: Features, now: datetime, low: int, high: int, *, thorough: bool
) -> list[int]:
    """As `differing`, for the ids above `low` up to `high`. Not `thorough`: only what the application writes over."""
    values = {"low": low, "high": high, "now": now}
    found = list(session.execute(_differing_between(features, thorough), values).scalars())
    return found + list(session.execute(_orphans_between(), values).scalars())


def rewrite(session: Session, features: Features, now: datetime, ids: Sequence[int]) -> None:
    """Writes the rows of these conversations (at most MOST) anew, and moves the totals. The caller has the turn."""
    values = {"ids": list(ids)}
    before = session.execute(_sums(), values).one()
    session.execute(_remove(), values)
    session.execute(_insert(features), {**values, "now": now})
    _move_totals(session, before, session.execute(_sums(), values).one())


def empty(session: Session) -> None:
    """Forgets everything; the table is made again from the start. The caller has the turn."""
    session.execute(delete(inbox_table))
    session.execute(delete(state_table))


def touch(session: Session, features: Features, now: datetime, ids: Sequence[int]) -> None:
    """After a write to these conversations, in its transaction: the views tell of it at once."""
    if not features.console_tables or not ids:
        return
    if session.execute(select(state_table.c.name).where(state_table.c.name == "built")).first() is None:
        return  # nobody has begun to make it
    take_table(session)
    known = sorted(set(ids))
    for at in range(0, len(known), MOST):
        rewrite(session, features, now, known[at : at + MOST])


def _move_totals(session: Session, before: Sequence[int | None], after: Sequence[int | None]) -> None:
    for name, was, now in zip((_ALL, *VIEWS.values()), before, after, strict=True):
        change = (now or 0) - (was or 0)
        if change and session.execute(_add(), {"total": f"total {name}", "change": change}).first() is None:
            session.execute(insert(state_table).values(name=f"total {name}", value=change))


@lru_cache(maxsize=1)
def _add() -> Update:
    changed = update(state_table).where(state_table.c.name == bindparam("total"))
    return changed.values(value=state_table.c.value + bindparam("change")).returning(state_table.c.name)


@lru_cache(maxsize=16)
def _columns(features: Features) -> dict[str, ColumnElement[Any]]:
    """What each column should be, as expressions on `conversations`."""
    flags = {name: case((in_view(view, features, None), 1), else_=0) for view, name in VIEWS.items()}
    at = func.coalesce(conversations.c.last_message_at, undated())
    rank = case((_score.between(_LOW, _HIGH), _score), else_=NO_SCORE)
    return {"at": at, "rank": rank, **flags}


def _rows(features: Features, theirs: ColumnElement[bool]) -> Insert:
    columns = _columns(features)
    rows = select(_id, *columns.values()).where(theirs)
    return insert(inbox_table).from_select(["conversation_id", *columns], rows)


def _differs(features: Features, names: Sequence[str], theirs: ColumnElement[bool]) -> Select[Any]:
    columns = _columns(features)
    joined = conversations.outerjoin(inbox_table, inbox_table.c.conversation_id == _id)
    other = (inbox_table.c[name] != columns[name] for name in names)
    return select(_id).select_from(joined).where(theirs, or_(inbox_table.c.conversation_id.is_(None), *other))


def _orphaned(theirs: ColumnElement[bool]) -> Select[Any]:
    here = exists(select(_id).where(_id == inbox_table.c.conversation_id).correlate(inbox_table))
    return select(inbox_table.c.conversation_id).where(theirs, ~here)


def _between(column: ColumnElement[int]) -> ColumnElement[bool]:
    return (column > bindparam("low")) & (column <= bindparam("high"))


@lru_cache(maxsize=16)
def _differing(features: Features) -> Select[Any]:
    return _differs(features, tuple(_columns(features)), _id.in_(_IDS))


@lru_cache(maxsize=16)
def _differing_between(features: Features, thorough: bool) -> Select[Any]:
    return _differs(features, tuple(_columns(features)) if thorough else _QUICK, _between(_id))


@lru_cache(maxsize=1)
def _orphans() -> Select[Any]:
    return _orphaned(inbox_table.c.conversation_id.in_(_IDS))


@lru_cache(maxsize=1)
def _orphans_between() -> Select[Any]:
    return _orphaned(_between(inbox_table.c.conversation_id))


@lru_cache(maxsize=1)
def _remove() -> Delete:
    return delete(inbox_table).where(inbox_table.c.conversation_id.in_(_IDS))


@lru_cache(maxsize=16)
def _insert(features: Features) -> Insert:
    return _rows(features, _id.in_(_IDS))


def _summed(theirs: ColumnElement[bool]) -> Select[Any]:
    flags = (func.sum(inbox_table.c[name]) for name in VIEWS.values())
    return select(func.count(), *flags).select_from(inbox_table).where(theirs)


@lru_cache(maxsize=1)
def _sums() -> Select[Any]:
    return _summed(inbox_table.c.conversation_id.in_(_IDS))
