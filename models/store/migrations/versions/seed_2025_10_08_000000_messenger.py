"""Conversations and messages, and the admin who reads them (seed: added 2025-10-08)."""

import sqlalchemy as sa
from alembic import op

from models.tables.types import PrimaryKey, RailsBoolean, RailsDateTime, Reference

revision = "2025_10_08_000000"
down_revision = "2025_01_10_120000"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("admin", RailsBoolean, server_default=sa.false(), nullable=False))
    op.add_column("users", sa.Column("avatar_url", sa.String))
    op.create_table(
        "conversations",
        sa.Column("id", PrimaryKey, primary_key=True, nullable=False),
        sa.Column("user_id", Reference, nullable=False),
        sa.Column("last_message_at", RailsDateTime),
        sa.Column("unread_count", sa.Integer, server_default=sa.text("0")),
        sa.Column("created_at", RailsDateTime, nullable=False),
        sa.Column("updated_at", RailsDateTime, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_rails_7c15d62a0a"),
        sqlite_autoincrement=True,
    )
    op.create_index("index_conversations_on_user_id", "conversations", ["user_id"])
    op.create_index("index_conversations_on_last_message_at", "conversations", ["last_message_at"])
    op.create_table(
        "messages",
        sa.Column("id", PrimaryKey, primary_key=True, nullable=False),
        sa.Column("conversation_id", Reference, nullable=False),
        sa.Column("user_id", Reference),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("direction", sa.Integer, server_default=sa.text("0"), nullable=False),
        sa.Column("telegram_message_id", sa.BigInteger),
        sa.Column("read", RailsBoolean, server_default=sa.false()),
        sa.Column("created_at", RailsDateTime, nullable=False),
        sa.Column("updated_at", RailsDateTime, nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name="fk_rails_7f927086d2"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_rails_273a25a7a6"),
        sqlite_autoincrement=True,
    )
    op.create_index("index_messages_on_conversation_id", "messages", ["conversation_id"])
    op.create_index("index_messages_on_user_id", "messages", ["user_id"])
    op.create_index("index_messages_on_telegram_message_id", "messages", ["telegram_message_id"])
    op.create_index("index_messages_on_conversation_id_and_created_at", "messages", ["conversation_id", "created_at"])


def downgrade() -> None:
    op.drop_table("messages")
    op.drop_table("conversations")
    op.drop_column("users", "avatar_url")
    op.drop_column("users", "admin")
