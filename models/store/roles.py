"""The rights that Frontdesk needs on a PostgreSQL server, as SQL for whoever administers it.

Two roles: an owner, who makes and moves on our tables, and an operator, who runs the console, may alter no table,
and can neither change nor delete what the journal and the log hold.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import inspect

from models.errors import Refused
from models.store.database import Database
from models.tables.names import TABLE_NAMES, VERSION_TABLE

#: Append-only: who did what stays.
_WRITTEN_ONCE = ("console_journal", "console_outbox_log")
_READ, _ADD, _ALL = "SELECT", "SELECT, INSERT", "SELECT, INSERT, UPDATE, DELETE"
#: The application's tables, and the planned ones: what the application itself does to them; a person may be deleted.
_THEIRS = {
    "users": _ALL, "conversations": _ALL, "messages": _ALL, "traffic_sources": "SELECT, UPDATE",
    "business_connections": _ALL, "enrollments": _ALL, "lesson_progress": _ALL, "payments": _ALL,
    "schema_migrations": _READ, "ar_internal_metadata": _READ, VERSION_TABLE: _READ,
}  # fmt: skip


def rights(tables: Collection[str]) -> dict[str, str]:
    """What the operator may do to each of these tables; those that are nothing to us are left out."""
    wanted = dict(_THEIRS)
    wanted |= {name: _ADD if name in _WRITTEN_ONCE else _ALL for name in TABLE_NAMES}
    return {name: wanted[name] for name in sorted(tables) if name in wanted}


def roles_sql(database: Database, *, owner: str, operator: str) -> str:
    """The statements, for psql. Raises Refused('no-server') for a file; DatabaseProblem."""
    if database.engine != "postgresql":
        raise Refused("no-server", place=database.place)
    with database.read() as session:
        inspector = inspect(session.connection())
        tables, schema = inspector.get_table_names(), inspector.default_schema_name or "public"
    granted = rights(tables)
    ours = [table for table in granted if table in TABLE_NAMES or table == VERSION_TABLE]
    both = f"{_quoted(owner)}, {_quoted(operator)}"
    lines = [
        "-- The owner makes and moves on Frontdesk's tables: `frontdesk db upgrade`. Add LOGIN, or a member.",
        f"CREATE ROLE {_quoted(owner)} NOLOGIN;",
        "-- The operator runs the console. Add LOGIN and a password, or a member for each person.",
        f"CREATE ROLE {_quoted(operator)} NOLOGIN;",
        f"GRANT USAGE ON SCHEMA {_quoted(schema)} TO {both};",
        f"GRANT CREATE ON SCHEMA {_quoted(schema)} TO {_quoted(owner)};",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA {_quoted(schema)} TO {_quoted(owner)};",
        *(f"ALTER TABLE {_quoted(table)} OWNER TO {_quoted(owner)};" for table in ours),
        *(f"GRANT {what} ON {_quoted(table)} TO {_quoted(operator)};" for table, what in granted.items()),
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {_quoted(schema)} TO {_quoted(operator)};",
        "-- After each `frontdesk db upgrade`: print and run the GRANTs again, there may be new tables.",
    ]
    return "\n".join(lines)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
