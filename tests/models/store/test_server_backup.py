"""Backups of a real PostgreSQL: dumped on one snapshot, restored beside the old database and swapped by name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.demo.talk import talk
from models.errors import BackupProblem, Refused
from models.store import archive, server_backup, server_tools
from models.store.backup import Backup
from models.store.database import Database
from models.store.restore import rehearse, restore, restore_on_server
from models.store.seeds import seed
from tests.conftest import FixedClock
from tests.postgresql import Server


@pytest.fixture(autouse=True)
def _programs(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{server.programs}:{os.environ['PATH']}")


@pytest.fixture
def backup(owned_url: str, tmp_path: Path, clock: FixedClock) -> Backup:
    database = Database.open(owned_url, clock=clock)
    seed(database, 20, 100, talk(), now=clock(), seed=7)
    taken = server_backup.take(database, owned_url, tmp_path / "b", clock=clock)
    database.close()
    return taken


@pytest.fixture
def names(server: Server) -> Iterator[set[str]]:
    """The databases of the server before; new ones go at the end."""

    def listed() -> set[str]:
        return {str(row[0]) for row in server.execute("SELECT datname FROM pg_database")}

    before = listed()
    yield before
    for name in listed() - before:
        server.drop(name)


def test_a_backup_is_restored_in_the_place_of_the_database(
    backup: Backup, owned_url: str, names: set[str], server: Server, clock: FixedClock
) -> None:
    name = server_tools.name_of(owned_url)
    assert (backup.manifest.engine, backup.manifest.counts["messages"]) == ("postgresql", 100)
    assert backup.path.stat().st_mode & 0o777 == 0o600
    assert archive.verify(backup.path) == backup.manifest
    server.execute("DELETE FROM messages", name)
    rehearse(backup.path, clock=clock, server=owned_url)
    assert server.execute("SELECT count(*) FROM messages", name) == [(0,)]
    manifest, kept = restore_on_server(backup.path, owned_url, clock=clock)
    assert manifest == backup.manifest
    assert kept is not None
    assert server.execute("SELECT count(*) FROM messages", name) == [(100,)]
    assert server.execute("SELECT count(*) FROM messages", kept) == [(0,)]
    assert server.execute("SELECT last_value FROM messages_id_seq", name) == [(100,)]
    database = Database.open(owned_url)
    assert database.features.console_tables
    database.close()
    left = {str(row[0]) for row in server.execute("SELECT datname FROM pg_database")} - names
    assert left == {kept}


def test_a_database_in_use_is_not_replaced(
    backup: Backup, owned_url: str, names: set[str], server: Server, clock: FixedClock
) -> None:
    database = Database.open(owned_url)
    with database.read(), pytest.raises(Refused) as caught:
        restore_on_server(backup.path, owned_url, clock=clock)
    database.close()
    assert caught.value.id == "in-use"
    assert "frontdesk" in str(caught.value.values["who"])


def test_what_is_refused(
    backup: Backup, owned_url: str, tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BackupProblem) as caught:
        restore(backup.path, tmp_path / "file.sqlite3", clock=clock)
    assert caught.value.id == "backup-other-engine"
    content = bytearray(backup.path.read_bytes())
    content[len(content) // 2] ^= 8
    backup.path.write_bytes(content)
    with pytest.raises(BackupProblem) as caught:
        restore_on_server(backup.path, owned_url, clock=clock)
    assert caught.value.id == "backup-damaged"
    monkeypatch.setenv("PATH", str(tmp_path))
    database = Database.open(owned_url)
    with pytest.raises(BackupProblem) as caught:
        server_backup.take(database, owned_url, tmp_path / "c", clock=clock)
    database.close()
    assert caught.value.id == "backup-program"
    assert list((tmp_path / "c").iterdir()) == []


def test_no_secret_stands_in_an_argument(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script = tmp_path / "pg_dump"
    script.write_text('#!/bin/sh\necho "$@"; env\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("FRONTDESK_TELEGRAM_TOKEN", "canary")
    said = server_tools.run("pg_dump", "postgresql://u:s3cret@host:5433/base?sslmode=require", "-Fc")
    arguments, *variables = said.splitlines()
    assert "s3cret" not in arguments
    assert {"PGPASSWORD=s3cret", "PGHOST=host", "PGPORT=5433", "PGDATABASE=base", "PGSSLMODE=require"} <= set(variables)
    assert "canary" not in said
