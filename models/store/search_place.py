"""Where the search index of a database lies."""

from __future__ import annotations

from pathlib import Path

from models.store.database import Database
from models.store.search_file import FileIndex
from models.store.search_index import Index, NoIndex


def index_of(database: Database, cache: Path | None) -> Index:
    """A file in `cache` for an SQLite file, tables of ours on a server; nothing is made yet."""
    if database.engine == "sqlite":
        return NoIndex("no-place") if cache is None else FileIndex(cache, database.path)
    # PostgreSQL's dialect comes with it.
    from models.store.search_table import TableIndex

    return TableIndex(database)
