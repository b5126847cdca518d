"""An SQLite file as a backend: a pool of readers, one writer, and a watch on the file itself."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.pool import QueuePool
from sqlmodel import Session

from models.errors import DatabaseProblem
from models.store import sqlite


class FileBackend:
    """Writers of this process wait for each other inside the pool, not at SQLite's lock, so that they never crowd out
    the application."""

    engine = "sqlite"

    def __init__(self, path: Path, *, read_only: bool, timeout_ms: int, pool: int) -> None:
        self.path = path
        self.place = str(path)
        self.errors: tuple[type[Exception], ...] = (sqlite.library().Error,)
        self._mode = "ro" if read_only else "rw"
        self._timeout_ms = timeout_ms
        self._identity = sqlite.identity(path)
        self._watch: Any = None
        self._epoch = 0
        self.reader = self._engine(pool, writer=False)
        self.writer = self._engine(1, writer=True)

    @staticmethod
    def check(path: Path) -> None:
        """Raises DatabaseProblem: not-found, is-directory, cannot-open."""
        try:
            mode = path.stat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            raise DatabaseProblem("not-found", path=str(path)) from None
        except OSError:
            # A folder on the way that we may not enter, a name too long, a circle of links.
            raise DatabaseProblem("cannot-open", path=str(path)) from None
        if stat.S_ISDIR(mode):
            raise DatabaseProblem("is-directory", path=str(path))

    def _connect(self) -> Any:
        return sqlite.connect(self.path, mode=self._mode, timeout_ms=self._timeout_ms)

    def _engine(self, pool: int, *, writer: bool) -> Engine:
        engine = create_engine(
            # Not as text: the pattern that takes one apart would be compiled for this.
            URL.create("sqlite"),
            module=sqlite.library(),
            creator=self._connect,
            poolclass=QueuePool,
            pool_size=pool,
            max_overflow=0,
            pool_timeout=self._timeout_ms / 1000,
            hide_parameters=True,
        )

        @event.listens_for(engine, "connect")
        def prepare(connection: Any, record: Any) -> None:
            sqlite.prepare(connection, writer=writer)

        @event.listens_for(engine, "begin")
        def begin(connection: Any) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writer else "BEGIN")

        return engine

    def problem(self, error: BaseException) -> DatabaseProblem:
        return sqlite.problem(error)

    def begun(self, session: Session) -> None:
        """After the lock is held: a file that was replaced meanwhile must not swallow the write."""
        if sqlite.identity(self.path) != self._identity:
            raise DatabaseProblem("replaced", path=self.place)

    def token(self, reprobe: Callable[[], None]) -> tuple[int, object]:
        """`PRAGMA data_version` (3 µs); ours on other pooled connections count too. When the file was replaced, raises
        DatabaseProblem('replaced') once, then reopens the new one."""
        if sqlite.identity(self.path) != self._identity:
            self._reopen(reprobe)
        if self._watch is None:
            self._watch = self._connect()
        return self._epoch, int(self._watch.execute("PRAGMA data_version").fetchone()[0])

    def stamp(self) -> object | None:
        """Times and sizes of the file and its log (5 µs). Two commits within one tick of the kernel's clock may look
        like one."""
        found: list[tuple[int, int, int] | None] = []
        for name in (self.path, f"{self.path}-wal"):
            try:
                status = os.stat(name)
            except OSError:
                found.append(None)
            else:
                found.append((status.st_ino, status.st_size, status.st_mtime_ns))
        return tuple(found)

    def _reopen(self, reprobe: Callable[[], None]) -> None:
        known, found = self._identity, sqlite.identity(self.path)
        if found is None:
            raise DatabaseProblem("replaced", path=self.place)
        if self._watch is not None:
            self._stop_watching()
            raise DatabaseProblem("replaced", path=self.place)
        self.reader.dispose()
        self.writer.dispose()
        self._identity = found
        try:
            reprobe()
        except DatabaseProblem:
            self._identity = known
            raise
        self._epoch += 1

    def _stop_watching(self) -> None:
        if self._watch is not None:
            self._watch.close()
            self._watch = None

    def close(self) -> None:
        self._stop_watching()
        self.reader.dispose()
        self.writer.dispose()
