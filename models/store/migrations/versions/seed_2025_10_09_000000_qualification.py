"""What the AI makes of a lead (seed: added 2025-10-09)."""

import sqlalchemy as sa
from alembic import op

from models.tables.types import RailsBoolean

revision = "2025_10_09_000000"
down_revision = "2025_10_08_000000"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("conversations", sa.Column("ai_real_name", sa.String))
    op.add_column("conversations", sa.Column("ai_background", sa.Text))
    op.add_column("conversations", sa.Column("ai_query", sa.Text))
    op.add_column("conversations", sa.Column("ai_ready_score", sa.Integer))
    op.add_column("conversations", sa.Column("ai_processing", RailsBoolean, server_default=sa.false()))


def downgrade() -> None:
    for name in ("ai_processing", "ai_ready_score", "ai_query", "ai_background", "ai_real_name"):
        op.drop_column("conversations", name)
