"""The harness of receiving at a small scale; `make soak` runs it with 100,000 updates and 50 kills."""

from __future__ import annotations

from pathlib import Path

from tests.harness.intake import Flood, flood


async def test_every_message_once_and_in_order_whoever_is_killed(tmp_path: Path) -> None:
    plan = Flood(seed=20_261_123, updates=1_500, kills=3, chats=20, lease=0.6, limit=90)
    found = await flood(plan, tmp_path / "flood.sqlite3")
    assert found.sound, found
    assert found.kills == 3
    assert found.messages > 900
