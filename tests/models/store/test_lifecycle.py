"""Making a database and adding our tables to one: all or nothing, once, and nothing of the application's touched."""

from __future__ import annotations

import os
import random
import stat
import time
from contextlib import closing
from pathlib import Path

import pytest

from models.errors import DatabaseProblem, Refused
from models.store.database import Database
from models.store.lifecycle import initialise, plan_upgrade, status, upgrade
from models.store.revisions import lines
from models.store.sqlite import library
from models.tables.names import CONSOLE_HEAD, SEED_HEAD, TABLE_NAMES, VERSION_TABLE
from tests.conftest import copy_of
from tests.models.store.processes import NOT_ROOT, UPGRADE, Process, folder_of_somebody, together
from tests.seed import raw

[PLANNED_HEAD] = lines()["planned"]
OURS = {*TABLE_NAMES, VERSION_TABLE}


def applications(path: Path) -> tuple[dict[str, str | None], dict[str, object]]:
    """Schema and content of everything that is not ours."""
    schema = {key: sql for key, sql in raw.master(path).items() if "console_" not in key}
    content: dict[str, object] = {
        name: rows
        for name, rows in raw.stored(path).items()
        if not name.startswith("console_") and name != "sqlite_sequence"
    }
    content["sequence"] = sorted(
        raw.rows(path, "SELECT name, seq FROM sqlite_sequence WHERE name NOT LIKE 'console_%'")
    )
    return schema, content


# initialise


