"""Lesson progress: written as the application would, and how far a person is."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlalchemy import insert, select, update
from sqlmodel import Session

from models.errors import NotFound, Refused, Usage
from models.rules.clock import Clock
from models.services.journal import write_entry
from models.store.database import Database
from models.store.turns import take_turn
from models.tables import LessonProgress
from models.tables.extended import users
from models.views import Features, Operator
from models.views.access import Lesson, Studies

_table = LessonProgress.__table__  # type: ignore[attr-defined]
_SLUG = re.compile(r"[\w][\w.\-]{0,199}")


def studies_of(session: Session, features: Features, user_id: int) -> Studies:
    """Every lesson a person has begun, by slug; empty without the table."""
    if not features.lessons:
        return Studies()
    rows = session.execute(select(_table).where(_table.c.user_id == user_id).order_by(_table.c.lesson_slug)).mappings()
    names = {"slug": "lesson_slug", "completed_at": "completed_at", "seconds": "time_spent_seconds"}
    lessons = tuple(
        Lesson(
            **{name: row[column] for name, column in names.items()},
            completed=bool(row["completed"]),
            updated_at=row["updated_at"],
        )
        for row in rows
    )
    open_ = [each.updated_at for each in lessons if not each.completed and each.updated_at is not None]
    return Studies(
        lessons=lessons,
        completed=sum(each.completed for each in lessons),
        seconds=sum(each.seconds or 0 for each in lessons),
        stuck_since=max(open_, default=None),
    )


class Lessons:
    """`operator` raises Refused when nobody may write."""

    def __init__(self, database: Database, clock: Clock, operator: Callable[[], Operator], source: str) -> None:
        self.database = database
        self.clock = clock
        self.source = source
        self._operator = operator

    def record(self, user_id: int, slug: str, *, completed: bool = False, seconds: int | None = None) -> Studies:
        """Notes a lesson begun or completed; `seconds` replaces the time spent. A completed lesson stays completed.

        Raises NotFound('user-not-found'), Refused('no-lessons', …), Usage('bad-slug'), DatabaseProblem.
        """
        operator = self._operator()
        if not self.database.features.lessons:
            raise Refused("no-lessons")
        if _SLUG.fullmatch(slug) is None:
            raise Usage("bad-slug", text=slug)
        with self.database.write() as session:
            take_turn(session, "lessons")
            if session.execute(select(users.c.id).where(users.c.id == user_id)).first() is None:
                raise NotFound("user-not-found", id=user_id)
            now, mine = self.clock(), (_table.c.user_id == user_id) & (_table.c.lesson_slug == slug)
            row = session.execute(select(_table).where(mine)).mappings().first()
            before = {"completed": bool(row["completed"]), "seconds": row["time_spent_seconds"]} if row else {}
            done = completed or bool(before.get("completed"))
            after = {"completed": done, "seconds": before.get("seconds") if seconds is None else seconds}
            if row is None or before != after:
                values = {"completed": done, "time_spent_seconds": after["seconds"], "updated_at": now}
                if done and not before.get("completed"):
                    values["completed_at"] = now
                if row is None:
                    key = {"user_id": user_id, "lesson_slug": slug, "created_at": now}
                    session.execute(insert(_table).values(**key, **values))
                else:
                    session.execute(update(_table).where(mine).values(**values))
                write_entry(
                    session, self.clock, operator, self.source,
                    action="lesson", user_id=user_id, before=before, after={"lesson": slug, **after}, reason=None,
                )  # fmt: skip
            return studies_of(session, self.database.features, user_id)
