"""What people and time made of a lead: corrections, the score's history. Texts are raw (foreign!)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Field(StrEnum):
    """The four fields that the AI fills, and people may correct."""

    SCORE = "score"
    REAL_NAME = "real_name"
    BACKGROUND = "background"
    QUERY = "query"

    @property
    def column(self) -> str:
        """The application's column of `conversations`."""
        return "ai_ready_score" if self is Field.SCORE else f"ai_{self.value}"


@dataclass(frozen=True, slots=True)
class Correction:
    """A field as an operator wants it, and what the AI had said before; a score is written as digits. `overwritten`:
    the application's column says something else by now."""

    field: Field
    value: str | None
    said: str | None
    operator_name: str
    at: datetime
    overwritten: bool


@dataclass(frozen=True, slots=True)
class ScoreChange:
    """One change of the score that was seen. `message_id` is what the person wrote just before, None: nothing known;
    `operator_name` None: the application or a script wrote it."""

    at: datetime
    before: int | None
    score: int | None
    message_id: int | None
    operator_name: str | None


@dataclass(frozen=True, slots=True)
class LeadFacts:
    """`changes` are the newest, oldest first. `messages_since` is how many messages the person wrote since the last
    change of the score, at most 100; None: no change was seen."""

    corrections: tuple[Correction, ...] = ()
    changes: tuple[ScoreChange, ...] = ()
    messages_since: int | None = None

    @property
    def overwritten(self) -> tuple[Correction, ...]:
        """Corrections that the AI has written over."""
        return tuple(each for each in self.corrections if each.overwritten)

    def of(self, field: Field) -> Correction | None:
        """The correction of one field."""
        return next((each for each in self.corrections if each.field is field), None)
