"""Who can't be reached and why, and the pace that all processes of one bot keep together."""

import sqlalchemy as sa
from alembic import op

from models.tables.types import RailsDateTime

revision = "2026_11_23_010000"
down_revision = "2026_11_23_000000"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "console_reach",
        sa.Column("telegram_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("since", RailsDateTime, nullable=False),
        sa.Column("said", sa.Text, nullable=False),
        sa.Column("moved_to", sa.BigInteger),
        sa.Column("updated_at", RailsDateTime, nullable=False),
    )
    op.create_table(
        "console_pacing",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("tat", sa.BigInteger, nullable=False),
        sa.Column("paused_until", RailsDateTime),
        sa.Column("refused_at", RailsDateTime),
        sa.Column("updated_at", RailsDateTime, nullable=False),
    )


def downgrade() -> None:
    for name in ("pacing", "reach"):
        op.drop_table(f"console_{name}")
