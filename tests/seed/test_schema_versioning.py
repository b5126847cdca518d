"""Seed: Schema Versioning. The application's version is shown and never written; ours has a table of its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from models.store.database import Database
from models.store.lifecycle import status, upgrade
from models.store.revisions import known_revisions
from models.tables.names import CONSOLE_HEAD, SEED_HEAD, VERSION_TABLE
from tests.conftest import copy_of
from tests.seed import raw


@pytest.mark.parametrize(
    ("shape", "version"), [("S", "20250110120000"), ("O", "20251016095309"), ("H", "20260201113114")]
)
def test_the_current_version_is_shown(tmp_path: Path, shape: str, version: str) -> None:
    database = Database.open(str(copy_of(shape, tmp_path)))
    found = status(database)
    database.close()
    assert (found.rails_version, found.rails_environment, found.owner) == (version, "production", "application")
    assert (found.console_revision, found.console_head) == (None, CONSOLE_HEAD)


def test_our_own_database_has_no_version_of_rails(database: Database, owned_file: Path) -> None:
    assert not raw.table_names(owned_file) & {"schema_migrations", "ar_internal_metadata"}
    found = status(database)
    assert (found.rails_version, found.rails_environment, found.owner) == (None, None, "frontdesk")
    assert found.console_revision == CONSOLE_HEAD


def test_the_applications_bookkeeping_is_never_written(shape_file: Path) -> None:
    before = raw.stored(shape_file)
    database = Database.open(str(shape_file))
    upgrade(database)
    database.close()
    after = raw.stored(shape_file)
    for name in ("schema_migrations", "ar_internal_metadata"):
        assert after[name] == before[name]
    assert raw.rows(shape_file, f"SELECT * FROM {VERSION_TABLE}") == [(CONSOLE_HEAD,)]


def test_a_version_number_is_the_seeds_timestamp() -> None:
    """`YYYY_MM_DD_HHMMSS`."""
    assert {CONSOLE_HEAD, SEED_HEAD} <= known_revisions()
    for revision in known_revisions():
        assert re.fullmatch(r"20\d\d_[01]\d_[0-3]\d_[0-2]\d[0-5]\d[0-5]\d", revision), revision
