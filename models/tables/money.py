"""Amounts as Rails stores them, and never through a float on our side."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import Numeric
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine, UserDefinedType

_CENT = Decimal("0.01")
_LIMIT = Decimal(10) ** 8


class _SqliteDecimal(UserDefinedType[Any]):
    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "decimal(10,2)"


class Money(TypeDecorator[Decimal]):
    """`decimal(10,2)`: ten digits, two of them behind the point; what does not fit is refused, never rounded.

    SQLite keeps it as INTEGER when whole and REAL else, as ActiveRecord does: fifteen digits of a REAL are exact.
    """

    impl = Numeric(10, 2)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(_SqliteDecimal() if dialect.name == "sqlite" else Numeric(10, 2))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if not isinstance(value, Decimal):
            raise TypeError("an amount is a Decimal")
        if not value.is_finite() or abs(value) >= _LIMIT or value != value.quantize(_CENT):
            raise ValueError("an amount has at most eight digits before and two behind the point")
        # As text: the column's affinity makes a number of it.
        return str(value.quantize(_CENT)) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """None for anything but a number."""
        if value is None or isinstance(value, bytes | bool):
            return None
        try:
            # A float's repr is the shortest that reads back the same.
            amount = Decimal(str(value))
            return amount.quantize(_CENT) if amount.is_finite() else None
        except InvalidOperation:
            return None
