"""Scores by the seed's bands: how many conversations stand in each now, and how many moved. Reads only."""

from __future__ import annotations

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlmodel import Session

from models.rules.bands import BOUNDS, Band, band
from models.rules.days import moment_of
from models.services.lead_facts import scores_table
from models.tables.extended import conversations
from models.views.report import BANDS, UNKNOWN, UNSCORED

_score = conversations.c.ai_ready_score


def count_scores(session: Session) -> dict[str, int]:
    """Conversations by band, `UNSCORED` and `UNKNOWN`; reads all of them once."""
    names = (*BANDS, UNSCORED, UNKNOWN)
    its_band = case(
        (_score.is_(None), UNSCORED), *((_score.between(*BOUNDS[Band(name)]), name) for name in BANDS), else_=UNKNOWN
    )
    found = {row[0]: int(row[1]) for row in session.execute(select(its_band, func.count()).group_by(its_band))}
    return {name: found.get(name, 0) for name in names}


def moved_between(session: Session, begin: int, end: int) -> tuple[int, int]:
    """In how many conversations the band rose, and fell, in a span, as far as the changes of scores were seen; no score
    is below every band, one that is outside them is left out."""
    s = scores_table
    inside = (s.c.at >= moment_of(begin), s.c.at < moment_of(end))
    ends = select(func.min(s.c.id).label("first"), func.max(s.c.id).label("last")).where(*inside)
    both = ends.group_by(s.c.conversation_id).subquery()
    first, last = s.alias("first_change"), s.alias("last_change")
    joined = both.join(first, first.c.id == both.c.first).join(last, last.c.id == both.c.last)
    risen = fallen = 0
    for before, after in session.execute(select(first.c.before, last.c.score).select_from(joined)):
        low, high = _rank(before), _rank(after)
        if low is not None and high is not None:
            risen += high > low
            fallen += high < low
    return risen, fallen


def _rank(score: int | None) -> int | None:
    found = band(score)
    return list(Band).index(found) if found is not None else -1 if score is None else None


def in_band(name: str) -> ColumnElement[bool]:
    """The condition of a band, `UNSCORED` or `UNKNOWN`."""
    if name == UNSCORED:
        return _score.is_(None)
    if name == UNKNOWN:
        low, high = BOUNDS[Band.EXPLORING][0], BOUNDS[Band.READY][1]
        known = or_(*(_score.between(*bounds) for bounds in BOUNDS.values()))
        return _score.is_not(None) & or_(_score < low, _score > high, ~known)
    return _score.between(*BOUNDS[Band(name)])
