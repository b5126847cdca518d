"""The tables of a copy: which there are, in what order, what their columns take; made where the target has none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Column, Connection, DefaultClause, Engine, MetaData, inspect, text
from sqlalchemy import types as sql

from models.errors import Refused
from models.store.copy_values import Kind
from models.store.revisions import in_branch, revisions_of
from models.store.steps import plan_up, take
from models.tables.types import RailsDateTime

#: How far the copy has come; in the target while it runs.
PROGRESS = "frontdesk_copy"
_SKIPPED = frozenset({PROGRESS, "sqlite_sequence"})


@dataclass(frozen=True, slots=True)
class CopyTable:
    """`key` is the column by which rows are walked; None for small tables that go in one piece."""

    name: str
    columns: tuple[str, ...]
    kinds: tuple[Kind, ...]
    nullable: tuple[bool, ...]
    key: str | None
    serial: bool


def names_of(engine: Engine) -> set[str]:
    return {name for name in inspect(engine).get_table_names() if name not in _SKIPPED}


def mirror(source: Engine, target: Connection) -> None:
    """Makes the tables of the source in an empty target, with names, defaults, indexes and keys: on SQLite by the very
    same statements; on PostgreSQL the application's as Rails would declare them there, and ours by their own steps."""
    if target.dialect.name == "sqlite":
        made = "SELECT sql FROM sqlite_master WHERE sql > '' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid"
        with source.connect() as connection:
            statements = [str(row[0]) for row in connection.execute(text(made))]
        for statement in statements:
            target.exec_driver_sql(statement)
        return
    ours = {name for name in names_of(source) if name.startswith("console_")}
    found = MetaData()
    found.reflect(source, only=sorted(names_of(source) - ours))
    for table in found.tables.values():
        for column in table.columns:
            _translate(column)
    found.create_all(target)
    if ours:
        with source.connect() as connection:
            reached = in_branch("console", revisions_of(connection))
        take(target, plan_up(target, reached))


def _translate(column: Column[Any]) -> None:
    """What Rails declares on PostgreSQL for what it declares on SQLite."""
    declared = column.type
    if column.primary_key or column.foreign_keys:
        # Keys, and what points at them: a bigint where SQLite says integer.
        if isinstance(declared, sql.Integer):
            column.type = BigInteger()
    elif isinstance(declared, sql.DateTime):
        column.type = RailsDateTime()
    elif isinstance(declared, sql.Boolean) and column.server_default is not None:
        written = str(getattr(column.server_default, "arg", "")).strip("'()").lower()
        column.server_default = DefaultClause(text("true" if written in ("1", "t", "true") else "false"))
    if isinstance(declared, sql.NullType):
        column.type = sql.Text()


def plan_tables(source: Engine, target: Engine) -> tuple[CopyTable, ...]:
    """Every table of the source, parents first. Raises Refused('copy-schema') naming what the target lacks."""
    found = inspect(source)
    # Parents first; all columns in one question, since a server is asked anew for each.
    order = [name for name, _ in found.get_sorted_table_and_fkc_names() if name is not None and name not in _SKIPPED]
    ours = {name: columns for (_, name), columns in found.get_multi_columns().items()}
    there = inspect(target)
    theirs = {name: columns for (_, name), columns in there.get_multi_columns().items()}
    their_keys = {name: key for (_, name), key in there.get_multi_pk_constraint().items()}
    server = target.dialect.name == "postgresql"
    tables, missing = [], []
    for table in order:
        if table not in theirs:
            missing.append(table)
            continue
        described = {column["name"]: column for column in theirs[table]}
        names = tuple(column["name"] for column in ours[table])
        missing += [f"{table}.{name}" for name in names if name not in described]
        if any(name not in described for name in names):
            continue
        key = their_keys.get(table)
        keys = key["constrained_columns"] if key else []
        walked = len(keys) == 1 and isinstance(described[keys[0]]["type"], sql.Integer)
        tables.append(
            CopyTable(
                name=table,
                columns=names,
                kinds=tuple(_kind(described[name]["type"]) if server else Kind.ANY for name in names),
                nullable=tuple(bool(described[name]["nullable"]) for name in names),
                key=keys[0] if walked else None,
                serial=keys == ["id"] and walked,
            )
        )
    if missing:
        raise Refused("copy-schema", missing=missing)
    return tuple(tables)


def _kind(declared: Any) -> Kind:
    kinds: Sequence[tuple[type[Any], Kind]] = (
        (sql.Boolean, Kind.BOOLEAN), (sql.BigInteger, Kind.BIGINT), (sql.Integer, Kind.INTEGER),
        (sql.DateTime, Kind.MOMENT), (sql.Date, Kind.DAY), (sql.Float, Kind.FLOAT), (sql.Numeric, Kind.NUMBER),
    )  # fmt: skip
    return next((kind for type_, kind in kinds if isinstance(declared, type_)), Kind.TEXT)
