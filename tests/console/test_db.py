"""`db init`, `db upgrade` and `db status`: what is made, what is left alone, and what is said."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from tests.console.command import frontdesk, frontdesk_json
from tests.e2e.conftest import rows

THEIRS = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE tbl_name NOT LIKE 'console_%' ORDER BY type, name"


def test_init_makes_the_default_database_and_the_console_finds_it() -> None:
    made = Path(os.environ["XDG_DATA_HOME"]) / "frontdesk" / "frontdesk.sqlite3"
    assert str(made) in frontdesk("db", "init").stdout
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert frontdesk_json("conversations") == []
    assert frontdesk_json("db", "status")["owner"] == "frontdesk"


def test_init_makes_the_file_that_is_named(tmp_path: Path) -> None:
    for number, arguments in enumerate((["db", "init", "{}"], ["--database", "{}", "db", "init"])):
        path = tmp_path / "новая папка" / f"{number}.sqlite3"
        frontdesk(*[argument.format(path) for argument in arguments])
        assert path.is_file()
    variable = tmp_path / "variable.sqlite3"
    frontdesk("db", "init", env={"FRONTDESK_DATABASE_URL": f"sqlite:///{variable}"})
    assert variable.is_file()


def test_init_never_overwrites(seed_file: Path) -> None:
    before = seed_file.read_bytes()
    assert "already exists" in frontdesk("db", "init", seed_file, code=1).stderr
    assert seed_file.read_bytes() == before


def test_init_in_a_place_that_can_not_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "can't be made" in frontdesk("db", "init", tmp_path / "file" / "x.sqlite3", code=1).stderr


def test_init_read_only_is_refused(tmp_path: Path) -> None:
    frontdesk("--read-only", "db", "init", tmp_path / "x.sqlite3", code=4)
    assert not (tmp_path / "x.sqlite3").exists()


def test_upgrade_adds_our_tables_and_leaves_theirs(shape_file: Path) -> None:
    theirs = rows(shape_file, THEIRS)
    first = frontdesk_json("db", "upgrade", shape_file)
    assert "console_outbox" in first["added"]
    assert first["from"] is None
    after = [row for row in rows(shape_file, THEIRS) if row[1] != "sqlite_sequence"]
    assert after == [row for row in theirs if row[1] != "sqlite_sequence"]
    again = frontdesk_json("db", "upgrade", shape_file)
    assert (again["added"], again["from"]) == ([], again["to"])
    assert "Nothing to do" in frontdesk("db", "upgrade", shape_file).stdout


def test_status_of_a_database_the_application_owns(shape_file: Path) -> None:
    status = frontdesk_json("db", "status", shape_file)
    assert status["owner"] == "application"
    assert status["features"]["shape"] == {"seed": "S", "oct2025": "O", "head": "H"}[shape_file.stem]
    assert status["rails_version"] == rows(shape_file, "SELECT max(version) FROM schema_migrations")[0][0]
    assert (status["console_revision"], status["read_only"]) == (None, False)
    assert "console_outbox" in status["missing"]
    assert (status["conversations"], status["users"]) == (60, 60)
    assert status["journal_mode"] in ("wal", "delete")
    said = frontdesk("db", "status", shape_file).stdout
    assert "frontdesk db upgrade" in said
    assert "the application" in said


def test_status_after_an_upgrade(shape_file: Path) -> None:
    frontdesk("db", "upgrade", shape_file)
    status = frontdesk_json("db", "status", shape_file)
    assert status["console_revision"] == status["console_head"]
    assert status["missing"] == []


def test_a_newer_frontdesk_was_here(owned_file: Path) -> None:
    from models.store.sqlite import library

    connection = library().connect(str(owned_file), isolation_level=None)
    connection.execute("INSERT INTO console_schema_version VALUES ('9999_from_the_future')")
    connection.close()
    for verb in (["db", "status"], ["db", "upgrade"], ["conversations"]):
        assert "newer" in frontdesk("--database", owned_file, *verb, code=1).stderr


def test_a_locked_database_is_one_line(seed_file: Path) -> None:
    from models.store.sqlite import library

    connection = library().connect(str(seed_file), isolation_level=None)
    try:
        connection.execute("BEGIN EXCLUSIVE")
        env = {"FRONTDESK_DATABASE_TIMEOUT": "200"}
        assert "locked" in frontdesk("db", "upgrade", seed_file, env=env, code=1).stderr
    finally:
        connection.close()
