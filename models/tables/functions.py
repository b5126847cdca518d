"""SQL functions that both engines can compute, each in its own way."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction


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
