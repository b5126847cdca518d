"""Seed: LessonProgress Table (planned). Which lessons a person has completed."""

from datetime import datetime

from sqlalchemy import Column, ForeignKeyConstraint, Index, Integer, String, false
from sqlmodel import Field

from models.tables import seed  # noqa: F401 what its foreign keys point to
from models.tables.base import Stamped
from models.tables.types import PrimaryKey, RailsBoolean, RailsDateTime


class LessonProgress(Stamped, table=True):
    """`lesson_slug` names a lesson, such as '01-introduction'; the table's name is singular, as the seed writes it."""

    __tablename__ = "lesson_progress"
    __table_args__ = (
        ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_rails_d135fefb97"),
        Index("index_lesson_progress_on_user_id", "user_id"),
        Index("index_lesson_progress_on_user_id_and_lesson_slug", "user_id", "lesson_slug", unique=True),
        Index("index_lesson_progress_on_user_id_and_completed", "user_id", "completed"),
        Index("index_lesson_progress_on_lesson_slug", "lesson_slug"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, sa_column=Column(PrimaryKey, primary_key=True, nullable=False))
    user_id: int = Field(sa_column=Column(PrimaryKey, nullable=False))
    lesson_slug: str = Field(sa_column=Column(String, nullable=False))
    completed: bool | None = Field(default=False, sa_column=Column(RailsBoolean, server_default=false()))
    completed_at: datetime | None = Field(default=None, sa_column=Column(RailsDateTime))
    time_spent_seconds: int | None = Field(default=None, sa_column=Column(Integer))
    created_at: datetime | None = Field(default=None, sa_column=Column(RailsDateTime, nullable=False))
    updated_at: datetime | None = Field(default=None, sa_column=Column(RailsDateTime, nullable=False))
