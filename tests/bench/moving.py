"""Many rows on the move, each figure beside its floor in the same run: made-up messages written, a file backed up, the
file copied to a real PostgreSQL beside plain COPY, and a move under a writer of 50 rows a second with its freeze.

    python -m tests.bench moving [--scale full] [--save]
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from console.demo.talk import talk
from models.rules.clock import utc_now
from models.store.backup import take
from models.store.copy_run import copy
from models.store.database import Database
from models.store.lifecycle import initialise
from models.store.seeds import seed
from models.store.sqlite import connect
from tests.harness.recovery import write
from tests.postgresql import Server, running

SCALES = {"small": 100_000, "full": 1_000_000}
_NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def report(messages: int) -> str:
    """A table as text."""
    lines = [f"moving {messages:,} messages"]
    with tempfile.TemporaryDirectory() as name, running({"shared_buffers": "128MB"}) as server:
        folder = Path(name)
        path = folder / "source.sqlite3"
        initialise(path)
        database = Database.open(str(path))
        begun = time.monotonic(), time.process_time()
        seed(database, messages // 20, messages, talk(), now=_NOW, seed=7)
        lines.append(_line("db seed", messages, time.monotonic() - begun[0], time.process_time() - begun[1]))
        lines.append(_line("  floor: executemany, no index", messages, *_floor(folder / "floor.sqlite3", messages)))
        begun = time.monotonic(), time.process_time()
        backup = take(database, folder / "shelf", clock=utc_now)
        spent = time.monotonic() - begun[0], time.process_time() - begun[1]
        lines.append(_line(f"db backup, {path.stat().st_size / 1e6:,.0f} MB", messages, *spent))
        database.close()
        assert backup.size
        lines += _copies(server, path, messages)
        lines += _move(server, path)
    return "\n".join(lines)


def _line(what: str, rows: int, wall: float, processor: float) -> str:
    of_processor = rows / max(processor, 1e-9)
    return f"{what:<42} {wall:7.1f} s  {rows / wall:10,.0f} rows/s  {of_processor:10,.0f} rows/s of processor"


def _floor(path: Path, messages: int) -> tuple[float, float]:
    with contextlib.closing(connect(path, mode="rwc", timeout_ms=5000)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE t (a, b, c, d, e, f, g, h)")
        row = (1, 1, "сообщение " * 8, 0, 1, 1, "2026-11-23 12:00:00", "2026-11-23 12:00:00")
        begun = time.monotonic(), time.process_time()
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (row for _ in range(messages)))
        connection.execute("COMMIT")
        return time.monotonic() - begun[0], time.process_time() - begun[1]


def _copies(server: Server, path: Path, messages: int) -> list[str]:
    """Ours (copied, then every row compared on both sides) and plain COPY of the same messages into the same tables."""
    name = server.create()
    stages: dict[str, float] = {}

    def stage(what: str, done: int, total: int) -> None:
        stages[what] = time.monotonic()

    begun = time.monotonic(), time.process_time()
    done = copy(path, server.url(name), progress=stage)
    assert done.same
    spent = time.monotonic() - begun[0], time.process_time() - begun[1]
    lines = [_line("db copy, with every row compared", messages, *spent)]
    lines.append(_line("  of it copying", messages, stages["rows"] - begun[0], spent[1]))
    server.execute("TRUNCATE messages", name)
    begun = time.monotonic(), time.process_time()
    columns = "id, conversation_id, user_id, body, direction, telegram_message_id, read, created_at, updated_at"
    with (
        contextlib.closing(connect(path, mode="ro", timeout_ms=5000)) as source,
        contextlib.closing(server.connect(name)) as target,
        target.cursor() as cursor,
        cursor.copy(f"COPY messages ({columns}) FROM STDIN") as lines_out,
    ):
        for row in source.execute(f"SELECT {columns} FROM messages ORDER BY id"):
            lines_out.write_row(row)
    lines.append(_line("  floor: plain COPY", messages, time.monotonic() - begun[0], time.process_time() - begun[1]))
    server.drop(name)
    return lines


def _move(server: Server, path: Path) -> list[str]:
    """Copy, catch up, freeze, catch up for the last time; the writer stands still in the freeze only."""
    busy = Path(shutil.copyfile(path, path.with_name("busy.sqlite3")))
    name = server.create()
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            write(busy, 50, group=1)
        os._exit(1)
    try:
        copy(busy, server.url(name))
        copy(busy, server.url(name), catch_up=True)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    begun = time.monotonic()
    last = copy(busy, server.url(name), catch_up=True)
    freeze = time.monotonic() - begun
    with contextlib.closing(connect(busy, mode="ro", timeout_ms=5000)) as connection:
        wanted = connection.execute("SELECT count(*), sum(id) FROM messages").fetchone()
    [found] = server.execute("SELECT count(*), sum(id) FROM messages", name)
    missing = wanted[0] - found[0]
    assert (last.same, int(found[1])) == (True, wanted[1])
    return [f"a move beside 50 rows/s: freeze {freeze:.1f} s, {last.written} rows in it, {missing} missing"]
