"""Facts that Frontdesk keeps about a database as a whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, inspect, select

from models.tables.console_marks import MarkRow

_marks = MarkRow.__table__  # type: ignore[attr-defined]
#: Made for trying things out: `{"kind": "test"}`. Only such a database may be emptied.
PURPOSE = "purpose"


def mark(connection: Connection, key: str, value: Mapping[str, Any], now: datetime) -> None:
    """Notes a fact in place of what was noted under its name."""
    connection.execute(delete(_marks).where(_marks.c.key == key))
    connection.execute(insert(_marks).values(key=key, value=json.dumps(dict(value)), updated_at=now))


def marked(connection: Connection, key: str) -> dict[str, Any] | None:
    """The fact of a name; None without it, or without our tables."""
    if not inspect(connection).has_table(_marks.name):
        return None
    value = connection.execute(select(_marks.c.value).where(_marks.c.key == key)).scalar()
    return None if value is None else dict(json.loads(value))
