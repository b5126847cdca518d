"""A server's database as it is stored, in the words in which `raw` tells of a file: booleans as 0 and 1, moments as
Rails spells them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import closing
from typing import Any

import psycopg
from psycopg.types.string import TextLoader

_FLAG = re.compile(
    r"\b(admin|paid|authenticated|read|ai_processing|ai_paused|can_reply|is_enabled)(\s*(?:=|<>|IS)\s*)([01])\b"
)
_WITH_ID = re.compile(r"INSERT INTO (\w+) \(id\b")
_TRUTH = {"0": "false", "1": "true"}


def _translated(statement: str) -> bytes:
    statement = _FLAG.sub(lambda found: found[1] + found[2] + _TRUTH[found[3]], statement)
    return statement.replace("%", "%%").replace("?", "%s").encode()


def told(value: object) -> Any:
    """A value as a file would hold it."""
    if isinstance(value, bool):
        return int(value)
    return value


class _Moment(TextLoader):
    """The server's own spelling is Rails', but for zeros at the end."""

    def load(self, data: Any) -> str:
        moment = str(super().load(data))
        return moment.ljust(26, "0") if "." in moment else moment


def _connect(url: str, *, autocommit: bool) -> psycopg.Connection[Any]:
    connection = psycopg.connect(url, autocommit=autocommit)
    connection.adapters.register_loader("timestamp", _Moment)
    return connection


def rows(url: str, statement: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
    with closing(_connect(url, autocommit=True)) as connection:
        cursor = connection.execute(_translated(statement), list(parameters))
        return [tuple(map(told, row)) for row in cursor] if cursor.description else []


def write(url: str, *statements: str) -> None:
    with closing(_connect(url, autocommit=False)) as connection:
        # As a file takes them: foreign keys as they come.
        connection.execute("SET session_replication_role = replica")
        for statement in statements:
            connection.execute(_translated(statement), [])
            if (named := _WITH_ID.match(statement)) is not None:
                # A file counts on from the largest id by itself.
                table = named[1]
                last = f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
                connection.execute(last.encode())
        connection.commit()


def table_names(url: str) -> set[str]:
    return {name for (name,) in rows(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}


def _literal(value: Any) -> str:
    value = told(value)
    if value is None:
        return "null:NULL"
    if isinstance(value, int):
        return f"integer:{value}"
    return "text:'" + str(value).replace("'", "''") + "'"


def stored(url: str) -> dict[str, dict[Any, dict[str, str]]]:
    found: dict[str, dict[Any, dict[str, str]]] = {}
    with closing(_connect(url, autocommit=False)) as connection:
        for table in sorted(table_names(url)):
            cursor = connection.execute(f'SELECT * FROM "{table}"'.encode())
            names = [column.name for column in cursor.description or ()]
            key = names.index("id") if "id" in names else 0
            found[table] = {
                row[key]: {name: _literal(value) for name, value in zip(names, row, strict=True)} for row in cursor
            }
    return found
