"""Which steps a command takes: whose schema it is, where it stands, and that every way leads to the same schema."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.errors import Refused, Usage
from models.store.database import Database
from models.store.lifecycle import downgrade, plan_upgrade, upgrade
from models.store.revisions import lines
from models.store.steps import PLANNED_TABLES, history, owned_by_us, resolve
from models.tables.names import TABLE_NAMES
from tests.conftest import copy_of
from tests.models.store.test_migrations import at_work, fill
from tests.seed import raw

EVERY = [(branch, revision) for branch, line in lines().items() for revision in (*line[:-1], "base")]


def schema(path: Path) -> dict[str, object]:
    """What a schema is, whatever the way to it: columns by name, indexes, keys."""
    names = (*raw.SEED_TABLES, *TABLE_NAMES, *PLANNED_TABLES)
    tables = {name: raw.table(path, name) for name in names}
    return {
        name: (sorted(table.columns, key=lambda column: column.name), table.indexes, table.foreign_keys)
        for name, table in tables.items()
    }


@pytest.mark.parametrize(("branch", "revision"), EVERY, ids=str)
def test_from_every_earlier_revision_an_upgrade_leads_to_the_same_schema(
    owned_file: Path, branch: str, revision: str
) -> None:
    """Down with rows in the tables, then all the way up: the schema is that of a new database, the people are there
    unless their table itself had gone, and every admin is paid."""
    fill(owned_file)
    wanted = schema(owned_file)
    with at_work(owned_file) as database:
        undone = downgrade(database, f"{branch}@{revision}")
        assert undone
        assert not any(step.up for step in undone)
        # Straight on the same connection: between the steps the shape is nobody's.
        with database.write() as session:
            from models.store.steps import plan_up, take

            take(session.connection(), plan_up(session.connection(), f"{branch}@head"))
            take(session.connection(), plan_up(session.connection()))
    assert schema(owned_file) == wanted
    assert raw.rows(owned_file, "PRAGMA foreign_key_check") == []
    assert raw.one(owned_file, "PRAGMA integrity_check") == "ok"
    assert raw.one(owned_file, "SELECT count(*) FROM users WHERE admin AND NOT paid") == 0
    assert raw.one(owned_file, "SELECT count(*) FROM users") == (0 if (branch, revision) == ("seed", "base") else 2)


def test_of_the_applications_database_only_ours_moves(shape_file: Path) -> None:
    database = Database.open(str(shape_file))
    plan = plan_upgrade(database)
    assert {step.branch for step in plan.steps} == {"console"}
    for target in ("seed@head", "seed@base", "2025_01_10_120000"):
        with pytest.raises(Refused) as caught:
            (downgrade if target.endswith("base") else upgrade)(database, target)
        assert caught.value.id == "not-ours"
    upgrade(database, lines()["console"][0])
    with database.read() as session:
        assert not owned_by_us(session.connection())
        known = history(session.connection())
    assert [step.revision for step in known if step.applied] == [lines()["console"][0]]
    assert all(step.title for step in known)
    upgrade(database)
    assert [step.revision for step in downgrade(database, "console@base")] == list(lines()["console"][::-1])
    assert {name for name in raw.table_names(shape_file) if name.startswith("console_")} == {"console_schema_version"}
    database.close()


def test_an_older_database_of_our_own_gets_everything(owned_file: Path) -> None:
    with at_work(owned_file) as database:
        downgrade(database, "planned@base")
        assert set(plan_upgrade(database).tables) == set(PLANNED_TABLES)
        upgrade(database)
        assert plan_upgrade(database).steps == ()
    assert set(PLANNED_TABLES) <= raw.table_names(owned_file)


def test_rails_that_took_our_file_over_owns_it(owned_file: Path) -> None:
    raw.write(owned_file, "CREATE TABLE schema_migrations (version varchar NOT NULL PRIMARY KEY)")
    with at_work(owned_file) as database, pytest.raises(Refused):
        downgrade(database, "seed@base")


def test_before_the_people_go_what_points_at_them_goes(owned_file: Path) -> None:
    with at_work(owned_file) as database:
        undone = downgrade(database, "seed@base")
    assert [step.branch for step in undone][:2] == ["planned", "seed"]
    assert not raw.table_names(owned_file) & {*PLANNED_TABLES, *raw.SEED_TABLES}


@pytest.mark.parametrize("target", ["", "head", "2031_01_01_000000", "console@2025_10_16_000000", "nobody@base", "-1"])
def test_a_revision_that_is_none(target: str, tmp_path: Path) -> None:
    with pytest.raises(Usage) as caught:
        resolve(target)
    assert caught.value.id == "bad-revision"
    path = copy_of("S", tmp_path)
    with at_work(path) as database, pytest.raises(Usage):
        upgrade(database, target)
