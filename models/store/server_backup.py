"""Backups of a PostgreSQL database: `pg_dump` on an exported snapshot, restored beside the old one, swapped by name."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import inspect, text

from models.errors import BackupProblem, DatabaseProblem, Refused
from models.rules.clock import Clock
from models.rules.progress import Progress, silent
from models.store import archive, postgresql, server_tools
from models.store.archive import Manifest
from models.store.backup import Backup, digest_of, placed, publish, workshop
from models.store.database import Database
from models.store.revisions import revisions_of

_RESTORING = "_frontdesk_restoring"
#: PostgreSQL's longest name, in bytes.
_LONGEST = 63
_DUMP = archive.DATABASE["postgresql"]


def take(database: Database, url: str, folder: Path, *, clock: Clock, progress: Progress = silent) -> Backup:
    """As `models.store.backup.take`. Raises DatabaseProblem, BackupProblem('backup-place', 'backup-program')."""
    with placed(folder), workshop(folder) as work:
        taken_at = clock()
        dumped = work / "database"
        with database.read() as session:
            connection = session.connection()
            # This transaction waits for another program: the server must not take it for a forgotten one.
            connection.execute(text("SELECT set_config('idle_in_transaction_session_timeout', '0', true)"))
            snapshot = str(connection.execute(text("SELECT pg_export_snapshot()")).scalar_one())
            names = sorted(inspect(connection).get_table_names())
            counts = {}
            for name in names:
                progress("check", 0, 0)
                counted = text(f"SELECT count(*) FROM {server_tools.listed([name])}")
                counts[name] = int(connection.execute(counted).scalar_one())
            version = str(connection.execute(text("SHOW server_version")).scalar_one())
            rails = None
            if "schema_migrations" in counts:
                rails = connection.execute(text("SELECT max(version) FROM schema_migrations")).scalar()
            revisions = revisions_of(connection)
            dumped.touch(mode=0o600)
            server_tools.run("pg_dump", url, "-Fc", f"--snapshot={snapshot}", f"--file={dumped}")
        # Reads the table of contents: a dump cut short has none.
        server_tools.run("pg_restore", url, "--list", str(dumped))
        manifest = Manifest(
            taken_at=taken_at,
            engine="postgresql",
            engine_version=version,
            source=database.place,
            host=socket.gethostname(),
            shape=database.features.shape,
            rails_version=None if rails is None else str(rails),
            revisions=revisions,
            counts=counts,
            foreign_key_violations=0,
            size=dumped.stat().st_size,
            sha256=digest_of(dumped),
        )
        return publish(work, folder, manifest, {_DUMP: dumped}, server_tools.name_of(url), progress)


def restore(
    backup: Path, url: str, work: Path, manifest: Manifest, *, clock: Clock, progress: Progress = silent
) -> str | None:
    """Puts a verified backup in the place of the database of `url`, on its server. Returns the name under which the
    former one is kept; None when there was none.

    Raises BackupProblem, Refused('in-use'), DatabaseProblem.
    """
    name = server_tools.name_of(url)
    with _maintenance(url) as connection:
        _refuse_while_used(connection, name)
        with _restored(connection, backup, url, work, manifest, progress) as made:
            _refuse_while_used(connection, name)
            kept = _rename(connection, made, name, f"{clock():_before_%Y%m%d_%H%M%S}")
    return kept


def rehearse(backup: Path, url: str, work: Path, manifest: Manifest, *, progress: Progress = silent) -> None:
    """Restores into a database of its own, compares, and drops it. Raises BackupProblem, DatabaseProblem."""
    with _maintenance(url) as connection, _restored(connection, backup, url, work, manifest, progress):
        pass


@contextlib.contextmanager
def _restored(
    connection: psycopg.Connection[Any], backup: Path, url: str, work: Path, manifest: Manifest, progress: Progress
) -> Iterator[str]:
    """A database beside the old one with the backup in it, checked; dropped unless it was renamed meanwhile."""
    dump = work / "dump"
    if archive.extract(backup, _DUMP, dump, progress) != (manifest.size, manifest.sha256):
        raise BackupProblem("backup-damaged", path=str(backup))
    made = server_tools.name_of(url)[: _LONGEST - len(_RESTORING)] + _RESTORING
    drop = sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(made))
    # What a killed run left; one that still runs is in use, and refused.
    connection.execute(drop)
    connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(made)))
    try:
        progress("unpack", 0, 0)
        server_tools.run(
            "pg_restore", url, "--no-owner", "--exit-on-error", "--single-transaction", f"--dbname={made}", str(dump),
            database=made,
        )  # fmt: skip
        with contextlib.closing(postgresql.connect({**_parameters(url), "dbname": made})) as restored:
            for name, count in manifest.counts.items():
                counted = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))
                row = restored.execute(counted).fetchone()
                if row is None or row[0] != count:
                    raise BackupProblem("backup-unsound", why="its rows are not those that were counted")
        yield made
    finally:
        connection.execute(drop)


def _rename(connection: psycopg.Connection[Any], made: str, name: str, suffix: str) -> str | None:
    """Both renames in one transaction: there is always a database of the name."""
    kept = name[: _LONGEST - len(suffix)] + suffix
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    with connection.transaction():
        row = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if row is not None:
            connection.execute(rename.format(sql.Identifier(name), sql.Identifier(kept)))
        connection.execute(rename.format(sql.Identifier(made), sql.Identifier(name)))
    return kept if row is not None else None


def _refuse_while_used(connection: psycopg.Connection[Any], name: str) -> None:
    asked = "SELECT application_name, pid FROM pg_stat_activity WHERE datname = %s ORDER BY pid"
    if who := connection.execute(asked, [name]).fetchall():
        raise Refused("in-use", path=name, who=", ".join(f"{program or '?'} ({pid})" for program, pid in who))


def _parameters(url: str) -> dict[str, Any]:
    return postgresql.parameters(url, read_only=False)


@contextlib.contextmanager
def _maintenance(url: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection to the server's own database, from which others are made and renamed."""
    try:
        with contextlib.closing(
            postgresql.connect({**_parameters(url), "dbname": "postgres"}, autocommit=True)
        ) as open:
            yield open
    except psycopg.errors.ObjectInUse:
        raise Refused("in-use", path=server_tools.name_of(url), who="?") from None
    except psycopg.Error as error:
        raise _problem(error) from None


def _problem(error: psycopg.Error) -> DatabaseProblem:
    return postgresql.problem(error)
