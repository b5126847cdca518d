"""Making a database, adding our side tables to one, and saying what state it is in."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from models.errors import DatabaseProblem, Refused
from models.rules.clock import Clock, utc_now
from models.schema import SchemaStep
from models.store import sqlite
from models.store.database import Database
from models.store.revisions import alembic_config, in_branch, revisions_of
from models.store.shape import probe
from models.store.steps import PLANNED_TABLES, plan_down, plan_up, take
from models.tables.console import CONSOLE_HEAD, TABLE_NAMES
from models.views import DatabaseStatus, UpgradePlan


def initialise(path: Path, *, clock: Clock = utc_now) -> None:
    """Makes a new database of the seed's schema, with our side tables, in WAL mode, readable by its owner only.

    Raises DatabaseProblem('exists') for anything already there, 'no-directory' when the folder can't be made.
    """
    path = path.absolute()
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise DatabaseProblem("no-directory", path=str(path), why=error.strerror) from None
    if os.path.lexists(path):
        raise DatabaseProblem("exists", path=str(path))
    # Built beside it and linked into place: a kill half way leaves nothing that looks like a database.
    making = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        os.close(os.open(making, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        _build(making)
        os.link(making, path)
    except FileExistsError:
        raise DatabaseProblem("exists", path=str(path)) from None
    except OSError as error:
        raise DatabaseProblem("no-directory", path=str(path), why=error.strerror) from None
    finally:
        for leftover in (making, making.with_name(making.name + "-wal"), making.with_name(making.name + "-shm")):
            with contextlib.suppress(OSError):
                leftover.unlink()


def _build(path: Path) -> None:
    from alembic import command
    from sqlalchemy import create_engine, event

    try:
        with contextlib.closing(sqlite.connect(path, mode="rw", timeout_ms=5000)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
    except sqlite.library().Error as error:
        raise sqlite.problem(error) from None
    engine = create_engine(
        "sqlite://",
        module=sqlite.library(),
        creator=lambda: sqlite.connect(path, mode="rw", timeout_ms=5000),
        hide_parameters=True,
    )
    event.listen(engine, "connect", lambda raw, _: sqlite.prepare(raw, writer=True))
    event.listen(engine, "begin", lambda begun: begun.exec_driver_sql("BEGIN IMMEDIATE"))
    try:
        with engine.begin() as begun:
            command.upgrade(alembic_config(begun), "heads")
    except DBAPIError as error:
        raise sqlite.problem(error) from None
    finally:
        engine.dispose()


def plan_upgrade(database: Database, target: str | None = None, *, planned_tables: bool = False) -> UpgradePlan:
    """What `upgrade` would do. Raises DatabaseProblem('too-new'), Refused('not-ours', 'planned-exist'),
    Usage('bad-revision')."""
    with database.read() as session:
        return _plan(session.connection(), target, planned_tables)


def _plan(connection: Connection, target: str | None, planned_tables: bool) -> UpgradePlan:
    names = set(inspect(connection).get_table_names())
    steps = plan_up(connection, target, planned_tables=planned_tables)
    planned = PLANNED_TABLES if any(step.branch == "planned" for step in steps) else ()
    ours = TABLE_NAMES if any(step.branch == "console" for step in steps) else ()
    return UpgradePlan(
        tables=tuple(name for name in (*ours, *planned) if name not in names),
        current=in_branch("console", revisions_of(connection)),
        head=CONSOLE_HEAD,
        steps=steps,
    )


def upgrade(database: Database, target: str | None = None, *, planned_tables: bool = False) -> UpgradePlan:
    """Moves the schema on: our own tables, of the application's none; all of it where Frontdesk owns it. Idempotent;
    two at once wait for each other at the write lock.

    Raises DatabaseProblem, Refused('read-only-session', 'not-ours', 'planned-exist'), Usage('bad-revision').
    """
    if database.read_only:
        raise Refused("read-only-session")
    plan = plan_upgrade(database, target, planned_tables=planned_tables)
    if plan.steps:
        with database.write() as session:
            # Once more behind the lock: another process may have been faster.
            plan = _plan(session.connection(), target, planned_tables)
            take(session.connection(), plan.steps)
    database.refresh_features()
    return plan


def downgrade(database: Database, target: str) -> tuple[SchemaStep, ...]:
    """Undoes steps until `target` is the newest of its branch; what they had added goes, rows and all. Returns what was
    undone. Raises DatabaseProblem, Refused('read-only-session', 'not-ours'), Usage('bad-revision')."""
    if database.read_only:
        raise Refused("read-only-session")
    with database.write() as session:
        undone = plan_down(session.connection(), target)
        take(session.connection(), undone)
    return undone


def _table_names(database: Database) -> set[str]:
    with database.read() as session:
        rows = session.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'"))
        return {str(row[0]) for row in rows}


def status(database: Database) -> DatabaseStatus:
    """Shape, owner, versions, what is missing, journal mode. Raises DatabaseProblem."""
    names = _table_names(database)
    with database.read() as session:
        shape = probe(session.connection())

        def one(statement: str) -> object:
            row = session.execute(text(statement)).first()
            return row[0] if row else None

        rails = one("SELECT max(version) FROM schema_migrations") if "schema_migrations" in names else None
        environment = (
            one("SELECT value FROM ar_internal_metadata WHERE key = 'environment'")
            if "ar_internal_metadata" in names
            else None
        )
        current = revisions_of(session.connection())
        counts = [int(str(one(f"SELECT count(*) FROM {table}"))) for table in ("conversations", "messages", "users")]
        journal_mode = str(one("PRAGMA journal_mode"))
    version = sqlite.library_version()
    seed_built = in_branch("seed", current) is not None
    return DatabaseStatus(
        url=str(database.path),
        engine="sqlite",
        library_version=version,
        library_sound=sqlite.is_sound(version),
        features=shape.features,
        owner="frontdesk" if seed_built and not shape.features.rails_owned else "application",
        rails_version=None if rails is None else str(rails),
        rails_environment=None if environment is None else str(environment),
        console_revision=in_branch("console", current),
        console_head=CONSOLE_HEAD,
        missing=(*shape.missing, *(name for name in TABLE_NAMES if name not in names)),
        journal_mode=journal_mode,
        read_only=database.read_only,
        conversations=counts[0],
        messages=counts[1],
        users=counts[2],
    )
