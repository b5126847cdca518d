"""The report's figures, frozen. Times are aware UTC, days are the reader's own; names, tiers and lessons are raw
(foreign!)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from models.rules.bands import Band


class Picture(StrEnum):
    """What the report shows, in the order of the screen."""

    MESSAGES = "messages"
    ANSWERS = "answers"
    OPERATORS = "operators"
    WAITING = "waiting"
    SCORES = "scores"
    FUNNEL = "funnel"
    SALES = "sales"
    ENDING = "ending"
    LESSONS = "lessons"


class Step(StrEnum):
    """How far people came."""

    WROTE = "wrote"
    SCORED = "scored"
    SERIOUS = "serious"  # 61 and more
    ENROLLED = "enrolled"
    PAID = "paid"


#: Beside the bands: no score, and one outside 0-100.
UNSCORED, UNKNOWN = "unscored", "unknown"


@dataclass(frozen=True, slots=True)
class DayFigures:
    """One day. `median` and `p90` are seconds from a person's first unanswered message to the first answer, by the day
    of the answer; `waiting` is how many conversations waited when the day ended (today: now), None: not yet known."""

    day: date
    incoming: int
    outgoing: int
    answers: int
    median: float | None
    p90: float | None
    waiting: int | None


@dataclass(frozen=True, slots=True)
class OperatorFigures:
    """First answers of one operator in the period; id 0: the bot, the AI or the web application."""

    id: int
    name: str | None
    answers: int
    median: float
    p90: float


@dataclass(frozen=True, slots=True)
class ScoreFigures:
    """How many conversations stood in each band, `UNSCORED` and `UNKNOWN` at a moment."""

    at: datetime
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class StepFigures:
    """People who came this far. `of` is how many stood at the step before; the first step has itself."""

    step: Step
    people: int
    of: int


@dataclass(frozen=True, slots=True)
class SaleFigures:
    """Completed payments of one week, tier and currency; `amount` is exact, in major units. `tier` None: of no
    enrollment."""

    monday: date
    tier: str | None
    currency: str
    amount: Decimal
    payments: int
    refunded: bool = False


@dataclass(frozen=True, slots=True)
class EndingFigures:
    """People whose last access ends in the week."""

    monday: date
    people: int


@dataclass(frozen=True, slots=True)
class LessonFigures:
    """`seconds` were spent in all."""

    slug: str
    begun: int
    completed: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Report:
    """`since` and `until` are both inside. `sales_from` is 'payments', 'journal' or None (nothing is known of sales);
    `enrolled_known` says whether the funnel has that step; `undated` messages have no readable time and are in no
    figure. `kept`: counted in our side tables, so that another look reads only what came since."""

    since: date
    until: date
    at: datetime
    days: tuple[DayFigures, ...]
    operators: tuple[OperatorFigures, ...]
    answers: int
    median: float | None
    p90: float | None
    scores: ScoreFigures
    score_days: tuple[ScoreFigures, ...]
    moved: tuple[int, int] | None  # conversations whose band is higher, and lower, than when the period began
    funnel: tuple[StepFigures, ...]
    enrolled_known: bool
    sales: tuple[SaleFigures, ...]
    sales_from: str | None
    ending: tuple[EndingFigures, ...]
    lifetime: int
    lessons: tuple[LessonFigures, ...]
    lessons_known: bool
    undated: int
    kept: bool


@dataclass(frozen=True, slots=True)
class Behind:
    """Asks for what stands behind one bar. `begin` and `end` are seconds since the epoch, the second outside; `name` is
    'incoming', 'outgoing' or None for both, a band, a step, a tier or a lesson; `number` is an operator's id."""

    picture: Picture
    begin: int = 0
    end: int = 0
    name: str | None = None
    currency: str | None = None
    number: int = 0
    refunded: bool = False

    @property
    def people(self) -> bool:
        """Whether ids are of people; else of conversations."""
        return self.picture in (Picture.FUNNEL, Picture.SALES, Picture.ENDING, Picture.LESSONS)


@dataclass(frozen=True, slots=True)
class Counting:
    """How far the counting of messages is, by their ids. `elsewhere`: another process counts."""

    done: int
    total: int
    finished: bool
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class NamedPerson:
    """Somebody on the page for those who may read names."""

    user_id: int
    name: str
    username: str | None
    at: datetime | None


BANDS: tuple[str, ...] = tuple(band.value for band in reversed(Band))
