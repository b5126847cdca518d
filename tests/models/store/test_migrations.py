"""Our migrations, each one down and up again with rows in the tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import text

from models.rules.delivery import IN_LINE
from models.store.database import Database
from models.store.revisions import alembic_config, known_revisions, lines
from models.tables.console_outbox import IN_LINE_SQL
from models.tables.names import CONSOLE_HEAD, SEED_HEAD, TABLE_NAMES, VERSION_TABLE
from tests.conftest import SHAPES, copy_of
from tests.seed import raw

SCRIPTS = ScriptDirectory.from_config(alembic_config())
FOLDER = Path(SCRIPTS.dir) / "versions"
SEED = [script.revision for script in SCRIPTS.walk_revisions(base="base", head="seed@head")]
PLANNED = [script.revision for script in SCRIPTS.walk_revisions(base="base", head="planned@head")]
CONSOLE = [script.revision for script in SCRIPTS.walk_revisions(base="base", head="console@head")]


@contextmanager
def at_work(path: Path) -> Iterator[Database]:
    """A database whose shape may be anything on the way."""
    database = Database.open(str(path))
    yield database
    database.close()


def migrate(path: Path, *steps: tuple[str, str]) -> None:
    """Each step (`upgrade` or `downgrade`, target) on one file, in one transaction."""
    with at_work(path) as database, database.write() as session:
        session.execute(text("PRAGMA defer_foreign_keys=ON"))
        for direction, target in steps:
            getattr(command, direction)(alembic_config(session.connection()), target)


def fill(path: Path) -> None:
    """Two people, one of them an admin, a conversation each, messages both ways."""
    now = "'2026-11-23 12:00:00'"
    raw.write(
        path,
        f"INSERT INTO users (id, telegram_id, username, admin, paid, created_at, updated_at) VALUES "
        f"(1, 101, 'anna', 1, 1, {now}, {now}), (2, 102, 'boris', 0, 0, {now}, {now})",
        f"INSERT INTO conversations (id, user_id, unread_count, ai_ready_score, created_at, updated_at) VALUES "
        f"(1, 1, 1, 86, {now}, {now}), (2, 2, 0, NULL, {now}, {now})",
        f"INSERT INTO messages (conversation_id, user_id, body, direction, created_at, updated_at) VALUES "
        f"(1, 1, 'Привет', 0, {now}, {now}), (1, NULL, 'Ответ', 1, {now}, {now})",
    )


def test_the_heads_in_the_code_are_the_heads_of_the_scripts() -> None:
    assert set(SCRIPTS.get_heads()) == {CONSOLE_HEAD, SEED_HEAD, PLANNED[0]}
    assert (CONSOLE[0], SEED[0]) == (CONSOLE_HEAD, SEED_HEAD)
    assert known_revisions() == {*CONSOLE, *SEED, *PLANNED}
    assert lines() == {"seed": tuple(SEED[::-1]), "console": tuple(CONSOLE[::-1]), "planned": tuple(PLANNED[::-1])}


def test_every_script_is_named_after_branch_and_revision() -> None:
    for branch, revision in [(branch, name) for branch, line in lines().items() for name in line]:
        assert Path(SCRIPTS.get_revision(revision).path).name.startswith(f"{branch}_{revision}_")
    assert len(list(FOLDER.glob("*_2*.py"))) == len(known_revisions())


def test_the_console_branch_names_no_table_but_ours() -> None:
    """Nothing that runs on a database of the application's may touch what is the application's."""
    found = set()
    for revision in CONSOLE:
        source = Path(SCRIPTS.get_revision(revision).path).read_text(encoding="utf-8")
        found |= set(re.findall(r"create_table\(\s*\"(\w+)\"", source))
        found |= set(re.findall(r"create_index\(\s*\"\w+\",\s*\"(\w+)\"", source))
        assert not re.search(r"[\"'](users|conversations|messages)[\"']|\bexecute\(|ForeignKey", source)
    assert found == set(TABLE_NAMES)
    assert all(name.startswith("console_") for name in (*TABLE_NAMES, VERSION_TABLE))


@pytest.mark.parametrize("shape", SHAPES)
def test_what_the_console_branch_really_does_to_a_database(tmp_path: Path, shape: str) -> None:
    """Up, down and up again: the application's schema is the same after each."""
    path = copy_of(shape, tmp_path)
    before = raw.master(path)
    migrate(path, ("upgrade", "console@head"))
    after = raw.master(path)
    assert {key: sql for key, sql in after.items() if "console_" not in key} == before
    migrate(path, ("downgrade", "console@base"))
    left = {key: sql for key, sql in raw.master(path).items() if VERSION_TABLE not in key}
    assert left == before
    migrate(path, ("upgrade", "console@head"))
    assert raw.master(path) == after


