"""The search index of a server's database: three-letter pieces of each text under GIN."""

import sqlalchemy as sa
from alembic import op

from models.tables.console_search import Grams
from models.tables.types import RailsDateTime

revision = "2026_11_28_073500"
down_revision = "2026_11_28_072000"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "console_search",
        sa.Column("message_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("conversation_id", sa.BigInteger, nullable=False),
        sa.Column("mark", sa.BigInteger, nullable=False),
        sa.Column("at", RailsDateTime),
        sa.Column("grams", Grams, nullable=False),
    )
    op.create_index("index_console_search_on_conversation_id", "console_search", ["conversation_id"])
    op.create_index("index_console_search_on_grams", "console_search", ["grams"], postgresql_using="gin")
    op.create_table(
        "console_search_people",
        sa.Column("user_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("mark", sa.BigInteger, nullable=False),
        sa.Column("grams", Grams, nullable=False),
    )
    op.create_index("index_console_search_people_on_grams", "console_search_people", ["grams"], postgresql_using="gin")


def downgrade() -> None:
    op.drop_table("console_search_people")
    op.drop_table("console_search")
