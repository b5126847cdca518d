"""The ids of a long list in its order, as far as they are loaded: four bytes each, and no row. Pure."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Sequence

from models.views import Cursor, IdPage

#: Ids at the end of a fresh head that must follow each other in the list before the rest of the list is trusted.
JOINT = 8
#: Ids beyond a fresh head's own length among which its places are looked for.
SLACK = 4000
#: How ids are held: in four bytes each while they fit, else in eight.
NARROW, WIDE = "I", "q"


class IdSet:
    """A set of integers in one bit each where they are dense, as primary keys are."""

    def __init__(self, ids: Iterable[int] = ()) -> None:
        self._pages: dict[int, int] = {}
        for id in ids:
            self.add(id)

    def add(self, id: int) -> None:
        self._pages[id >> 10] = self._pages.get(id >> 10, 0) | 1 << (id & 1023)

    def add_all(self, ids: Iterable[int]) -> list[int]:
        """Adds these; returns those that were not there. One loop without a call: lists are long."""
        pages, fresh = self._pages, []
        for id in ids:
            key, bit = id >> 10, 1 << (id & 1023)
            was = pages.get(key, 0)
            if not was & bit:
                pages[key] = was | bit
                fresh.append(id)
        return fresh

    def discard(self, id: int) -> None:
        page = self._pages.get(id >> 10, 0) & ~(1 << (id & 1023))
        if page:
            self._pages[id >> 10] = page
        else:
            self._pages.pop(id >> 10, None)

    def __contains__(self, id: int) -> bool:
        return bool(self._pages.get(id >> 10, 0) >> (id & 1023) & 1)


class IdList:
    """`ids` in order; `next` is where the unloaded rest begins, None at the end; `started` after the first page;
    `walked` how many were looked at for them while what is wanted is rare, 0 where it is not."""

    def __init__(self) -> None:
        self.ids = array(NARROW)
        self.next: Cursor | None = None
        self.started = False
        self.walked = 0
        self._known = IdSet()

    def __len__(self) -> int:
        return len(self.ids)

    def __contains__(self, id: object) -> bool:
        return isinstance(id, int) and id in self._known

    @property
    def complete(self) -> bool:
        return self.started and self.next is None

    def clear(self) -> None:
        self.ids, self.next, self.started, self._known, self.walked = array(NARROW), None, False, IdSet(), 0

    def locate(self, id: int, near: int = 0) -> int | None:
        """Where `id` is, looked for around `near` first."""
        if id not in self._known:
            return None
        for reach in (0, 500, len(self.ids)):
            low = max(0, near - reach)
            try:
                return self.ids.index(id, low, min(len(self.ids), near + reach + 1))
            except ValueError:
                continue
        return None

    def extend(self, page: IdPage) -> int:
        """Adds the next page; ids that are here already stay where they are. How many were added."""
        fresh = self._known.add_all(page.ids)
        packed = self._packed(fresh)
        self.ids.extend(packed)
        self.next, self.started = page.next, True
        self.walked = page.walked and (page.walked if page.next is None else self.walked + page.walked)
        return len(fresh)

    def compare(self, head: Sequence[int]) -> tuple[list[int], int, bool]:
        """How a freshly read head differs from the list: the ids that are new in it or moved up; how many of the list's
        leading ids the head stands for; whether the list goes on from there as it was."""
        window = self.ids[: len(head) + SLACK]
        place = {id: at for at, id in enumerate(window)}
        lowest = len(window)
        end = 0
        moved: list[int] = []
        for id in reversed(head):
            at = place.get(id)
            if at is not None and at < lowest:
                end = end or at + 1
                lowest = at
            else:
                moved.append(id)
        moved.reverse()
        joint = list(head[-JOINT:])
        joined = bool(joint) and list(window[max(0, end - len(joint)) : end]) == joint
        return moved, end, joined

    def overlay(self, head: Sequence[int], *, pin: int | None = None) -> tuple[set[int], int]:
        """Puts a fresh head in place of what it stands for; `pin` stays where it is, in the head or not. Returns ids
        that are now here twice, and the place from which `purge` takes the second ones away."""
        _moved, end, _joined = self.compare(head)
        old = self.ids[:end]
        fresh, was = set(head), set(old)
        kept = self._pinned(head, old, pin)
        for id in was - fresh:
            self._known.discard(id)
        deep = {id for id in fresh if id in self._known and id not in was}
        if pin is not None and pin in kept:
            deep.discard(pin)
        packed = self._packed(kept)
        self.ids[:end] = packed
        for id in kept:
            self._known.add(id)
        self.started = True
        return deep, len(kept)

    def replace(self, ids: Iterable[int], next: Cursor | None, *, pin: int | None = None) -> None:
        """All ids anew, up to `next`; `pin` stays near where it was."""
        head = list(dict.fromkeys(ids))
        self.ids = self._packed(self._pinned(head, self.ids, pin))
        self.next, self.started, self._known, self.walked = next, True, IdSet(self.ids), 0

    def purge(self, twice: set[int], start: int, count: int) -> int | None:
        """Takes ids of `twice` out of the `count` places from `start`; where to go on, None at the end."""
        part = self.ids[start : start + count]
        if not part:
            return None
        kept = self._packed([id for id in part if id not in twice])
        if len(kept) != len(part):
            self.ids[start : start + count] = kept
        return start + len(kept)

    def insert(self, at: int, id: int) -> None:
        """Puts one that is not here before this place."""
        self.ids[at:at] = self._packed([id])
        self._known.add(id)

    def remove(self, ids: Collection[int], near: int = 0) -> None:
        """Takes ids away that are no more."""
        for id in ids:
            at = self.locate(id, near)
            if at is not None:
                del self.ids[at]
                self._known.discard(id)

    def _packed(self, ids: Sequence[int]) -> array[int]:
        """`ids` as the list holds its own: in eight bytes each from the first one on that needs more than four."""
        try:
            return array(self.ids.typecode, ids)
        except OverflowError:
            self.ids = array(WIDE, self.ids)
            return array(WIDE, ids)

    def _pinned(self, head: Sequence[int], old: Sequence[int], pin: int | None) -> list[int]:
        """`head` with `pin` after the same neighbour as in `old`."""
        if pin is None or pin not in old:
            return list(head)
        at = old.index(pin)
        ids = [id for id in head if id != pin]
        place = {id: index for index, id in enumerate(ids)}
        for before in range(at - 1, max(-1, at - 200), -1):
            if (found := place.get(old[before])) is not None:
                ids.insert(found + 1, pin)
                return ids
        ids.insert(min(at, len(ids)), pin)
        return ids
