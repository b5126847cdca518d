"""Which statements a piece of work sends, and how SQLite runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event

from models.store.database import Database
from models.store.sqlite import connect

Statement = tuple[str, tuple[Any, ...]]


@contextmanager
def sent(database: Database) -> Iterator[list[Statement]]:
    """Collects statements and parameters; `BEGIN` is none, nor what goes with it on a server; `BEGIN IMMEDIATE` is."""
    found: list[Statement] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if statement != "BEGIN" and not statement.startswith("SELECT set_config("):
            found.append((" ".join(statement.split()), tuple(parameters)))

    engines = (database.reader_engine, database.writer_engine)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)


def count(database: Database, work: Callable[[], object]) -> int:
    """How many statements `work` sends."""
    with sent(database) as found:
        work()
    return len(found)


def plans(database: Database, path: Path, work: Callable[[], object]) -> list[str]:
    """The query plan of each statement that `work` sends, its steps one a line."""
    with sent(database) as found:
        work()
    connection = connect(path, mode="ro", timeout_ms=1000)
    try:
        return [
            "\n".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters))
            for statement, parameters in found
        ]
    finally:
        connection.close()
