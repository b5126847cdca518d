"""A PostgreSQL server's database as a backend: a pool of readers, one of writers, and one connection that watches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import QueuePool
from sqlmodel import Session

from models.errors import DatabaseProblem
from models.rules.address import shown
from models.store import postgresql

#: A statement may take so many times longer than a lock may be waited for.
STATEMENT_FACTOR = 12
#: Milliseconds after which the server gives up on a transaction whose process says nothing more.
IDLE_IN_TRANSACTION_MS = 30_000


class ServerBackend:
    """`pool` connections in all, never fewer than three: one watches, a third writes, the rest reads."""

    engine = "postgresql"

    def __init__(self, url: str, *, read_only: bool, timeout_ms: int, pool: int) -> None:
        self.place = shown(url)
        self.errors: tuple[type[Exception], ...] = (psycopg.Error,)
        self._settings = postgresql.parameters(url, read_only=read_only)
        self._timeout_ms = timeout_ms
        self._judged = False
        self._watch: psycopg.Connection[Any] | None = None
        self._lost = False
        self._epoch = 0
        self._generation = 0
        writers = max(1, pool // 3)
        self.reader = self._engine(max(1, pool - writers - 1), writer=False)
        self.writer = self._engine(writers, writer=True)

    def _connect(self, **options: Any) -> psycopg.Connection[Any]:
        connection = postgresql.connect(self._settings, **options)
        if not self._judged:
            # Before SQLAlchemy asks: it stumbles over the version of what is no PostgreSQL.
            try:
                row = connection.execute("SELECT version()").fetchone()
                connection.rollback()
                postgresql.check_engine(str(row[0]) if row else "")
            except (psycopg.Error, DatabaseProblem):
                connection.close()
                raise
            self._judged = True
        return connection

    def _engine(self, pool: int, *, writer: bool) -> Engine:
        def creator() -> psycopg.Connection[Any]:
            connection = self._connect()
            # Told at each BEGIN, never to the session.
            connection.isolation_level = (
                psycopg.IsolationLevel.READ_COMMITTED if writer else psycopg.IsolationLevel.REPEATABLE_READ
            )
            connection.read_only = not writer
            return connection

        engine = create_engine(
            "postgresql+psycopg://",
            creator=creator,
            poolclass=QueuePool,
            pool_size=pool,
            max_overflow=0,
            pool_timeout=self._timeout_ms / 1000,
            pool_pre_ping=True,
            use_native_hstore=False,
            hide_parameters=True,
        )
        settings = {
            "TimeZone": "UTC",
            "lock_timeout": str(self._timeout_ms),
            "statement_timeout": str(self._timeout_ms * STATEMENT_FACTOR),
            "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_MS),
        }
        local = "SELECT " + ", ".join(f"set_config('{name}', '{value}', true)" for name, value in settings.items())

        @event.listens_for(engine, "connect")
        def connected(connection: Any, record: Any) -> None:
            record.info["generation"] = self._generation

        @event.listens_for(engine, "checkout")
        def checked_out(connection: Any, record: Any, proxy: Any) -> None:
            if record.info["generation"] != self._generation:
                raise DisconnectionError

        @event.listens_for(engine, "begin")
        def begin(connection: Any) -> None:
            connection.exec_driver_sql(local)

        return engine

    def problem(self, error: BaseException) -> DatabaseProblem:
        found = postgresql.problem(error)
        if found.id in ("read-only", "gone"):
            # Perhaps this host is no longer the primary: each connection looks for it again.
            self._lost = True
            self._generation += 1
        return found

    def begun(self, session: Session) -> None:
        """Nothing to look at: the server knows its own files."""

    def token(self, reprobe: Callable[[], None]) -> tuple[int, object]:
        """`pg_current_snapshot()`, which any writer's commit moves. After an outage everything counts as changed: an
        asynchronous standby that took over may have forgotten what was seen."""
        if self._lost:
            self._stop_watching()
        try:
            if self._watch is None:
                self._watch = self._connect(autocommit=True)
            row = self._watch.execute("SELECT pg_current_snapshot()::text").fetchone()
        except psycopg.Error:
            self._lost = True
            raise
        if self._lost:
            reprobe()
            self._lost = False
            self._epoch += 1
        return self._epoch, str(row[0]) if row else ""

    def stamp(self) -> object | None:
        """None: a server is asked."""
        return None

    def _stop_watching(self) -> None:
        if self._watch is not None:
            self._watch.close()
            self._watch = None

    def close(self) -> None:
        self._stop_watching()
        self.reader.dispose()
        self.writer.dispose()
