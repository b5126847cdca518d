"""Every column the three shapes of the application's database have, as Core tables.

Use a column beyond the seed's only where `Features` says that this database has it (shapes O and H).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Integer, String, Text, column
from sqlalchemy import table as make_table
from sqlalchemy.sql.expression import ColumnClause, TableClause

from models.tables.types import RailsBoolean, RailsDateTime, Reference, TolerantInteger


def _columns(kind: Any, *names: str) -> list[ColumnClause[Any]]:
    return [column(name, kind) for name in names]


users: TableClause = make_table(
    "users",
    *_columns(Reference, "id"),
    *_columns(BigInteger(), "telegram_id"),
    *_columns(String(), "username", "first_name", "last_name", "session_token", "avatar_url"),
    *_columns(RailsBoolean(), "authenticated", "admin", "paid"),
    *_columns(RailsDateTime(), "created_at", "updated_at"),
    # H
    *_columns(TolerantInteger(), "crm_status", "crm_position", "traffic_source_id"),
    *_columns(Text(), "utm_params"),
)

conversations: TableClause = make_table(
    "conversations",
    *_columns(Reference, "id", "user_id"),
    *_columns(TolerantInteger(), "unread_count", "ai_ready_score"),
    *_columns(RailsDateTime(), "last_message_at", "created_at", "updated_at"),
    *_columns(Text(), "ai_real_name", "ai_background", "ai_query"),
    *_columns(RailsBoolean(), "ai_processing"),
    # O
    *_columns(RailsBoolean(), "ai_paused"),
    # H
    *_columns(RailsBoolean(), "ai_is_pql"),
    *_columns(String(), "ai_action", "conversable_type", "channel_type"),
    *_columns(Reference, "conversable_id"),
)

messages: TableClause = make_table(
    "messages",
    *_columns(Reference, "id", "conversation_id", "user_id"),
    *_columns(Text(), "body"),
    *_columns(TolerantInteger(), "direction"),
    *_columns(BigInteger(), "telegram_message_id"),
    *_columns(RailsBoolean(), "read"),
    *_columns(RailsDateTime(), "created_at", "updated_at"),
    # O
    *_columns(TolerantInteger(), "source_type"),
    *_columns(String(), "business_connection_id"),
)

business_connections: TableClause = make_table(
    "business_connections",
    *_columns(Reference, "id", "user_id"),
    *_columns(Integer(), "status"),
    *_columns(String(), "business_connection_id"),
    *_columns(BigInteger(), "user_chat_id"),
    *_columns(RailsBoolean(), "can_reply", "is_enabled"),
    *_columns(RailsDateTime(), "connected_at", "disconnected_at", "created_at", "updated_at"),
)

traffic_sources: TableClause = make_table("traffic_sources", *_columns(Reference, "id", "conversions_count"))
