"""The journal only grows, knows what a grant is about, and keeps words about a person in a table of their own."""

import sqlalchemy as sa
from alembic import op

from models.store.migrations.append_only import bring_text_back, guard, move_text, unguard
from models.tables.money import Money
from models.tables.types import RailsDateTime

revision = "2026_11_23_050000"
down_revision = "2026_11_23_030000"
branch_labels = None
depends_on = None

_COLUMNS = {
    "tier": sa.String, "receipt": sa.String, "receipt_key": sa.String, "amount": Money, "currency": sa.String,
    "expires_at": RailsDateTime, "refers_to": sa.BigInteger,
}  # fmt: skip
_INDEXES = {
    "index_console_journal_on_tier": ["subject_id", "tier", "id"],
    "index_console_journal_on_receipt_key": ["receipt_key"],
    "index_console_journal_on_refers_to": ["refers_to"],
}


def upgrade() -> None:
    op.create_table(
        "console_journal_texts",
        sa.Column("entry_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
    move_text("console_journal", "id", "console_journal_texts", "entry_id", "reason")
    op.drop_column("console_journal", "reason")
    for name, kind in _COLUMNS.items():
        op.add_column("console_journal", sa.Column(name, kind))
    for name, columns in _INDEXES.items():
        op.create_index(name, "console_journal", columns)
    guard("console_journal", "id")
    guard("console_journal_texts", "entry_id", deletable=True)


def downgrade() -> None:
    unguard("console_journal", "console_journal_texts")
    for name in _INDEXES:
        op.drop_index(name, "console_journal")
    for name in _COLUMNS:
        op.drop_column("console_journal", name)
    op.add_column("console_journal", sa.Column("reason", sa.Text))
    bring_text_back("console_journal", "id", "console_journal_texts", "entry_id", "reason")
    op.drop_table("console_journal_texts")
