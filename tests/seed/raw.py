"""A database as it is stored, read past all of our types, by the store's library on a connection of its own.

What takes a path takes a server's URL too where `raw_server` answers for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.store.sqlite import library
from tests.seed import raw_server

#: The application's tables that every shape has.
SEED_TABLES = ("users", "conversations", "messages")


def rows(path: Path | str, statement: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
    """What a statement answers. Writes are committed, foreign keys enforced as Rails does."""
    if isinstance(path, str):
        return raw_server.rows(path, statement, parameters)
    with closing(library().connect(str(path), isolation_level=None, timeout=10)) as connection:
        connection.execute("PRAGMA foreign_keys=ON")
        return [tuple(row) for row in connection.execute(statement, tuple(parameters))]


def one(path: Path | str, statement: str, parameters: Sequence[object] = ()) -> Any:
    """The one value of the one row."""
    [[value]] = rows(path, statement, parameters)
    return value


def write(path: Path | str, *statements: str) -> None:
    """Another program's commit: all of the statements in one transaction, foreign keys as they come."""
    if isinstance(path, str):
        raw_server.write(path, *statements)
        return
    with closing(library().connect(str(path), isolation_level=None, timeout=10)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        for statement in statements:
            connection.execute(statement)
        connection.execute("COMMIT")


def table_names(path: Path | str) -> set[str]:
    if isinstance(path, str):
        return raw_server.table_names(path)
    return {name for (name,) in rows(path, "SELECT name FROM sqlite_master WHERE type = 'table'")}


def master(path: Path) -> dict[str, str | None]:
    """The text of the schema, by `type name`."""
    return {f"{kind} {name}": sql for kind, name, sql in rows(path, "SELECT type, name, sql FROM sqlite_master")}


def stored(path: Path | str) -> dict[str, dict[Any, dict[str, str]]]:
    """Every value of every table with its storage class, as SQL literals: table → rowid or key → column → literal."""
    if isinstance(path, str):
        return raw_server.stored(path)
    found: dict[str, dict[Any, dict[str, str]]] = {}
    with closing(library().connect(str(path), isolation_level=None)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in names:
            columns = [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')]
            literals = ", ".join(f'typeof("{name}") || \':\' || quote("{name}")' for name in columns)
            found[table] = {
                row[0]: dict(zip(columns, row[1:], strict=True))
                for row in connection.execute(f'SELECT rowid, {literals} FROM "{table}"')
            }
    return found


def changes(
    before: dict[str, dict[Any, dict[str, str]]], after: dict[str, dict[Any, dict[str, str]]]
) -> dict[tuple[str, Any], dict[str, str] | None]:
    """What differs: (table, rowid) → the new literals of the columns that changed, None for a row that is gone."""
    found: dict[tuple[str, Any], dict[str, str] | None] = {}
    for table in before.keys() | after.keys():
        if table == "sqlite_sequence":
            continue
        old, new = before.get(table, {}), after.get(table, {})
        for key in old.keys() | new.keys():
            if key not in new:
                found[table, key] = None
            elif old.get(key) != new[key]:
                was = old.get(key, {})
                found[table, key] = {name: value for name, value in new[key].items() if was.get(name) != value}
    return found


@dataclass(frozen=True)
class Column:
    """One column as declared; `type` in lower case, since SQLite reports its standard names in upper case."""

    name: str
    type: str
    not_null: bool
    default: str | None
    primary_key: bool


@dataclass(frozen=True)
class Table:
    """One table as declared."""

    columns: tuple[Column, ...]
    indexes: dict[str, tuple[bool, tuple[str, ...]]]  # name → unique, columns
    foreign_keys: dict[tuple[str, str, str], tuple[str, str]]  # column, table, its column → on update, on delete
    sql: str

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


def table(path: Path, name: str) -> Table:
    """Raises KeyError for a table that is not there."""
    found = rows(path, "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", (name,))
    if not found:
        raise KeyError(name)
    indexes = {}
    for _, index, unique, origin, *_ in rows(path, f"PRAGMA index_list({name})"):
        if origin == "c":
            columns = tuple(column for _, _, column in rows(path, f"PRAGMA index_info({index})"))
            indexes[index] = (bool(unique), columns)
    return Table(
        columns=tuple(
            Column(column, kind.lower(), bool(not_null), default, bool(key))
            for _, column, kind, not_null, default, key in rows(path, f"PRAGMA table_info({name})")
        ),
        indexes=indexes,
        foreign_keys={
            (column, target, key): (on_update, on_delete)
            for _, _, target, column, key, on_update, on_delete, _ in rows(path, f"PRAGMA foreign_key_list({name})")
        },
        sql=found[0][0],
    )


def plan(path: Path, statement: str, parameters: Sequence[object] = ()) -> str:
    """How SQLite would run it: the details of its query plan, one a line."""
    return "\n".join(row[3] for row in rows(path, f"EXPLAIN QUERY PLAN {statement}", parameters))
