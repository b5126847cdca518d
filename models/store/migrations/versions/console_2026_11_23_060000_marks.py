"""Facts about a database as a whole: that it is a test one, how far a copy into it has come."""

import sqlalchemy as sa
from alembic import op

from models.tables.types import RailsDateTime

revision = "2026_11_23_060000"
down_revision = "2026_11_23_050000"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "console_marks",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("updated_at", RailsDateTime, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("console_marks")
