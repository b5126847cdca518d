"""The seed's planned tables as it writes them, with the indexes of their blocks, those that Rails adds for references,
and its "Future Indexes"."""

import sqlalchemy as sa
from alembic import op

from models.tables.money import Money
from models.tables.types import PrimaryKey, RailsBoolean, RailsDateTime

revision = "2026_11_22_000000"
down_revision = None
branch_labels = ("planned",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "enrollments",
        sa.Column("id", PrimaryKey, primary_key=True, nullable=False),
        sa.Column("user_id", PrimaryKey, nullable=False),
        sa.Column("tier", sa.String, nullable=False),
        sa.Column("amount_paid", Money),
        sa.Column("currency", sa.String, server_default=sa.text("'RUB'")),
        sa.Column("payment_id", sa.String),
        sa.Column("enrolled_at", RailsDateTime, nullable=False),
        sa.Column("expires_at", RailsDateTime),
        sa.Column("created_at", RailsDateTime, nullable=False),
        sa.Column("updated_at", RailsDateTime, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_rails_e860e0e46b"),
        sqlite_autoincrement=True,
    )
    op.create_index("index_enrollments_on_user_id", "enrollments", ["user_id"])
    op.create_index("index_enrollments_on_user_id_and_tier", "enrollments", ["user_id", "tier"], unique=True)
    op.create_index("index_enrollments_on_tier", "enrollments", ["tier"])
    op.create_table(
        "lesson_progress",
        sa.Column("id", PrimaryKey, primary_key=True, nullable=False),
        sa.Column("user_id", PrimaryKey, nullable=False),
        sa.Column("lesson_slug", sa.String, nullable=False),
        sa.Column("completed", RailsBoolean, server_default=sa.false()),
        sa.Column("completed_at", RailsDateTime),
        sa.Column("time_spent_seconds", sa.Integer),
        sa.Column("created_at", RailsDateTime, nullable=False),
        sa.Column("updated_at", RailsDateTime, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_rails_d135fefb97"),
        sqlite_autoincrement=True,
    )
    op.create_index("index_lesson_progress_on_user_id", "lesson_progress", ["user_id"])
    unique = ["user_id", "lesson_slug"]
    op.create_index("index_lesson_progress_on_user_id_and_lesson_slug", "lesson_progress", unique, unique=True)
    op.create_index("index_lesson_progress_on_user_id_and_completed", "lesson_progress", ["user_id", "completed"])
    op.create_index("index_lesson_progress_on_lesson_slug", "lesson_progress", ["lesson_slug"])
    op.create_table(
        "payments",
        sa.Column("id", PrimaryKey, primary_key=True, nullable=False),
        sa.Column("user_id", PrimaryKey, nullable=False),
        sa.Column("enrollment_id", PrimaryKey),
        sa.Column("payment_processor", sa.String),
        sa.Column("transaction_id", sa.String, nullable=False),
        sa.Column("amount", Money, nullable=False),
        sa.Column("currency", sa.String, server_default=sa.text("'RUB'")),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("metadata", sa.Text),
        sa.Column("created_at", RailsDateTime, nullable=False),
        sa.Column("updated_at", RailsDateTime, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_rails_081dc04a02"),
        sa.ForeignKeyConstraint(["enrollment_id"], ["enrollments.id"], name="fk_rails_f7dc98b00c"),
        sqlite_autoincrement=True,
    )
    op.create_index("index_payments_on_user_id", "payments", ["user_id"])
    op.create_index("index_payments_on_enrollment_id", "payments", ["enrollment_id"])
    op.create_index("index_payments_on_transaction_id", "payments", ["transaction_id"], unique=True)


def downgrade() -> None:
    for name in ("payments", "lesson_progress", "enrollments"):
        op.drop_table(name)
