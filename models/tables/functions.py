"""SQL functions that both engines can compute, each in its own way."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

#: What makes a sign of `containing` mean itself.
ESCAPE = "\\"


def containing(text: str) -> str:
    """The pattern of LIKE, with `escape=ESCAPE`, for `text` in any part; nothing in it is a wildcard."""
    for sign in (ESCAPE, "%", "_"):
        text = text.replace(sign, ESCAPE + sign)
    return f"%{text}%"


class fold(GenericFunction[str]):
    """Case-blind text with ё read as е; the Python twin is `models.rules.text.fold_text`.

    SQLite calls a function that `models/store/sqlite.py` registers on each connection, since its own lower() knows
    ASCII only; PostgreSQL computes it from lower().
    """

    type = String()
    inherit_cache = True
    name = "frontdesk_fold"


@compiles(fold, "postgresql")
def _fold_on_postgresql(element: fold, compiler: SQLCompiler, **options: Any) -> str:
    inner = compiler.process(element.clauses, **options)
    return f"replace(replace(lower({inner}), 'ё', 'е'), 'ß', 'ss')"


class seconds_between(GenericFunction[int]):
    """Whole seconds from the first moment (a column) to the second (its stored text); 0 for no moment."""

    type = BigInteger()
    inherit_cache = True


@compiles(seconds_between)
def _seconds_on_sqlite(element: seconds_between, compiler: SQLCompiler, **options: Any) -> str:
    first, second = (compiler.process(each, **options) for each in element.clauses)
    return f"coalesce(CAST(round((julianday({second}) - julianday({first})) * 86400) AS INTEGER), 0)"


@compiles(seconds_between, "postgresql")
def _seconds_on_postgresql(element: seconds_between, compiler: SQLCompiler, **options: Any) -> str:
    first, second = (compiler.process(each, **options) for each in element.clauses)
    seconds = f"CAST(round(extract(epoch FROM CAST({second} AS timestamp) - {first})) AS bigint)"
    return f"CASE WHEN isfinite({first}) THEN {seconds} ELSE 0 END"
