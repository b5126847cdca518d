"""What can't be opened is named for what it is; nothing is created, and the file is opened by SQLite alone."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest

from models.errors import DatabaseProblem
from models.store.database import Database
from models.tables.names import CONSOLE_HEAD, VERSION_TABLE
from tests.models.store.processes import NOT_ROOT, Process, folder_of_somebody
from tests.seed import raw


def problem(path: Path, **options: object) -> DatabaseProblem:
    with pytest.raises(DatabaseProblem) as caught:
        Database.open(str(path), **options)  # type: ignore[arg-type]
    assert caught.value.values["path"] == str(path)
    return caught.value


def test_a_missing_file_is_not_created(tmp_path: Path) -> None:
    assert problem(tmp_path / "none.sqlite3").id == "not-found"
    assert not (tmp_path / "none.sqlite3").exists()


def test_a_link_to_nothing_is_not_found(tmp_path: Path) -> None:
    (tmp_path / "link.sqlite3").symlink_to(tmp_path / "none.sqlite3")
    assert problem(tmp_path / "link.sqlite3").id == "not-found"
    assert not (tmp_path / "none.sqlite3").exists()


def test_a_directory(tmp_path: Path) -> None:
    assert problem(tmp_path).id == "is-directory"


@pytest.mark.parametrize(
    "content", [b"Hello, I am a letter, not a database.\n" * 100, b"\x89PNG\r\n\x1a\n" + bytes(4096)]
)
def test_another_kind_of_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "letter.txt"
    path.write_bytes(content)
    assert problem(path).id == "not-a-database"
    assert path.read_bytes() == content


def test_an_empty_file_is_an_empty_database(tmp_path: Path) -> None:
    path = tmp_path / "empty.sqlite3"
    path.touch()
    found = problem(path)
    assert found.id == "unknown-shape"
    assert found.values["empty"] is True
    assert path.stat().st_size == 0


def test_somebody_elses_database(tmp_path: Path) -> None:
    path = tmp_path / "music.sqlite3"
    raw.write(path, "CREATE TABLE users (id integer PRIMARY KEY, name text)", "CREATE TABLE songs (id integer)")
    found = problem(path)
    assert found.id == "unknown-shape"
    assert found.values["empty"] is False
    assert found.values["rails_file"] is None
    assert {"users.telegram_id", "conversations", "messages"} <= set(found.values["missing"])  # type: ignore[call-overload]


@pytest.mark.parametrize("column", ["users.session_token", "conversations.ai_ready_score", "messages.read"])
def test_a_column_that_everything_needs_is_missing(seed_file: Path, column: str) -> None:
    table, name = column.split(".")
    if name == "session_token":
        raw.write(seed_file, "DROP INDEX index_users_on_session_token")
    raw.write(seed_file, f"ALTER TABLE {table} DROP COLUMN {name}")
    found = problem(seed_file)
    assert (found.id, found.values["missing"]) == ("unknown-shape", (column,))


def test_a_database_without_paid_opens(seed_file: Path) -> None:
    """Correction 2 of the seed: without the column access is read-only, the inbox works."""
    from models.store.lifecycle import status

    raw.write(seed_file, "ALTER TABLE users DROP COLUMN paid")
    database = Database.open(str(seed_file))
    assert not database.features.paid
    assert "users.paid" in status(database).missing
    database.close()


def test_rails_cache_file(tmp_path: Path) -> None:
    path = tmp_path / "production_cache.sqlite3"
    raw.write(path, "CREATE TABLE solid_cache_entries (id integer PRIMARY KEY, key blob, value blob)")
    found = problem(path)
    assert (found.id, found.values["rails_file"]) == ("unknown-shape", "cache")


def test_a_damaged_file(seed_file: Path) -> None:
    raw.rows(seed_file, "PRAGMA journal_mode=delete")
    content = bytearray(seed_file.read_bytes())
    content[100:4096] = os.urandom(3996)
    seed_file.write_bytes(content)
    assert problem(seed_file).id == "damaged"


def test_a_file_that_another_program_keeps_to_itself(seed_file: Path) -> None:
    raw.rows(seed_file, "PRAGMA journal_mode=delete")
    holder = Process(
        """
