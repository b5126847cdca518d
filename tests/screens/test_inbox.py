"""Which conversation comes next."""

from __future__ import annotations

from screens.inbox import next_of


def test_the_next_that_waits_is_the_next_below_the_cursor() -> None:
    listed, waiting = [10, 11, 12, 13, 14], [11, 13]
    assert next_of(listed, 10, waiting, 1) == 11
    assert next_of(listed, 11, waiting, 1) == 13
    assert next_of(listed, 12, waiting, 1) == 13
    assert next_of(listed, 14, waiting, -1) == 13
    assert next_of(listed, 13, waiting, -1) == 11


def test_past_the_end_it_goes_round() -> None:
    assert next_of([10, 11, 12], 12, [11], 1) == 11
    assert next_of([10, 11, 12], 10, [11], -1) == 11


def test_whoever_the_view_does_not_hold_is_found_too() -> None:
    assert next_of([10], 10, [77], 1) == 77
    assert next_of([], None, [77, 78], 1) == 77
    assert next_of([], None, [77, 78], -1) == 78
