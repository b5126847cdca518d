"""What ActiveRecord wrote into a file, as it would have written it into PostgreSQL: types, keys, indexes, rows."""

from __future__ import annotations

import contextlib
from pathlib import Path

from psycopg import sql

from tests.postgresql import Server
from tests.seed import raw

#: Words of the file's schema that PostgreSQL spells otherwise.
_TYPES = {"datetime(6)": "timestamp(6) without time zone", "varchar": "character varying", "json": "json"}


def _type(column: raw.Column) -> str:
    if column.primary_key and column.type == "integer":
        return "bigserial PRIMARY KEY"
    if column.type == "integer" and column.name.endswith("_id"):
        return "bigint"
    return _TYPES.get(column.type, column.type) + (" PRIMARY KEY" if column.primary_key else "")


def _declared(column: raw.Column) -> str:
    declared = f'"{column.name}" {_type(column)}'
    if column.default is not None:
        literal = {"0": "false", "1": "true"}[column.default] if column.type == "boolean" else column.default
        declared += f" DEFAULT {literal}"
    return declared + (" NOT NULL" if column.not_null and not column.primary_key else "")


def carry_over(file: Path, server: Server) -> str:
    """A new database of the server with everything that `file` holds; returns its name."""
    name = server.create()
    tables = sorted(raw.table_names(file) - {"sqlite_sequence"})
    with contextlib.closing(server.connect(name, autocommit=False)) as connection:
        # Tables in any order: the keys are checked by nobody while they are filled.
        connection.execute("SET session_replication_role = replica")
        for each in tables:
            table = raw.table(file, each)
            connection.execute(sql.SQL(f'CREATE TABLE "{each}" ({", ".join(map(_declared, table.columns))})'))
            columns = sql.SQL(", ").join(map(sql.Identifier, table.names))
            copy = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(each), columns)
            with connection.cursor() as cursor, cursor.copy(copy) as rows:
                for row in raw.rows(file, f'SELECT {columns.as_string()} FROM "{each}"'):
                    rows.write_row(row)
            for index, (unique, on) in table.indexes.items():
                kind = "UNIQUE INDEX" if unique else "INDEX"
                names = ", ".join(f'"{column}"' for column in on)
                connection.execute(sql.SQL(f'CREATE {kind} "{index}" ON "{each}" ({names})'))
            if "id" in table.names:
                connection.execute(
                    sql.SQL(f"SELECT setval(pg_get_serial_sequence('{each}', 'id'), coalesce(max(id), 1)) FROM {each}")
                )
        for each in tables:
            for (column, target, key), (_update, delete) in raw.table(file, each).foreign_keys.items():
                connection.execute(
                    sql.SQL(
                        f'ALTER TABLE "{each}" ADD FOREIGN KEY ("{column}") REFERENCES "{target}" ("{key}")'
                        f" ON DELETE {delete}"
                    )
                )
        connection.commit()
    return name
