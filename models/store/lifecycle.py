"""Making a database, adding our side tables to one, and saying what state it is in."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from models.errors import DatabaseProblem, Refused
from models.rules.address import names_server, path_of
from models.schema import SchemaStep
from models.store import sqlite
from models.store.database import Database, open_backend
from models.store.revisions import BRANCHES, alembic_config, in_branch, revisions_of
from models.store.shape import probe
from models.store.steps import PLANNED_TABLES, plan_down, plan_up, take
from models.store.turns import take_turn
from models.tables.names import CONSOLE_HEAD, TABLE_NAMES
from models.views import DatabaseStatus, UpgradePlan


def initialise(place: Path | str) -> None:
    """Makes a new database of the seed's schema, with our side tables: a file in WAL mode, readable by its owner only,
    or the tables of an empty PostgreSQL database.

    Raises DatabaseProblem('exists') for anything already there, 'no-directory' when the folder can't be made; of a
    server what `Database.open` raises.
    """
    if isinstance(place, str) and names_server(place):
        _build_on_server(place)
    else:
        _make_file(path_of(str(place)).absolute())


def _build_on_server(url: str) -> None:
    backend = open_backend(url, read_only=False, timeout_ms=5000, pool=1)
    try:
        with backend.writer.begin() as connection:
            take_turn(connection, "migrations")
            if inspect(connection).get_table_names():
                raise DatabaseProblem("exists", path=backend.place)
            migrate(connection, "heads")
    except DBAPIError as error:
        raise backend.problem(error) from None
    except backend.errors as error:
        raise backend.problem(error) from None
    finally:
        backend.close()


def _make_file(path: Path) -> None:
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
            migrate(begun, "heads")
    except DBAPIError as error:
        raise sqlite.problem(error) from None
    finally:
        engine.dispose()


def migrate(connection: Connection, target: str) -> None:
    """Moves the schema up to `target`, in the transaction of `connection`; the statements may take their time."""
    from alembic import command

    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT set_config('statement_timeout', '0', true)"))
    # People before what points at them.
    for each in [f"{branch}@head" for branch in BRANCHES] if target == "heads" else [target]:
        command.upgrade(alembic_config(connection), each)


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
    two at once wait for each other at the write lock, or take turns.

    Raises DatabaseProblem, Refused('read-only-session', 'not-ours', 'planned-exist'), Usage('bad-revision').
    """
    if database.read_only:
        raise Refused("read-only-session")
    plan = plan_upgrade(database, target, planned_tables=planned_tables)
    if plan.steps:
        with database.write() as session:
            take_turn(session.connection(), "migrations")
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
        take_turn(session.connection(), "migrations")
        undone = plan_down(session.connection(), target)
        take(session.connection(), undone)
    return undone


def _table_names(database: Database) -> set[str]:
    with database.read() as session:
        return set(inspect(session.connection()).get_table_names())


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
        server = database.engine == "postgresql"
        journal_mode = "-" if server else str(one("PRAGMA journal_mode"))
        version = str(one("SHOW server_version")) if server else sqlite.library_version()
    seed_built = in_branch("seed", current) is not None
    return DatabaseStatus(
        url=database.place,
        engine=database.engine,
        library_version=version,
        library_sound=server or sqlite.is_sound(version),
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
