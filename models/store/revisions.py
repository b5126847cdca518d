"""The revisions of our migrations: those this program knows, and those a database has been through."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from models.errors import DatabaseProblem
from models.tables.names import VERSION_TABLE

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS = Path(__file__).with_name("migrations")
#: The application's schema as the seed builds it, our own tables, the seed's planned tables: each a line of steps.
BRANCHES = ("seed", "console", "planned")


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic without an alembic.ini: the environment is package data."""
    from alembic.config import Config

    config = Config()
    # A per cent sign in a path would be read as interpolation.
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


@cache
def lines() -> Mapping[str, tuple[str, ...]]:
    """The revisions of each branch, oldest first, read from the names of the scripts: `branch_revision_what.py`."""
    names = sorted(path.stem for path in (_MIGRATIONS / "versions").glob("*_2*.py"))
    return {
        branch: tuple(name[len(branch) + 1 :][:17] for name in names if name.startswith(f"{branch}_"))
        for branch in BRANCHES
    }


def known_revisions() -> frozenset[str]:
    """Every revision this program can read."""
    return frozenset(revision for line in lines().values() for revision in line)


def in_branch(branch: str, current: Iterable[str]) -> str | None:
    """Where a database stands in a branch; None before its first step."""
    return next((revision for revision in current if revision in lines()[branch]), None)


def revisions_of(connection: Connection) -> tuple[str, ...]:
    """Revisions in our version table; empty without it."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return ()
    rows = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE} ORDER BY version_num"))
    return tuple(str(row[0]) for row in rows)


def check_known(current: tuple[str, ...]) -> None:
    """Raises DatabaseProblem('too-new') when another, newer Frontdesk has been here."""
    strangers = set(current) - known_revisions()
    if strangers:
        raise DatabaseProblem("too-new", revision=max(strangers))
