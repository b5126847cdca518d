"""What the report has counted, kept in our side tables: reading it, adding a run of messages to it."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, exists, func, insert, or_, select, update
from sqlmodel import Session

from models.rules.days import QUARTER
from models.services.report_tally import GONE, States, Tally, chunks, merge
from models.tables.console_report import (
    ReportAnswerRow,
    ReportConversationRow,
    ReportScoreRow,
    ReportStateRow,
    ReportTimeRow,
)
from models.tables.extended import conversations, messages

_state = ReportStateRow.__table__  # type: ignore[attr-defined]
times_table = ReportTimeRow.__table__  # type: ignore[attr-defined]
answers_table = ReportAnswerRow.__table__  # type: ignore[attr-defined]
states_table = ReportConversationRow.__table__  # type: ignore[attr-defined]
scores_table = ReportScoreRow.__table__  # type: ignore[attr-defined]
_FIGURES = ("incoming", "outgoing", "begun", "answered", "gone", "first_id", "last_id")
#: Rows of ours that are written by one statement.
_ROWS = 2000


@dataclass(frozen=True, slots=True)
class Mark:
    """How far messages are counted, and by whom. Seconds since the epoch."""

    message_id: int = 0
    lease_owner: str | None = None
    lease_until: int | None = None
    settled_at: int | None = None

    def held(self, me: str, now: int) -> bool:
        """Whether somebody else counts."""
        return self.lease_owner not in (None, me) and (self.lease_until or 0) > now


def mark_of(session: Session) -> Mark:
    """The mark; a fresh one where nothing was counted yet."""
    row = session.execute(select(_state).where(_state.c.id == 1)).mappings().first()
    return Mark() if row is None else Mark(*(row[name] for name in Mark.__slots__))


def move_mark(session: Session, old: Mark, new: Mark) -> bool:
    """Whether the mark was still the old one, its lease aside."""
    values = {name: getattr(new, name) for name in Mark.__slots__}
    moved = update(_state).where(_state.c.id == 1, _state.c.message_id == old.message_id).values(**values)
    if session.execute(moved.returning(_state.c.id)).first() is not None:
        return True
    if old.message_id or session.execute(select(_state.c.id)).first() is not None:
        return False
    session.execute(insert(_state).values(id=1, **values))
    return True


def forget(session: Session) -> None:
    """Everything that was counted of messages; the scores of earlier days stay."""
    for table in (_state, times_table, answers_table, states_table):
        session.execute(delete(table))


def states_between(session: Session, low: int, last: int) -> States:
    """What is kept of the conversations that have messages with ids above `low`, up to `last`."""
    theirs = select(messages.c.conversation_id).where(messages.c.id > low, messages.c.id <= last)
    found = States()
    for id, wrote_at, waits_since in session.execute(
        select(states_table).where(states_table.c.conversation_id.in_(theirs))
    ):
        found.wrote[id] = wrote_at
        if waits_since is not None:
            found.waits[id] = waits_since
    return found


def add(session: Session, tally: Tally, before: States, after: States) -> None:
    """Adds a run of messages: `before` is what was kept of its conversations, `after` what is known now."""
    _add_times(session, tally)
    _add_answers(session, tally)
    fresh: list[dict[str, Any]] = []
    moved: list[dict[str, Any]] = []
    for id in sorted(tally.touched):
        row = {"conversation_id": id, "wrote_at": after.wrote[id], "waits_since": after.waits.get(id)}
        if id not in before.wrote:
            fresh.append(row)
        elif before.waits.get(id) != row["waits_since"]:
            moved.append(row)
    for some in _parts(fresh):
        session.execute(insert(states_table), some)
    if moved:
        same = states_table.c.conversation_id == bindparam("its_id")
        change = update(states_table).where(same).values(waits_since=bindparam("its_wait"))
        for some in _parts(moved):
            values = [{"its_id": row["conversation_id"], "its_wait": row["waits_since"]} for row in some]
            session.connection().execute(change, values)


def _add_times(session: Session, tally: Tally) -> None:
    kept = {}
    for some in chunks(tally.times):
        query = select(times_table).where(times_table.c.quarter.in_(some))
        kept.update({row[0]: list(row[1:]) for row in session.execute(query)})
    rows = []
    for quarter, figures in sorted(tally.times.items()):
        sums = list(figures)
        if quarter in kept:
            merge(sums, kept[quarter])
        rows.append({"quarter": quarter, **dict(zip(_FIGURES, sums, strict=True))})
    for some in chunks(kept):
        session.execute(delete(times_table).where(times_table.c.quarter.in_(some)))
    for part in _parts(rows):
        session.execute(insert(times_table), part)


def _add_answers(session: Session, tally: Tally) -> None:
    kept: dict[tuple[int, int], str] = {}
    a = answers_table
    for some in chunks(sorted({quarter for quarter, _operator in tally.answers})):
        for quarter, operator_id, waits in session.execute(select(a).where(a.c.quarter.in_(some))):
            if (quarter, operator_id) in tally.answers:
                kept[quarter, operator_id] = waits
    rows = []
    for (quarter, operator_id), waits in sorted(tally.answers.items()):
        text = ",".join(map(str, waits))
        if (quarter, operator_id) in kept:
            text = f"{kept[quarter, operator_id]},{text}"
            same = (a.c.quarter == quarter) & (a.c.operator_id == operator_id)
            session.execute(update(a).where(same).values(waits=text))
        else:
            rows.append({"quarter": quarter, "operator_id": operator_id, "waits": text})
    for part in _parts(rows):
        session.execute(insert(a), part)


def _parts(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(rows), _ROWS):
        yield rows[start : start + _ROWS]


def read_tally(session: Session, begin: int, end: int) -> Tally:
    """What is kept of the quarters from `begin` to before `end`, seconds since the epoch."""
    low, high = begin // QUARTER, -(-end // QUARTER)
    found = Tally()
    t, a = times_table, answers_table
    for row in session.execute(select(t).where(t.c.quarter >= low, t.c.quarter < high)):
        found.times[row[0]] = list(row[1:])
    for quarter, operator_id, waits in session.execute(select(a).where(a.c.quarter >= low, a.c.quarter < high)):
        found.answers[quarter, operator_id] = array("q", map(int, waits.split(",")))
    return found


def waiting_before(session: Session, second: int) -> int:
    """How many conversations waited when this quarter began."""
    t = times_table
    balance = func.sum(t.c.begun - t.c.answered - t.c.gone)
    return int(session.execute(select(balance).where(t.c.quarter < second // QUARTER)).scalar() or 0)


def gone_conversations(session: Session, limit: int) -> list[int]:
    """Kept conversations that are no more."""
    there = exists(select(conversations.c.id).where(conversations.c.id == states_table.c.conversation_id))
    query = select(states_table.c.conversation_id).where(~there).limit(limit)
    return [int(id) for id in session.execute(query).scalars()]


def drop_gone(session: Session, ids: list[int], second: int) -> int:
    """Forgets conversations that are no more, and ends their waits now; how many waits that were."""
    for some in chunks(ids):
        session.execute(delete(states_table).where(states_table.c.conversation_id.in_(some)))
    t = times_table
    balance = session.execute(select(func.sum(t.c.begun - t.c.answered - t.c.gone))).scalar() or 0
    query = select(func.count()).select_from(states_table).where(states_table.c.waits_since.is_not(None))
    ended = int(balance) - int(session.execute(query).scalar_one())
    if ended:
        closing = Tally()
        closing.quarter(second // QUARTER)[GONE] = ended
        _add_times(session, closing)
    return ended


def keep_scores(session: Session, day: int, second: int, counts: dict[str, int]) -> None:
    """The scores of a day, unless they are kept."""
    if session.execute(select(scores_table.c.day).where(scores_table.c.day == day)).first() is None:
        session.execute(insert(scores_table).values(day=day, at=second, **counts))


def kept_scores(session: Session, begin: int, end: int) -> list[tuple[int, dict[str, int]]]:
    """(second, counts) of the days of a span, and of the last day before it."""
    s = scores_table
    last = select(func.max(s.c.at)).where(s.c.at < begin).scalar_subquery()
    query = select(s).where(s.c.at < end, or_(s.c.at >= begin, s.c.at == last)).order_by(s.c.at)
    rows = session.execute(query).mappings()
    return [(row["at"], {name: int(row[name]) for name in row if name not in ("day", "at")}) for row in rows]
