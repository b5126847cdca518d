"""The index as a file: damaged anywhere, killed while it is built, shared by processes, its database replaced."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.services.desk import Desk
from models.services.search_upkeep import IDLE
from models.store.search_file import FileIndex
from tests.conftest import FixedClock, with_our_tables
from tests.models.services.talk import person, run, write

SEED = 20261128


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def opened(path: Path, cache: Path, clock: FixedClock) -> Desk:
    return Desk.open(str(path), operator="tester", clock=clock, cache=cache)


def settle(desk: Desk) -> None:
    for _ in range(10_000):
        if desk.upkeep.step().rest >= IDLE:
            return
    raise AssertionError("never idle")


def hits(desk: Desk, query: str) -> list[int]:
    return [hit.message_id for hit in desk.search.find(query, limit=1000).hits]


def files(cache: Path) -> list[Path]:
    return sorted(cache.glob("search-*/*.index"))


@pytest.fixture
def desk(owned_file: Path, cache: Path, clock: FixedClock) -> Iterator[Desk]:
    """Three people and three hundred messages, indexed."""
    made = opened(Path(with_our_tables(owned_file)), cache, clock)
    dice = random.Random(SEED)
    for number in (1, 2, 3):
        person(made, number, f"Person {number}")
    words = ["оплата", "заказ", "курс", "lesson", "price", "ёлка"]
    for number in range(300):
        write(made, number % 3 + 1, " ".join(dice.choices(words, k=4)) + f" n{number:03}")
    settle(made)
    yield made
    made.close()


@pytest.mark.timeout(300)
def test_damage_at_any_byte_is_never_an_error(desk: Desk, cache: Path, clock: FixedClock) -> None:
    path = desk.database.path
    everything, some = hits(desk, "оплата"), hits(desk, "n123")
    desk.close()
    [whole] = files(cache)
    kept = whole.read_bytes()
    dice = random.Random(SEED)
    places = [*range(0, 100, 7), *(dice.randrange(len(kept)) for _ in range(40))]
    for number, place in enumerate(places):
        for left in files(cache):
            left.unlink()
        for left in cache.glob("search-*/*.index-*"):
            left.unlink()
        damaged = bytearray(kept)
        if number % 5 == 4:
            del damaged[place:]
        elif number % 5 == 3:
            damaged[place : place + 512] = dice.randbytes(len(damaged[place : place + 512]))
        else:
            damaged[place] ^= 1 << dice.randrange(8)
        whole.write_bytes(bytes(damaged))
        again = opened(path, cache, clock)
        try:
            # Nothing is raised, and nothing is found that is not there.
            assert set(hits(again, "оплата")) <= set(everything), (number, place)
            assert set(hits(again, "n123")) <= set(some), (number, place)
            settle(again)
            assert again.search.state().complete, (number, place)
        finally:
            again.close()
    whole.write_bytes(b"no database at all")
    again = opened(path, cache, clock)
    assert hits(again, "оплата") == everything
    settle(again)
    assert hits(again, "оплата") == everything
    again.close()


def test_a_missing_index_and_one_of_another_database_are_built_anew(
    desk: Desk, cache: Path, clock: FixedClock, tmp_path: Path
) -> None:
    path = desk.database.path
    before = hits(desk, "оплата")
    # Gone while it is open.
    shutil.rmtree(next(cache.glob("search-*")))
    assert hits(desk, "оплата") == before
    desk.close()
    again = opened(path, cache, clock)
    settle(again)
    assert hits(again, "оплата") == before
    [first] = files(cache)
    # Another file takes the database's place: same path, another inode.
    other = shutil.copyfile(path, tmp_path / "other.sqlite3")
    again.close()
    other.rename(path)
    again = opened(path, cache, clock)
    run(again, "UPDATE messages SET body = 'другое'")
    assert hits(again, "оплата") == []
    settle(again)
    assert len(hits(again, "другое")) == 300
    [second] = files(cache)
    assert second != first
    again.close()
    # Its content is replaced in place: told by its rows.
    again = opened(path, cache, clock)
    run(again, "UPDATE messages SET body = 'третье'")
    settle(again)
    assert len(hits(again, "третье")) == 300
    assert files(cache) != [second]
    again.close()


def test_an_index_whose_database_is_gone_goes_too(
    desk: Desk, cache: Path, clock: FixedClock, tmp_path: Path, owned_file: Path
) -> None:
    other = shutil.copyfile(desk.database.path, tmp_path / "other.sqlite3")
    path = desk.database.path
    desk.close()
    [mine] = cache.glob("search-*")
    long_ago = time.time() - 31 * 86_400
    again = opened(other, cache, clock)
    settle(again)
    assert mine.exists()  # its database is there
    again.close()
    path.unlink()
    shutil.rmtree(next(each for each in cache.glob("search-*") if each != mine))
    for each in mine.iterdir():
        os.utime(each, (long_ago, long_ago))
    again = opened(other, cache, clock)
    settle(again)
    assert not mine.exists()
    again.close()


BUILDER = """
import sys
from models.rules.clock import utc_now
from models.services import search_upkeep
from models.services.desk import Desk
from pathlib import Path
search_upkeep.BATCH, search_upkeep.COMMIT = 5, 20
desk = Desk.open(sys.argv[1], operator="builder", cache=Path(sys.argv[2]))
print("ready", flush=True)
while True:
    step = desk.upkeep.step()
    print(step.ours, step.rest, flush=True)
    if step.rest >= search_upkeep.IDLE and len(sys.argv) < 4:
        break
    if not step.ours:
        break
desk.close()
"""


def builder(path: Path, cache: Path, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", BUILDER, str(path), str(cache), *more], stdout=subprocess.PIPE, text=True
    )


def test_killed_while_building_the_next_one_goes_on(desk: Desk, cache: Path, clock: FixedClock) -> None:
    path = desk.database.path
    before = hits(desk, "заказ")
    desk.close()
    shutil.rmtree(cache)
    dice = random.Random(SEED)
    for _ in range(3):
        process = builder(path, cache)
        assert process.stdout is not None
        for _line in range(dice.randrange(1, 25)):
            process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        again = opened(path, cache, clock)
        assert set(hits(again, "заказ")) <= set(before)
        again.close()
    again = opened(path, cache, clock)
    settle(again)
    assert hits(again, "заказ") == before
    assert hits(again, "n000") != []
    again.close()


def test_one_process_builds_and_others_search_what_is_there(desk: Desk, cache: Path, clock: FixedClock) -> None:
    path = desk.database.path
    before = hits(desk, "заказ")
    # This process holds the claim: the other one lets go at once.
    other = builder(path, cache)
    said, _ = other.communicate(timeout=60)
    assert said.splitlines()[-1].startswith("False")
    # And the other way round: it builds for ever, this one searches.
    desk.close()
    other = builder(path, cache, "for ever")
    assert other.stdout is not None
    while not other.stdout.readline().startswith("True"):
        pass
    again = opened(path, cache, clock)
    try:
        assert not again.upkeep.step().ours
        assert hits(again, "заказ") == before
        written = write(again, 1, "новый заказ")
        assert hits(again, "заказ") == [*written, *before]
        assert not FileIndex(cache, path).claim()
    finally:
        other.kill()
        other.wait()
        other.stdout.close()
    end = time.monotonic() + 50
    while not again.upkeep.step().ours:
        assert time.monotonic() < end
    again.close()
