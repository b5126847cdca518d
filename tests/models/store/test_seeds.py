"""Made-up people: the same for the same numbers, as right as what the application writes, and gone on request."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from console.demo.talk import talk
from models.errors import Refused
from models.services.check import check
from models.store.database import Database
from models.store.seeds import reset, seed
from tests.conftest import FixedClock
from tests.seed import raw


def fill(address: str, clock: FixedClock, people: int = 60, messages: int = 900, number: int = 7) -> Database:
    database = Database.open(address, clock=clock)
    seed(database, people, messages, talk(), now=clock(), seed=number)
    return database


def content(path: Path) -> str:
    return hashlib.sha256(repr(raw.stored(path)).encode()).hexdigest()


def test_the_same_numbers_make_the_same_rows(owned_file: Path, tmp_path: Path, clock: FixedClock) -> None:
    copies = [Path(shutil.copyfile(owned_file, tmp_path / f"{number}.sqlite3")) for number in range(3)]
    for path, number in zip(copies, (7, 7, 8), strict=True):
        fill(str(path), clock, number=number).close()
    assert content(copies[0]) == content(copies[1]) != content(copies[2])


def test_what_is_made_up_is_right(owned_file: Path, clock: FixedClock) -> None:
    """Nothing for the check to find, counters and times included; every index is back."""
    master = raw.master(owned_file)
    database = fill(str(owned_file), clock)
    assert [finding.name for finding in check(database, clock) if finding.count] == []
    database.close()
    assert raw.master(owned_file) == master
    assert raw.one(owned_file, "SELECT count(*) FROM messages") == 900
    assert raw.one(owned_file, "SELECT sum(unread_count) FROM conversations") > 0
    assert raw.one(owned_file, "SELECT count(DISTINCT body) FROM messages") > 30
    last = "SELECT count(*) FROM conversations c WHERE last_message_at != (SELECT max(created_at) FROM messages WHERE"
    assert raw.one(owned_file, f"{last} conversation_id = c.id)") == 0
    assert raw.one(owned_file, "SELECT count(*) FROM (SELECT created_at < lag(created_at) OVER (ORDER BY id) AS back"
                               " FROM messages) WHERE back") == 0  # fmt: skip


def test_on_a_server_as_well(owned_url: str, clock: FixedClock) -> None:
    database = fill(owned_url, clock)
    assert [finding.name for finding in check(database, clock) if finding.count] == []
    assert reset(database, clock())["messages"] == 900
    seed(database, 5, 5, talk(), now=clock(), seed=1)
    database.close()


def test_only_an_empty_database_of_our_own_is_filled(owned_file: Path, seed_file: Path, clock: FixedClock) -> None:
    fill(str(owned_file), clock).close()
    before = content(owned_file)
    for path, why in ((owned_file, "not-empty"), (seed_file, "not-ours")):
        with pytest.raises(Refused) as caught:
            fill(str(path), clock)
        assert caught.value.id == why
    assert content(owned_file) == before


def test_only_what_was_made_for_tests_is_emptied(owned_file: Path, seed_file: Path, clock: FixedClock) -> None:
    for path in (owned_file, seed_file):
        database = Database.open(str(path))
        with pytest.raises(Refused) as caught:
            reset(database, clock())
        assert caught.value.id == "not-a-test"
        database.close()
    database = fill(str(owned_file), clock)
    assert reset(database, clock())["messages"] == 900
    # Still marked, and empty: it can be filled and emptied again, ids from 1.
    seed(database, 20, 50, talk(), now=clock(), seed=7)
    assert raw.one(owned_file, "SELECT min(id) FROM messages") == 1
    reset(database, clock())
    database.close()


def test_an_interrupted_one_leaves_nothing(owned_file: Path, clock: FixedClock) -> None:
    def stop(stage: str, done: int, total: int) -> None:
        if stage == "index":
            raise KeyboardInterrupt

    master, before = raw.master(owned_file), content(owned_file)
    database = Database.open(str(owned_file))
    with pytest.raises(KeyboardInterrupt):
        seed(database, 20, 50, talk(), now=clock(), seed=7, progress=stop)
    database.close()
    assert (raw.master(owned_file), content(owned_file)) == (master, before)
    fill(str(owned_file), clock).close()
