"""A thread opened around an old message: pages upwards and downwards from there, each row once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.errors import NotFound
from models.services.desk import Desk
from models.views import ThreadPage
from tests.conftest import FixedClock, with_our_tables
from tests.models.services.statements import plans
from tests.models.services.talk import AT, person, run, write

pytestmark = pytest.mark.both_engines


@pytest.fixture
def desk(owned_file: Path | str, clock: FixedClock) -> Iterator[Desk]:
    """An empty desk of our own."""
    opened = Desk.open(str(with_our_tables(owned_file)), operator="tester", clock=clock)
    yield opened
    opened.close()


def test_pages_join_on_both_sides(desk: Desk) -> None:
    person(desk, 1, "Anna")
    person(desk, 2, "Ben")
    # All of one moment, but for the end: the id decides.
    ids = [*write(desk, 1, *(f"n{number}" for number in range(30))), *write(desk, 1, "last", at=AT.replace(hour=13))]
    write(desk, 2, "another")
    for message_id in (ids[0], ids[14], ids[-1]):
        page = desk.inbox.thread_around(1, message_id, limit=6)
        assert message_id in [each.id for each in page.messages]
        found = list(page.messages)
        older, newer = page.older, page.newer
        while older is not None:
            above = desk.inbox.thread(1, before=older, limit=4)
            found[:0] = above.messages
            older = above.older
        while newer is not None:
            below: ThreadPage = desk.inbox.thread_after(1, newer, limit=4)
            assert len(below.messages) <= 4
            found += below.messages
            newer = below.newer
        assert [each.id for each in found] == ids
    with pytest.raises(NotFound):
        desk.inbox.thread_around(1, 10_000)
    with pytest.raises(NotFound):
        desk.inbox.thread_around(2, ids[0])


@pytest.mark.sqlite_only  # plans of a server are looked at elsewhere
def test_no_page_is_sorted_or_scanned(desk: Desk) -> None:
    person(desk, 1, "Anna")
    ids = write(desk, 1, *(f"n{number}" for number in range(30)))
    run(desk, "ANALYZE")
    newer = desk.inbox.thread_around(1, ids[15], limit=6).newer
    assert newer is not None
    path = desk.database.path
    found = plans(desk.database, path, lambda: desk.inbox.thread_around(1, ids[15], limit=6))
    found += plans(desk.database, path, lambda: desk.inbox.thread_after(1, newer))
    found = [plan for plan in found if " messages" in plan]
    assert len(found) >= 4
    for plan in found:
        assert "SCAN messages" not in plan
        assert "TEMP B-TREE" not in plan
