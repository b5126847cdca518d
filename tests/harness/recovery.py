"""Operating a database while it is killed: upgrade, backup, restore and copy get SIGKILL at random moments; and backups
taken all the time beside a writer. `python -m tests.harness.recovery` runs the full figures.

Every round forks, so that the child starts at once and dies anywhere on its way.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from console.demo.talk import talk
from models.errors import Refused
from models.rules.clock import utc_now
from models.store import archive
from models.store.backup import examine, take
from models.store.copy_run import copy
from models.store.database import Database
from models.store.lifecycle import initialise, upgrade
from models.store.restore import restore
from models.store.seeds import seed
from models.store.sqlite import connect
from models.tables.names import TABLE_NAMES

#: Rows that the writer commits at once: every whole backup holds a multiple.
GROUP = 50
_SEED = Path(__file__).parents[1] / "data" / "seed.sqlite3"


@dataclass
class Figures:
    """What the rounds came to."""

    killed: Counter[str] = field(default_factory=Counter)
    finished: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    backups: int = 0
    rows: int = 0
    seconds: float = 0.0


class Rounds:
    """One operation after the other, each killed somewhere, judged, and run once more to its end."""

    def __init__(self, folder: Path, messages: int, number: int) -> None:
        self.folder = folder
        self.chance = random.Random(number)
        self.figures = Figures()
        self.source = folder / "source.sqlite3"
        initialise(self.source)
        database = Database.open(str(self.source))
        seed(database, messages // 20, messages, talk(), now=datetime(2026, 11, 23, 12, tzinfo=UTC), seed=number)
        database.close()
        self.messages = messages
        self.counts = examine(self.source).counts
        self.shelf = folder / "shelf"
        database = Database.open(str(self.source))
        self.backup = take(database, self.shelf, clock=utc_now).path
        database.close()
        self.longest: dict[str, float] = {}

    def run(self, kills: int) -> None:
        operations: list[Callable[[Path], None]] = [self.upgrade, self.take, self.restore, self.copy]
        number = 0
        # A round that was over before its kill counts for nothing.
        while self.figures.killed.total() < kills:
            number += 1
            place = self.folder / f"round-{number}"
            place.mkdir()
            operations[number % len(operations)](place)
            shutil.rmtree(place)

    def _killed(self, name: str, act: Callable[[], object]) -> None:
        """Forks a child that acts; the first one lives, and says how long that takes."""
        begun = time.monotonic()
        child = os.fork()
        if child == 0:
            with contextlib.suppress(BaseException):
                act()
                os._exit(0)
            os._exit(1)
        if name in self.longest:
            time.sleep(self.chance.uniform(0, self.longest[name]))
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if name not in self.longest:
            self.longest[name] = time.monotonic() - begun
        if os.WIFSIGNALED(status):
            self.figures.killed[name] += 1
        else:
            assert os.WEXITSTATUS(status) == 0, name
            self.figures.finished[name] += 1

    def upgrade(self, place: Path) -> None:
        path = Path(shutil.copyfile(_SEED, place / "seed.sqlite3"))
        self._killed("upgrade", lambda: _upgrade(path))
        names = set(_checked(path))
        ours = {name for name in names if name.startswith("console_")}
        assert ours in (set(), {*TABLE_NAMES, "console_schema_version"}), ours
        self.figures.states["upgrade: " + ("new" if ours else "old")] += 1
        _upgrade(path)
        assert set(TABLE_NAMES) <= set(_checked(path))

    def take(self, place: Path) -> None:
        self._killed("backup", lambda: self._take(place))
        whole = list(place.glob("*" + archive.SUFFIX))
        for path in whole:
            assert archive.verify(path).counts == self.counts
        self.figures.states["backup: " + ("new" if whole else "old")] += 1
        assert _checked(self.source) == self.counts
        self._take(place)
        assert len(list(place.iterdir())) == len(whole) + 1, "what was half done is cleared away"

    def _take(self, place: Path) -> None:
        database = Database.open(str(self.source))
        take(database, place, clock=utc_now)
        database.close()

    def restore(self, place: Path) -> None:
        path = Path(shutil.copyfile(_SEED, place / "seed.sqlite3"))
        old = _checked(path)
        self._killed("restore", lambda: restore(self.backup, path, clock=utc_now))
        found = _checked(path)
        assert found in (old, self.counts)
        self.figures.states["restore: " + ("new" if found == self.counts else "old")] += 1
        restore(self.backup, path, clock=utc_now)
        assert _checked(path) == self.counts
        assert not [left for left in place.iterdir() if "at-work" in left.name]
        for kept in place.glob("*before-restore*"):
            if kept.name.endswith(("-wal", "-shm", "-journal")):
                # Of a kept file that was being closed: SQLite's own, and right.
                continue
            assert kept.stat().st_nlink == 1
            assert examine(kept).counts in (old, self.counts)

    def copy(self, place: Path) -> None:
        target = place / "target.sqlite3"
        self._killed("copy", lambda: copy(self.source, str(target)))
        if target.exists():
            _checked(target)
        try:
            done = copy(self.source, str(target))
            self.figures.states["copy: part"] += 1
        except Refused:
            # Whole already: it can only be caught up with.
            done = copy(self.source, str(target), catch_up=True)
            self.figures.states["copy: new"] += 1
        assert done.same
        assert _checked(target) == self.counts


def _upgrade(path: Path) -> None:
    database = Database.open(str(path))
    upgrade(database)
    database.close()


def _checked(path: Path) -> dict[str, int]:
    """Rows by table, of a database that opens and is whole."""
    with contextlib.closing(connect(path, mode="rw", timeout_ms=5000)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    return examine(path).counts


def write(path: Path, rate: float, group: int = GROUP) -> None:
    """Commits groups of messages at `rate` rows a second until it is killed; ids have no gap."""
    with contextlib.closing(connect(path, mode="rw", timeout_ms=5000)) as connection:
        connection.execute("PRAGMA synchronous=NORMAL")
        begun, groups = time.monotonic(), 0
        row = (1, "сообщение " * 5, "2026-11-23 12:00:00", "2026-11-23 12:00:00")
        statement = "INSERT INTO messages (conversation_id, body, created_at, updated_at) VALUES (?, ?, ?, ?)"
        while True:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(statement, [row] * group)
            connection.execute("COMMIT")
            groups += 1
            time.sleep(max(0.0, begun + groups * group / rate - time.monotonic()))


def beside_a_writer(folder: Path, seconds: float, *, rate: float = 5000, every: float = 1.0) -> Figures:
    """Backups taken all the time; each is restored, whole, and holds a prefix of what was committed."""
    figures = Figures()
    path = folder / "busy.sqlite3"
    initialise(path)
    now = "'2026-11-23 12:00:00'"
    with contextlib.closing(connect(path, mode="rw", timeout_ms=5000)) as connection:
        connection.execute(f"INSERT INTO users (id, telegram_id, created_at, updated_at) VALUES (1, 1, {now}, {now})")
        connection.execute(
            f"INSERT INTO conversations (id, user_id, created_at, updated_at) VALUES (1, 1, {now}, {now})"
        )
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            write(path, rate)
        os._exit(1)
    begun = time.monotonic()
    taken: list[tuple[Path, int]] = []
    try:
        while time.monotonic() - begun < seconds:
            with contextlib.closing(connect(path, mode="ro", timeout_ms=5000)) as connection:
                committed = int(connection.execute("SELECT count(*) FROM messages").fetchone()[0])
            database = Database.open(str(path))
            taken.append((take(database, folder / "shelf", clock=utc_now).path, committed))
            database.close()
            time.sleep(max(0.0, begun + len(taken) * every - time.monotonic()))
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    figures.seconds = time.monotonic() - begun
    for backup, committed in taken:
        restored = folder / "restored.sqlite3"
        restored.unlink(missing_ok=True)
        manifest = restore(backup, restored, clock=utc_now).manifest
        with contextlib.closing(connect(restored, mode="rw", timeout_ms=5000)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            count, last = connection.execute("SELECT count(*), coalesce(max(id), 0) FROM messages").fetchone()
        assert count == last == manifest.counts["messages"], "ids have no gap"
        assert count % GROUP == 0, "no commit is held in part"
        assert count >= committed, "what was committed before is in it"
        figures.backups += 1
        figures.rows = max(figures.rows, count)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--every", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        rounds = Rounds(Path(name), arguments.messages, arguments.seed)
        rounds.run(arguments.kills)
        figures = rounds.figures
        killed, finished = figures.killed.total(), figures.finished.total()
        print(f"{killed} killed {dict(figures.killed)}, {finished} finished first; found then: {dict(figures.states)}")
        print("every database opened, at the old or the new state, and a second run finished the work")
    with tempfile.TemporaryDirectory() as name:
        busy = beside_a_writer(Path(name), arguments.seconds, every=arguments.every)
        print(
            f"{busy.backups} backups in {busy.seconds:.0f} s beside a writer of {busy.rows / busy.seconds:,.0f} rows/s:"
            " every one restored, passed its checks and held a prefix of what was committed"
        )


if __name__ == "__main__":
    main()
