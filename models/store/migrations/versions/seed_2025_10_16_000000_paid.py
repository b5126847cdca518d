"""Paid access (seed: added 2025-10-16); existing admins are marked paid."""

import sqlalchemy as sa
from alembic import op

from models.tables.types import RailsBoolean

revision = "2025_10_16_000000"
down_revision = "2025_10_09_000000"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("paid", RailsBoolean, server_default=sa.false(), nullable=False))
    users = sa.table("users", sa.column("admin", RailsBoolean), sa.column("paid", RailsBoolean))
    op.execute(users.update().where(users.c.admin.is_(True)).values(paid=True))


def downgrade() -> None:
    op.drop_column("users", "paid")
