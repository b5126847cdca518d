"""Steps of the schema: which a database has been through, which a command would take, and taking them.

Where the application owns the schema only our own tables move, and the planned ones when the owner asks for them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import Connection, inspect, text

from models.errors import Refused, Usage
from models.schema import KnownStep, SchemaStep
from models.store.revisions import BRANCHES, alembic_config, check_known, in_branch, lines, revisions_of
from models.tables.names import VERSION_TABLE

PLANNED_TABLES = ("enrollments", "lesson_progress", "payments")
#: A revision, or the beginning of a branch: `2025_10_16_000000`, `console@base`, `seed@2025_10_09_000000`.
TARGET = re.compile(r"(?:(\w+)@)?(\d{4}_\d\d_\d\d_\d{6}|base|head)")
BASE = "base"


def owned_by_us(connection: Connection) -> bool:
    """Whether Frontdesk built the application's tables, and no Rails application has taken them over since."""
    found = inspect(connection)
    if found.has_table("schema_migrations"):
        return False
    # Undone to its very beginning, it has our version table and none of the application's.
    began = found.has_table(VERSION_TABLE) and not found.has_table("users")
    return began or in_branch("seed", revisions_of(connection)) is not None


def history(connection: Connection) -> tuple[KnownStep, ...]:
    """Every step there is, oldest first by branch. Raises DatabaseProblem('too-new')."""
    current = revisions_of(connection)
    check_known(current)
    found = []
    for branch in BRANCHES:
        reached = _place(branch, in_branch(branch, current))
        titles = _titles(branch)
        found += [
            KnownStep(branch, revision, titles[revision], place <= reached)
            for place, revision in enumerate(lines()[branch])
        ]
    return tuple(found)


def plan_up(
    connection: Connection, target: str | None = None, *, planned_tables: bool = False
) -> tuple[SchemaStep, ...]:
    """What an upgrade would do: to `target`, or as far as everything that is ours to move goes.

    Raises Usage('bad-revision'), Refused('not-ours', 'planned-exist'), DatabaseProblem('too-new').
    """
    current = revisions_of(connection)
    check_known(current)
    ours = owned_by_us(connection)
    clash = _clash(connection, current)
    if target is not None:
        branch, revision = resolve(target)
        _check_owner(branch, ours)
        if branch == "planned" and clash:
            raise Refused("planned-exist", tables=clash)
        return _between(branch, in_branch(branch, current), revision, up=True)
    if planned_tables and clash:
        raise Refused("planned-exist", tables=clash)
    # An owner who made tables of these names by hand keeps them.
    planned = planned_tables or (ours and not clash) or in_branch("planned", current) is not None
    branches = [*(["seed"] if ours else []), "console", *(["planned"] if planned else [])]
    return tuple(
        step
        for branch in branches
        for step in _between(branch, in_branch(branch, current), lines()[branch][-1], up=True)
    )


def plan_down(connection: Connection, target: str) -> tuple[SchemaStep, ...]:
    """What going back to `target` would undo, newest first. The planned tables point at people: before the people go,
    they go.

    Raises Usage('bad-revision'), Refused('not-ours'), DatabaseProblem('too-new').
    """
    current = revisions_of(connection)
    check_known(current)
    branch, revision = resolve(target)
    _check_owner(branch, owned_by_us(connection))
    undone = _between(branch, in_branch(branch, current), revision, up=False)
    if branch == "seed" and revision == BASE:
        return (*_between("planned", in_branch("planned", current), BASE, up=False), *undone)
    return undone


def take(connection: Connection, steps: Sequence[SchemaStep]) -> None:
    """Takes them in the transaction of `connection`: all or, after a kill, none."""
    from alembic import command

    if not steps:
        return
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT set_config('statement_timeout', '0', true)"))
    else:
        connection.execute(text("PRAGMA defer_foreign_keys=ON"))
    config = alembic_config(connection)
    for step in steps:
        if step.up:
            command.upgrade(config, step.revision)
        else:
            line = lines()[step.branch]
            place = line.index(step.revision)
            command.downgrade(config, f"{step.branch}@{line[place - 1] if place else BASE}")


def resolve(target: str) -> tuple[str, str]:
    """Branch and revision (or `base`) of what a person wrote. Raises Usage('bad-revision')."""
    match = TARGET.fullmatch(target)
    named, revision = match.groups() if match else (None, "")
    for branch, line in lines().items():
        if named in (None, branch) and revision in line:
            return branch, revision
        if named == branch and revision in ("base", "head"):
            return branch, BASE if revision == "base" else line[-1]
    raise Usage("bad-revision", revision=target)


def _check_owner(branch: str, ours: bool) -> None:
    if branch == "seed" and not ours:
        raise Refused("not-ours")


def _clash(connection: Connection, current: Sequence[str]) -> tuple[str, ...]:
    """Planned tables that are there although we did not make them."""
    if in_branch("planned", current) is not None:
        return ()
    names = set(inspect(connection).get_table_names())
    return tuple(name for name in PLANNED_TABLES if name in names)


def _place(branch: str, revision: str | None) -> int:
    return -1 if revision in (None, BASE) else lines()[branch].index(revision)


def _between(branch: str, current: str | None, target: str, *, up: bool) -> tuple[SchemaStep, ...]:
    line = lines()[branch]
    here, there = _place(branch, current), _place(branch, target)
    revisions = line[here + 1 : there + 1] if up else line[there + 1 : here + 1][::-1]
    titles = _titles(branch) if revisions else {}
    return tuple(SchemaStep(branch, revision, titles[revision], up) for revision in revisions)


def _titles(branch: str) -> dict[str, str]:
    """The first sentence of each script. Imports alembic."""
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(alembic_config())
    found = {}
    for revision in lines()[branch]:
        said = " ".join((scripts.get_revision(revision).doc or "").split())
        found[revision] = said.rstrip(".")
    return found
