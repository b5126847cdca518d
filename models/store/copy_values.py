"""Values on their way from SQLite to another database: what each becomes, and how both sides are compared."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any

from models.rules.text import for_storage
from models.tables.types import parse_rails_text, rails_text

_INT4, _INT8 = 2**31, 2**63
#: In place of a time that can't be read, where the column takes no NULL.
_NO_TIME = datetime(1970, 1, 1)
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
                return (None if nullable else _NO_TIME), "a time that can't be read"
            return moment.astimezone(UTC).replace(tzinfo=None), None
        case Kind.NUMBER:
            try:
                amount = Decimal(str(value))
                return amount, None
            except InvalidOperation:
                return (None if nullable else Decimal(0)), "no number"
        case Kind.FLOAT:
            return (value, None) if isinstance(value, int | float) else ((None if nullable else 0.0), "no number")
        case Kind.DAY:
            try:
                return date.fromisoformat(str(value)[:10]), None
            except ValueError:
                return (None if nullable else _NO_TIME.date()), "a day that can't be read"


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
    """SHA-256 of rows in their order."""
    hashed = hashlib.sha256()
    for row in rows:
        hashed.update(json.dumps([canonical(value) for value in row], ensure_ascii=False).encode("utf-8"))
    return hashed.hexdigest()
