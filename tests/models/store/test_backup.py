"""Backups beside a writer, restores beside a reader, and what is left when either is cut short."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from models.errors import BackupProblem, DatabaseProblem, Refused
from models.store import archive, shelf
from models.store.backup import Backup, examine, siblings_of, take
from models.store.database import Database
from models.store.occupants import occupants
from models.store.restore import rehearse, restore
from models.store.sqlite import library
from tests.conftest import FixedClock
from tests.models.store.processes import Process
from tests.seed import raw


@pytest.fixture
def database(seed_file: Path, clock: FixedClock) -> Iterator[Database]:
    opened = Database.open(str(seed_file), clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def backup(database: Database, tmp_path: Path, clock: FixedClock) -> Backup:
    """One of the seed's file; the file itself is closed."""
    taken = take(database, tmp_path / "backups", clock=clock)
    database.close()
    return taken


def test_a_backup_tells_what_is_in_it(backup: Backup, seed_file: Path) -> None:
    manifest = backup.manifest
    assert (manifest.source, manifest.shape, manifest.rails_version) == (str(seed_file), "S", "20250110120000")
    assert manifest.counts["messages"] == 166
    assert backup.path.name == "seed-20261123-120000.backup.tar"
    assert stat.S_IMODE(backup.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(backup.path.parent.stat().st_mode) == 0o700
    assert list(backup.path.parent.iterdir()) == [backup.path]


def test_two_in_one_second_have_names_of_their_own(database: Database, tmp_path: Path, clock: FixedClock) -> None:
    names = [take(database, tmp_path / "b", clock=clock).path.name for _ in range(3)]
    assert names[1:] == [f"seed-20261123-120000-{number}.backup.tar" for number in (2, 3)]


def test_what_another_process_commits_meanwhile_is_not_in_it(
    database: Database, seed_file: Path, tmp_path: Path, clock: FixedClock
) -> None:
    """A commit between any two steps of the copy: it neither restarts the copy nor mixes into it."""
    raw.rows(seed_file, "PRAGMA journal_mode=wal")
    steps = []

    def commit(stage: str, done: int, total: int) -> None:
        if stage == "copy":
            steps.append(done)
            raw.write(seed_file, "UPDATE conversations SET unread_count = unread_count + 1 WHERE id = 1")

    before = raw.one(seed_file, "SELECT unread_count FROM conversations WHERE id = 1")
    taken = take(database, tmp_path / "b", clock=clock, progress=commit)
    restored = restore(taken.path, tmp_path / "r.sqlite3", clock=clock).path
    assert steps
    assert raw.one(restored, "SELECT unread_count FROM conversations WHERE id = 1") == before


def test_the_applications_other_files_come_along(database: Database, seed_file: Path, clock: FixedClock) -> None:
    for kind in ("cache", "cable"):
        raw.rows(seed_file.with_name(f"seed_{kind}.sqlite3"), f"CREATE TABLE {kind} (id)")
    assert set(siblings_of(seed_file)) == {"cache", "cable"}
    taken = take(database, seed_file.parent / "b", clock=clock, siblings=True)
    assert [sibling.name for sibling in taken.manifest.siblings] == ["seed_cache.sqlite3", "seed_cable.sqlite3"]
    elsewhere = seed_file.parent / "elsewhere"
    done = restore(taken.path, elsewhere / "seed.sqlite3", clock=clock, siblings=True)
    assert sorted(path.name for path in elsewhere.iterdir()) == [
        "seed.sqlite3",
        "seed_cable.sqlite3",
        "seed_cache.sqlite3",
    ]
    assert raw.table_names(done.siblings[0]) == {"cache"}


def test_a_damaged_database_makes_no_backup(seed_file: Path, tmp_path: Path, clock: FixedClock) -> None:
    raw.rows(seed_file, "PRAGMA journal_mode=delete")
    database = Database.open(str(seed_file))
    root = raw.one(seed_file, "SELECT rootpage FROM sqlite_master WHERE name = 'index_messages_on_user_id'")
    with seed_file.open("r+b") as file:
        file.seek((root - 1) * 4096)
        file.write(b"\xff" * 4096)
    with pytest.raises((BackupProblem, DatabaseProblem)) as caught:
        take(database, tmp_path / "b", clock=clock)
    database.close()
    assert caught.value.id in ("backup-unsound", "damaged")
    assert list((tmp_path / "b").iterdir()) == []


def test_a_place_that_can_not_be_used(database: Database, tmp_path: Path, clock: FixedClock) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BackupProblem) as caught:
        take(database, tmp_path / "file" / "b", clock=clock)
    assert caught.value.id == "backup-place"


