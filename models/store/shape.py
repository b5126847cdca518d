"""Which of the three shapes a database has, found by probing its columns, never by guessing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, inspect

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


@dataclass(frozen=True, slots=True)
class Shape:
    """Columns by table, and what follows from them."""

    columns: Mapping[str, frozenset[str]]
    features: Features
    missing: tuple[str, ...]


def probe(connection: Connection) -> Shape:
    """Reads the schema. Raises DatabaseProblem('unknown-shape') when it is not the seed's in any of its shapes."""
    inspector = inspect(connection)
    names = set(inspector.get_table_names())
    interesting = names & {*REQUIRED, *PLANNED, *TABLE_NAMES, "business_connections", "traffic_sources"}
    found = inspector.get_multi_columns(filter_names=sorted(interesting))
    columns = {name: frozenset(column["name"] for column in each) for (_schema, name), each in found.items()}
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
