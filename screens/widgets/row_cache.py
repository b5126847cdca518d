"""The few rows of a long list that were read lately, by id. Pure."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Generic, Protocol, TypeVar


class HasId(Protocol):
    """A row: a frozen snapshot that knows whose it is."""

    @property
    def id(self) -> int: ...


RowT = TypeVar("RowT", bound=HasId)


class RowCache(Generic[RowT]):
    """At most `limit` rows, the longest unused dropped first. A row read before `outdate` is still shown, but stale."""

    def __init__(self, limit: int = 600) -> None:
        self.limit = limit
        self._rows: OrderedDict[int, tuple[int, RowT]] = OrderedDict()
        self._age = 0

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, id: object) -> bool:
        return id in self._rows

    @property
    def age(self) -> int:
        """Goes up with each `outdate`; a read started before it stays stale."""
        return self._age

    def outdate(self) -> None:
        """What was read so far may have changed since."""
        self._age += 1

    def get(self, id: int) -> RowT | None:
        found = self._rows.get(id)
        if found is None:
            return None
        self._rows.move_to_end(id)
        return found[1]

    def fresh(self, id: int) -> bool:
        found = self._rows.get(id)
        return found is not None and found[0] == self._age

    def put(self, asked: Iterable[int], rows: Sequence[RowT], age: int) -> tuple[set[int], set[int]]:
        """Takes the answer to a read of `asked` that began at `age`. Ids whose row differs now, and ids that are gone.

        A row equal to the one before keeps its object: what was drawn of it still stands.
        """
        read = {row.id: row for row in rows}
        changed: set[int] = set()
        gone: set[int] = set()
        for id in asked:
            row = read.get(id)
            old = self._rows.get(id)
            if row is None:
                gone.add(id)
                if old is not None:
                    self._rows[id] = (age, old[1])
                continue
            if old is not None and old[1] == row:
                row = old[1]
            else:
                changed.add(id)
            self._rows[id] = (age, row)
            self._rows.move_to_end(id)
        while len(self._rows) > self.limit:
            self._rows.popitem(last=False)
        return changed, gone

    def clear(self) -> None:
        self._rows.clear()
