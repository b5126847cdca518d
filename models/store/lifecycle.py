"""Making a database, adding our side tables to one, and saying what state it is in."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from models.errors import DatabaseProblem, Refused
from models.rules.clock import Clock, utc_now
from models.store import sqlite
from models.store.database import Database
from models.store.revisions import alembic_config, check_known, revisions_of
from models.store.shape import probe
from models.tables.console import CONSOLE_HEAD, SEED_HEAD, TABLE_NAMES
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


def plan_upgrade(database: Database) -> UpgradePlan:
    """Which of our tables an upgrade would add. Raises DatabaseProblem('too-new')."""
    names = _table_names(database)
    with database.read() as session:
        current = revisions_of(session.connection())
    check_known(current)
    return UpgradePlan(
        tables=tuple(name for name in TABLE_NAMES if name not in names),
        current=next((revision for revision in current if revision > SEED_HEAD), None),
        head=CONSOLE_HEAD,
    )


def upgrade(database: Database) -> UpgradePlan:
    """Adds our side tables, or moves them on; of the application's it touches none. Idempotent; two at once wait for
    each other at the write lock. Raises DatabaseProblem, Refused('read-only-session')."""
    from alembic import command

    if database.read_only:
        raise Refused("read-only-session")
    plan = plan_upgrade(database)
    if plan.current != plan.head or plan.tables:
        with database.write() as session:
            command.upgrade(alembic_config(session.connection()), "console@head")
    database.refresh_features()
    return plan


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
    seed_built = any(revision <= SEED_HEAD for revision in current)
    return DatabaseStatus(
        url=str(database.path),
        engine="sqlite",
        library_version=version,
        library_sound=sqlite.is_sound(version),
        features=shape.features,
        owner="frontdesk" if seed_built and not shape.features.rails_owned else "application",
        rails_version=None if rails is None else str(rails),
        rails_environment=None if environment is None else str(environment),
        console_revision=next((revision for revision in current if revision > SEED_HEAD), None),
        console_head=CONSOLE_HEAD,
        missing=(*shape.missing, *(name for name in TABLE_NAMES if name not in names)),
        journal_mode=journal_mode,
        read_only=database.read_only,
        conversations=counts[0],
        messages=counts[1],
        users=counts[2],
    )
