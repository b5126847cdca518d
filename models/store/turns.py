"""Turns: what may be done by only one at a time, on an engine where many write at once."""

from __future__ import annotations

from sqlalchemy import Connection, text
from sqlmodel import Session

_TAKE = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 4711))")


def take_turn(within: Session | Connection, name: str) -> None:
    """Waits until no other transaction holds the turn of this name; it ends with the transaction. On SQLite nothing is
    to do: whoever may write is alone. Two names in one transaction: always in the same order."""
    dialect = within.get_bind().dialect if isinstance(within, Session) else within.dialect
    if dialect.name == "postgresql":
        within.execute(_TAKE, {"name": f"frontdesk {name}"})