def test_a_restore_puts_back_every_byte_and_keeps_the_former_file(
    backup: Backup, seed_file: Path, clock: FixedClock
) -> None:
    before = raw.stored(seed_file)
    raw.write(seed_file, "UPDATE users SET username = 'changed'")
    os.chmod(seed_file, 0o640)
    done = restore(backup.path, seed_file, clock=clock)
    assert raw.stored(seed_file) == before
    assert stat.S_IMODE(seed_file.stat().st_mode) == 0o640
    assert done.kept is not None
    assert raw.one(done.kept, "SELECT DISTINCT username FROM users") == "changed"
    assert raw.one(done.kept, "PRAGMA journal_mode") == raw.one(seed_file, "PRAGMA journal_mode")
    again = restore(backup.path, seed_file, clock=clock)
    assert again.kept not in (None, done.kept)
    left = {path.name for path in seed_file.parent.iterdir() if path.is_file()}
    assert left == {seed_file.name, done.kept.name, again.kept.name if again.kept else ""}


def test_a_log_that_was_not_folded_in_is_kept_with_its_file(backup: Backup, seed_file: Path, clock: FixedClock) -> None:
    """A writer killed with its commits in the -wal only: they are in the kept file, and not in the new one."""
    script = """
import os, sys
from models.store.sqlite import library
connection = library().connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA journal_mode=wal")
connection.execute("PRAGMA wal_autocheckpoint=0")
connection.execute("UPDATE users SET username = 'in the log'")
os.kill(os.getpid(), 9)
"""
    before = raw.one(seed_file, "SELECT count(DISTINCT username) FROM users")
    writer = Process(script, seed_file)
    writer.popen.communicate(timeout=30)
    assert Path(f"{seed_file}-wal").stat().st_size > 0
    done = restore(backup.path, seed_file, clock=clock)
    assert done.kept is not None
    assert raw.one(done.kept, "SELECT DISTINCT username FROM users") == "in the log"
    assert raw.one(seed_file, "SELECT count(DISTINCT username) FROM users") == before
    assert raw.one(seed_file, "PRAGMA integrity_check") == "ok"


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_a_database_in_use_is_not_replaced(backup: Backup, seed_file: Path, clock: FixedClock, mode: str) -> None:
    """By an idle connection of another process, which is named; its locks alone tell where there is no /proc."""
    raw.rows(seed_file, f"PRAGMA journal_mode={mode}")
    script = """
import sys
from models.store.sqlite import library
connection = library().connect(sys.argv[1], isolation_level=None)
connection.execute("SELECT count(*) FROM users").fetchone()
print("ready", flush=True)
sys.stdin.readline()
"""
    inode = seed_file.stat().st_ino
    idle = Process(script, seed_file)
    try:
        idle.ready()
        with pytest.raises(Refused) as caught:
            restore(backup.path, seed_file, clock=clock)
        assert (caught.value.id, str(idle.popen.pid) in str(caught.value.values["who"])) == ("in-use", True)
        assert [who.pid for who in occupants(seed_file)] == [idle.popen.pid]
        assert occupants(seed_file, proc=seed_file.parent / "none") == ()
    finally:
        idle.kill()
    assert seed_file.stat().st_ino == inode
    restore(backup.path, seed_file, clock=clock)
    assert seed_file.stat().st_ino != inode


