"""What people corrected of a lead, how its score moved, and texts to answer with."""

import sqlalchemy as sa
from alembic import op

from models.tables.types import PrimaryKey, RailsDateTime

revision = "2026_11_28_070000"
down_revision = "2026_11_28_064500"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "console_lead_corrections",
        sa.Column("conversation_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("field", sa.String, primary_key=True),
        sa.Column("value", sa.Text),
        sa.Column("said", sa.Text),
        sa.Column("operator_id", sa.BigInteger, nullable=False),
        sa.Column("updated_at", RailsDateTime, nullable=False),
    )
    op.create_table(
        "console_lead_scores",
        sa.Column("id", PrimaryKey, primary_key=True, nullable=False),
        sa.Column("conversation_id", sa.BigInteger, nullable=False),
        sa.Column("at", RailsDateTime, nullable=False),
        sa.Column("before", sa.Integer),
        sa.Column("score", sa.Integer),
        sa.Column("message_id", sa.BigInteger),
        sa.Column("operator_id", sa.BigInteger),
        sqlite_autoincrement=True,
    )
    op.create_index("index_console_lead_scores_on_conversation_id", "console_lead_scores", ["conversation_id", "id"])
    op.create_table(
        "console_templates",
        sa.Column("id", PrimaryKey, primary_key=True, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("digit", sa.Integer),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("operator_id", sa.BigInteger, nullable=False),
        sa.Column("created_at", RailsDateTime, nullable=False),
        sa.Column("updated_at", RailsDateTime, nullable=False),
        sa.UniqueConstraint("name", name="unique_console_templates_name"),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("console_templates")
    op.drop_table("console_lead_scores")
    op.drop_table("console_lead_corrections")
