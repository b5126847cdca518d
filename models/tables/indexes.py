"""Indexes with options that each engine names in its own way.

SQLAlchemy checks an option's name with the dialect it belongs to, and imports all of PostgreSQL's, drivers too: a tenth
of the start of a console over a file. So those wait until a statement is compiled for a server.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateIndex

#: The key in an index's `info` under which the options for PostgreSQL lie.
_OPTIONS = "postgresql"


def partial_index(name: str, *columns: str, where: str) -> Index:
    """An index of those rows only for which `where` is true."""
    condition = text(where)
    return Index(name, *columns, sqlite_where=condition, info={_OPTIONS: {"where": condition}})


def pieces_index(name: str, column: str) -> Index:
    """A GIN index over an array on PostgreSQL; an ordinary one on SQLite."""
    return Index(name, column, info={_OPTIONS: {"using": "gin"}})


@compiles(CreateIndex, "postgresql")
def _on_postgresql(create: CreateIndex, compiler: Any, **options: Any) -> str:
    index: Index = create.element
    index.dialect_kwargs.update({f"postgresql_{name}": value for name, value in index.info.get(_OPTIONS, {}).items()})
    return str(compiler.visit_create_index(create, **options))
