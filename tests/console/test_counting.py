"""`frontdesk run` goes on counting for the report."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path
from typing import Any
from unittest.mock import patch

from console.counting import LOOK, SOON, Counting
from models.errors import DatabaseProblem
from models.services import report_count
from models.services.desk import Desk
from tests.conftest import FixedClock, with_our_tables
from tests.seed import raw


class AtOnce:
    """An executor that has done what it is given."""

    def submit(self, work: Any, *arguments: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(work(*arguments))
        return done


def test_slice_by_slice_until_all_is_counted_then_every_minute(seed_file: Path, clock: FixedClock) -> None:
    desk = Desk.open(str(with_our_tables(seed_file)), operator="tester", clock=clock)
    now = [0.0]
    counting = Counting(desk, AtOnce(), now=lambda: now[0])  # type: ignore[arg-type]

    def counted() -> int:
        found = raw.rows(seed_file, "SELECT message_id FROM console_report_state")
        return int(found[0][0]) if found else 0

    def look() -> int:
        counting.look()
        counting.look()
        return counted()

    try:
        with patch.object(report_count, "BATCH", 70), patch.object(report_count, "SLICE", 0.0):
            assert (look(), look()) == (70, 70), "not twice at the same moment"
            now[0] += SOON
            assert look() == 140
            now[0] += SOON
            assert look() == raw.one(seed_file, "SELECT max(id) FROM messages")
        clock.advance(report_count.LEASE)
        raw.write(
            seed_file,
            "INSERT INTO messages (conversation_id, body, direction, created_at, updated_at)"
            " VALUES (1, 'x', 0, '2026-11-23 11:00:00', '2026-11-23')",
        )
        before = counted()
        now[0] += SOON
        assert look() == before
        now[0] += LOOK
        assert look() == before + 1
        now[0] += LOOK
        with patch.object(desk.report, "step", side_effect=DatabaseProblem("locked")):
            look()
    finally:
        desk.close()
