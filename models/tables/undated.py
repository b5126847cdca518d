"""A moment before all others, on both engines."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class undated(FunctionElement[Any]):
    """Sorts before every moment: for a column that must hold one, where there is none."""

    inherit_cache = True


@compiles(undated)
def _undated_on_sqlite(element: undated, compiler: SQLCompiler, **options: Any) -> str:
    return "-1"  # a number, which SQLite sorts before any text


@compiles(undated, "postgresql")
def _undated_on_postgresql(element: undated, compiler: SQLCompiler, **options: Any) -> str:
    return "CAST('-infinity' AS timestamp)"
