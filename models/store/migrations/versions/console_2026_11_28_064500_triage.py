"""Done, snoozed, claimed, tags, notes, what can be taken back, and who has which conversation open."""

import sqlalchemy as sa
from alembic import op

from models.tables.types import PrimaryKey, RailsBoolean, RailsDateTime

revision = "2026_11_28_064500"
down_revision = "2026_11_23_060000"
branch_labels = None
depends_on = None


def _id() -> sa.Column:  # type: ignore[type-arg]
    return sa.Column("id", PrimaryKey, primary_key=True, nullable=False)


def _key(name: str) -> sa.Column:  # type: ignore[type-arg]
    return sa.Column(name, sa.BigInteger, primary_key=True, autoincrement=False)


def upgrade() -> None:
    op.create_table(
        "console_triage",
        _key("conversation_id"),
        sa.Column("place", sa.String),
        sa.Column("seen_id", sa.BigInteger),
        sa.Column("place_at", RailsDateTime),
        sa.Column("place_by", sa.BigInteger),
        sa.Column("place_until", RailsDateTime),
        sa.Column("wakes", RailsBoolean, nullable=False),
        sa.Column("outcome", sa.String),
        sa.Column("claimed_by", sa.BigInteger),
        sa.Column("claimed_until", RailsDateTime),
        sa.Column("updated_at", RailsDateTime, nullable=False),
    )
    op.create_index("index_console_triage_on_place", "console_triage", ["place", "place_until"])
    op.create_index("index_console_triage_on_claimed_by", "console_triage", ["claimed_by"])
    op.create_table(
        "console_tags",
        _key("conversation_id"),
        sa.Column("tag", sa.String, primary_key=True),
        sa.Column("operator_id", sa.BigInteger, nullable=False),
        sa.Column("created_at", RailsDateTime, nullable=False),
    )
    op.create_index("index_console_tags_on_tag", "console_tags", ["tag", "conversation_id"])
    op.create_table(
        "console_notes",
        _id(),
        sa.Column("conversation_id", sa.BigInteger, nullable=False),
        sa.Column("operator_id", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("created_at", RailsDateTime, nullable=False),
        sa.Column("removed_at", RailsDateTime),
        sqlite_autoincrement=True,
    )
    op.create_index("index_console_notes_on_conversation_id", "console_notes", ["conversation_id", "created_at"])
    op.create_table(
        "console_triage_acts",
        _id(),
        sa.Column("operator_id", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("deed", sa.Text, nullable=False),
        sa.Column("at", RailsDateTime, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("automatic", RailsBoolean, nullable=False),
        sa.Column("client_key", sa.String),
        sa.Column("refers_to", sa.BigInteger),
        sa.Column("undone_by", sa.BigInteger),
        sqlite_autoincrement=True,
    )
    op.create_index("index_console_triage_acts_on_operator_id", "console_triage_acts", ["operator_id", "id"])
    op.create_table(
        "console_triage_log",
        _id(),
        sa.Column("act_id", sa.BigInteger, nullable=False),
        sa.Column("conversation_id", sa.BigInteger, nullable=False),
        sa.Column("facet", sa.String, nullable=False),
        sa.Column("before", sa.Text),
        sa.Column("after", sa.Text),
        sqlite_autoincrement=True,
    )
    op.create_index("index_console_triage_log_on_facet", "console_triage_log", ["conversation_id", "facet", "id"])
    op.create_index("index_console_triage_log_on_act_id", "console_triage_log", ["act_id"])
    op.create_table(
        "console_presence",
        sa.Column("seat", sa.String, primary_key=True),
        sa.Column("operator_id", sa.BigInteger, nullable=False),
        sa.Column("conversation_id", sa.BigInteger),
        sa.Column("typing", RailsBoolean, nullable=False),
        sa.Column("updated_at", RailsDateTime, nullable=False),
    )
    op.create_table(
        "console_choices",
        _key("operator_id"),
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("updated_at", RailsDateTime, nullable=False),
    )


def downgrade() -> None:
    for name in ("choices", "presence", "triage_log", "triage_acts", "notes", "tags", "triage"):
        op.drop_table(f"console_{name}")
