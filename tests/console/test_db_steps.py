"""`db upgrade REV`, `db downgrade` and `db history`: what is taken, what is asked first, and the backup before it."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.store.revisions import lines
from models.store.steps import PLANNED_TABLES
from tests.console.command import frontdesk, frontdesk_json
from tests.seed import raw


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FRONTDESK_BACKUP_FOLDER", str(tmp_path / "backups"))
    return tmp_path / "backups"


def test_an_upgrade_takes_a_backup_first_and_says_where(seed_file: Path, folder: Path) -> None:
    before = raw.master(seed_file)
    done = frontdesk_json("db", "upgrade", seed_file)
    [backup] = folder.iterdir()
    assert (done["backup"], len(done["steps"])) == (str(backup), len(lines()["console"]))
    assert frontdesk_json("db", "upgrade", seed_file)["backup"] is None
    frontdesk("db", "restore", backup, seed_file)
    assert raw.master(seed_file) == before
    said = frontdesk("db", "upgrade", seed_file).stdout
    assert "Backup: " in said
    assert "as they were" in said


def test_without_a_backup_when_asked(seed_file: Path, folder: Path) -> None:
    assert frontdesk_json("db", "upgrade", seed_file, "--no-backup")["backup"] is None
    assert not folder.exists()


def test_a_backup_that_can_not_be_made_stops_the_upgrade(seed_file: Path, folder: Path) -> None:
    folder.touch()
    before = raw.master(seed_file)
    frontdesk("db", "upgrade", seed_file, code=1)
    assert raw.master(seed_file) == before


def test_the_planned_tables_come_when_asked(seed_file: Path) -> None:
    frontdesk("db", "upgrade", seed_file, "--no-backup")
    assert not raw.table_names(seed_file) & set(PLANNED_TABLES)
    done = frontdesk_json("db", "upgrade", seed_file, "--planned-tables", "--no-backup")
    assert done["added"] == list(PLANNED_TABLES)


def test_a_revision_and_the_way_back(seed_file: Path, folder: Path) -> None:
    first = lines()["console"][0]
    frontdesk("db", "upgrade", first, seed_file)
    history = frontdesk_json("db", "history", seed_file)
    assert [step["revision"] for step in history if step["applied"]] == [first]
    assert "no" in frontdesk("db", "history", seed_file).stdout
    refused = frontdesk("db", "downgrade", "console@base", seed_file, code=4).stderr
    assert "--yes console@base" in refused
    frontdesk("db", "downgrade", seed_file, "console@base", "--yes", "base", code=4)
    assert "console_outbox" in raw.table_names(seed_file)
    undone = frontdesk_json("db", "downgrade", seed_file, "console@base", "--yes", "console@base")
    assert [step["revision"] for step in undone["undone"]] == [first]
    assert "console_outbox" not in raw.table_names(seed_file)
    assert len(list(folder.iterdir())) == 2
    assert "Nothing" in frontdesk("db", "downgrade", seed_file, "console@base").stdout


@pytest.mark.parametrize("target", ["seed@2025_01_10_120000", "seed@base"])
def test_one_of_our_own_between_two_steps_is_moved_on(owned_file: Path, target: str) -> None:
    """No console opens it, and the verbs that move a schema do; the backup before holds what was there."""
    frontdesk("db", "downgrade", target, owned_file, "--yes", target)
    frontdesk("--database", owned_file, "conversations", code=1)
    assert not all(step["applied"] for step in frontdesk_json("db", "history", owned_file))
    assert frontdesk_json("db", "upgrade", owned_file)["backup"] is not None
    assert frontdesk_json("--database", owned_file, "conversations") == []
    assert all(step["applied"] for step in frontdesk_json("db", "history", owned_file))


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["upgrade", "2031_01_01_000000"], 2),
        (["upgrade", "seed@head"], 4),
        (["downgrade", "seed@base", "--yes", "seed@base"], 4),
        (["downgrade"], 2),
        (["downgrade", "console@base", "console@head"], 2),
        (["--read-only", "downgrade", "console@base"], 4),
    ],
)
def test_what_is_refused(seed_file: Path, arguments: list[str], code: int) -> None:
    before = raw.master(seed_file)
    frontdesk("--database", seed_file, "db", *arguments, code=code)
    assert raw.master(seed_file) == before
