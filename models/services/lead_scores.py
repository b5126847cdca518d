"""How scores move: each change that any console or `frontdesk run` sees is kept once, with what the person had just
written. The application keeps no history of its own, and one poor answer of its AI resets a hot lead.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import RowMapping, Select, bindparam, func, insert, select
from sqlmodel import Session

from models.errors import Refused
from models.rules.clock import Clock, monotonic
from models.services.lead_facts import scores_table
from models.store.database import Database
from models.store.turns import take_turn
from models.tables.extended import conversations, messages
from models.tables.message_codes import MessageDirection
from models.views import Changes, Operator

#: Newest conversations that are compared when nothing names one; seconds between two such looks.
NEWEST, PAUSE = 1000, 10.0
#: Conversations that were looked at last: each commit of anybody may be a change of theirs.
_LOOKED_AT = 20
#: Whoever keeps a change of a score does so alone: the last one that is kept is the last one that was.
TURN = "lead scores"
#: Changes that are kept in one transaction: the application's writers wait for it.
_BATCH = 25
#: Ids in one statement; most conversations whose score this process remembers.
_CHUNK, _REMEMBERED = 500, 20_000


class LeadScores:
    """One caller at a time, but `looked_at`. `may_write` raises Refused when nobody may."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        may_write: Callable[[], object],
        *,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self.database = database
        self.clock = clock
        self._may_write = may_write
        self._now = now
        self._swept: float | None = None
        self._pending: set[int] = set()
        self._looked_at: OrderedDict[int, None] = OrderedDict()
        #: What this process saw last: a change is one only for who knows what was before.
        self._known: OrderedDict[int, int | None] = OrderedDict()

    def looked_at(self, conversation_id: int) -> None:
        """Somebody looks at this conversation: its score is watched."""
        self._looked_at[conversation_id] = None
        self._looked_at.move_to_end(conversation_id)
        while len(self._looked_at) > _LOOKED_AT:
            self._looked_at.popitem(last=False)

    def see(self, changes: Changes) -> int:
        """Looks at the scores that may have moved, and keeps what did; how many. What could not be written now is
        looked at again. Raises DatabaseProblem."""
        try:
            self._may_write()
        except Refused:
            return 0
        self._pending |= changes.conversations
        wanted = self._pending | set(self._looked_at)
        now = self._now()
        with self.database.read() as session:
            if changes.everything or self._swept is None or now - self._swept >= PAUSE:
                wanted |= set(session.execute(_newest()).scalars())
                self._swept = now
            moved = [row for row in _scores(session, wanted) if self._differs(row)]
        kept = sum(self._keep(moved[start : start + _BATCH]) for start in range(0, len(moved), _BATCH))
        self._pending.clear()
        return kept

    def _differs(self, row: RowMapping) -> bool:
        """Whether a change is to be kept; what is seen for the first time is only remembered."""
        id, score = row["id"], row["score"]
        seen = id in self._known or row["change_id"] is not None
        before = row["kept"] if row["change_id"] is not None else self._known.get(id)
        if seen and before != score:
            return True
        self._remember(id, score)
        return False

    def _keep(self, moved: list[RowMapping]) -> int:
        kept = 0
        with self.database.write() as session:
            take_turn(session, TURN)
            # Read again: another console may have been faster, or the score moved on.
            for row in _scores(session, [row["id"] for row in moved]):
                id, score = row["id"], row["score"]
                before = row["kept"] if row["change_id"] is not None else self._known.get(id)
                if before != score:
                    at = _moment(row["updated_at"], row["kept_at"], self.clock())
                    keep_change(session, id, at=at, before=before, score=score, operator=None)
                    kept += 1
                self._remember(id, score)
        return kept

    def _remember(self, id: int, score: int | None) -> None:
        self._known[id] = score
        self._known.move_to_end(id)
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)


def keep_change(
    session: Session,
    conversation_id: int,
    *,
    at: datetime,
    before: int | None,
    score: int | None,
    operator: Operator | None,
) -> None:
    """One change, in the write session of whoever made or saw it."""
    take_turn(session, TURN)
    values = {"conversation": conversation_id, "at": at}
    message_id = session.execute(_just_before(), values).scalar()
    session.execute(
        insert(scores_table).values(
            conversation_id=conversation_id,
            at=at,
            before=before,
            score=score,
            message_id=message_id,
            operator_id=operator.id if operator is not None else None,
        )
    )


def _moment(changed: datetime | None, after: datetime | None, now: datetime) -> datetime:
    """When the application wrote it, as far as the row tells: never before the change before it, never to come."""
    moment = changed if changed is not None and changed <= now else now
    return moment if after is None or moment >= after else now


def _scores(session: Session, ids: Collection[int]) -> list[RowMapping]:
    found: list[RowMapping] = []
    listed = sorted(ids)
    for start in range(0, len(listed), _CHUNK):
        found += session.execute(_query(), {"ids": listed[start : start + _CHUNK]}).mappings().all()
    return found


@cache
def _query() -> Select[Any]:
    """Scores as they are, beside the last change that was kept."""
    s, own = scores_table, conversations.c
    last = select(func.max(s.c.id)).where(s.c.conversation_id == own.id).correlate(conversations).scalar_subquery()
    joined = conversations.outerjoin(s, s.c.id == last)
    columns = (own.id, own.ai_ready_score.label("score"), own.updated_at)
    kept = (s.c.id.label("change_id"), s.c.score.label("kept"), s.c.at.label("kept_at"))
    return select(*columns, *kept).select_from(joined).where(own.id.in_(bindparam("ids", expanding=True)))


@cache
def _newest() -> Select[Any]:
    own = conversations.c
    dated = select(own.id).where(own.last_message_at.is_not(None))
    return dated.order_by(own.last_message_at.desc()).limit(NEWEST)


@cache
def _just_before() -> Select[Any]:
    query = select(messages.c.id).where(
        messages.c.conversation_id == bindparam("conversation"),
        messages.c.direction == int(MessageDirection.INCOMING),
        messages.c.created_at <= bindparam("at"),
    )
    return query.order_by(messages.c.created_at.desc(), messages.c.id.desc()).limit(1)
