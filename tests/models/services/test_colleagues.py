"""Who has what open, and the choices of each operator, as the other console sees them."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.rules.triage import Deed, Kind
from models.services.colleagues import GONE
from models.services.desk import Desk
from models.views import Changes, Colleague
from tests.conftest import FixedClock
from tests.seed import raw

pytestmark = pytest.mark.both_engines


def test_two_consoles(desk: Desk, shape_file: Path, clock: FixedClock) -> None:
    other = Desk.open(str(shape_file), operator="@other", clock=clock)
    try:
        desk.feed.poll()
        other.feed.poll()
        desk.colleagues.here("a", 1)
        desk.colleagues.here("a", 1, typing=True)
        other.colleagues.here("b", None)
        assert other.colleagues.others("b") == (Colleague("tester", 1, typing=True),)
        assert desk.colleagues.others("a") == (Colleague("@other", None),)
        changes = other.feed.poll()
        assert changes is not None
        assert (changes.presence, changes.triage) == (True, False)
        desk.colleagues.here("a", 1, typing=True)
        assert other.feed.poll() in (None, Changes())
        desk.triage.apply(Deed(Kind.DONE), [3, 5])
        assert other.feed.poll() == Changes(conversations=frozenset({3, 5}), triage=True)
        desk.undo.undo()
        assert other.feed.poll() == Changes(conversations=frozenset({3, 5}), triage=True)
        desk.colleagues.leave("a")
        assert other.colleagues.others("b") == ()
        clock.advance(GONE.total_seconds() + 1)
        assert desk.colleagues.others("a") == ()
        clock.advance(GONE.total_seconds() * 10)
        desk.colleagues.here("c", 2)
        assert raw.one(shape_file, "SELECT count(*) FROM console_presence") == 1
    finally:
        other.close()


def test_choices_are_of_one_operator(desk: Desk, shape_file: Path, clock: FixedClock) -> None:
    assert desk.colleagues.chosen("view", desk.operator) is None
    desk.colleagues.choose("view", {"view": "waiting"})
    desk.colleagues.choose("view", {"view": "ready", "tag": "горячий"})
    assert desk.colleagues.chosen("view", desk.operator) == {"view": "ready", "tag": "горячий"}
    other = Desk.open(str(shape_file), operator="@other", clock=clock)
    try:
        assert other.colleagues.chosen("view", other.operator) is None
        assert other.colleagues.chosen("view", None) is None
    finally:
        other.close()
