"""Column types that store exactly what ActiveRecord stores, and read whatever it may have read.

SQLite: datetimes are TEXT in UTC, `YYYY-MM-DD HH:MM:SS[.ffffff]`, the fraction left off when it is zero; booleans are
INTEGER 0/1. PostgreSQL: `timestamp(6) without time zone` in UTC and `boolean`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from sqlalchemy import BigInteger, Boolean, DateTime, Integer
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine, UserDefinedType
from sqlmodel import SQLModel

# Rows of a table are never validated by pydantic, and its schemas of them would take an eighth of the console's start.
SQLModel.model_config["defer_build"] = True

#: Primary keys: INTEGER on SQLite (AUTOINCREMENT demands it), bigint on PostgreSQL.
PrimaryKey = BigInteger().with_variant(Integer(), "sqlite")
#: What Rails makes of `t.references`: as wide as the key it points to.
Reference = BigInteger().with_variant(Integer(), "sqlite")

_RAILS = re.compile(r"\d{4}-\d\d-\d\d (?:[01]\d|2[0-3]):\d\d:\d\d(?:\.\d{6})?", re.ASCII)
_SPELLINGS = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?\s*(Z|UTC|[+-]\d\d:?\d\d)?", re.IGNORECASE
)


def rails_text(moment: datetime) -> str:
    """The one spelling Rails writes: UTC, a space, no zone, no fraction when the microseconds are zero."""
    # Not strftime: its %Y has fewer than four digits before the year 1000 on some systems.
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ")


def parse_rails_text(value: object) -> datetime | None:
    """Aware UTC from any spelling that ActiveRecord reads; None for garbage, an empty text or a number."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    if not isinstance(value, str):
        return None
    if _RAILS.fullmatch(value):
        # What Rails writes, and nearly every value there is: a third of the time.
        try:
            return datetime.fromisoformat(value + "+00:00")
        except ValueError:
            return None
    match = _SPELLINGS.fullmatch(value.strip())
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    try:
        moment = datetime(
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0),
            int((fraction or "0").ljust(6, "0")[:6]), tzinfo=UTC,
        )  # fmt: skip
        if zone and zone.upper() not in ("Z", "UTC"):
            sign = -1 if zone[0] == "-" else 1
            offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
            moment = moment.replace(tzinfo=timezone(sign * offset)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment


class _SqliteDateTime(UserDefinedType[Any]):
    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "datetime(6)"


class _SqliteBoolean(UserDefinedType[Any]):
    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "boolean"


def _moment(dialect: Dialect) -> TypeEngine[Any]:
    if dialect.name == "sqlite":
        return _SqliteDateTime()
    from sqlalchemy.dialects.postgresql import TIMESTAMP

    # Not by `type_descriptor`, which forgets the precision that Rails writes.
    return TIMESTAMP(timezone=False, precision=6)


class RailsDateTime(TypeDecorator[datetime]):
    """Aware datetimes in, aware UTC out; a naive one is refused, since nobody knows which instant it means."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return _moment(dialect)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime has no instant; pass an aware one")
        return rails_text(value) if dialect.name == "sqlite" else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return parse_rails_text(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        # The bare function: SQLAlchemy's two wrappers cost more than reading the value.
        return parse_rails_text


class SortKey(TypeDecorator[str]):
    """A datetime column read and compared as its stored text, so that a keyset cursor survives foreign spellings."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return _moment(dialect)

    def process_bind_param(self, value: str | None, dialect: Dialect) -> Any:
        return value

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        return _sort_key(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        return _sort_key


def _sort_key(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return value.isoformat(" ") if isinstance(value, datetime) else str(value)


class RailsBoolean(TypeDecorator[bool]):
    """0/1 in; out: 1, 2, 't', 'true' are true, 0, 'f', 'false' false, NULL and '' None, as ActiveRecord reads them."""

    impl = Boolean
    cache_ok = True
    #: `IS true`, a constant: PostgreSQL takes no parameter behind IS.
    coerce_to_is_types = (type(None), bool)

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(_SqliteBoolean() if dialect.name == "sqlite" else Boolean())

    def process_bind_param(self, value: bool | None, dialect: Dialect) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        return int(bool(value))

    def process_result_value(self, value: Any, dialect: Dialect) -> bool | None:
        return _boolean(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        return _boolean


def _boolean(value: Any) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return None if value == "" else value.strip().lower() not in ("0", "f", "false", "off")
    return bool(value)


class TolerantInteger(TypeDecorator[int]):
    """An integer column that may hold text (SQLite affinity allows it): anything but a number reads as None."""

    impl = Integer
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> int | None:
        return _integer(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        return _integer


def _integer(value: Any) -> int | None:
    if value is None or type(value) is int:
        return value
    if not isinstance(value, float):
        return None
    return int(value) if value == value and abs(value) != float("inf") else None
