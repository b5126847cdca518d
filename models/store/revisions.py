"""The revisions of our migrations: those this program knows, and those a database has been through."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from models.errors import DatabaseProblem
from models.tables.console import CONSOLE_HEAD, SEED_HEAD, VERSION_TABLE

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS = Path(__file__).with_name("migrations")
_HEADS = frozenset({CONSOLE_HEAD, SEED_HEAD})


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic without an alembic.ini: the environment is package data."""
    from alembic.config import Config

    config = Config()
    # A per cent sign in a path would be read as interpolation.
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def known_revisions() -> frozenset[str]:
    """Every revision this program can read, of both branches. Imports alembic."""
    from alembic.script import ScriptDirectory

    return frozenset(script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions())


def revisions_of(connection: Connection) -> tuple[str, ...]:
    """Revisions in our version table; empty without it."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return ()
    rows = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE} ORDER BY version_num"))
    return tuple(str(row[0]) for row in rows)


def check_known(current: tuple[str, ...]) -> None:
    """Raises DatabaseProblem('too-new') when another, newer Frontdesk has been here. Imports alembic only when a
    revision is not a head of ours."""
    if _HEADS.issuperset(current):
        return
    strangers = set(current) - known_revisions()
    if strangers:
        raise DatabaseProblem("too-new", revision=max(strangers))
