"""Seed: Migrations Strategy. What `frontdesk db init` makes is what Rails made, and the models describe the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlmodel import SQLModel

from models.store import sqlite
from models.store.revisions import alembic_config, lines
from models.store.steps import PLANNED_TABLES
from models.tables import whole
from models.tables.names import CONSOLE_HEAD, SEED_HEAD, TABLE_NAMES, VERSION_TABLE
from tests.conftest import SHAPES, copy_of
from tests.seed import raw

BOOKKEEPING = {"schema_migrations", "ar_internal_metadata", "sqlite_sequence"}


def test_both_files_have_the_same_tables(owned_file: Path, seed_file: Path) -> None:
    ours = {name for name in raw.table_names(owned_file) if not name.startswith("console_")}
    ours -= set(PLANNED_TABLES)
    assert ours - {"sqlite_sequence"} == raw.table_names(seed_file) - BOOKKEEPING == set(raw.SEED_TABLES)


@pytest.mark.parametrize("name", raw.SEED_TABLES)
def test_columns_are_the_same_in_the_same_order(owned_file: Path, seed_file: Path, name: str) -> None:
    """Names, declared types, defaults, NOT NULL, primary keys."""
    assert raw.table(owned_file, name).columns == raw.table(seed_file, name).columns


@pytest.mark.parametrize("name", raw.SEED_TABLES)
def test_indexes_are_the_same_by_name(owned_file: Path, seed_file: Path, name: str) -> None:
    assert raw.table(owned_file, name).indexes == raw.table(seed_file, name).indexes


@pytest.mark.parametrize("name", raw.SEED_TABLES)
def test_foreign_keys_are_the_same_by_name(owned_file: Path, seed_file: Path, name: str) -> None:
    ours, theirs = raw.table(owned_file, name), raw.table(seed_file, name)
    assert ours.foreign_keys == theirs.foreign_keys
    named = {"conversations": ["fk_rails_7c15d62a0a"], "messages": ["fk_rails_7f927086d2", "fk_rails_273a25a7a6"]}
    for key in named.get(name, ()):
        assert key in ours.sql
        assert key in theirs.sql


@pytest.mark.parametrize("name", raw.SEED_TABLES)
def test_ids_count_up_in_both(owned_file: Path, seed_file: Path, name: str) -> None:
    assert "AUTOINCREMENT" in raw.table(owned_file, name).sql
    assert "AUTOINCREMENT" in raw.table(seed_file, name).sql


def test_there_are_no_checks_triggers_or_views(any_file: Path) -> None:
    master = {key: sql for key, sql in raw.master(any_file).items() if not key.startswith("trigger console_")}
    assert {key.split()[0] for key in master} == {"table", "index"}
    assert not [key for key, sql in master.items() if sql and "CHECK" in sql.upper().split()]


@pytest.mark.parametrize("shape", SHAPES)
def test_the_other_shapes_have_all_that_ours_has(owned_file: Path, tmp_path: Path, shape: str) -> None:
    """Columns, indexes and foreign keys of the seed are in each file that the application made."""
    theirs = copy_of(shape, tmp_path)
    for name in raw.SEED_TABLES:
        ours, other = raw.table(owned_file, name), raw.table(theirs, name)
        assert other.columns[: len(ours.columns)] == ours.columns
        assert ours.indexes.items() <= other.indexes.items()
        assert ours.foreign_keys.items() <= other.foreign_keys.items()


def test_the_models_describe_what_the_migrations_make(owned_file: Path, tmp_path: Path) -> None:
    """Every table of ours, to the text of its partial indexes."""
    path = tmp_path / "from-models.sqlite3"
    engine = create_engine(
        "sqlite://", module=sqlite.library(), creator=lambda: sqlite.connect(path, mode="rwc", timeout_ms=1000)
    )
    assert whole.TABLES
    SQLModel.metadata.create_all(engine)
    engine.dispose()
    assert raw.table_names(path) == raw.table_names(owned_file) - {VERSION_TABLE}
    for name in (*raw.SEED_TABLES, *TABLE_NAMES, *PLANNED_TABLES):
        made, described = raw.table(owned_file, name), raw.table(path, name)
        assert described.columns == made.columns, name
        assert described.indexes == made.indexes, name
        assert described.foreign_keys == made.foreign_keys, name
        assert ("AUTOINCREMENT" in described.sql) == ("AUTOINCREMENT" in made.sql), name

    def partial(file: Path) -> dict[str, str]:
        found = {
            key: " ".join((sql or "").split())
            for key, sql in raw.master(file).items()
            if key.startswith("index ") and " WHERE " in (sql or "")
        }
        assert found
        return found

    assert partial(path) == partial(owned_file)
    uniques = "SELECT count(*) FROM sqlite_master WHERE name LIKE 'sqlite_autoindex_console_o%'"
    assert raw.one(path, uniques) == raw.one(owned_file, uniques) == 2


def test_the_first_migration_is_the_seeds_own() -> None:
    """Correction 24: create_users with 7 columns first, the later ones added; in the order of the seed's dates."""
    scripts = list(ScriptDirectory.from_config(alembic_config()).walk_revisions(base="base", head="seed@head"))
    assert [script.revision for script in reversed(scripts)] == [
        "2025_01_10_120000",
        "2025_10_08_000000",
        "2025_10_09_000000",
        "2025_10_16_000000",
    ]


def test_migration_status_of_a_new_database(owned_file: Path) -> None:
    """`db:migrate:status`: all branches are at their heads, in a version table of our own."""
    assert raw.rows(owned_file, f"SELECT version_num FROM {VERSION_TABLE} ORDER BY version_num") == [
        (SEED_HEAD,),
        (lines()["planned"][-1],),
        (CONSOLE_HEAD,),
    ]