def test_a_lock_alone_is_enough_to_refuse(
    backup: Backup, seed_file: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.store.restore.occupants", lambda path: ())
    before = raw.stored(seed_file)
    raw.rows(seed_file, "PRAGMA journal_mode=wal")
    with closing(library().connect(str(seed_file), isolation_level=None)) as other:
        other.execute("SELECT count(*) FROM users").fetchone()
        with pytest.raises(Refused) as caught:
            restore(backup.path, seed_file, clock=clock)
    assert caught.value.id == "in-use"
    assert raw.one(seed_file, "PRAGMA journal_mode") == "wal"
    assert raw.stored(seed_file) == before


def test_a_broken_database_is_replaced_and_kept_as_it_is(backup: Backup, seed_file: Path, clock: FixedClock) -> None:
    seed_file.write_bytes(b"nothing of a database" * 100)
    Path(f"{seed_file}-wal").write_bytes(b"nor of a log")
    done = restore(backup.path, seed_file, clock=clock)
    assert done.kept is not None
    assert done.kept.read_bytes() == b"nothing of a database" * 100
    assert Path(f"{done.kept}-wal").read_bytes() == b"nor of a log"
    assert raw.one(seed_file, "SELECT count(*) FROM messages") == 166


def test_a_damaged_backup_changes_nothing(backup: Backup, seed_file: Path, clock: FixedClock) -> None:
    whole = backup.path.read_bytes()
    before = seed_file.read_bytes()
    for position in range(3, len(whole), len(whole) // 12):
        for content in (whole[:position], whole[:position] + bytes([whole[position] ^ 4]) + whole[position + 1 :]):
            backup.path.write_bytes(content)
            for use in (rehearse, lambda path, clock: restore(path, seed_file, clock=clock)):
                with pytest.raises(BackupProblem) as caught:
                    use(backup.path, clock=clock)  # type: ignore[operator]
                assert caught.value.id == "backup-damaged"
    assert seed_file.read_bytes() == before


def test_a_rehearsal_leaves_nothing(backup: Backup, seed_file: Path, clock: FixedClock, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    assert rehearse(backup.path, clock=clock).counts == backup.manifest.counts
    assert sorted(tmp_path.rglob("*")) == before


def test_the_shelf_lists_finds_and_prunes(database: Database, tmp_path: Path, clock: FixedClock) -> None:
    folder = tmp_path / "b"
    taken = []
    for _ in range(4):
        taken.append(take(database, folder, clock=clock).path)
        clock.now += timedelta(days=1)
    (folder / "junk.backup.tar").write_bytes(b"junk")
    source = str(database.path)
    found = shelf.look(folder, source)
    assert [backup.path for backup in found.backups] == taken[::-1]
    assert [path.name for path in found.unreadable] == ["junk.backup.tar"]
    assert shelf.look(folder, "another").backups == ()
    content = bytearray(taken[-1].read_bytes())
    content[-3000] ^= 1
    taken[-1].write_bytes(content)
    assert shelf.find(folder, "latest", source) == taken[-2]
    assert shelf.find(folder, taken[0].name, None) == shelf.find(folder, str(taken[0]), None) == taken[0]
    with pytest.raises(BackupProblem):
        shelf.find(folder, "latest", "another")
    pruned = shelf.prune(folder, source, daily=1, monthly=1)
    assert pruned.kept == (taken[2],)
    assert set(pruned.removed) == {taken[0], taken[1]}
    assert {path.name for path in pruned.damaged} == {taken[3].name, "junk.backup.tar"}
    assert shelf.look(tmp_path / "nowhere").backups == ()


def test_while_none_is_good_none_is_removed(database: Database, tmp_path: Path, clock: FixedClock) -> None:
    folder = tmp_path / "b"
    for _ in range(3):
        path = take(database, folder, clock=clock).path
        path.write_bytes(path.read_bytes()[:-1])
    assert shelf.prune(folder, str(database.path), daily=1, monthly=1).removed == ()
    assert len(list(folder.iterdir())) == 3


KILLED = """
import os, sys
from pathlib import Path
from models.rules.clock import utc_now
from models.store.backup import take
from models.store.database import Database
from models.store.restore import restore
what, path, folder, point = sys.argv[1:]
def die(event, arguments):
    if event == point.partition(" ")[0] and all(word in str(arguments) for word in point.split()[1:]):
        os.kill(os.getpid(), 9)
def stage(name, done, total):
    if name == point:
        os.kill(os.getpid(), 9)
if what == "take":
    database = Database.open(path)
    sys.addaudithook(die)
    take(database, Path(folder), clock=utc_now, progress=stage)
else:
    sys.addaudithook(die)
    restore(next(Path(folder).glob("*.tar")), Path(path), clock=utc_now, progress=stage)
"""


@pytest.mark.parametrize("point", ["copy", "pack", "os.link"])
def test_a_backup_that_is_killed_leaves_nothing_that_looks_like_one(
    seed_file: Path, tmp_path: Path, clock: FixedClock, point: str
) -> None:
    folder = tmp_path / "b"
    process = Process(KILLED, "take", seed_file, folder, point)
    process.popen.communicate(timeout=30)
    assert process.popen.returncode == -9
    assert shelf.look(folder) == shelf.Shelf((), ())
    database = Database.open(str(seed_file), clock=clock)
    taken = take(database, folder, clock=clock)
    database.close()
    assert list(folder.iterdir()) == [taken.path]


@pytest.mark.parametrize("point", ["unpack", "os.link", "os.rename before"])
def test_a_restore_that_is_killed_leaves_the_old_or_the_new(
    backup: Backup, seed_file: Path, clock: FixedClock, point: str
) -> None:
    """Killed while unpacking, before the old file has a second name, and just before the rename that counts."""
    raw.write(seed_file, "UPDATE users SET username = 'old'")
    point = point.replace("before", "restore-at-work")
    process = Process(KILLED, "restore", seed_file, backup.path.parent, point)
    process.popen.communicate(timeout=30)
    assert process.popen.returncode == -9
    assert raw.one(seed_file, "SELECT DISTINCT username FROM users") == "old"
    assert raw.one(seed_file, "PRAGMA integrity_check") == "ok"
    done = restore(backup.path, seed_file, clock=clock)
    assert examine(seed_file).counts == backup.manifest.counts
    assert raw.one(seed_file, "SELECT count(DISTINCT username) FROM users") > 1
    left = {path for path in seed_file.parent.iterdir() if path.is_file()}
    assert left == {seed_file, done.kept}
    assert not [path for path in seed_file.parent.iterdir() if "at-work" in path.name]


def test_a_run_that_lives_is_not_cleared_away(database: Database, tmp_path: Path, clock: FixedClock) -> None:
    """A second backup during a first one, into the same folder."""
    inner: list[Path] = []

    def another(stage: str, done: int, total: int) -> None:
        if stage == "pack" and not inner:
            inner.append(take(database, tmp_path / "b", clock=clock).path)

    outer = take(database, tmp_path / "b", clock=clock, progress=another).path
    assert set((tmp_path / "b").iterdir()) == {outer, *inner}
    for path in (outer, *inner):
        archive.verify(path)


def test_a_backup_of_another_engine_is_not_restored_here(backup: Backup, seed_file: Path, clock: FixedClock) -> None:
    from dataclasses import replace

    other = backup.path.with_name("other.backup.tar")
    dump = shutil.copyfile(seed_file, seed_file.parent / "dump")
    archive.write(other, replace(backup.manifest, engine="postgresql"), {"database.dump": dump})
    with pytest.raises(BackupProblem) as caught:
        restore(other, seed_file, clock=clock)
    assert caught.value.id == "backup-other-engine"
