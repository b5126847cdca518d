"""Other processes on the same file: real ones, each with a script of its own, awaited with a deadline."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[3]

#: A writer as Rails is one: BEGIN IMMEDIATE, a busy timeout of 5 seconds, WAL, a short pause between transactions.
RAILS = """
import sys, time
from models.store.sqlite import library
path, rounds = sys.argv[1], int(sys.argv[2])
connection = library().connect(path, isolation_level=None, timeout=5)
connection.execute("PRAGMA foreign_keys=ON"); connection.execute("PRAGMA journal_mode=WAL")
connection.execute("PRAGMA synchronous=NORMAL")
print("ready", flush=True)
sys.stdin.readline()
for _ in range(rounds):
    connection.execute("BEGIN IMMEDIATE")
    [(count,)] = connection.execute("SELECT unread_count FROM conversations WHERE id = 1")
    connection.execute("UPDATE conversations SET unread_count = ? WHERE id = 1", (count + 1,))
    connection.execute("COMMIT")
    time.sleep(0.001)
connection.close()
print("done", flush=True)
"""

#: A console that adds to the same counter through our sessions.
CONSOLE = """
import sys
from sqlalchemy import text
from models.store.database import Database
path, rounds = sys.argv[1], int(sys.argv[2])
database = Database.open(path)
print("ready", flush=True)
sys.stdin.readline()
for _ in range(rounds):
    with database.write() as session:
        count = session.execute(text("SELECT unread_count FROM conversations WHERE id = 1")).scalar_one()
        session.execute(text("UPDATE conversations SET unread_count = :n WHERE id = 1"), {"n": count + 1})
database.close()
print("done", flush=True)
"""

#: Waits for the word, then adds our tables.
UPGRADE = """
import sys
from alembic import command
from models.store.database import Database
from models.store.lifecycle import upgrade
database = Database.open(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
upgrade(database)
assert database.features.console_tables
database.close()
print("done", flush=True)
"""


class Process:
    """One script in an interpreter of its own; `start` lets it go on after it has said that it is ready."""

    def __init__(self, script: str, *arguments: object) -> None:
        self.popen = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", script, *map(str, arguments)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ready(self) -> None:
        assert self.popen.stdout is not None
        line = self.popen.stdout.readline()
        assert line == "ready\n", self.popen.communicate(timeout=50)

    def start(self) -> None:
        assert self.popen.stdin is not None
        self.popen.stdin.write("\n")
        self.popen.stdin.flush()

    def finish(self) -> str:
        """What it printed. Fails when it failed."""
        out, err = self.popen.communicate(timeout=60)
        assert self.popen.returncode == 0, err
        return out

    def kill(self) -> None:
        self.popen.kill()
        self.popen.communicate(timeout=50)


def together(*processes: Process) -> list[str]:
    """Lets them go at once, when all are ready, and waits for them."""
    try:
        for process in processes:
            process.ready()
        for process in processes:
            process.start()
        return [process.finish() for process in processes]
    finally:
        for process in processes:
            if process.popen.poll() is None:
                process.kill()


@contextmanager
def folder_of_somebody() -> Iterator[Path]:
    """A folder that a process without root's rights can enter."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        yield Path(name)


#: At the top of a script that must not be root: rights do not bind root. After the imports, which are root's own.
NOT_ROOT = """
import os
if os.geteuid() == 0:
    os.setegid(65534)
    os.seteuid(65534)
"""
