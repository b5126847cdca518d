"""Which of the three shapes a database has, found by probing its columns, never by guessing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, inspect, text

from models.errors import DatabaseProblem
from models.tables.names import TABLE_NAMES
from models.views import Features

#: What every shape has, and nothing works without (`paid` may be missing: then access is read-only).
REQUIRED: Mapping[str, frozenset[str]] = {
    "users": frozenset({"id", "telegram_id", "username", "first_name", "last_name", "session_token", "authenticated",
                        "created_at", "updated_at", "admin"}),
    "conversations": frozenset({"id", "user_id", "last_message_at", "unread_count", "created_at", "updated_at",
                                "ai_real_name", "ai_background", "ai_query", "ai_ready_score", "ai_processing"}),
    "messages": frozenset({"id", "conversation_id", "user_id", "body", "direction", "telegram_message_id", "read",
                           "created_at", "updated_at"}),
}  # fmt: skip

#: The seed's planned tables; any of other columns is somebody else's, and nothing is read from it.
PLANNED: Mapping[str, frozenset[str]] = {
    "enrollments": frozenset({"id", "user_id", "tier", "amount_paid", "currency", "payment_id", "enrolled_at",
                              "expires_at", "created_at", "updated_at"}),
    "payments": frozenset({"id", "user_id", "enrollment_id", "payment_processor", "transaction_id", "amount",
                           "currency", "status", "metadata", "created_at", "updated_at"}),
    "lesson_progress": frozenset({"id", "user_id", "lesson_slug", "completed", "completed_at", "time_spent_seconds",
                                  "created_at", "updated_at"}),
}  # fmt: skip

#: Files that Rails keeps beside the primary one; a person may point at them by mistake.
_RAILS_SIDE_FILES = {"solid_cache_entries": "cache", "solid_queue_jobs": "queue", "solid_cable_messages": "cable"}


_INTERESTING = frozenset({*REQUIRED, *PLANNED, *TABLE_NAMES, "business_connections", "traffic_sources"})
_TABLES = text("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'sqlite_*'")
# Of no other table: one whose module is missing here could not be looked into.
_COLUMNS = text(
    "SELECT t.name, c.name FROM sqlite_master AS t, pragma_table_xinfo(t.name) AS c"
    " WHERE t.type = 'table' AND t.name IN (" + ", ".join(f"'{name}'" for name in sorted(_INTERESTING)) + ")"
)


@dataclass(frozen=True, slots=True)
class Shape:
    """Columns by table, and what follows from them."""

    columns: Mapping[str, frozenset[str]]
    features: Features
    missing: tuple[str, ...]


def probe(connection: Connection) -> Shape:
    """Reads the schema. Raises DatabaseProblem('unknown-shape') when it is not the seed's in any of its shapes."""
    names, columns = (_look_into_file if connection.dialect.name == "sqlite" else _look_into_server)(connection)
    missing = tuple(
        f"{table}.{column}" if table in columns else table
        for table, wanted in REQUIRED.items()
        for column in (sorted(wanted - columns[table]) if table in columns else ("",))
    )
    if missing:
        side = next((kind for table, kind in _RAILS_SIDE_FILES.items() if table in names), None)
        raise DatabaseProblem("unknown-shape", missing=missing, rails_file=side, empty=not names)
    conversations, messages, users = columns["conversations"], columns["messages"], columns["users"]
    owner = {"conversable_type", "conversable_id"} <= conversations
    channels = {"source_type", "business_connection_id"} <= messages
    features = Features(
        shape="H" if owner else "O" if channels or "ai_paused" in conversations else "S",
        ai_paused="ai_paused" in conversations,
        channels=channels,
        business_connections="business_connections" in columns,
        owner_columns=owner,
        crm="crm_status" in users,
        traffic="traffic_source_id" in users and "traffic_sources" in columns,
        paid="paid" in users,
        console_tables=set(TABLE_NAMES) <= names,
        planned=all(PLANNED[name] <= columns.get(name, frozenset()) for name in ("enrollments", "payments")),
        lessons=PLANNED["lesson_progress"] <= columns.get("lesson_progress", frozenset()),
        rails_owned="schema_migrations" in names,
    )
    return Shape(columns, features, () if features.paid else ("users.paid",))


def _look_into_file(connection: Connection) -> tuple[set[str], dict[str, frozenset[str]]]:
    """All tables, and the columns of those that mean something to us: two statements, where the inspector has one for
    each table."""
    columns: dict[str, set[str]] = {}
    for table, column in connection.execute(_COLUMNS).all():
        columns.setdefault(table, set()).add(column)
    names = {str(name) for (name,) in connection.execute(_TABLES)}
    return names, {table: frozenset(each) for table, each in columns.items()}


def _look_into_server(connection: Connection) -> tuple[set[str], dict[str, frozenset[str]]]:
    inspector = inspect(connection)
    names = set(inspector.get_table_names())
    found = inspector.get_multi_columns(filter_names=sorted(names & _INTERESTING))
    return names, {name: frozenset(column["name"] for column in each) for (_schema, name), each in found.items()}
