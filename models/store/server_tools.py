"""PostgreSQL's own programs, run without a password or a secret of ours in sight of other processes."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence

from psycopg.conninfo import conninfo_to_dict

from models.errors import BackupProblem
from models.rules.address import server_url

#: libpq's parameters and the variables that stand for them.
_VARIABLES = {
    "host": "PGHOST", "hostaddr": "PGHOSTADDR", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD",
    "dbname": "PGDATABASE", "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY", "passfile": "PGPASSFILE", "service": "PGSERVICE", "options": "PGOPTIONS",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
}  # fmt: skip


def run(program: str, url: str, *arguments: str, database: str | None = None) -> str:
    """What `program` said on stdout; connected by variables to `url`, or to another database of its server.

    Raises BackupProblem('backup-program') when it is missing, fails, or is older than the server.
    """
    found = shutil.which(program)
    if found is None:
        raise BackupProblem("backup-program", program=program, why="it is not installed, or not on PATH")
    done = subprocess.run(
        [found, "--no-password", *arguments] if program != "pg_restore" or "--list" not in arguments else
        [found, *arguments],
        env=_environment(url, database), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise BackupProblem("backup-program", program=program, why=said[-1] if said else f"exit {done.returncode}")
    return done.stdout


def name_of(url: str) -> str:
    """The database that a URL names; as libpq, the user's where it names none."""
    given = conninfo_to_dict(server_url(url))
    return str(given.get("dbname") or given.get("user") or os.environ.get("PGDATABASE") or os.environ.get("USER", ""))


def _environment(url: str, database: str | None) -> dict[str, str]:
    given = conninfo_to_dict(server_url(url))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FRONTDESK_")}
    kept |= {_VARIABLES[name]: str(value) for name, value in given.items() if name in _VARIABLES and value is not None}
    kept["PGDATABASE"] = database if database is not None else name_of(url)
    return kept


def listed(names: Sequence[str]) -> str:
    """Identifiers for SQL."""
    return ", ".join('"' + name.replace('"', '""') + '"' for name in names)
