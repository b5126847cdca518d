"""What rows of the inbox say of triage: whether they wait, since when, who has them, their tags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlmodel import Session

from models.rules.triage import Claim, Outcome, Place, Standing, claimant, is_waiting
from models.services.standing import said_since, standing_in, tags, triage, wrote_since
from models.tables.console_operators import OperatorRow
from models.views import Features, Operator

_operators = OperatorRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Triaged:
    """One conversation's triage at a moment; `waits` if it does whoever spoke last, None if that decides."""

    place: Place | None = None
    until: datetime | None = None
    woken_at: datetime | None = None
    outcome: Outcome | None = None
    claimed_by: str | None = None
    claimed_by_me: bool = False
    tags: tuple[str, ...] = ()


def triaged_of(
    session: Session, features: Features, operator: Operator | None, ids: Sequence[int], now: datetime
) -> dict[int, Triaged]:
    """By conversation; those of which nothing is known are left out. Two statements, whatever the number of ids."""
    if not features.console_tables:
        return {}
    values = {"ids": list(ids)}
    found = {int(row["conversation_id"]): _to_triaged(row, operator, now) for row in _rows(session, values)}
    carried: dict[int, list[str]] = {}
    for id, tag in session.execute(_tags_query(), values):
        carried.setdefault(int(id), []).append(str(tag))
    for id, names in carried.items():
        found[id] = replace(found.get(id, Triaged()), tags=tuple(names))
    return found


NOTHING = Triaged()


def waiting_since(known: Triaged, *, unanswered: bool, at: datetime | None) -> datetime | None:
    """Since when a person waits for us whose last message is as old as `at`; None: it does not wait."""
    if known.place is not None:
        return None
    return at if unanswered else known.woken_at


def _rows(session: Session, values: dict[str, list[int]]) -> Sequence[Any]:
    return session.execute(_triage_query(), values).mappings().all()


def _to_triaged(row: Any, operator: Operator | None, now: datetime) -> Triaged:
    standing = standing_in(row)
    # The messages are compared by the database; here only whether there are newer ones.
    newest = None if standing is None else standing.seen_id + int(bool(row["said"]))
    theirs = None if standing is None else standing.seen_id + int(bool(row["wrote"]))
    away, woken_at = _place(standing, newest, theirs, now)
    claim = None
    if row["claimed_by"] is not None and row["claimed_until"] is not None:
        claim = Claim(int(row["claimed_by"]), row["claimed_until"])
    who = claimant(claim, now)
    me = who is not None and operator is not None and who == operator.id
    return Triaged(
        place=standing.place if standing is not None and away else None,
        until=standing.until if standing is not None and away else None,
        woken_at=woken_at,
        outcome=Outcome(row["outcome"]) if row["outcome"] in set(Outcome) else None,
        claimed_by=str(row["handle"] or "?") if who is not None and not me else None,
        claimed_by_me=me,
    )


def _place(
    standing: Standing | None, newest: int | None, theirs: int | None, now: datetime
) -> tuple[bool, datetime | None]:
    """Whether it is out of the way, and since when it is back because a snooze ended."""
    if standing is None:
        return False, None
    back = is_waiting(standing, last_incoming=False, newest_id=newest, newest_incoming_id=theirs, now=now)
    away = not is_waiting(standing, last_incoming=True, newest_id=newest, newest_incoming_id=theirs, now=now)
    return away, standing.until if back else None


@cache
def _triage_query() -> Select[Any]:
    columns = [column for column in triage.c if column.name != "updated_at"]
    query = select(*columns, _operators.c.handle, said_since().label("said"), wrote_since().label("wrote"))
    joined = triage.outerjoin(_operators, _operators.c.id == triage.c.claimed_by)
    return query.select_from(joined).where(triage.c.conversation_id.in_(bindparam("ids", expanding=True)))


@cache
def _tags_query() -> Select[Any]:
    theirs = tags.c.conversation_id.in_(bindparam("ids", expanding=True))
    return select(tags.c.conversation_id, tags.c.tag).where(theirs).order_by(tags.c.tag)
