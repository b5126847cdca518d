"""How connections to a PostgreSQL server are opened, and what its errors mean.

Nothing here lasts longer than a transaction on the server's side (no prepared statements, no session settings), so that
a pgbouncer in transaction mode may stand between.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg.adapt import AdaptersMap
from psycopg.conninfo import conninfo_to_dict
from psycopg.types.datetime import TimestampLoader
from psycopg.types.string import StrDumperUnknown

from models.errors import DatabaseProblem, Usage
from models.rules.address import server_url
from models.rules.text import for_storage

#: `pg_current_snapshot()` came with it.
OLDEST = 13
#: Seconds until a host that does not answer is given up.
CONNECT_TIMEOUT = 5
#: How `version()` of engines that speak PostgreSQL's protocol begins or goes on, and what each lacks for us.
_OTHERS: Mapping[str, tuple[str, str]] = {
    "cockroachdb": ("CockroachDB", "no pg_current_snapshot(), ids out of order"),
    "yugabyte": ("YugabyteDB", "ids out of order, no locks that end with the transaction"),
    "-yb-": ("YugabyteDB", "ids out of order, no locks that end with the transaction"),
    "redshift": ("Redshift", "no row locks, no indexes"),
    "greenplum": ("Greenplum", "no row locks"),
    "materialize": ("Materialize", "no row locks, no sequences"),
    "risingwave": ("RisingWave", "no row locks, no transactions"),
    "questdb": ("QuestDB", "no transactions"),
    "crate": ("CrateDB", "no transactions"),
    "dsql": ("Aurora DSQL", "no sequences, no waiting locks"),
    "spanner": ("Spanner", "no pg_current_snapshot()"),
}
_STATES: Mapping[str, str] = {
    "55P03": "locked", "40P01": "locked", "40001": "locked", "57014": "too-slow", "25006": "read-only",
    "53100": "disk-full", "53300": "too-many-connections", "28P01": "refused-login", "28000": "refused-login",
    "3D000": "no-such-database", "57P01": "gone", "57P02": "gone", "57P03": "gone", "57P05": "gone", "25P03": "gone",
    "42501": "forbidden", "42P01": "missing-column", "42703": "missing-column", "XX001": "damaged",
    "XX002": "damaged",
}  # fmt: skip
#: A server that refuses the connection itself says why in words only: libpq passes no SQLSTATE on.
_SAID: Mapping[str, str] = {
    "password authentication failed": "refused-login",
    "no password supplied": "refused-login",
    "no pg_hba.conf entry": "refused-login",
    "authentication failed": "refused-login",
    "is not permitted to log in": "refused-login",
    "permission denied for database": "forbidden",
    "too many clients": "too-many-connections",
    "remaining connection slots": "too-many-connections",
    "too many connections": "too-many-connections",
    "session is read-only": "gone",
    "session is not read-only": "gone",
}
_NO_DATABASE = re.compile(r'database "[^"]*" does not exist')
_NO_ROLE = re.compile(r'role "[^"]*" does not exist')


class _Moment(TimestampLoader):
    """Infinity, or a year that Python does not know, stays text: one such row may not hide the others, and a page may
    end with it."""

    def load(self, data: Any) -> Any:
        try:
            return super().load(data)
        except psycopg.DataError:
            return bytes(data).decode()


class _Storable(StrDumperUnknown):
    """NUL and lone surrogates, which the server refuses, in the words of `for_storage`; behind the doors, a belt."""

    def dump(self, obj: str) -> Any:
        return super().dump(for_storage(obj))


_ADAPTERS = AdaptersMap(psycopg.adapters)
_ADAPTERS.register_loader("timestamp", _Moment)
_ADAPTERS.register_dumper(str, _Storable)


def parameters(url: str, *, read_only: bool) -> dict[str, Any]:
    """What `psycopg.connect` takes. Raises Usage('bad-url') for what libpq can't read."""
    try:
        given: dict[str, Any] = dict(conninfo_to_dict(server_url(url)))
    except psycopg.ProgrammingError:
        # Its message quotes the URL, password and all.
        raise Usage("bad-url", scheme="postgresql") from None
    defaults: dict[str, Any] = {
        "connect_timeout": CONNECT_TIMEOUT,
        "fallback_application_name": "frontdesk",
        # A server that vanished without a word is noticed while a person still waits.
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "tcp_user_timeout": 15_000,
    }
    if "," in str(given.get("host") or "") + str(given.get("hostaddr") or "") and not read_only:
        # Of a primary and its standbys the one that takes writes, whichever that is by now.
        defaults["target_session_attrs"] = "read-write"
    return {**defaults, **given, "client_encoding": "utf8"}


def connect(settings: Mapping[str, Any], **options: Any) -> psycopg.Connection[Any]:
    """Raises psycopg.Error."""
    return psycopg.connect(**settings, prepare_threshold=None, context=_ADAPTERS, **options)


def check_engine(said: str) -> None:
    """Judges what `version()` says. Raises DatabaseProblem('other-engine', name, why) for what only speaks the
    protocol, and for a PostgreSQL before 13."""
    lower = said.lower()
    for sign, (name, why) in _OTHERS.items():
        if sign in lower:
            raise DatabaseProblem("other-engine", name=name, why=why)
    found = re.match(r"(?:PostgreSQL|EnterpriseDB)\D*(\d+)", said)
    if found is None:
        raise DatabaseProblem("other-engine", name=said[:40], why="not PostgreSQL")
    if int(found[1]) < OLDEST:
        raise DatabaseProblem("other-engine", name=f"PostgreSQL {found[1]}", why=f"older than {OLDEST}")


def problem(error: BaseException) -> DatabaseProblem:
    """What a database error means, without its statement, parameters or the server's address."""
    original = getattr(error, "orig", None) or error
    state = getattr(original, "sqlstate", None)
    if state is not None:
        name = _STATES.get(state) or ("gone" if state.startswith("08") else None)
        if name == "missing-column":
            return DatabaseProblem(name, column=_named(original))
        return DatabaseProblem(name) if name else DatabaseProblem("failed", kind=f"{type(original).__name__} {state}")
    said = str(original)
    if _NO_DATABASE.search(said):
        return DatabaseProblem("no-such-database")
    if _NO_ROLE.search(said):
        return DatabaseProblem("refused-login")
    name = next((name for needle, name in _SAID.items() if needle in said), None)
    if name is not None:
        return DatabaseProblem(name)
    if isinstance(original, psycopg.OperationalError | psycopg.InterfaceError):
        return DatabaseProblem("gone")
    return DatabaseProblem("failed", kind=type(original).__name__)


def _named(original: BaseException) -> str:
    diagnosis = original.diag if isinstance(original, psycopg.Error) else None
    found = re.search(r'"([^"]*)"|column (\S+)', (diagnosis.message_primary or "") if diagnosis else "")
    return (found[1] or found[2]) if found else "?"
