"""Indexes for the order score × waiting of the views that hold any score. The others have one that serves."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_28_133000"
down_revision = "2026_11_28_073500"
branch_labels = None
depends_on = None

_FLAGS = ("unread", "tagged", "not_delivered")


def upgrade() -> None:
    for flag in _FLAGS:
        where = sa.text(f"{flag} = 1")
        columns = ["waiting", "rank", "at", "conversation_id"]
        op.create_index(_name(flag), "console_inbox", columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for flag in _FLAGS:
        op.drop_index(_name(flag), "console_inbox")


def _name(flag: str) -> str:
    return f"index_console_inbox_{flag}_by_wait_and_score"
