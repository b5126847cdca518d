"""Seed: Future Schema. Enrollments, lesson_progress and payments are planned: nothing makes or needs them yet.

Correction 22: without them `paid` is the only fact of access.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from models.store.database import Database
from models.store.lifecycle import status, upgrade
from models.tables import User
from tests.seed import raw

PLANNED = {"enrollments", "lesson_progress", "payments"}


def test_a_new_database_has_none_of_them(owned_file: Path) -> None:
    assert not raw.table_names(owned_file) & PLANNED


def test_an_upgrade_makes_none_of_them(shape_file: Path) -> None:
    database = Database.open(str(shape_file))
    upgrade(database)
    database.close()
    assert not raw.table_names(shape_file) & PLANNED


def test_nothing_misses_them(opened: Database) -> None:
    if not opened.features.console_tables:
        upgrade(opened)
    assert status(opened).missing == ()


@pytest.mark.parametrize("paid", [True, False])
def test_paid_is_the_only_fact_of_access(paid: bool) -> None:
    assert User(telegram_id=1, paid=paid).has_dashboard_access is paid


def test_a_database_that_has_them_already_opens_as_well(any_file: Path) -> None:
    """The application may make its own first: they are nobody's business yet, and stay as they are."""
    raw.write(any_file, *(f"CREATE TABLE {name} (id integer PRIMARY KEY, tier varchar)" for name in sorted(PLANNED)))
    before = {name: raw.table(any_file, name).sql for name in PLANNED}
    database = Database.open(str(any_file))
    upgrade(database)
    database.close()
    assert {name: raw.table(any_file, name).sql for name in PLANNED} == before
