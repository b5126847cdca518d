"""The seed's first migration: users as people sign in through Telegram."""

import sqlalchemy as sa
from alembic import op

from models.tables.types import PrimaryKey, RailsBoolean, RailsDateTime

revision = "2025_01_10_120000"
down_revision = None
branch_labels = ("seed",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("id", PrimaryKey, primary_key=True, nullable=False),
        sa.Column("telegram_id", sa.BigInteger, nullable=False),
        sa.Column("username", sa.String),
        sa.Column("first_name", sa.String),
        sa.Column("last_name", sa.String),
        sa.Column("session_token", sa.String),
        sa.Column("authenticated", RailsBoolean, server_default=sa.false()),
        sa.Column("created_at", RailsDateTime, nullable=False),
        sa.Column("updated_at", RailsDateTime, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("index_users_on_telegram_id", "users", ["telegram_id"], unique=True)
    op.create_index("index_users_on_session_token", "users", ["session_token"], unique=True)


def downgrade() -> None:
    op.drop_table("users")
