"""Tables of ours that only grow: what refuses to change or delete a row, in each engine's words."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

_SAID = "append-only: what was done stays written"
_FUNCTION = "console_append_only"


def guard(table: str, key: str, *, deletable: bool = False) -> None:
    """Refuses UPDATE, an INSERT that would replace a row (SQLite's OR REPLACE asks no DELETE trigger) and, unless
    `deletable`, DELETE."""
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE",) if deletable else ("UPDATE", "DELETE"):
            _run(
                f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{_SAID}'); END"
            )
        _run(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}"
            f" WHEN EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key})"
            f" BEGIN SELECT RAISE(ABORT, '{_SAID}'); END"
        )
        return
    _run(
        f"CREATE OR REPLACE FUNCTION {_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION USING MESSAGE = '{_SAID}', ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    acts = "UPDATE" if deletable else "UPDATE OR DELETE"
    _run(f"CREATE TRIGGER {table}_no_change BEFORE {acts} ON {table} FOR EACH ROW EXECUTE FUNCTION {_FUNCTION}()")
    if not deletable:
        _run(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {_FUNCTION}()"
        )


def unguard(*tables: str) -> None:
    """Before a step is undone."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in tables:
        for what in ("update", "delete", "replace") if sqlite else ("change", "truncate"):
            _run(f"DROP TRIGGER IF EXISTS {table}_no_{what}" + ("" if sqlite else f" ON {table}"))
    if not sqlite:
        _run(f"DROP FUNCTION IF EXISTS {_FUNCTION}()")


def move_text(source: str, source_key: str, target: str, target_key: str, column: str) -> None:
    """What stands in a column of one table of ours, into another of the same column."""
    _run(
        f"INSERT INTO {target} ({target_key}, {column})"
        f" SELECT {source_key}, {column} FROM {source} WHERE {column} IS NOT NULL"
    )


def bring_text_back(source: str, source_key: str, target: str, target_key: str, column: str) -> None:
    """What `move_text` moved, to where it stood."""
    where = f"SELECT {column} FROM {target} WHERE {target}.{target_key} = {source}.{source_key}"
    _run(f"UPDATE {source} SET {column} = ({where})")


def _run(statement: str) -> None:
    op.execute(sa.text(statement))
