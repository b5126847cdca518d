"""How much was said in a conversation: of a long one counted behind the screen's back, then kept and counted on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, bindparam, case, func, select
from sqlmodel import Session

from models.rules.clock import monotonic
from models.tables.extended import messages
from models.tables.message_codes import MessageDirection
from models.tables.types import RailsDateTime

#: Messages that are counted while somebody waits: more take longer than the thread itself.
MOST = 500
#: Conversations whose counts are kept, and for how many seconds: a deleted message is noticed after them.
KEPT, AGE = 500, 600.0


@dataclass(frozen=True, slots=True)
class Totals:
    """`whole`: every message was counted; otherwise there are more than MOST."""

    incoming: int = 0
    outgoing: int = 0
    first_at: datetime | None = None
    newest_id: int | None = None
    whole: bool = True


class LeadTotals:
    """Safe from several threads: what is kept is only ever replaced."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[float, int, int, int]] = {}

    def of(self, session: Session, conversation_id: int, *, whole: bool) -> Totals:
        """`whole`: however long it takes; otherwise a long conversation's counts are those of MOST messages, unless it
        was counted lately."""
        values = {"conversation": conversation_id, "many": MOST + 1}
        first_at, newest = session.execute(_ends(), values).one()
        if newest is None:
            return Totals()
        kept = self._kept.get(conversation_id)
        if kept is not None and monotonic() - kept[0] < AGE:
            at, incoming, outgoing, seen = kept
            more = session.execute(_since(), {**values, "seen": seen}).one()
            incoming, outgoing = incoming + int(more[0] or 0), outgoing + int(more[1] or 0)
            self._keep(conversation_id, (at, incoming, outgoing, max(seen, int(newest))))
            return Totals(incoming, outgoing, first_at, int(newest))
        few = session.execute(_few(), values).one()
        if int(few[2]) <= MOST:
            return Totals(int(few[0] or 0), int(few[1] or 0), first_at, int(newest))
        if not whole:
            return Totals(int(few[0] or 0), int(few[1] or 0), first_at, int(newest), whole=False)
        counted = session.execute(_all(), values).one()
        incoming, outgoing = int(counted[0] or 0), int(counted[1] or 0)
        self._keep(conversation_id, (monotonic(), incoming, outgoing, int(newest)))
        return Totals(incoming, outgoing, first_at, int(newest))

    def _keep(self, conversation_id: int, counted: tuple[float, int, int, int]) -> None:
        if len(self._kept) > KEPT:
            self._kept.clear()
        self._kept[conversation_id] = counted


_theirs = messages.c.conversation_id == bindparam("conversation")


def _by_direction(direction: ColumnElement[int]) -> list[ColumnElement[Any]]:
    return [func.sum(case((direction == int(each), 1), else_=0)) for each in MessageDirection]


@cache
def _ends() -> Select[Any]:
    """When it began, and the newest message's id: of the latest by time, which the index of the thread finds."""
    at, id = messages.c.created_at, messages.c.id
    first = select(at).where(_theirs).order_by(at).limit(1).scalar_subquery()
    latest = select(id).where(_theirs).order_by(at.desc(), id.desc()).limit(20).subquery()
    newest = select(func.max(latest.c.id)).scalar_subquery()
    return select(func.coalesce(first, None, type_=RailsDateTime()), newest)


@cache
def _few() -> Select[Any]:
    # In the order of the thread's index, so that a server takes it, however many of all messages are theirs.
    oldest = select(messages.c.direction).where(_theirs).order_by(messages.c.created_at)
    some = oldest.limit(bindparam("many", type_=Integer)).subquery()
    return select(*_by_direction(some.c.direction), func.count())


@cache
def _since() -> Select[Any]:
    return select(*_by_direction(messages.c.direction)).where(_theirs, messages.c.id > bindparam("seen"))


@cache
def _all() -> Select[Any]:
    return select(*_by_direction(messages.c.direction)).where(_theirs)