import sys
from models.store.sqlite import library
connection = library().connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("ready", flush=True)
sys.stdin.readline()
connection.execute("ROLLBACK")
connection.close()
""",
        seed_file,
    )
    try:
        holder.ready()
        assert problem(seed_file, timeout_ms=100).id == "locked"
        holder.start()
        holder.finish()
    finally:
        holder.kill()
    Database.open(str(seed_file), timeout_ms=100).close()


@pytest.mark.parametrize("shape", ["delete", "wal"])
def test_a_file_without_the_right_to_write_is_read_only(seed_file: Path, shape: str) -> None:
    """For anybody but root. A WAL file in a folder that can't be written does not open at all."""
    raw.rows(seed_file, f"PRAGMA journal_mode={shape}")
    with folder_of_somebody() as folder:
        path = folder / "theirs.sqlite3"
        path.write_bytes(seed_file.read_bytes())
        path.chmod(0o444)
        folder.chmod(0o555)
        script = f"""
import json, sys
from sqlalchemy import text
from models.errors import DatabaseProblem
from models.store.database import Database
Database.open(sys.argv[2]).close()
{NOT_ROOT}
try:
    database = Database.open(sys.argv[1])
    with database.read() as session:
        count = session.execute(text("SELECT count(*) FROM users")).scalar()
    try:
        with database.write() as session:
            session.execute(text("UPDATE users SET username = 'x'"))
        print(json.dumps([count, "written"]))
    except DatabaseProblem as problem:
        print(json.dumps([count, problem.id]))
except DatabaseProblem as problem:
    print(json.dumps([None, problem.id]))
"""
        process = Process(script, path, seed_file)
        found = json.loads(process.finish())
        folder.chmod(0o755)
        assert path.read_bytes() == seed_file.read_bytes()
    assert found == ([60, "read-only"] if shape == "delete" else [None, "read-only"])


@pytest.mark.parametrize("closed", ["file", "folder"])
def test_a_file_without_the_right_to_read(seed_file: Path, closed: str) -> None:
    with folder_of_somebody() as folder:
        path = folder / "inner" / "secret.sqlite3"
        path.parent.mkdir(mode=0o755)
        path.write_bytes(seed_file.read_bytes())
        (path if closed == "file" else path.parent).chmod(0o000)
        script = f"""
import sys
from models.errors import DatabaseProblem
from models.store.database import Database
Database.open(sys.argv[2]).close()
{NOT_ROOT}
try:
    Database.open(sys.argv[1])
except DatabaseProblem as problem:
    print(problem.id)
"""
        try:
            assert Process(script, path, seed_file).finish() == "cannot-open\n"
        finally:
            path.parent.chmod(0o755)


def test_a_newer_frontdesk_has_been_here(owned_file: Path) -> None:
    raw.write(
        owned_file, f"UPDATE {VERSION_TABLE} SET version_num = '2031_01_01_000000' WHERE version_num = '{CONSOLE_HEAD}'"
    )
    found = problem(owned_file)
    assert (found.id, found.values["revision"]) == ("too-new", "2031_01_01_000000")


def test_a_path_that_no_file_can_have() -> None:
    with pytest.raises(DatabaseProblem) as caught:
        Database.open("/tmp/" + "x" * 5000)
    assert caught.value.id == "cannot-open"


def test_a_file_as_a_folder(seed_file: Path) -> None:
    assert problem(seed_file / "more.sqlite3").id == "not-found"


def test_a_socket_is_no_database() -> None:
    with folder_of_somebody() as folder, socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "s"))
        assert problem(folder / "s", timeout_ms=100).id == "cannot-open"


WATCHED = """
import sys
path = sys.argv[1]
opened = []
def hook(event, arguments):
    if event in ("open", "shutil.copyfile") and str(arguments[0]).startswith(path):
        opened.append((event, str(arguments[0])))
sys.addaudithook(hook)
with open(path, "rb"):
    pass
assert opened, "the hook sees nothing"
opened.clear()
from sqlalchemy import text
from models.store.database import Database
from models.store.lifecycle import plan_upgrade, status, upgrade
from models.services.operators import ensure_operator
from models.rules.clock import utc_now
database = Database.open(path)
status(database); plan_upgrade(database); upgrade(database); status(database)
ensure_operator(database, "@anna", utc_now)
with database.read() as session:
    session.execute(text("SELECT * FROM messages")).all()
database.change_token(); database.change_token()
database.close()
print(opened)
"""


def test_the_live_file_is_opened_by_sqlite_alone(seed_file: Path) -> None:
    """A second handle, once closed, drops SQLite's locks, and committed rows are lost."""
    assert Process(WATCHED, seed_file).finish() == "[]\n"


def test_one_sqlite_library_serves_the_whole_process(seed_file: Path) -> None:
    script = """
import sys
from sqlalchemy import text
from models.store import sqlite
from models.store.database import Database
database = Database.open(sys.argv[1])
with database.read() as session:
    assert session.execute(text("SELECT sqlite_version()")).scalar() == sqlite.library_version()
database.close()
print(sqlite.library().__name__, "_sqlite3" in sys.modules)
"""
    name, other = Process(script, seed_file).finish().split()
    assert (name.startswith("pysqlite3"), other) in {(True, "False"), (False, "True")}