def test_our_tables_come_back_empty_and_whole_after_rows_were_in_them(owned_file: Path) -> None:
    fill(owned_file)
    with at_work(owned_file) as database, database.write() as session:
        for name in TABLE_NAMES:
            columns = [row for row in raw_columns(session, name) if not row[5] or row[1] != "id"]
            values = ", ".join("'2026-11-23'" if "datetime" in row[2] else "1" for row in columns)
            names = ", ".join(f'"{row[1]}"' for row in columns)
            session.execute(text(f"INSERT INTO {name} ({names}) VALUES ({values})"))
    master, content = raw.master(owned_file), raw.stored(owned_file)
    migrate(owned_file, ("downgrade", "console@base"), ("upgrade", "console@head"))
    assert raw.master(owned_file) == master
    after = raw.stored(owned_file)
    for name in raw.SEED_TABLES:
        assert after[name] == content[name] != {}
    assert {name: after[name] for name in TABLE_NAMES} == {name: {} for name in TABLE_NAMES}


def raw_columns(session: object, name: str) -> list[tuple[object, ...]]:
    return list(session.execute(text(f"PRAGMA table_info({name})")))  # type: ignore[attr-defined]


def shape_of(path: Path) -> dict[str, object]:
    """Columns, indexes and keys of the seed's tables; their SQL text differs after a column has come and gone."""
    tables = {name: raw.table(path, name) for name in raw.SEED_TABLES}
    return {name: (table.columns, table.indexes, table.foreign_keys) for name, table in tables.items()}


@pytest.mark.parametrize("revision", SEED[:-2], ids=str)
def test_a_step_of_the_seed_down_and_up_keeps_the_other_rows(owned_file: Path, revision: str) -> None:
    fill(owned_file)
    shape, before = shape_of(owned_file), raw.stored(owned_file)
    below = SCRIPTS.get_revision(revision).down_revision
    migrate(owned_file, ("downgrade", f"seed@{below}"), ("upgrade", "seed@head"))
    assert shape_of(owned_file) == shape
    after = raw.stored(owned_file)
    lost = {
        "2025_10_16_000000": {"paid"},
        "2025_10_09_000000": {"paid"} | {n for n in before["conversations"][1] if n.startswith("ai_")},
    }
    for name in raw.SEED_TABLES:
        assert after[name].keys() == before[name].keys()
        for key, row in before[name].items():
            kept = {column: value for column, value in row.items() if column not in lost[revision]}
            assert {column: after[name][key][column] for column in kept} == kept


def test_the_messenger_step_takes_conversations_and_leaves_people(owned_file: Path) -> None:
    fill(owned_file)
    shape = shape_of(owned_file)
    migrate(owned_file, ("downgrade", "seed@2025_01_10_120000"), ("upgrade", "seed@head"))
    assert shape_of(owned_file) == shape
    assert raw.rows(owned_file, "SELECT id, telegram_id, admin, paid FROM users") == [(1, 101, 0, 0), (2, 102, 0, 0)]
    assert raw.one(owned_file, "SELECT count(*) FROM messages") == 0


def test_all_the_way_down_and_up(owned_file: Path) -> None:
    fill(owned_file)
    shape = shape_of(owned_file)
    migrate(owned_file, ("downgrade", "seed@base"), ("upgrade", "seed@head"))
    assert shape_of(owned_file) == shape
    assert raw.one(owned_file, "SELECT count(*) FROM users") == 0


def test_the_paid_step_marks_existing_admins(owned_file: Path) -> None:
    """Seed: "existing admins automatically marked as paid via data migration"; nobody else, no `updated_at`."""
    fill(owned_file)
    migrate(owned_file, ("downgrade", "seed@2025_10_09_000000"), ("upgrade", "seed@head"))
    assert raw.rows(owned_file, "SELECT username, typeof(paid), paid, updated_at FROM users ORDER BY id") == [
        ("anna", "integer", 1, "2026-11-23 12:00:00"),
        ("boris", "integer", 0, "2026-11-23 12:00:00"),
    ]


def test_the_partial_index_covers_just_what_is_in_line(owned_file: Path) -> None:
    """The states in the migration's text are those of the rules."""
    sql = raw.master(owned_file)["index index_console_outbox_in_line"] or ""
    assert set(re.findall(r"'(\w+)'", sql)) == {str(state) for state in IN_LINE}
    assert IN_LINE_SQL in sql
