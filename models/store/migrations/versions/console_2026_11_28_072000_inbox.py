"""One row a conversation, with an index for each view and order of the inbox. Empty at first: a console fills it."""

import sqlalchemy as sa
from alembic import op

from models.tables.types import PrimaryKey, RailsDateTime

revision = "2026_11_28_072000"
down_revision = "2026_11_28_070500"
branch_labels = None
depends_on = None

_BANDS = ("ready", "evaluating", "interested", "exploring", "unscored")
_FLAGS = ("unread", *_BANDS, "snoozed", "done", "tagged", "not_delivered")


def upgrade() -> None:
    op.create_table(
        "console_inbox",
        sa.Column("conversation_id", PrimaryKey, primary_key=True, autoincrement=False, nullable=False),
        sa.Column("at", RailsDateTime, nullable=False),
        sa.Column("rank", sa.Integer, nullable=False),
        *(sa.Column(flag, sa.Integer, nullable=False) for flag in ("waiting", *_FLAGS)),
    )
    op.create_index("index_console_inbox_by_time", "console_inbox", ["waiting", "at", "conversation_id"])
    op.create_index("index_console_inbox_by_score", "console_inbox", ["rank", "at", "conversation_id"])
    columns = ["waiting", "rank", "at", "conversation_id"]
    op.create_index("index_console_inbox_waiting_by_score", "console_inbox", columns)
    for flag in _FLAGS:
        _partial(flag, "time")
        _partial(flag, "wait", "waiting")
        _partial(flag, "score", "rank")
    op.create_table(
        "console_inbox_state",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("value", sa.BigInteger, nullable=False),
        sa.Column("owner", sa.String),
    )


def _partial(flag: str, order: str, *first: str) -> None:
    where = sa.text(f"{flag} = 1")
    name = f"index_console_inbox_{flag}_by_{order}"
    columns = [*first, "at", "conversation_id"]
    op.create_index(name, "console_inbox", columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_table("console_inbox_state")
    op.drop_table("console_inbox")
