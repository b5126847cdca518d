"""One database, of either engine: sessions to read and to write, and whether anybody committed."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session

from models.errors import DatabaseProblem, Refused
from models.rules.address import names_server, path_of
from models.rules.clock import Clock, utc_now
from models.store.backend import Backend
from models.store.file import FileBackend
from models.store.revisions import check_known, revisions_of
from models.store.shape import probe
from models.tables.base import CLOCK, FEATURES
from models.views import Features

_SERVER_TIME = text("SELECT timezone('UTC', clock_timestamp())")


class Database:
    """Safe from several threads: each `read` and `write` has a session of its own."""

    def __init__(self, backend: Backend, *, read_only: bool, clock: Clock, any_step: bool = False) -> None:
        self._any_step = any_step
        self.read_only = read_only
        self.clock = clock
        #: Whether `time` asks the server: a clock that a caller brought is the one that counts.
        self.server_time = backend.engine == "postgresql" and clock is utc_now
        self._backend = backend
        self._probe_lock = threading.Lock()
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
        any_step: bool = False,
    ) -> Self:
        """Opens an existing database; never creates one. `any_step`: for the verbs that move a schema, one of our own
        that stands between two steps opens, too.

        Raises DatabaseProblem: not-found, is-directory, not-a-database, unknown-shape, locked, read-only, damaged,
        cannot-open, too-new; of a server also gone, refused-login, no-such-database, other-engine, forbidden;
        Usage('bad-url').
        """
        backend = open_backend(url_or_path, read_only=read_only, timeout_ms=timeout_ms, pool=pool)
        try:
            return cls(backend, read_only=read_only, clock=clock, any_step=any_step)
        except DatabaseProblem as error:
            backend.close()
            error.values.setdefault("path", backend.place)
            raise

    @property
    def engine(self) -> str:
        """'sqlite' or 'postgresql'."""
        return self._backend.engine

    @property
    def place(self) -> str:
        """The file's path, or the server's URL without its password."""
        return self._backend.place

    @property
    def path(self) -> Path:
        """The file. Raises Refused('no-file') for a server's database."""
        if not isinstance(self._backend, FileBackend):
            raise Refused("no-file", place=self.place)
        return self._backend.path

    @contextlib.contextmanager
    def read(self) -> Iterator[Session]:
        """A session on one snapshot that can't write. Raises DatabaseProblem."""
        with self._translated(), Session(self._backend.reader, expire_on_commit=False, autoflush=False) as session:
            session.info.update({CLOCK: self.clock, FEATURES: self.features})
            yield session

    @contextlib.contextmanager
    def write(self) -> Iterator[Session]:
        """A session to write in: committed at the end, rolled back on any exception. Keep it short, and never hold it
        across a network call. On SQLite it is inside BEGIN IMMEDIATE, so nobody else writes meanwhile; on PostgreSQL
        others do: what may happen only once takes its turn (`models.store.turns`).

        Raises Refused('read-only-session'), DatabaseProblem.
        """
        if self.read_only:
            raise Refused("read-only-session")
        with self._translated(), Session(self._backend.writer, expire_on_commit=False) as session:
            session.info.update({CLOCK: self.clock, FEATURES: self.features})
            session.connection()
            self._backend.begun(session)
            yield session
            session.commit()

    def time(self, session: Session) -> datetime:
        """The moment by which every process at this database agrees what is due and what ran out: the server's own
        (`clock_timestamp()`), or the clock where there is no server."""
        if not self.server_time:
            return self.clock()
        moment: datetime = session.execute(_SERVER_TIME).scalar_one()
        return moment.replace(tzinfo=UTC)

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise self._backend.problem(error) from None
        except PoolTimeout:
            raise DatabaseProblem("pool-full") from None
        except self._backend.errors as error:
            raise self._backend.problem(error) from None

    @property
    def writer_engine(self) -> Engine:
        """For migrations only."""
        return self._backend.writer

    @property
    def reader_engine(self) -> Engine:
        """For schema inspection only."""
        return self._backend.reader

    def refresh_features(self) -> None:
        """Probes the shape, and that no newer Frontdesk has been here; again after an upgrade, or when the application
        migrated under us. Raises DatabaseProblem."""
        with self._translated(), self._backend.reader.connect() as connection:
            check_known(revisions_of(connection))
            try:
                features = probe(connection).features
            except DatabaseProblem:
                from models.store.steps import owned_by_us

                if not self._any_step or not owned_by_us(connection):
                    raise
                features = Features(shape="S", paid=False)
        self.features = features

    def change_token(self) -> tuple[int, object]:
        """Another value after any commit of anybody; its first part changes with the database itself (another file in
        its place, a server that came back). Raises DatabaseProblem: once 'replaced' for a file that was."""
        with self._probe_lock, self._translated():
            return self._backend.token(self.refresh_features)

    def stamp(self) -> object | None:
        """What moves with most commits, for microseconds and without waiting; None where there is nothing so cheap."""
        return self._backend.stamp()

    def close(self) -> None:
        """Closes every connection that is not in use."""
        with self._probe_lock:
            self._backend.close()


def open_backend(url_or_path: str, *, read_only: bool, timeout_ms: int, pool: int) -> Backend:
    """The engine for an address; of a server nothing is asked yet. Raises DatabaseProblem, Usage('bad-url')."""
    if names_server(url_or_path):
        # Imported where it is used: psycopg costs an SQLite console 60 ms.
        from models.store.server import ServerBackend

        return ServerBackend(url_or_path, read_only=read_only, timeout_ms=timeout_ms, pool=pool)
    path = path_of(url_or_path).absolute()
    FileBackend.check(path)
    return FileBackend(path, read_only=read_only, timeout_ms=timeout_ms, pool=pool)
