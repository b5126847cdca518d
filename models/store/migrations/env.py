"""Alembic's environment. The caller hands in a connection that already holds the write lock."""

from alembic import context

from models.tables.names import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    version_table=VERSION_TABLE,
    # SQLite rolls DDL back too: a killed upgrade leaves nothing half done.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
