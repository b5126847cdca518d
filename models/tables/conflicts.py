"""Inserts that leave a row with the same key as it is: two processes may write the first one at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Table
from sqlmodel import Session

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite


def insert_or_ignore(session: Session, table: Table) -> postgresql.Insert | sqlite.Insert:
    """`INSERT … ON CONFLICT DO NOTHING` for the session's engine; add `values`."""
    # Only the one that is used: importing the other engine's dialect takes a tenth of the console's start.
    if session.get_bind().dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as insert_there

        return insert_there(table).on_conflict_do_nothing()
    from sqlalchemy.dialects.sqlite import insert

    return insert(table).on_conflict_do_nothing()
