"""The report's counting beside its floors in the same run: all messages counted into the side tables, in memory, and a
bare loop over the same rows; then a look at a month, another console's first look, and a look at all of it.

    python -m tests.bench report [--scale full] [--save]
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from models.rules.clock import utc_now
from models.rules.days import Period, ahead, day_of, period
from models.services.desk import Desk
from models.services.report import Reports
from models.store.sqlite import connect


def report(path: Path) -> str:
    """A table as text; what was counted in this file before is forgotten."""
    desk = Desk.open(str(path), operator="bench")
    lines = []
    try:
        desk.report.recount()
        messages = _messages(path)
        # In memory first: with side tables there would be nothing left to count.
        for what, work in (
            ("counted in memory", lambda: _counted(Reports(desk.database, utc_now, lambda: False))),
            ("counted, kept in side tables", lambda: _counted(desk.report)),
            ("floor: the same rows, fetched and no more", lambda: _fetched(path)),
        ):
            lines.append(_line(what, messages, *_took(work)))
        newest = _newest(path)
        month, all_of_it = period(newest - timedelta(days=29), newest), period(newest - timedelta(days=1000), newest)
        other = Reports(desk.database, utc_now, lambda: True)
        for what, reports, wanted in (
            ("a month", desk.report, month),
            ("a month again", desk.report, month),
            ("a month, in another console", other, month),
            ("all of it", desk.report, all_of_it),
        ):
            wall, processor = _took(lambda reports=reports, wanted=wanted: _look(reports, wanted))  # type: ignore[misc]
            lines.append(f"{what:<42} {wall * 1000:9,.0f} ms  {processor * 1000:9,.0f} ms of processor")
    finally:
        desk.close()
    return "\n".join([f"report over {messages:,} messages", *lines])


def _counted(reports: Reports) -> None:
    while not reports.step().finished:
        pass


def _look(reports: Reports, wanted: Period) -> None:
    _counted(reports)
    assert reports.report(wanted, ahead(wanted.until)) is not None


def _fetched(path: Path) -> None:
    connection = connect(path, mode="ro", timeout_ms=5000)
    rows = connection.execute("SELECT id, conversation_id, direction, created_at FROM messages ORDER BY id")
    while rows.fetchmany(10_000):
        pass
    connection.close()


def _messages(path: Path) -> int:
    connection = connect(path, mode="ro", timeout_ms=5000)
    [[count]] = connection.execute("SELECT count(*) FROM messages").fetchall()
    connection.close()
    return int(count)


def _newest(path: Path) -> date:
    connection = connect(path, mode="ro", timeout_ms=5000)
    [[text]] = connection.execute("SELECT created_at FROM messages ORDER BY id DESC LIMIT 1").fetchall()
    connection.close()
    return day_of(datetime.fromisoformat(text).replace(tzinfo=UTC))


def _took(work: Callable[[], None]) -> tuple[float, float]:
    begun = time.monotonic(), time.process_time()
    work()
    return time.monotonic() - begun[0], time.process_time() - begun[1]


def _line(what: str, rows: int, wall: float, processor: float) -> str:
    of_processor = rows / max(processor, 1e-9)
    return f"{what:<42} {wall:7.1f} s  {rows / wall:10,.0f} rows/s  {of_processor:10,.0f} rows/s of processor"
