"""`run --backup daily`: one a day, tried again after a failure, given up when the process leaves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from console.config import Settings
from console.daily import LOOK, DailyBackups
from models.store.database import Database
from tests.conftest import FixedClock
from tests.e2e.conftest import eventually


class Daily:
    """A schedule whose clocks the test moves."""

    def __init__(self, database: Database, settings: Settings, clock: FixedClock) -> None:
        self.clock = clock
        self.seconds = 0.0
        self.said: list[str] = []
        self.backups = DailyBackups(database, settings, self.said.append, clock=clock, now=lambda: self.seconds)

    def look(self, seconds: float = LOOK) -> None:
        """One whole look: begun, done, told."""
        self.seconds += seconds
        self.clock.advance(seconds)
        self.backups.look()
        work = self.backups._work
        assert work is not None
        eventually(work.done, "the look")
        self.backups.look()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(backup_folder=tmp_path / "backups", backup_schedule="daily")


@pytest.fixture
def database(seed_file: Path) -> Iterator[Database]:
    opened = Database.open(str(seed_file))
    yield opened
    opened.close()


def test_one_a_day(database: Database, settings: Settings, clock: FixedClock) -> None:
    daily = Daily(database, settings, clock)
    for _ in range(9):
        daily.look(8 * 3600)
    daily.backups.stop()
    assert len(daily.said) == 3
    assert settings.backup_folder is not None
    assert len(list(settings.backup_folder.iterdir())) == 3


def test_a_failure_is_told_and_tried_again(database: Database, settings: Settings, clock: FixedClock) -> None:
    assert settings.backup_folder is not None
    settings.backup_folder.touch()
    daily = Daily(database, settings, clock)
    daily.look()
    settings.backup_folder.unlink()
    daily.look()
    daily.backups.stop()
    assert "failed" in daily.said[0]
    assert len(daily.said) == 2


def test_a_command_afterwards_that_fails_is_told(database: Database, settings: Settings, clock: FixedClock) -> None:
    daily = Daily(database, replace(settings, backup_after=("false",)), clock)
    daily.look()
    daily.backups.stop()
    assert "false" in daily.said[0]


def test_leaving_gives_up_what_is_half_done(database: Database, settings: Settings, clock: FixedClock) -> None:
    daily = Daily(database, settings, clock)
    daily.backups._leaving.set()
    daily.look()
    daily.backups.stop()
    assert daily.said == []
    assert settings.backup_folder is not None
    assert list(settings.backup_folder.iterdir()) == []
