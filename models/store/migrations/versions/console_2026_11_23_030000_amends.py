"""Edits and deletions of messages that were delivered, with the text before."""

import sqlalchemy as sa
from alembic import op

from models.tables.types import PrimaryKey, RailsDateTime

revision = "2026_11_23_030000"
down_revision = "2026_11_23_020000"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "console_amends",
        sa.Column("id", PrimaryKey, primary_key=True, nullable=False),
        sa.Column("message_id", sa.BigInteger, nullable=False),
        sa.Column("conversation_id", sa.BigInteger, nullable=False),
        sa.Column("operator_id", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("wanted", sa.Text),
        sa.Column("said", sa.Text),
        sa.Column("created_at", RailsDateTime, nullable=False),
        sa.Column("updated_at", RailsDateTime, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("index_console_amends_on_message_id", "console_amends", ["message_id"])


def downgrade() -> None:
    op.drop_table("console_amends")
