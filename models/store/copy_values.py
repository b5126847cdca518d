"""Values on their way from SQLite to another database: what each becomes, and how both sides are compared."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any

from models.rules.text import for_storage
from models.tables.types import parse_rails_text, rails_text

_INT4, _INT8 = 2**31, 2**63
#: In place of a time that can't be read, where the column takes no NULL.
_NO_TIME = datetime(1970, 1, 1)
_FRACTIONS = (Decimal, float)
_FALSE = frozenset({"0", "f", "false", "off"})


class Kind(Enum):
    """What a column of the target takes."""

    TEXT = "text"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    BIGINT = "bigint"
    MOMENT = "timestamp"
    NUMBER = "numeric"
    FLOAT = "double precision"
    DAY = "date"
    #: SQLite takes what SQLite has, but for text that is none.
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Changed:
    """A value that could not go as it is: where, and what became of it. The value itself stays out of every report."""

    table: str
    id: object
    column: str
    what: str


@dataclass(slots=True)
class Side:
    """Rows and digest of one table in the source and in the target, as they were compared at the end."""

    rows: int = 0
    source: str = ""
    target: str = ""


@dataclass(slots=True)
class Copied:
    """What a pass did; `changed_values` are values that could not go as they are."""

    tables: dict[str, Side] = field(default_factory=dict)
    written: int = 0
    removed: int = 0
    changed_values: list[Changed] = field(default_factory=list)
    changed_count: int = 0

    @property
    def same(self) -> bool:
        return all(side.source == side.target for side in self.tables.values())


def converted(value: Any, kind: Kind, *, nullable: bool) -> tuple[Any, str | None]:
    """What the target gets, and a word about it when that is not the same."""
    if value is None:
        return None, None
    if isinstance(value, str) and kind in (Kind.TEXT, Kind.ANY):
        stored = for_storage(value)
        return stored, None if stored == value else "characters that no text may hold were replaced"
    match kind:
        case Kind.ANY:
            return value, None
        case Kind.TEXT:
            return (value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)), "a number or bytes"
        case Kind.BOOLEAN:
            if isinstance(value, int | float):
                return bool(value), None if value in (0, 1) else "a number that is neither 0 nor 1"
            flag = None if value == "" else str(value).strip().lower() not in _FALSE
            return (False if flag is None and not nullable else flag), "text"
        case Kind.INTEGER | Kind.BIGINT:
            return _integer(value, _INT4 if kind is Kind.INTEGER else _INT8, nullable)
        case Kind.MOMENT:
            moment = parse_rails_text(value)
            if moment is None:
                return (None if nullable else _spelled(_NO_TIME)), "a time that can't be read"
            return _spelled(moment.astimezone(UTC).replace(tzinfo=None)), None
        case Kind.NUMBER:
            try:
                amount = Decimal(str(value))
                return amount, None
            except InvalidOperation:
                return (None if nullable else Decimal(0)), "no number"
        case Kind.FLOAT:
            return (
                (float(value), None) if isinstance(value, int | float) else ((None if nullable else 0.0), "no number")
            )
        case Kind.DAY:
            try:
                return date.fromisoformat(str(value)[:10]), None
            except ValueError:
                return (None if nullable else _NO_TIME.date()), "a day that can't be read"


def _spelled(moment: datetime) -> str:
    """A time as both sides are compared in: text with six digits, which a server takes as well."""
    return moment.isoformat(" ", "microseconds")


#: Says that a value has to go the long way.
SLOW = object()


def _quick_text(value: Any) -> Any:
    if type(value) is not str:
        return SLOW
    stored = for_storage(value)
    return value if stored == value else SLOW


def _quick_moment(value: Any) -> Any:
    """As Rails writes it: nearly every value there is."""
    if type(value) is not str or len(value) not in (19, 26) or value[10] != " ":
        return SLOW
    try:
        if datetime.fromisoformat(value).tzinfo is not None:
            return SLOW
    except ValueError:
        return SLOW
    return value if len(value) == 26 else value + ".000000"


def _quick_any(value: Any) -> Any:
    return _quick_text(value) if type(value) is str else value


_FLAGS: Mapping[Any, bool] = {0: False, 1: True}
#: For each kind what becomes of a value that goes as it is; SLOW for any other, which `converted` judges.
QUICK: Mapping[Kind, Callable[[Any], Any]] = {
    Kind.TEXT: _quick_text,
    Kind.BOOLEAN: lambda value: _FLAGS.get(value, SLOW) if type(value) is int else SLOW,
    Kind.INTEGER: lambda value: value if type(value) is int and -_INT4 <= value < _INT4 else SLOW,
    Kind.BIGINT: lambda value: value if type(value) is int else SLOW,
    Kind.MOMENT: _quick_moment,
    Kind.NUMBER: lambda value: SLOW,
    Kind.FLOAT: lambda value: float(value) if type(value) in (int, float) else SLOW,
    Kind.DAY: lambda value: SLOW,
    Kind.ANY: _quick_any,
}


def _integer(value: Any, limit: int, nullable: bool) -> tuple[int | None, str | None]:
    if type(value) is int and -limit <= value < limit:
        return value, None
    try:
        whole = int(value)
        if -limit <= whole < limit and whole == float(value):
            return whole, "a whole number spelled otherwise"
    except (ValueError, TypeError, OverflowError):
        pass
    return (None if nullable else 0), "no number that fits"


def canonical(value: Any) -> Any:
    """One spelling for what both sides mean: JSON takes it, and equal values give equal text."""
    match value:
        case bool():
            return int(value)
        case None | int() | str():
            return value
        case float():
            return int(value) if value.is_integer() and abs(value) < 1e15 else repr(value)
        case Decimal():
            return canonical(float(value)) if value.is_finite() else str(value)
        case datetime():
            return rails_text(value.replace(tzinfo=UTC))
        case date():
            return value.isoformat()
        case bytes() | memoryview():
            return bytes(value).hex()
        case _:
            return str(value)


def digest(rows: Iterable[Sequence[Any]]) -> str:
    """SHA-256 of rows in their order. What both sides read is of one type already, but for numbers with a fraction."""
    hashed = hashlib.sha256()
    for row in rows:
        same = tuple([canonical(value) if type(value) in _FRACTIONS else value for value in row])
        hashed.update(repr(same).encode("utf-8", "surrogatepass"))
    return hashed.hexdigest()


def read_as(name: str, kind: Kind) -> str:
    """A column as the target's rows are compared: JSON as it is written, times with six digits."""
    if kind is Kind.MOMENT:
        return f"to_char(\"{name}\", 'YYYY-MM-DD HH24:MI:SS.US')"
    return f'"{name}"::text' if kind is Kind.TEXT else f'"{name}"'


def differ(one: Sequence[Any], other: Sequence[Any]) -> bool:
    return any(canonical(left) != canonical(right) for left, right in zip(one, other, strict=True))


def in_order(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return sorted(rows, key=lambda row: json.dumps([canonical(value) for value in row]))
