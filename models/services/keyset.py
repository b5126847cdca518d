"""Keyset pages: where the last page ended, as a condition that both engines serve from an index. No OFFSET anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, or_

from models.views import Cursor, IdPage


def below(key: ColumnElement[Any], id: ColumnElement[int], last_key: Any, last_id: Any) -> ColumnElement[bool]:
    """Rows after the last one in descending order of (key, id). The first comparison is what the index seeks."""
    return and_(key <= last_key, or_(key < last_key, id < last_id))


def above(key: ColumnElement[Any], id: ColumnElement[int], last_key: Any, last_id: Any) -> ColumnElement[bool]:
    """Rows after the last one in ascending order of (key, id)."""
    return and_(key >= last_key, or_(key > last_key, id > last_id))


def page(rows: Sequence[Sequence[Any]], limit: int) -> IdPage:
    """A page of rows that begin with (id, key[, second]); a short one is the last."""
    ids = tuple(int(row[0]) for row in rows)
    if len(ids) < limit:
        return IdPage(ids, None)
    last = rows[-1]
    return IdPage(ids, Cursor(key=last[1], second=str(last[2]) if len(last) > 2 and last[2] else None, id=ids[-1]))
