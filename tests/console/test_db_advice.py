"""`db status` recommends an engine by the seed's thresholds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from console.verbs.db_status import advised, record
from models.store.database import Database
from models.store.lifecycle import status


@pytest.mark.parametrize(
    ("users", "engine", "word", "recommended"),
    [
        (9_999, "sqlite", None, "sqlite"),
        (10_000, "sqlite", "still", "sqlite"),
        (100_000, "sqlite", "db copy", "postgresql"),
        (1_000_000, "postgresql", None, "postgresql"),
    ],
)
def test_which_engine(seed_file: Path, users: int, engine: str, word: str | None, recommended: str) -> None:
    database = Database.open(str(seed_file))
    found = replace(status(database), users=users, engine=engine)
    database.close()
    said = advised(found)
    assert (said is None) == (word is None)
    assert word is None or word in str(said)
    assert record(found, read_only=False)["recommended_engine"] == recommended
