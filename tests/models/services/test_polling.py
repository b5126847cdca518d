"""One process receives; who sleeps through its lease writes nothing any more."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.services.polling import LostLease, Polling
from models.services.receiving import Receiving
from models.store.database import Database
from tests.conftest import FixedClock
from tests.models.services.intake import BOT, person
from tests.seed import raw


@pytest.fixture
def two(owned_file: Path, clock: FixedClock) -> tuple[Polling, Polling]:
    database = Database.open(str(owned_file), clock=clock)
    first, second = (Polling(database, clock, bot_id=BOT, owner=name, ttl=60) for name in ("first", "second"))
    return first, second


def test_one_holds_it_until_it_gives_it_back_or_sleeps(two: tuple[Polling, Polling], clock: FixedClock) -> None:
    first, second = two
    lease = first.take()
    assert lease is not None
    assert (first.holder(), second.take()) == ("first", None)
    clock.advance(59)
    first.renew(lease)
    clock.advance(59)
    assert second.take() is None
    first.give_back(lease)
    taken = second.take()
    assert taken is not None
    assert taken.epoch == lease.epoch + 1
    clock.advance(61)
    assert second.holder() is None
    assert first.take() is not None
    with pytest.raises(LostLease):
        second.renew(taken)


def test_late_writing_is_fenced_off(two: tuple[Polling, Polling], clock: FixedClock, owned_file: Path) -> None:
    first, second = two
    old = first.take()
    clock.advance(61)
    new = second.take()
    assert old is not None
    assert new is not None
    update = {
        "update_id": 5,
        "message": {
            "message_id": 1,
            "from": person(),
            "chat": {"id": 5001, "type": "private"},
            "date": int(clock().timestamp()),
            "text": "hi",
        },
    }
    with pytest.raises(LostLease):
        Receiving(first).take(old, [update])
    assert raw.rows(owned_file, "SELECT * FROM users") == []
    assert Receiving(second).take(new, [update]).stored == 1
    again = second.take()
    assert again is not None
    assert (again.next_offset, again.last_answer_at) == (6, clock())
