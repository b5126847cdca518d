"""Slices of the orders by time, along the application's own index: where one ends, and the statement of one."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, ColumnElement, Integer, Select, bindparam, select, type_coerce

from models.tables.extended import conversations
from models.tables.types import SortKey
from models.views import Cursor

_at = conversations.c.last_message_at
_key = type_coerce(_at, SortKey)
_id = conversations.c.id
_AFTER: BindParameter[Any] = bindparam("after", type_=SortKey())
_END: BindParameter[Any] = bindparam("end", type_=SortKey())
_SIZE = bindparam("size", type_=Integer)
#: An id above all others.
_LAST = 2**62


class Along(Enum):
    """How a run goes along the index."""

    NEWEST = "newest"
    OLDEST = "oldest"
    UNDATED = "undated"


class Run(NamedTuple):
    """A stretch of an order: makes its statement of a view's condition and of where the last page ended; `along`: how
    it goes along the index, None: its order is another."""

    make: Callable[[ColumnElement[bool], Any], Select[Any]]
    along: Along | None = None


@lru_cache(maxsize=8)
def slice_end(along: Along, goes_on: bool) -> Select[Any]:
    """The key of the row that is so many rows further on."""
    if along is Along.UNDATED:
        query = select(_id).where(_at.is_(None))
        query = query.where(_id < bindparam("after", type_=Integer)) if goes_on else query
        return query.order_by(_id.desc()).limit(1).offset(_SIZE)
    query = select(_key).where(_at.is_not(None))
    if goes_on:
        # Not those of the same time: they are in the slice in any case.
        query = query.where(_key < _AFTER if along is Along.NEWEST else _key > _AFTER)
    return query.order_by(_at.desc() if along is Along.NEWEST else _at.asc()).limit(1).offset(_SIZE)


def up_to_end(along: Along, query: Select[Any]) -> Select[Any]:
    """The statement of a run as far as the slice goes."""
    if along is Along.UNDATED:
        return query.where(_id >= bindparam("end", type_=Integer))
    return query.where(_key >= _END if along is Along.NEWEST else _key <= _END)


def after_slice(along: Along, end: Any) -> Cursor:
    """Where the next one begins: behind all rows that have this key."""
    if along is Along.UNDATED:
        return Cursor(key=None, second=None, id=int(end))
    return Cursor(key=end, second=None, id=0 if along is Along.NEWEST else _LAST)
