"""Seed: Database Configuration. Adapter, pool, timeout, and four files of which only one is ours to open."""

from __future__ import annotations

import inspect
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from models.errors import DatabaseProblem, Usage
from models.store.database import Database
from tests.seed import raw


def test_pool_and_timeout_are_the_seeds_by_default() -> None:
    defaults = {name: given.default for name, given in inspect.signature(Database.open).parameters.items()}
    assert (defaults["pool"], defaults["timeout_ms"]) == (5, 5000)


def test_a_pool_of_five_serves_five_readers_at_once_and_the_sixth_waits(seed_file: Path) -> None:
    database = Database.open(str(seed_file), timeout_ms=100)
    full, release = threading.Barrier(6), threading.Event()

    def hold() -> None:
        with database.read() as session:
            session.execute(text("SELECT count(*) FROM users"))
            full.wait(10)
            release.wait(10)

    threads = [threading.Thread(target=hold) for _ in range(5)]
    for thread in threads:
        thread.start()
    try:
        full.wait(10)

        def sixth() -> None:
            with database.read() as session:
                session.execute(text("SELECT 1"))

        with pytest.raises(DatabaseProblem) as caught:
            sixth()
        assert caught.value.id == "pool-full"
    finally:
        release.set()
        for thread in threads:
            thread.join(10)
    sixth()
    database.close()


@pytest.mark.parametrize("timeout_ms", [100, 400])
def test_the_timeout_is_how_long_a_writer_waits(seed_file: Path, timeout_ms: int) -> None:
    other = Database.open(str(seed_file))
    database = Database.open(str(seed_file), timeout_ms=timeout_ms)
    with other.write():
        started = time.monotonic()
        with pytest.raises(DatabaseProblem) as caught, database.write():
            pass
        waited = time.monotonic() - started
    assert caught.value.id == "locked"
    assert waited >= timeout_ms / 1000 * 0.8
    other.close()
    database.close()


@pytest.mark.parametrize("name", ["production.sqlite3", "development.sqlite3", "бот % #1?.db", "no extension"])
def test_the_path_is_the_operators_to_say(seed_file: Path, tmp_path: Path, name: str) -> None:
    """Correction 21: file names differ from the seed's."""
    path = tmp_path / "storage" / name
    path.parent.mkdir()
    seed_file.rename(path)
    for spelling in (str(path), f"sqlite:///{path}", f"sqlite+pysqlite:///{path}"):
        database = Database.open(spelling)
        assert database.path == path
        with database.read() as session:
            assert session.execute(text("SELECT count(*) FROM users")).scalar_one() == 60
        database.close()
    assert [entry.name for entry in path.parent.iterdir()] == [name]


def test_another_adapter_is_refused() -> None:
    with pytest.raises(Usage) as caught:
        Database.open("mysql://root:hunter2@localhost/app")
    assert caught.value.id == "bad-url"
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("table", "kind"),
    [("solid_cache_entries", "cache"), ("solid_queue_jobs", "queue"), ("solid_cable_messages", "cable")],
)
def test_the_applications_other_files_are_told_from_its_primary_one(tmp_path: Path, table: str, kind: str) -> None:
    path = tmp_path / f"production_{kind}.sqlite3"
    raw.write(path, f"CREATE TABLE {table} (id integer PRIMARY KEY)")
    with pytest.raises(DatabaseProblem) as caught:
        Database.open(str(path))
    assert caught.value.id == "unknown-shape"
    assert caught.value.values["rails_file"] == kind
    assert caught.value.values["path"] == str(path)
