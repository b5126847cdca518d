"""Counting messages one after the other, in the order of their ids: what came and went in each quarter of an hour, who
waited, and how long until the first answer. Statements for reading them; no writes.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BindParameter, Select, bindparam, func, select, type_coerce
from sqlmodel import Session

from models.rules.days import QUARTER
from models.tables.console_outbox import OutboxRow
from models.tables.extended import messages
from models.tables.message_codes import MessageDirection
from models.tables.types import SortKey, parse_rails_text

_outbox = OutboxRow.__table__  # type: ignore[attr-defined]
_IN, _OUT = int(MessageDirection.INCOMING), int(MessageDirection.OUTGOING)
#: Places in the list that `Tally.times` keeps for a quarter.
INCOMING, OUTGOING, BEGUN, ANSWERED, GONE, FIRST, LAST = range(7)
#: Ids in one IN; PostgreSQL and SQLite both take as many.
CHUNK = 10_000

_low: BindParameter[int] = bindparam("low")
_many: BindParameter[int] = bindparam("many")
_MESSAGES: Select[Any] = (
    select(messages.c.id, messages.c.conversation_id, messages.c.direction, type_coerce(messages.c.created_at, SortKey))
    .where(messages.c.id > _low)
    .order_by(messages.c.id)
    .limit(_many)
)


@dataclass(slots=True)
class States:
    """What is known of conversations: when the person first wrote, and since when they wait. Seconds."""

    wrote: dict[int, int] = field(default_factory=dict)
    waits: dict[int, int] = field(default_factory=dict)


@dataclass(slots=True)
class Tally:
    """Figures of a run of messages. `times`: quarter → figures by place; `answers`: (quarter, operator) → seconds;
    `touched`: conversations whose state moved."""

    times: dict[int, list[int]] = field(default_factory=dict)
    answers: dict[tuple[int, int], array[int]] = field(default_factory=dict)
    touched: set[int] = field(default_factory=set)
    undated: int = 0

    def quarter(self, number: int) -> list[int]:
        found = self.times.get(number)
        if found is None:
            found = self.times[number] = [0, 0, 0, 0, 0, 0, 0]
        return found

    def add(self, other: Tally) -> None:
        """The figures of another run."""
        for number, figures in other.times.items():
            merge(self.quarter(number), figures)
        for key, waits in other.answers.items():
            self.answers.setdefault(key, array("q")).extend(waits)
        self.undated += other.undated


def merge(into: list[int], figures: list[int]) -> None:
    """Adds the figures of one quarter to those of the same; 0 as an id is none."""
    for place in (INCOMING, OUTGOING, BEGUN, ANSWERED, GONE):
        into[place] += figures[place]
    if figures[FIRST]:
        into[FIRST] = min(into[FIRST] or figures[FIRST], figures[FIRST])
        into[LAST] = max(into[LAST], figures[LAST])


@dataclass(frozen=True, slots=True)
class Batch:
    """Messages in the order of their ids, as (id, conversation, direction, second or None); `full`: there may be
    more. `last` is the id up to which this reads, `low` the one before the first."""

    rows: list[tuple[int, int, int | None, int | None]]
    low: int
    last: int
    full: bool
    operators: Mapping[int, int]


def read_batch(session: Session, low: int, many: int, *, ours: bool, unsettled: tuple[int, int] | None) -> Batch:
    """The next messages. `ours`: our tables are there, and tell who answered. `unsettled`: a span of seconds; reading
    ends before the first message of it, since one with a smaller id may still be on its way into the database."""
    rows: list[tuple[int, int, int | None, int | None]] = []
    hours: dict[str, int | None] = {}
    found = session.execute(_MESSAGES, {"low": low, "many": many}).all()
    full = len(found) == many
    for id, conversation_id, direction, at in found:
        second = _second(at, hours)
        if unsettled is not None and second is not None and unsettled[0] < second <= unsettled[1]:
            full = False
            break
        rows.append((id, conversation_id, direction, second))
    last = rows[-1][0] if rows else low
    return Batch(rows, low, last, full, _operators(session, low, last) if ours and rows else {})


def _second(text: str | None, hours: dict[str, int | None]) -> int | None:
    """Seconds since the epoch of a stored time; None for one that nobody can read. `hours` remembers whole hours: most
    times are as Rails spells them, and reading those part by part costs a third."""
    if text is None:
        return None
    plain = len(text) == 19 or (text[19:20] == "." and text[20:].isdecimal())
    if plain and text[13:14] == text[16:17] == ":" and (text[14:16] + text[17:19]).isdecimal():
        hour = text[:13]
        if hour not in hours:
            hours[hour] = _parsed(f"{hour}:00:00")
        minutes, seconds = int(text[14:16]), int(text[17:19])
        start = hours[hour]
        if start is not None and minutes < 60 and seconds < 60:
            return start + 60 * minutes + seconds
    return _parsed(text)


def _parsed(text: str) -> int | None:
    moment = parse_rails_text(text)
    if moment is None:
        return None
    second = int(moment.timestamp() // 1)
    return second if second > 0 else None


def _operators(session: Session, low: int, last: int) -> dict[int, int]:
    query = select(_outbox.c.message_id, _outbox.c.operator_id)
    rows = session.execute(query.where(_outbox.c.message_id > low, _outbox.c.message_id <= last))
    return {int(message_id): int(operator_id) for message_id, operator_id in rows}


def fold(batch: Batch, states: States, tally: Tally) -> None:
    """Counts a batch; `states` hold what was known of its conversations before, and afterwards what is known now."""
    wrote, waits, touched, answers = states.wrote, states.waits, tally.touched, tally.answers
    number, figures = -1, [0] * 7
    for id, conversation_id, direction, second in batch.rows:
        if second is None:
            tally.undated += 1
            continue
        if direction != _IN and direction != _OUT:
            continue
        if second // QUARTER != number:
            number = second // QUARTER
            figures = tally.quarter(number)
        if not figures[FIRST] or id < figures[FIRST]:
            figures[FIRST] = id
        if id > figures[LAST]:
            figures[LAST] = id
        if direction == _IN:
            figures[INCOMING] += 1
            if conversation_id not in waits:
                waits[conversation_id] = second
                wrote.setdefault(conversation_id, second)
                figures[BEGUN] += 1
                touched.add(conversation_id)
        else:
            figures[OUTGOING] += 1
            since = waits.pop(conversation_id, None)
            if since is not None:
                key = (number, batch.operators.get(id, 0))
                its = answers.get(key)
                if its is None:
                    its = answers[key] = array("q")
                its.append(max(0, second - since))
                # A wait ends no sooner than it began, whatever the clocks of two programs say.
                (figures if second >= since else tally.quarter(since // QUARTER))[ANSWERED] += 1
                touched.add(conversation_id)


def newest(session: Session) -> int:
    """The greatest id of a message; 0 without any."""
    return int(session.execute(select(func.max(messages.c.id))).scalar() or 0)


def chunks(ids: Iterable[int]) -> Iterable[list[int]]:
    """`ids` in lists that fit one statement."""
    some: list[int] = []
    for id in ids:
        some.append(id)
        if len(some) == CHUNK:
            yield some
            some = []
    if some:
        yield some