def test_a_new_database_is_wal_and_private(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "frontdesk.sqlite3"
    previous = os.umask(0)
    try:
        initialise(path)
    finally:
        os.umask(previous)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert raw.one(path, "PRAGMA journal_mode") == "wal"
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_a_new_database_opens_complete_and_empty(owned_file: Path) -> None:
    database = Database.open(str(owned_file))
    found = status(database)
    assert (found.owner, found.features.shape, found.missing) == ("frontdesk", "S", ())
    assert (found.conversations, found.messages, found.users) == (0, 0, 0)
    assert found.features.console_tables
    assert plan_upgrade(database).tables == ()
    database.close()


@pytest.mark.parametrize("kind", ["database", "file", "empty", "directory", "link"])
def test_what_is_there_already_is_left_alone(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "there.sqlite3"
    if kind == "database":
        copy_of("S", tmp_path).rename(path)
    elif kind == "file":
        path.write_text("mine")
    elif kind == "empty":
        path.touch()
    elif kind == "directory":
        path.mkdir()
    else:
        path.symlink_to(tmp_path / "nothing")
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(DatabaseProblem) as caught:
        initialise(path)
    assert (caught.value.id, caught.value.values["path"]) == ("exists", str(path))
    assert (path.read_bytes() if path.is_file() else None) == before
    assert not (tmp_path / "nothing").exists()


def test_a_folder_that_can_not_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file" / "db.sqlite3", tmp_path / "file" / "deeper" / "db.sqlite3"):
        with pytest.raises(DatabaseProblem) as caught:
            initialise(path)
        assert caught.value.id == "no-directory"


def test_a_folder_that_can_not_be_written() -> None:
    with folder_of_somebody() as folder:
        folder.chmod(0o555)
        script = f"""
import sys, pathlib
from models.errors import DatabaseProblem
from models.store.lifecycle import initialise
{NOT_ROOT}
try:
    initialise(pathlib.Path(sys.argv[1]))
except DatabaseProblem as problem:
    print(problem.id)
"""
        assert Process(script, folder / "db.sqlite3").finish() == "no-directory\n"
        folder.chmod(0o755)


def test_a_failed_beginning_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The migrations can't be found: as in a broken installation."""
    monkeypatch.setattr("models.store.revisions._MIGRATIONS", tmp_path / "nowhere")
    path = tmp_path / "new" / "frontdesk.sqlite3"
    with pytest.raises(Exception, match="nowhere"):
        initialise(path)
    assert list(path.parent.iterdir()) == []


def test_of_two_that_make_the_same_file_one_wins(tmp_path: Path) -> None:
    script = """
import sys, pathlib
from alembic import command
from models.errors import DatabaseProblem
from models.store.lifecycle import initialise
print("ready", flush=True)
sys.stdin.readline()
try:
    initialise(pathlib.Path(sys.argv[1]))
    print("made")
except DatabaseProblem as problem:
    print(problem.id)
"""
    path = tmp_path / "frontdesk.sqlite3"
    said = together(*(Process(script, path) for _ in range(3)))
    assert sorted(said) == ["exists\n", "exists\n", "made\n"]
    database = Database.open(str(path))
    assert status(database).missing == ()
    database.close()


def test_a_path_with_odd_letters(tmp_path: Path) -> None:
    path = tmp_path / "50% off? #1 & 'quoted' — Бот.sqlite3"
    initialise(path)
    database = Database.open(str(path))
    assert database.features.console_tables
    database.close()
    assert [entry.name for entry in tmp_path.glob("50*")] == [path.name]


# upgrade


def test_the_plan_names_what_would_be_added_and_adds_nothing(shape_file: Path) -> None:
    before = raw.master(shape_file)
    database = Database.open(str(shape_file))
    plan = plan_upgrade(database)
    database.close()
    assert (plan.tables, plan.current, plan.head) == (TABLE_NAMES, None, CONSOLE_HEAD)
    assert raw.master(shape_file) == before


def test_an_upgrade_adds_our_tables_and_nothing_else(shape_file: Path) -> None:
    """Every row of the application's schema and content stays as it is, to the byte."""
    tables, before = raw.table_names(shape_file), applications(shape_file)
    database = Database.open(str(shape_file))
    assert not database.features.console_tables
    assert upgrade(database).tables == TABLE_NAMES
    assert database.features.console_tables
    database.close()
    assert raw.table_names(shape_file) - tables == OURS
    assert applications(shape_file) == before
    assert raw.rows(shape_file, f"SELECT version_num FROM {VERSION_TABLE}") == [(CONSOLE_HEAD,)]


def test_an_upgrade_keeps_the_journal_mode(seed_file: Path) -> None:
    raw.rows(seed_file, "PRAGMA journal_mode=delete")
    database = Database.open(str(seed_file))
    upgrade(database)
    database.close()
    assert raw.one(seed_file, "PRAGMA journal_mode") == "delete"


def test_a_second_upgrade_changes_nothing(shape_file: Path) -> None:
    database = Database.open(str(shape_file))
    upgrade(database)
    before, content = raw.master(shape_file), raw.stored(shape_file)
    again = upgrade(database)
    database.close()
    assert (again.tables, again.current) == ((), CONSOLE_HEAD)
    assert raw.master(shape_file) == before
    assert raw.stored(shape_file) == content


def test_an_upgrade_of_our_own_database_changes_nothing(owned_file: Path) -> None:
    before = raw.stored(owned_file)
    database = Database.open(str(owned_file))
    assert upgrade(database).tables == ()
    database.close()
    assert raw.stored(owned_file) == before
    versions = raw.rows(owned_file, f"SELECT version_num FROM {VERSION_TABLE} ORDER BY 1")
    assert versions == [(SEED_HEAD,), (PLANNED_HEAD,), (CONSOLE_HEAD,)]


def test_a_read_only_session_upgrades_nothing(seed_file: Path) -> None:
    before = raw.master(seed_file)
    database = Database.open(str(seed_file), read_only=True)
    with pytest.raises(Refused) as caught:
        upgrade(database)
    assert caught.value.id == "read-only-session"
    database.close()
    assert raw.master(seed_file) == before


def test_four_processes_upgrade_at_once(seed_file: Path) -> None:
    tables, before = raw.table_names(seed_file), applications(seed_file)
    together(*(Process(UPGRADE, seed_file) for _ in range(4)))
    assert raw.table_names(seed_file) - tables == OURS
    assert applications(seed_file) == before
    assert raw.rows(seed_file, f"SELECT version_num FROM {VERSION_TABLE}") == [(CONSOLE_HEAD,)]


@pytest.mark.parametrize("seed", range(8))
def test_an_upgrade_killed_on_the_way_has_done_all_or_nothing(tmp_path: Path, seed: int) -> None:
    """SIGKILL at a random moment; the next upgrade completes it."""
    path = copy_of("SOH"[seed % 3], tmp_path)
    tables, before = raw.table_names(path), applications(path)
    process = Process(UPGRADE, path)
    try:
        process.ready()
        process.start()
        time.sleep(random.Random(seed).uniform(0, 0.08))
    finally:
        process.kill()
    assert raw.table_names(path) - tables in (set(), OURS)
    assert applications(path) == before
    assert raw.one(path, "PRAGMA integrity_check") == "ok"
    database = Database.open(str(path))
    upgrade(database)
    database.close()
    assert raw.table_names(path) - tables == OURS


@pytest.mark.parametrize("statement", ["CREATE TABLE console_outbox (", "CREATE INDEX", "INSERT INTO console_schema"])
def test_an_upgrade_killed_at_a_statement_has_done_nothing(seed_file: Path, statement: str) -> None:
    """The same, at the moments that matter: between two tables, two indexes, and before the version is written."""
    script = f"""
import os, signal, sys
from sqlalchemy import event
from models.store.database import Database
from models.store.lifecycle import upgrade
database = Database.open(sys.argv[1])
@event.listens_for(database.writer_engine, "before_cursor_execute")
def die(connection, cursor, sql, *_):
    if " ".join(sql.split()).startswith({statement!r}):
        os.kill(os.getpid(), signal.SIGKILL)
upgrade(database)
"""
    before = raw.master(seed_file)
    process = Process(script, seed_file)
    process.popen.communicate(timeout=30)
    assert process.popen.returncode == -9
    assert raw.master(seed_file) == before


@pytest.mark.parametrize("also", [True, False])
def test_a_newer_frontdesks_database_is_refused(owned_file: Path, also: bool) -> None:
    """Whether its revision stands in place of ours or beside it, when it came while we had the file open."""
    database = Database.open(str(owned_file))
    if not also:
        raw.write(owned_file, f"DELETE FROM {VERSION_TABLE} WHERE version_num = '{CONSOLE_HEAD}'")
    raw.write(owned_file, f"INSERT INTO {VERSION_TABLE} VALUES ('2031_01_01_000000')")
    before = raw.stored(owned_file)
    for use in (plan_upgrade, upgrade, lambda opened: opened.refresh_features()):
        with pytest.raises(DatabaseProblem) as caught:
            use(database)
        assert (caught.value.id, caught.value.values["revision"]) == ("too-new", "2031_01_01_000000")
    database.close()
    assert raw.stored(owned_file) == before


def test_an_upgrade_waits_its_turn_and_then_says_locked(seed_file: Path) -> None:
    other = Database.open(str(seed_file))
    database = Database.open(str(seed_file), timeout_ms=100)
    with other.write(), pytest.raises(DatabaseProblem) as caught:
        upgrade(database)
    assert caught.value.id == "locked"
    upgrade(database)
    database.close()
    other.close()
    assert raw.table_names(seed_file) >= OURS


# status


@pytest.mark.parametrize("shape", ["S", "O", "H"])
def test_status_of_each_shape(tmp_path: Path, shape: str) -> None:
    path = copy_of(shape, tmp_path)
    database = Database.open(str(path))
    found = status(database)
    assert (found.features.shape, found.engine, found.owner) == (shape, "sqlite", "application")
    assert found.missing == TABLE_NAMES
    assert (found.conversations, found.messages, found.users) == (60, 166, 60)
    assert (found.console_revision, found.console_head) == (None, CONSOLE_HEAD)
    assert found.journal_mode == raw.one(path, "PRAGMA journal_mode")
    assert (found.url, found.read_only) == (str(path), False)
    assert found.library_sound
    upgrade(database)
    found = status(database)
    assert (found.missing, found.console_revision, found.owner) == ((), CONSOLE_HEAD, "application")
    database.close()


def test_status_of_a_file_that_another_program_keeps_to_itself(seed_file: Path) -> None:
    raw.rows(seed_file, "PRAGMA journal_mode=delete")
    database = Database.open(str(seed_file), timeout_ms=50)
    with closing(library().connect(str(seed_file), isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        for ask in (status, plan_upgrade, lambda opened: opened.refresh_features()):
            with pytest.raises(DatabaseProblem) as caught:
                ask(database)
            assert caught.value.id == "locked"
    assert database.features.shape == "S"
    database.close()


@pytest.mark.parametrize(
    ("shape", "features"),
    [
        ("S", set()),
        ("O", {"ai_paused", "channels", "business_connections"}),
        ("H", {"ai_paused", "channels", "business_connections", "owner_columns", "crm", "traffic"}),
    ],
)
def test_features_are_probed(tmp_path: Path, shape: str, features: set[str]) -> None:
    database = Database.open(str(copy_of(shape, tmp_path)))
    names = ("ai_paused", "channels", "business_connections", "owner_columns", "crm", "traffic")
    assert {name for name in names if getattr(database.features, name)} == features
    assert (database.features.paid, database.features.rails_owned) == (True, True)
    database.close()
