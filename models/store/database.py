"""One database: a pool of readers, one writer, and a watch on the file itself."""

from __future__ import annotations

import contextlib
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool
from sqlmodel import Session

from models.errors import DatabaseProblem, Refused, Usage
from models.rules.clock import Clock, utc_now
from models.store import sqlite
from models.store.revisions import check_known, revisions_of
from models.store.shape import probe
from models.tables.base import CLOCK, FEATURES
from models.views import Features

_SCHEMES = ("sqlite:///", "sqlite+pysqlite:///")


def path_of(url_or_path: str) -> Path:
    """The file behind a plain path or an SQLite URL. Raises Usage('bad-url') for another engine."""
    for scheme in _SCHEMES:
        if url_or_path.startswith(scheme):
            return Path(url_or_path.removeprefix(scheme)).expanduser()
    if "://" in url_or_path:
        raise Usage("bad-url", scheme=url_or_path.split("://", 1)[0])
    return Path(url_or_path).expanduser()


class Database:
    """Safe from several threads: each `read` and `write` has a session of its own.

    Writers of this process wait for each other inside the pool, not at SQLite's lock, so that they never crowd out
    the application.
    """

    def __init__(self, path: Path, *, read_only: bool, timeout_ms: int, pool: int, clock: Clock) -> None:
        self.path = path
        self.read_only = read_only
        self.clock = clock
        self._timeout_ms = timeout_ms
        self._identity = sqlite.identity(path)
        self._probe_lock = threading.Lock()
        self._token_connection: Any = None
        self._epoch = 0
        self._reader = self._engine(pool, writer=False)
        self._writer = self._engine(1, writer=True)
        self.features: Features
        self.refresh_features()

    @classmethod
    def open(
        cls,
        url_or_path: str,
        *,
        read_only: bool = False,
        timeout_ms: int = 5000,
        pool: int = 5,
        clock: Clock = utc_now,
    ) -> Self:
        """Opens an existing database; never creates one.

        Raises DatabaseProblem: not-found, is-directory, not-a-database, unknown-shape, locked, read-only, damaged,
        cannot-open, too-new; Usage('bad-url').
        """
        path = path_of(url_or_path).absolute()
        try:
            mode = path.stat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            raise DatabaseProblem("not-found", path=str(path)) from None
        except OSError:
            # A folder on the way that we may not enter, a name too long, a circle of links.
            raise DatabaseProblem("cannot-open", path=str(path)) from None
        if stat.S_ISDIR(mode):
            raise DatabaseProblem("is-directory", path=str(path))
        try:
            return cls(path, read_only=read_only, timeout_ms=timeout_ms, pool=pool, clock=clock)
        except DatabaseProblem as error:
            error.values.setdefault("path", str(path))
            raise

    def _engine(self, pool: int, *, writer: bool) -> Engine:
        mode = "ro" if self.read_only else "rw"
        engine = create_engine(
            "sqlite://",
            module=sqlite.library(),
            creator=lambda: sqlite.connect(self.path, mode=mode, timeout_ms=self._timeout_ms),
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

    @contextlib.contextmanager
    def read(self) -> Iterator[Session]:
        """A session on one snapshot that can't write. Raises DatabaseProblem."""
        with self._translated(), Session(self._reader, expire_on_commit=False, autoflush=False) as session:
            session.info.update({CLOCK: self.clock, FEATURES: self.features})
            yield session

    @contextlib.contextmanager
    def write(self) -> Iterator[Session]:
        """A session inside BEGIN IMMEDIATE: committed at the end, rolled back on any exception. Keep it short, and
        never hold it across a network call. Raises Refused('read-only-session'), DatabaseProblem."""
        if self.read_only:
            raise Refused("read-only-session")
        with self._translated(), Session(self._writer, expire_on_commit=False) as session:
            session.info.update({CLOCK: self.clock, FEATURES: self.features})
            session.connection()
            # After the lock is held: a file that was replaced meanwhile must not swallow the write.
            self._check_identity()
            yield session
            session.commit()

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise sqlite.problem(error) from None
        except PoolTimeout:
            raise DatabaseProblem("pool-full") from None
        except sqlite.library().Error as error:
            raise sqlite.problem(error) from None

    def _check_identity(self) -> None:
        if sqlite.identity(self.path) != self._identity:
            raise DatabaseProblem("replaced", path=str(self.path))

    @property
    def writer_engine(self) -> Engine:
        """For migrations only."""
        return self._writer

    @property
    def reader_engine(self) -> Engine:
        """For schema inspection only."""
        return self._reader

    def refresh_features(self) -> None:
        """Probes the shape, and that no newer Frontdesk has been here; again after an upgrade, or when the application
        migrated under us. Raises DatabaseProblem."""
        with self._translated(), self._reader.connect() as connection:
            features = probe(connection).features
            check_known(revisions_of(connection))
        self.features = features

    def change_token(self) -> tuple[int, int]:
        """Moves after any other connection's commit (`PRAGMA data_version`; 3 µs). Ours on other pooled connections
        count too. When the file was replaced, raises DatabaseProblem('replaced') once, then reopens the new one."""
        with self._probe_lock, self._translated():
            if sqlite.identity(self.path) != self._identity:
                self._reopen()
            if self._token_connection is None:
                mode = "ro" if self.read_only else "rw"
                self._token_connection = sqlite.connect(self.path, mode=mode, timeout_ms=self._timeout_ms)
            row = self._token_connection.execute("PRAGMA data_version").fetchone()
            return self._epoch, int(row[0])

    def _reopen(self) -> None:
        known, found = self._identity, sqlite.identity(self.path)
        if found is None:
            raise DatabaseProblem("replaced", path=str(self.path))
        if self._token_connection is not None:
            self._token_connection.close()
            self._token_connection = None
            raise DatabaseProblem("replaced", path=str(self.path))
        self._reader.dispose()
        self._writer.dispose()
        self._identity = found
        try:
            self.refresh_features()
        except DatabaseProblem:
            self._identity = known
            raise
        self._epoch += 1

    def close(self) -> None:
        """Closes every connection that is not in use."""
        with self._probe_lock:
            if self._token_connection is not None:
                self._token_connection.close()
                self._token_connection = None
        self._reader.dispose()
        self._writer.dispose()
