"""The seed's tables in every file that may hold them: three that ActiveRecord made, one that we make."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from models.store.database import Database
from tests.conftest import FixedClock, copy_of


@pytest.fixture(params=["S", "O", "H", "ours"])
def any_file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Shapes S, O and H, and what `frontdesk db init` makes (empty)."""
    if request.param == "ours":
        path: Path = request.getfixturevalue("owned_file")
        return path
    return copy_of(request.param, tmp_path)


@pytest.fixture
def database(owned_file: Path, clock: FixedClock) -> Iterator[Database]:
    """A new database of our own, empty."""
    opened = Database.open(str(owned_file), clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def opened(any_file: Path, clock: FixedClock) -> Iterator[Database]:
    """Each of the four files, opened."""
    database = Database.open(str(any_file), clock=clock)
    yield database
    database.close()


@pytest.fixture
def text_of() -> Callable[[datetime], str]:
    """A moment as the application stores it."""
    return lambda moment: moment.replace(tzinfo=None).isoformat(" ")
