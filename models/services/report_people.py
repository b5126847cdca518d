"""How far people came: from writing to paying, whose access ends, who is in which lesson. Reads only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import case, func, select
from sqlmodel import Session

from models.rules.bands import BOUNDS, Band
from models.rules.days import Week, moment_of
from models.services.access_facts import enrollments, payments
from models.services.report_count import Rest
from models.services.report_kept import states_table
from models.services.report_tally import chunks
from models.tables import LessonProgress
from models.tables.extended import conversations, users
from models.views import Features
from models.views.report import EndingFigures, LessonFigures, Step, StepFigures

_lessons = LessonProgress.__table__  # type: ignore[attr-defined]
_SERIOUS = BOUNDS[Band.EVALUATING][0]
_TOP = BOUNDS[Band.READY][1]


@dataclass(slots=True)
class Cohort:
    """People who first wrote in a span, admins aside, by how far they came; each step is a part of the one before."""

    steps: dict[Step, set[int]] = field(default_factory=dict)

    def figures(self) -> tuple[StepFigures, ...]:
        found = []
        of: int | None = None
        for step, people in self.steps.items():
            found.append(StepFigures(step, len(people), len(people) if of is None else of))
            of = len(people)
        return tuple(found)


def cohort(session: Session, features: Features, rest: Rest, begin: int, end: int) -> Cohort:
    """`rest` knows the conversations that are not in the side tables yet. The step ENROLLED is there where the planned
    tables are; PAID is a completed payment then, else the flag `paid`."""
    best: dict[int, int] = {}
    for user_id, score in _wrote(session, rest, begin, end):
        known = score if score is not None and 0 <= score <= _TOP else -1
        if known > best.get(user_id, -2):
            best[user_id] = known
    for id in _admins(session):
        best.pop(id, None)
    found = Cohort()
    found.steps[Step.WROTE] = set(best)
    found.steps[Step.SCORED] = {id for id, score in best.items() if score >= 0}
    serious = found.steps[Step.SERIOUS] = {id for id, score in best.items() if score >= _SERIOUS}
    if features.planned:
        e, p = enrollments(features), payments(features)
        serious = found.steps[Step.ENROLLED] = serious & set(session.execute(select(e.c.user_id)).scalars())
        bought = select(p.c.user_id).where(p.c.status == "completed")
        found.steps[Step.PAID] = serious & set(session.execute(bought).scalars())
    elif features.paid:
        flagged = select(users.c.id).where(users.c.paid.is_(True))
        found.steps[Step.PAID] = serious & set(session.execute(flagged).scalars())
    return found


def _admins(session: Session) -> Iterable[int]:
    return session.execute(select(users.c.id).where(users.c.admin.is_(True))).scalars()


def _wrote(session: Session, rest: Rest, begin: int, end: int) -> Iterable[tuple[int, int | None]]:
    """Person and score of each conversation in which the person first wrote in the span."""
    columns = (conversations.c.user_id, conversations.c.ai_ready_score)
    if rest.base > 0:
        joined = states_table.join(conversations, conversations.c.id == states_table.c.conversation_id)
        query = select(*columns).select_from(joined)
        query = query.where(states_table.c.wrote_at >= begin, states_table.c.wrote_at < end)
        for user_id, score in session.execute(query):
            yield user_id, score
    fresh = (id for id, at in rest.states.wrote.items() if begin <= at < end and id not in rest.known)
    for some in chunks(fresh):
        for user_id, score in session.execute(select(*columns).where(conversations.c.id.in_(some))):
            yield user_id, score


def endings(session: Session, features: Features, weeks: Iterable[Week]) -> tuple[tuple[EndingFigures, ...], int]:
    """By week, people whose last access ends in it; and how many have one for life."""
    if not (features.planned or features.console_tables):
        return (), 0
    ends = last_ends(session, features)
    found = [EndingFigures(week.monday, len(ending_in(ends, week.begin, week.end))) for week in weeks]
    return tuple(found), sum(end is None for end in ends.values())


def last_ends(session: Session, features: Features) -> dict[int, datetime | None]:
    """By person, when the last of their tiers ends; None: never. Admins are not in it: theirs ends with the role."""
    e = enrollments(features)
    last = func.max(e.c.expires_at, type_=e.c.expires_at.type)
    admins = set(_admins(session))
    query = select(e.c.user_id, func.count(), func.count(e.c.expires_at), last).group_by(e.c.user_id)
    return {
        user_id: end if many == ending else None
        for user_id, many, ending, end in session.execute(query)
        if user_id not in admins
    }


def ending_in(ends: dict[int, datetime | None], begin: int, end: int) -> list[int]:
    """People of `last_ends` whose access ends in a span of seconds."""
    low, high = moment_of(begin), moment_of(end)
    return [id for id, moment in ends.items() if moment is not None and low <= moment < high]


def lessons(session: Session, features: Features) -> tuple[LessonFigures, ...]:
    """Every lesson somebody has begun, by its slug."""
    if not features.lessons:
        return ()
    t = _lessons
    completed = func.sum(case((t.c.completed.is_(True), 1), else_=0))
    columns = (t.c.lesson_slug, func.count(), completed, func.coalesce(func.sum(t.c.time_spent_seconds), 0))
    query = select(*columns).group_by(t.c.lesson_slug).order_by(t.c.lesson_slug)
    return tuple(LessonFigures(row[0], int(row[1]), int(row[2]), int(row[3])) for row in session.execute(query))


def in_lesson(session: Session, slug: str) -> list[int]:
    """Who has begun a lesson."""
    query = select(_lessons.c.user_id).where(_lessons.c.lesson_slug == slug)
    return [int(id) for id in session.execute(query).scalars()]
