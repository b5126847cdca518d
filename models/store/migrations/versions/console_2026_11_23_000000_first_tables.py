"""Our first side tables: operators, the outbox and its log, the journal, drafts."""

import sqlalchemy as sa
from alembic import op

from models.tables.types import PrimaryKey, RailsDateTime

revision = "2026_11_23_000000"
down_revision = None
branch_labels = ("console",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "console_operators",
        sa.Column("id", PrimaryKey, primary_key=True, nullable=False),
        sa.Column("handle", sa.String, nullable=False),
        sa.Column("user_id", sa.BigInteger),
        sa.Column("created_at", RailsDateTime, nullable=False),
        sa.Column("last_seen_at", RailsDateTime, nullable=False),
        sa.UniqueConstraint("handle", name="unique_console_operators_handle"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "console_outbox",
        sa.Column("id", PrimaryKey, primary_key=True, nullable=False),
        sa.Column("client_key", sa.String, nullable=False),
        sa.Column("part_no", sa.Integer, nullable=False),
        sa.Column("part_of", sa.Integer, nullable=False),
        sa.Column("conversation_id", sa.BigInteger, nullable=False),
        sa.Column("chat_id", sa.BigInteger, nullable=False),
        sa.Column("business_connection_id", sa.String),
        sa.Column("operator_id", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("whole", sa.Text),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("not_before", RailsDateTime),
        sa.Column("reason", sa.Text),
        sa.Column("lease_owner", sa.String),
        sa.Column("lease_until", RailsDateTime),
        sa.Column("error_code", sa.Integer),
        sa.Column("error", sa.Text),
        sa.Column("message_id", sa.BigInteger),
        sa.Column("telegram_message_id", sa.BigInteger),
        sa.Column("created_at", RailsDateTime, nullable=False),
        sa.Column("updated_at", RailsDateTime, nullable=False),
        sa.UniqueConstraint("client_key", "part_no", name="unique_console_outbox_client_key_part_no"),
        sqlite_autoincrement=True,
    )
    in_line = sa.text("state IN ('claimed', 'queued', 'sending')")
    op.create_index(
        "index_console_outbox_in_line",
        "console_outbox",
        ["chat_id", "id"],
        sqlite_where=in_line,
        postgresql_where=in_line,
    )
    op.create_index("index_console_outbox_on_state", "console_outbox", ["state", "id"])
    op.create_index("index_console_outbox_on_conversation_id", "console_outbox", ["conversation_id", "state"])
    op.create_index("index_console_outbox_on_message_id", "console_outbox", ["message_id"])
    op.create_table(
        "console_outbox_log",
        sa.Column("id", PrimaryKey, primary_key=True, nullable=False),
        sa.Column("outbox_id", sa.BigInteger, nullable=False),
        sa.Column("at", RailsDateTime, nullable=False),
        sa.Column("from_state", sa.String),
        sa.Column("to_state", sa.String, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("owner", sa.String),
        sa.Column("operator_id", sa.BigInteger),
        sa.Column("detail", sa.Text),
        sqlite_autoincrement=True,
    )
    op.create_index("index_console_outbox_log_on_outbox_id", "console_outbox_log", ["outbox_id"])
    op.create_table(
        "console_journal",
        sa.Column("id", PrimaryKey, primary_key=True, nullable=False),
        sa.Column("at", RailsDateTime, nullable=False),
        sa.Column("operator_id", sa.BigInteger, nullable=False),
        sa.Column("operator_name", sa.String, nullable=False),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("action", sa.String, nullable=False),
        sa.Column("subject_type", sa.String, nullable=False),
        sa.Column("subject_id", sa.BigInteger, nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sqlite_autoincrement=True,
    )
    op.create_index("index_console_journal_on_subject", "console_journal", ["subject_type", "subject_id"])
    op.create_table(
        "console_drafts",
        sa.Column("operator_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("conversation_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("client_key", sa.String, nullable=False),
        sa.Column("updated_at", RailsDateTime, nullable=False),
    )


def downgrade() -> None:
    for name in ("drafts", "journal", "outbox_log", "outbox", "operators"):
        op.drop_table(f"console_{name}")
