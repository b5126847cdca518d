"""Consoles beside an application that goes on writing, at a small scale; the whole figures: `make soak`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.neighbours import LEAST, Plan, neighbours

PLAN = Plan(seed=5, seconds=3.0, consoles=4, every=0.1, people=30)


@pytest.mark.parametrize("engine", ["file", "PostgreSQL"])
def test_nobody_is_told_of_locks_and_no_counter_is_wrong(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = str(tmp_path / "busy.sqlite3") if engine == "file" else request.getfixturevalue("empty_url")
    found = neighbours(PLAN, url)
    assert found.sound, found
    assert found.written >= LEAST
    assert found.acts["looks"] >= LEAST * PLAN.consoles
    assert len(found.acts) >= 4, found
