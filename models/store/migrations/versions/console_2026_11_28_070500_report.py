"""What the report has counted already: by quarters of an hour, by conversation, and the scores of each day."""

import sqlalchemy as sa
from alembic import op

from models.tables.types import PrimaryKey

revision = "2026_11_28_070500"
down_revision = "2026_11_28_070000"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "console_report_state",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("message_id", sa.BigInteger, nullable=False),
        sa.Column("lease_owner", sa.String),
        sa.Column("lease_until", sa.BigInteger),
        sa.Column("settled_at", sa.BigInteger),
    )
    op.create_table(
        "console_report_times",
        sa.Column("quarter", PrimaryKey, primary_key=True, autoincrement=False),
        *(_count(name) for name in ("incoming", "outgoing", "begun", "answered", "gone", "first_id", "last_id")),
    )
    op.create_table(
        "console_report_answers",
        sa.Column("quarter", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("operator_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("waits", sa.Text, nullable=False),
    )
    op.create_table(
        "console_report_conversations",
        sa.Column("conversation_id", PrimaryKey, primary_key=True, autoincrement=False),
        sa.Column("wrote_at", sa.BigInteger, nullable=False),
        sa.Column("waits_since", sa.BigInteger),
    )
    op.create_index("index_console_report_conversations_on_wrote_at", "console_report_conversations", ["wrote_at"])
    op.create_table(
        "console_report_scores",
        sa.Column("day", PrimaryKey, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        *(_count(name) for name in ("exploring", "interested", "evaluating", "ready", "unscored", "unknown")),
    )


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False)


def downgrade() -> None:
    for table in (
        "console_report_scores",
        "console_report_conversations",
        "console_report_answers",
        "console_report_times",
        "console_report_state",
    ):
        op.drop_table(table)
