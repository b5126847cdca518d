"""Side tables of receiving: the poller, updates, quarantine, keys of messages, edits, reactions, connections."""

import sqlalchemy as sa
from alembic import op

from models.tables.types import PrimaryKey, RailsBoolean, RailsDateTime

revision = "2026_11_23_020000"
down_revision = "2026_11_23_010000"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "console_poller",
        sa.Column("bot_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("owner", sa.String),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("until", RailsDateTime),
        sa.Column("next_offset", sa.BigInteger),
        sa.Column("last_answer_at", RailsDateTime),
        sa.Column("skipped", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "console_updates",
        sa.Column("bot_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("update_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("hash", sa.String, primary_key=True),
        sa.Column("at", RailsDateTime, nullable=False),
        sa.Column("raw", sa.Text),
    )
    op.create_index("index_console_updates_on_at", "console_updates", ["at"])
    op.create_table(
        "console_quarantine",
        sa.Column("id", PrimaryKey, primary_key=True, nullable=False),
        sa.Column("bot_id", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.String, nullable=False),
        sa.Column("update_id", sa.BigInteger),
        sa.Column("at", RailsDateTime, nullable=False),
        sa.Column("why", sa.String, nullable=False),
        sa.Column("raw", sa.Text, nullable=False),
        sa.UniqueConstraint("bot_id", "hash", name="unique_console_quarantine_bot_id_hash"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "console_message_keys",
        sa.Column("business_connection_id", sa.String, primary_key=True),
        sa.Column("chat_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("telegram_message_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("message_id", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String),
        sa.Column("media_group_id", sa.String),
        sa.Column("forwarded_from", sa.Text),
        sa.Column("edit_date", RailsDateTime),
        sa.Column("edited", RailsBoolean, nullable=False),
        sa.Column("deleted_at", RailsDateTime),
    )
    op.create_index("index_console_message_keys_on_message_id", "console_message_keys", ["message_id"])
    op.create_table(
        "console_edits",
        sa.Column("id", PrimaryKey, primary_key=True, nullable=False),
        sa.Column("message_id", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("edit_date", RailsDateTime, nullable=False),
        sa.Column("at", RailsDateTime, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("index_console_edits_on_message_id", "console_edits", ["message_id"])
    op.create_table(
        "console_reactions",
        sa.Column("business_connection_id", sa.String, primary_key=True),
        sa.Column("chat_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("telegram_message_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("actor_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("reactions", sa.Text, nullable=False),
        sa.Column("at", RailsDateTime, nullable=False),
    )
    op.create_table(
        "console_events",
        sa.Column("kind", sa.String, primary_key=True),
        sa.Column("subject", sa.String, primary_key=True),
        sa.Column("value", sa.String, nullable=False),
        sa.Column("at", RailsDateTime, nullable=False),
    )
    op.create_table(
        "console_business_connections",
        sa.Column("connection_id", sa.String, primary_key=True),
        sa.Column("owner_id", sa.BigInteger, nullable=False),
        sa.Column("owner_chat_id", sa.BigInteger, nullable=False),
        sa.Column("can_reply", RailsBoolean, nullable=False),
        sa.Column("is_enabled", RailsBoolean, nullable=False),
        sa.Column("at", RailsDateTime, nullable=False),
    )


def downgrade() -> None:
    for name in ("business_connections", "events", "reactions", "edits", "message_keys", "quarantine", "updates"):
        op.drop_table(f"console_{name}")
    op.drop_table("console_poller")
