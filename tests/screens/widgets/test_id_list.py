"""The ids of a list: pages, fresh heads, and what must never happen to either."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from models.views import Cursor, IdPage
from screens.widgets.id_list import JOINT, IdList, IdSet


def page(ids: list[int], more: bool = False) -> IdPage:
    return IdPage(tuple(ids), Cursor(None, None, ids[-1]) if more else None)


def loaded(ids: list[int]) -> IdList:
    made = IdList()
    made.extend(page(ids))
    return made


@given(st.lists(st.integers(-(2**62), 2**62)), st.lists(st.integers(-(2**62), 2**62)))
def test_a_set_in_bits_is_a_set(added: list[int], removed: list[int]) -> None:
    bits = IdSet(added)
    for id in removed:
        bits.discard(id)
    expected = set(added) - set(removed)
    assert all((id in bits) == (id in expected) for id in {*added, *removed, 0, 1})


def test_pages_follow_each_other_and_repeat_nothing() -> None:
    made = IdList()
    assert not made.started
    assert made.extend(page([5, 4, 3], more=True)) == 3
    assert not made.complete
    assert made.extend(page([3, 2, 2, 1])) == 2
    assert made.complete
    assert list(made.ids) == [5, 4, 3, 2, 1]


@given(st.integers(20, 300), st.lists(st.integers(0, 299), max_size=12), st.lists(st.integers(1000, 1020), max_size=5))
def test_a_fresh_head_is_let_in_as_if_everything_had_been_read_again(
    length: int, moves: list[int], new: list[int]
) -> None:
    before = list(range(length))
    moved = list(dict.fromkeys([*new, *(id for id in moves if id < length)]))
    truth = [*moved, *(id for id in before if id not in moved)]
    made = loaded(before)
    size = len(moved) + JOINT
    head = truth[:size]
    found, _end, joined = made.compare(head)
    if not joined and size < len(truth):  # the last that moved stood at the seam: the reader takes the next page
        return
    # A first row that "moved" to where it was did not move.
    assert set(found) <= set(moved)
    twice, start = made.overlay(head)
    place: int | None = start
    while place is not None:
        place = made.purge(twice, place, 7)
    assert list(made.ids) == truth
    assert all(id in made for id in truth)


@given(st.permutations(list(range(30))), st.integers(0, 29), st.sets(st.integers(0, 29)))
@settings(max_examples=200)
def test_a_pinned_id_stays_after_its_neighbour(fresh: list[int], pin: int, vanished: set[int]) -> None:
    made = loaded(list(range(30)))
    head = [id for id in fresh if id not in vanished]
    made.replace(head, None, pin=pin)
    assert sorted(made.ids) == sorted({*head, pin})
    left = [id for id in made.ids if id != pin]
    assert left == [id for id in head if id != pin]
    survivors = [id for id in range(pin) if id in head]
    if survivors:
        assert made.ids[made.ids.index(pin) - 1] == survivors[-1]


def test_vanished_ids_leave_with_the_head_that_lacks_them() -> None:
    made = loaded(list(range(100)))
    head = [id for id in range(40) if id not in (3, 7)]
    made.overlay(head)
    assert list(made.ids) == [id for id in range(100) if id not in (3, 7)]
    assert 3 not in made


def test_an_id_is_found_wherever_it_moved() -> None:
    made = loaded(list(range(10_000)))
    assert made.locate(9_000, near=2) == 9_000
    assert made.locate(9_000, near=8_900) == 9_000
    assert made.locate(-1) is None
    made.remove([8_000, 5, 123_456])
    assert made.locate(9_000, near=9_000) == 8_998
    assert 5 not in made


def test_a_million_ids_take_four_bytes_each() -> None:
    made = IdList()
    for start in range(0, 1_000_000, 5000):
        made.extend(page(list(range(start + 1, start + 5001)), more=True))
    assert made.ids.itemsize * len(made) == 4_000_000
    assert len(made._known._pages) < 1000


def test_four_bytes_an_id_until_one_needs_more() -> None:
    ids = IdList()
    ids.extend(IdPage((5, 2**32 - 1), None))
    assert ids.ids.itemsize == 4
    ids.extend(IdPage((7, 2**40, 9), None))
    assert ids.ids.itemsize == 8
    assert ids.ids.tolist() == [5, 2**32 - 1, 7, 2**40, 9]
    for change in (lambda it: it.insert(1, 2**41), lambda it: it.overlay([2**42, 5], pin=None)):
        narrow = IdList()
        narrow.extend(IdPage((5, 6, 7, 8), None))
        change(narrow)
        assert narrow.ids.itemsize == 8
        assert 5 in narrow.ids.tolist()
