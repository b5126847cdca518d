"""A database copied into another one: in batches, resumed where it was killed, then compared row by row until both hold
the same. A later pass takes over what changed since.

The source is read on one snapshot, beside those who write to it; it is never written.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from models.errors import Refused
from models.rules.address import names_server, path_of
from models.rules.progress import Progress, silent
from models.store import sqlite
from models.store.backend import Backend
from models.store.copy_schema import PROGRESS, CopyTable, mirror, plan_tables
from models.store.copy_values import (
    QUICK,
    SLOW,
    Changed,
    Copied,
    Kind,
    Side,
    converted,
    differ,
    digest,
    in_order,
    read_as,
)
from models.store.database import open_backend

#: Rows in one transaction, and rows compared at a time.
BATCH, RANGE = 5_000, 5_000
#: Named in the report; all are counted.
_NAMED = 1000

Row = tuple[Any, ...]


def copy(
    source: Path, target: str, *, catch_up: bool = False, timeout_ms: int = 5000, progress: Progress = silent
) -> Copied:
    """Copies the SQLite file into `target`: a PostgreSQL URL or a path. An empty target gets the tables first; one that
    a killed run left half done is continued; any other is refused, unless `catch_up` says that it is a copy.

    Raises Refused('copy-not-empty', 'copy-nothing', 'copy-schema', 'copy-itself', 'copy-orphans'), DatabaseProblem,
    Usage.
    """
    if not names_server(target) and path_of(target).absolute() == source.absolute():
        raise Refused("copy-itself")
    here = open_backend(str(source), read_only=True, timeout_ms=timeout_ms, pool=2)
    with contextlib.closing(here):
        fresh = _make(here, target, catch_up, timeout_ms)
        there = open_backend(target, read_only=False, timeout_ms=timeout_ms, pool=3)
        with contextlib.closing(there), _in_our_words(here, there):
            tables = plan_tables(here.reader, there.reader)
            _begin(there, fresh, catch_up)
            with _snapshot(source, timeout_ms) as rows:
                run = _Run(rows, there, tables, progress)
                if not catch_up:
                    run.load()
                run.compare()
                run.finish()
            return run.copied


def _make(here: Backend, target: str, catch_up: bool, timeout_ms: int) -> bool:
    """Tables for an empty target. Returns whether there were none."""
    if not names_server(target) and not path_of(target).exists():
        if catch_up:
            raise Refused("copy-nothing")
        path = path_of(target).absolute()
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with contextlib.closing(sqlite.connect(path, mode="rwc", timeout_ms=timeout_ms)) as made:
            made.execute("PRAGMA journal_mode=WAL")
        path.chmod(0o600)
    there = open_backend(target, read_only=False, timeout_ms=timeout_ms, pool=1)
    with contextlib.closing(there), _in_our_words(here, there):
        with there.reader.connect() as connection:
            if inspect(connection).get_table_names():
                return False
        if catch_up:
            raise Refused("copy-nothing")
        with there.writer.begin() as connection:
            mirror(here.reader, connection)
            connection.execute(text(f"CREATE TABLE {PROGRESS} (name text PRIMARY KEY, after bigint, done integer)"))
    return True


def _begin(there: Backend, fresh: bool, catch_up: bool) -> None:
    if fresh or catch_up:
        return
    with there.reader.connect() as connection:
        if not inspect(connection).has_table(PROGRESS):
            raise Refused("copy-not-empty", place=there.place)


@contextlib.contextmanager
def _in_our_words(*backends: Backend) -> Iterator[None]:
    kinds: tuple[type[Exception], ...] = (DBAPIError, *(kind for each in backends for kind in each.errors))
    try:
        yield
    except kinds as error:
        raised = getattr(error, "orig", None) or error
        theirs = next((each for each in backends if isinstance(raised, each.errors)), backends[0])
        raise theirs.problem(error) from None


@contextlib.contextmanager
def _snapshot(source: Path, timeout_ms: int) -> Iterator[Any]:
    """A connection inside one read transaction, whose text keeps broken bytes apart from good ones."""
    try:
        with contextlib.closing(sqlite.connect(source, mode="ro", timeout_ms=timeout_ms)) as connection:
            connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
            connection.execute("BEGIN")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            yield connection
    except sqlite.library().Error as error:
        raise sqlite.problem(error) from None


class _Run:
    """One pass over all tables."""

    def __init__(self, source: Any, target: Backend, tables: Sequence[CopyTable], progress: Progress) -> None:
        self.copied = Copied()
        self._source = source
        self._target = target
        self._tables = tables
        self._progress = progress
        self._total = sum(self._one(f'SELECT count(*) FROM "{table.name}"') for table in tables)

        self._told: set[tuple[str, object, str]] = set()
        orphans = sum(1 for _ in source.execute("PRAGMA foreign_key_check"))
        if orphans:
            raise Refused("copy-orphans", n=orphans)

    def _one(self, statement: str) -> int:
        return int(self._source.execute(statement).fetchone()[0] or 0)

    def load(self) -> None:
        """Rows that the target has not, after those that an earlier run had brought."""
        passed = 0
        for table in self._tables:
            if table.key is None:
                continue
            after, done = self._reached(table)
            while not done:
                rows = self._read(table, f'"{table.key}" > {after}', BATCH)
                with self._target.writer.begin() as connection:
                    self._insert(connection, table, rows)
                    done = len(rows) < BATCH
                    after = rows[-1][table.columns.index(table.key)] if rows else after
                    self._note(connection, table, after, done)
                self.copied.written += len(rows)
                passed += len(rows)
                self._progress("rows", passed, self._total)

    def compare(self) -> None:
        """Both sides range by range; where they differ the target becomes like the source."""
        gone: list[tuple[CopyTable, list[Any]]] = []
        passed = 0
        for table in self._tables:
            side = self.copied.tables[table.name] = Side()
            ours, theirs = hashlib.sha256(), hashlib.sha256()
            for where in self._ranges(table):
                rows, count, same, extra = self._range(table, where)
                ours.update(rows.encode())
                theirs.update(same.encode())
                if extra:
                    gone.append((table, extra))
                side.rows += count
                passed += count
                self._progress("digest", passed, self._total)
            side.source, side.target = ours.hexdigest(), theirs.hexdigest()
        self._remove(gone)

    def finish(self) -> None:
        """Counters behind the highest id; the notes of the way go."""
        with self._target.writer.begin() as connection:
            if self._target.engine == "postgresql":
                for table in self._tables:
                    if table.serial:
                        serial = f"pg_get_serial_sequence('\"{table.name}\"', 'id')"
                        highest = f"setval({serial}, greatest(max(id), 1), max(id) IS NOT NULL)"
                        connection.execute(text(f'SELECT {highest} FROM "{table.name}" HAVING {serial} IS NOT NULL'))
            else:
                self._copy_sequence(connection)
            connection.execute(text(f"DROP TABLE IF EXISTS {PROGRESS}"))

    def _copy_sequence(self, connection: Connection) -> None:
        """Ids of deleted rows come never again, in the copy neither."""
        if not self._one("SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_sequence'"):
            return
        for name, highest in self._source.execute("SELECT name, seq FROM sqlite_sequence").fetchall():
            values = {"name": name, "seq": highest}
            connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), values)
            connection.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :seq)"), values)

    # one table

    def _reached(self, table: CopyTable) -> tuple[int, bool]:
        with self._target.reader.connect() as connection:
            found = connection.execute(
                text(f"SELECT after, done FROM {PROGRESS} WHERE name = :name"), {"name": table.name}
            ).first()
        return (int(found[0]), bool(found[1])) if found else (-(2**63), False)

    def _note(self, connection: Connection, table: CopyTable, after: int, done: bool) -> None:
        values = {"name": table.name, "after": after, "done": int(done)}
        connection.execute(text(f"DELETE FROM {PROGRESS} WHERE name = :name"), values)
        connection.execute(text(f"INSERT INTO {PROGRESS} (name, after, done) VALUES (:name, :after, :done)"), values)

    def _read(self, table: CopyTable, where: str, limit: int | None = None) -> list[Row]:
        """Rows of the source as the target takes them."""
        order = f' ORDER BY "{table.key}"' if table.key else ""
        several = "" if limit is None else f" LIMIT {limit}"
        listed = ", ".join(f'"{name}"' for name in table.columns)
        found = self._source.execute(f'SELECT {listed} FROM "{table.name}" WHERE {where}{order}{several}')
        return [self._row(table, row) for row in found]

    def _row(self, table: CopyTable, row: Row) -> Row:
        made: list[Any] = []
        for place, (value, kind) in enumerate(zip(row, table.kinds, strict=True)):
            quick = None if value is None else QUICK[kind](value)
            if quick is SLOW:
                quick, what = converted(value, kind, nullable=table.nullable[place])
                if what is not None:
                    self._tell(table, row, table.columns[place], what)
            made.append(quick)
        return tuple(made)

    def _tell(self, table: CopyTable, row: Row, column: str, what: str) -> None:
        id = row[table.columns.index(table.key)] if table.key else None
        # Read once to be copied and once to be compared, told of once.
        if (table.name, id, column) not in self._told:
            self._told.add((table.name, id, column))
            self.copied.changed_count += 1
            if len(self.copied.changed_values) < _NAMED:
                self.copied.changed_values.append(Changed(table.name, id, column, what))

    def _ranges(self, table: CopyTable) -> Iterator[str]:
        """Conditions that part both sides' rows alike."""
        if table.key is None:
            yield "1 = 1"
            return
        after = -(2**63)
        while True:
            ids = self._source.execute(
                f'SELECT "{table.key}" FROM "{table.name}" WHERE "{table.key}" > {after}'
                f' ORDER BY "{table.key}" LIMIT 1 OFFSET {RANGE - 1}'
            ).fetchone()
            if ids is None:
                yield f'"{table.key}" > {after}'
                return
            yield f'"{table.key}" > {after} AND "{table.key}" <= {ids[0]}'
            after = int(ids[0])

    def _range(self, table: CopyTable, where: str) -> tuple[str, int, str, list[Any]]:
        """Digest of the source's rows, their number, digest of the target's after it was mended, keys to remove."""
        rows = self._read(table, where)
        there = self._there(table, where)
        if table.key is None:
            rows, there = in_order(rows), in_order(there)
        wanted = digest(rows)
        if wanted == digest(there):
            return wanted, len(rows), wanted, []
        extra: list[Any] = []
        with self._target.writer.begin() as connection:
            if table.key is None:
                connection.execute(text(f'DELETE FROM "{table.name}"'))
                self._insert(connection, table, rows)
                self.copied.written += len(rows)
            else:
                extra = self._mend(connection, table, rows, there)
        there = self._there(table, where)
        if table.key is None:
            return wanted, len(rows), digest(in_order(there)), []
        key = table.columns.index(table.key)
        leaving = set(extra)
        return wanted, len(rows), digest(row for row in there if row[key] not in leaving), extra

    def _mend(self, connection: Connection, table: CopyTable, rows: list[Row], there: list[Row]) -> list[Any]:
        assert table.key is not None
        key = table.columns.index(table.key)
        has = {row[key]: row for row in there}
        new = [row for row in rows if row[key] not in has]
        self._insert(connection, table, new)
        changed = [row for row in rows if row[key] in has and differ(row, has[row[key]])]
        names = [name for name in table.columns if name != table.key]
        moments = {name for name, kind in zip(table.columns, table.kinds, strict=True) if kind is Kind.MOMENT}
        setting = ", ".join(
            f'"{name}" = ' + (f"CAST(:v{place} AS timestamp)" if name in moments else f":v{place}")
            for place, name in enumerate(names)
        )
        for row in changed:
            values = {f"v{place}": row[table.columns.index(name)] for place, name in enumerate(names)}
            statement = text(f'UPDATE "{table.name}" SET {setting} WHERE "{table.key}" = :key')
            connection.execute(statement, {**values, "key": row[key]})
        self.copied.written += len(new) + len(changed)
        wanted = {row[key] for row in rows}
        return [id for id in has if id not in wanted]

    def _remove(self, gone: list[tuple[CopyTable, list[Any]]]) -> None:
        """Rows that the source has no more: children before their parents."""
        for table, keys in reversed(gone):
            with self._target.writer.begin() as connection:
                for id in keys:
                    connection.execute(text(f'DELETE FROM "{table.name}" WHERE "{table.key}" = :id'), {"id": id})
            self.copied.removed += len(keys)

    def _there(self, table: CopyTable, where: str) -> list[Row]:
        order = f' ORDER BY "{table.key}"' if table.key else ""
        listed = ", ".join(read_as(name, kind) for name, kind in zip(table.columns, table.kinds, strict=True))
        with self._target.reader.connect() as connection:
            found = connection.exec_driver_sql(f'SELECT {listed} FROM "{table.name}" WHERE {where}{order}')
            return [tuple(row) for row in found]

    def _insert(self, connection: Connection, table: CopyTable, rows: Sequence[Row]) -> None:
        if not rows:
            return
        listed = ", ".join(f'"{name}"' for name in table.columns)
        driver: Any = connection.connection.driver_connection
        with contextlib.closing(driver.cursor()) as cursor:
            if self._target.engine == "postgresql":
                with cursor.copy(f'COPY "{table.name}" ({listed}) FROM STDIN') as lines:
                    for row in rows:
                        lines.write_row(row)
            else:
                places = ", ".join("?" * len(table.columns))
                cursor.executemany(f'INSERT INTO "{table.name}" ({listed}) VALUES ({places})', rows)
