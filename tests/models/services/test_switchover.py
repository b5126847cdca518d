"""A server on another timeline may have forgotten what was sent: nothing that it holds as queued goes out by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.gateway import Sent
from models.rules.delivery import Choice, State
from models.services.switchover import timeline_of
from tests.models.services.test_outbox import Desk
from tests.seed import raw

pytestmark = pytest.mark.both_engines


@pytest.fixture
def seed_desk(seed_file: Path) -> Iterator[Desk]:
    made = Desk(seed_file)
    yield made
    made.database.close()


def test_after_a_promotion_a_person_decides(seed_desk: Desk, seed_file: Path | str) -> None:
    assert seed_desk.queue("first") > 0
    assert seed_desk.send(Sent(1)) is State.SENT
    second, third = seed_desk.queue("second"), seed_desk.queue("third", conversation=3)
    raw.write(seed_file, "UPDATE console_marks SET value = '{\"timeline\": \"00000000\"}' WHERE key = 'timeline'")
    claim = seed_desk.dispatch.claim()
    if seed_desk.database.engine == "sqlite":
        assert claim is not None, "a file has no timeline"
        return
    assert claim is None
    assert [seed_desk.outbox.get(id).state for id in (second, third)] == [State.UNKNOWN, State.UNKNOWN]
    assert seed_desk.outbox.get(second).error == "switched over"
    # Once: what is queued from now on goes, and so does what a person says shall go.
    seed_desk.outbox.decide(second, Choice.RETRY)
    assert seed_desk.send(Sent(2)) is State.SENT
    assert seed_desk.queue("fourth", conversation=4) > 0
    assert seed_desk.send(Sent(3)) is State.SENT


def test_a_timeline_is_eight_digits(seed_desk: Desk) -> None:
    if seed_desk.database.engine == "postgresql":
        with seed_desk.database.write() as session:
            assert timeline_of(session) == "00000001"
