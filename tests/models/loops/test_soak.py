"""The kill harness at a small scale: the product loses, doubles and disorders nothing, what is planted is found.

The whole figures: `make soak`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.harness.soak import Plan, Soak, Verdict

PLAN = Plan(seed=4, replies=70, chats=6, processes=3, kills=6, every=(0.2, 0.5), faults=14, rate=0.2, stall=0.2,
            deadline=2.0, lease=4.0, parts=3, fast=True, limit=100.0)  # fmt: skip
WRONG = replace(PLAN, replies=60, chats=3, processes=2, kills=0, faults=20, rate=0.3, stall=0.3, parts=0)


async def verdict(plan: Plan, folder: Path) -> Verdict:
    return await Soak(plan, str(folder / "soak.sqlite3"), folder).run()


async def test_killed_processes_lose_double_and_disorder_nothing(tmp_path: Path) -> None:
    found = await verdict(PLAN, tmp_path)
    assert found.sound, found
    assert found.kills >= 3
    assert sum(found.faults.values()) >= 5


@pytest.mark.parametrize("planted", ["retry", "order"])
async def test_what_is_planted_is_found(tmp_path: Path, planted: str) -> None:
    found = await verdict(replace(WRONG, planted=planted), tmp_path)
    assert found.doubled if planted == "retry" else found.out_of_order, found


async def test_they_do_so_on_a_server_too(empty_url: str, tmp_path: Path) -> None:
    """Where many write at once."""
    plan = replace(PLAN, replies=40, kills=3, parts=2)
    found = await Soak(plan, empty_url, tmp_path).run()
    assert found.sound, found
