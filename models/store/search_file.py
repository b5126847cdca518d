"""The search index of an SQLite database: a file of our own beside nobody's data, in the cache folder.

FTS5 with its trigram tokenizer; what it finds is compared with the source before anybody sees it. Each building has a
file name of its own, so that nobody mixes a new file with an old one's journal.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import threading
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from models.errors import DatabaseProblem
from models.store import sqlite
from models.store.search_index import Document, Kind, Progress

#: Another number: files of an older shape are built again.
FORMAT = 2
#: Ids to a block of `spans`, as a shift: about a thousand.
BLOCK = 10
#: Nanoseconds for which a folder that changed may change again without its time telling.
LISTING_NS = 2_000_000_000
#: Letters of a word or phrase that the index is asked for: each costs, and so many are rare enough.
PHRASE = 16
#: Pages that one call of `erase` may rewrite.
PAGES = 500
#: Seconds after which the index of a database that is gone is cleared away; it may only be unplugged.
ABANDONED = 30 * 86_400.0
#: Problems that say nothing about the file: trying again may do.
_PASSING = frozenset({"locked", "disk-full", "read-only", "cannot-open"})
#: What reading a file may raise in which any byte is any other.
_DAMAGE: tuple[type[Exception], ...] = (sqlite.library().Error, ValueError, TypeError, KeyError, OverflowError)
_SCHEMA = """
CREATE TABLE meta (one INTEGER PRIMARY KEY CHECK (one = 1), value TEXT NOT NULL, mark INTEGER NOT NULL);
CREATE TABLE spans (block INTEGER PRIMARY KEY, first TEXT, last TEXT);
CREATE TABLE messages_rows (id INTEGER PRIMARY KEY, mark INTEGER NOT NULL);
CREATE TABLE people_rows (id INTEGER PRIMARY KEY, mark INTEGER NOT NULL);
CREATE VIRTUAL TABLE messages USING fts5(body, {options});
CREATE VIRTUAL TABLE people USING fts5(body, {options});
"""
_OPTIONS = "tokenize='trigram case_sensitive 1', content='', contentless_delete=1"


@cache
def has_fulltext() -> bool:
    """Whether this SQLite library has what the index needs (3.43, with FTS5)."""
    connection = sqlite.library().connect(":memory:")
    try:
        connection.execute(f"CREATE VIRTUAL TABLE t USING fts5(body, {_OPTIONS})")
    except sqlite.library().Error:
        return False
    finally:
        connection.close()
    return True


class FileIndex:
    """The index of the database file `source`, in `folder`; nothing is made before the first write."""

    def __init__(self, folder: Path, source: Path) -> None:
        self._source = source
        named = hashlib.sha256(os.fsencode(os.path.realpath(source))).hexdigest()[:16]
        self.folder = folder / f"search-{named}"
        self.why_not: str | None = None if has_fulltext() else "no-fulltext"
        # A search never waits for what is being written, nor the other way round.
        self._reads, self._writes = threading.RLock(), threading.RLock()
        self._claim: int | None = None
        self._listed: tuple[int, Path | None] | None = None
        self._reader: tuple[Path, Any] | None = None
        self._writer: tuple[Path, Any] | None = None

    # Reading

    def progress(self) -> Progress | None:
        with self._reading() as connection:
            return None if connection is None else self._load(connection)
        return None

    def find(
        self, kind: Kind, words: Sequence[str], *, below: int | None, since: str | None, until: str | None, limit: int
    ) -> list[int] | None:
        wanted = " AND ".join('"' + word[:PHRASE].replace('"', '""') + '"' for word in words)
        with self._reading() as connection:
            if connection is None:
                return None
            low, high = self._span(connection, since, until)
            if below is not None:
                high = min(high, below - 1)
            # Walked backwards and stopped at the limit: a word that everybody uses costs no more than a rare one.
            query = f"SELECT rowid FROM {kind} WHERE {kind} MATCH ? AND rowid BETWEEN ? AND ?"
            query += " ORDER BY rowid DESC LIMIT ?"
            return [int(row[0]) for row in connection.execute(query, (wanted, low, high, limit))]
        return None

    def _span(self, connection: Any, since: str | None, until: str | None) -> tuple[int, int]:
        """The ids between which messages of these times lie."""
        low, high = 0, 2**63 - 1
        if until is not None:
            block = connection.execute("SELECT max(block) FROM spans WHERE first < ?", (until,)).fetchone()[0]
            high = -1 if block is None else ((int(block) + 1) << BLOCK) - 1
        if since is not None:
            block = connection.execute("SELECT min(block) FROM spans WHERE last >= ?", (since,)).fetchone()[0]
            low = 2**62 if block is None else int(block) << BLOCK
        return low, high

    @contextlib.contextmanager
    def _reading(self) -> Iterator[Any]:
        """A connection to the newest file, None without one; what breaks in the block is taken for damage."""
        with self._reads:
            try:
                connection = self._connection()
            except _DAMAGE as error:
                self._drop_reader(error)
                connection = None
            try:
                yield connection
            except _DAMAGE as error:
                self._drop_reader(error)

    def _connection(self) -> Any:
        newest = self._newest()
        if self._reader is not None and (newest is None or self._reader[0] != newest):
            self._reader[1].close()
            self._reader = None
        if newest is None or self._identity() is None:
            return None
        if self._reader is None:
            connection = sqlite.connect(newest, mode="rw", timeout_ms=2000)
            self._reader = (newest, connection)
            connection.execute("PRAGMA query_only=ON")
            value = self._load(connection, whole=True)
            if value is None:
                raise ValueError("no index")
            if value["source"] != self._identity():
                # Of a file that was replaced: whoever may write builds it again.
                connection.close()
                self._reader = None
                return None
        return self._reader[1]

    def _newest(self) -> Path | None:
        try:
            changed = os.stat(self.folder).st_mtime_ns
            if self._listed is None or self._listed[0] != changed or time.time_ns() - changed < LISTING_NS:
                names = sorted(name for name in os.listdir(self.folder) if name.endswith(".index"))
                self._listed = changed, self.folder / names[-1] if names else None
        except OSError:
            return None
        return self._listed[1]

    def _identity(self) -> list[int] | None:
        found = sqlite.identity(self._source)
        return None if found is None else list(found)

    def _load(self, connection: Any, *, whole: bool = False) -> Any:
        row = connection.execute("SELECT value, mark FROM meta").fetchone()
        if row is None:
            return None
        if zlib.crc32(row[0].encode()) != row[1]:
            raise ValueError("damaged")
        value = json.loads(row[0])
        if value["format"] != FORMAT:
            raise ValueError("another format")
        return value if whole else Progress(**value["progress"])

    def _drop_reader(self, error: Exception) -> None:
        """Away with a damaged file, so that whoever may write begins anew. What may pass leaves it."""
        if self._reader is not None:
            path, connection = self._reader
            self._reader = None
            _close(connection)
            if not _passes(error):
                _unlink(path)

    def _drop_writer(self, error: Exception) -> None:
        # What was under way is taken back: the next step begins where the last commit ended.
        if self._writer is not None:
            path, connection = self._writer
            self._writer = None
            _close(connection)
            if not _passes(error):
                _unlink(path)

    # Writing

    def claim(self) -> bool:
        with self._writes:
            if self._claim is not None:
                return True
            if self.why_not is not None and self.why_not != "no-place":
                return False
            try:
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._claim = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            except OSError:
                self.why_not = "no-place"
                return False
            self.why_not = None
            try:
                fcntl.flock(self._claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # Whose index it is: once its database is gone, so may it be.
                os.ftruncate(self._claim, 0)
                os.pwrite(self._claim, os.fsencode(os.path.realpath(self._source)), 0)
            except OSError:
                os.close(self._claim)
                self._claim = None
                return False
            return True

    def release(self) -> None:
        with self._writes:
            if self._writer is not None:
                connection = self._writer[1]
                self._writer = None
                with contextlib.suppress(*_DAMAGE):
                    if connection.in_transaction:
                        connection.execute("COMMIT")
                _close(connection)
            if self._claim is not None:
                os.close(self._claim)
                self._claim = None

    def opened(self) -> Progress:
        with self._writing() as connection:
            return self._load(connection) or Progress()

    def known(self, kind: Kind, first: int, last: int) -> Mapping[int, int]:
        with self._writing() as connection:
            query = f"SELECT id, mark FROM {kind}_rows WHERE id BETWEEN ? AND ?"
            return dict(connection.execute(query, (first, last)))

    def change(self, kind: Kind, gone: Iterable[int], documents: Sequence[Document]) -> None:
        with self._writing() as connection:
            self._begin(connection)
            out = [(id,) for id in gone]
            if out:
                connection.executemany(f"DELETE FROM {kind} WHERE rowid = ?", out)
                connection.executemany(f"DELETE FROM {kind}_rows WHERE id = ?", out)
            connection.executemany(
                f"INSERT INTO {kind} (rowid, body) VALUES (?, ?)", [(each.id, each.folded) for each in documents]
            )
            connection.executemany(
                f"INSERT INTO {kind}_rows VALUES (?, ?)", [(each.id, each.mark) for each in documents]
            )
            if kind is Kind.MESSAGES:
                self._widen(connection, documents)

    def _widen(self, connection: Any, documents: Sequence[Document]) -> None:
        spans: dict[int, list[str]] = {}
        for each in documents:
            # Without a time it may be of any.
            for at in (each.at,) if each.at else ("", "9999"):
                span = spans.setdefault(each.id >> BLOCK, [at, at])
                span[0], span[1] = min(span[0], at), max(span[1], at)
        connection.executemany(
            "INSERT INTO spans VALUES (?, ?, ?) ON CONFLICT (block) DO UPDATE SET"
            " first = min(first, excluded.first), last = max(last, excluded.last)",
            [(block, *span) for block, span in spans.items()],
        )

    def keep(self, progress: Progress, *, commit: bool) -> None:
        with self._writing() as connection:
            self._begin(connection)
            value = json.dumps({"format": FORMAT, "source": self._identity(), "progress": asdict(progress)})
            connection.execute("INSERT OR REPLACE INTO meta VALUES (1, ?, ?)", (value, zlib.crc32(value.encode())))
            if commit:
                connection.execute("COMMIT")

    def erase(self) -> bool:
        with self._writing() as connection:
            # Each kind is merged into one segment, which leaves what was deleted behind; freed pages become zeros.
            more = False
            for kind in Kind:
                before = connection.total_changes
                for pages in (-PAGES, PAGES):
                    connection.execute(f"INSERT INTO {kind} ({kind}, rank) VALUES ('merge', ?)", (pages,))
                more = more or connection.total_changes - before >= 4
            if not more:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return more

    def discard(self) -> None:
        with self._writes:
            if self._writer is not None:
                _close(self._writer[1])
                self._writer = None
            while (newest := self._newest()) is not None:
                _unlink(newest)

    def close(self) -> None:
        self.release()
        with self._reads:
            if self._reader is not None:
                _close(self._reader[1])
                self._reader = None

    @contextlib.contextmanager
    def _writing(self) -> Iterator[Any]:
        """The connection that writes. Raises DatabaseProblem; a damaged file is gone by then."""
        with self._writes:
            if self._claim is None:
                raise DatabaseProblem("locked")
            try:
                yield self._open_writer()
            except _DAMAGE as error:
                self._drop_writer(error)
                problem = sqlite.problem(error) if isinstance(error, sqlite.library().Error) else None
                raise problem or DatabaseProblem("damaged") from None
            except OSError:
                raise DatabaseProblem("cannot-open") from None

    def _open_writer(self) -> Any:
        newest = self._newest()
        if self._writer is not None and self._writer[0] != newest:
            _close(self._writer[1])
            self._writer = None
        if self._writer is not None:
            return self._writer[1]
        path = newest or self._make()
        connection = sqlite.connect(path, mode="rw", timeout_ms=5000)
        self._writer = (path, connection)
        # Freed pages held people's words.
        connection.execute("PRAGMA secure_delete=ON")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA journal_size_limit=33554432")
        value = self._load(connection, whole=True)
        if value is None or value["source"] != self._identity():
            raise ValueError("of another file")
        return connection

    def _make(self) -> Path:
        """A new, empty file; under its own name only when it is whole."""
        path = self.folder / f"{time.time_ns():020}.index"
        making = path.with_suffix(".making")
        for left in self.folder.glob("*.making*"):
            left.unlink(missing_ok=True)
        self._clear_away()
        os.close(os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        connection = sqlite.connect(making, mode="rw", timeout_ms=5000)
        try:
            connection.execute("BEGIN IMMEDIATE")
            for statement in _SCHEMA.format(options=_OPTIONS).strip().split(";\n"):
                connection.execute(statement.rstrip(";"))
            value = json.dumps({"format": FORMAT, "source": self._identity(), "progress": asdict(Progress())})
            connection.execute("INSERT INTO meta VALUES (1, ?, ?)", (value, zlib.crc32(value.encode())))
            connection.execute("COMMIT")
        finally:
            connection.close()
        making.rename(path)
        return path

    def _clear_away(self) -> None:
        """Indexes of databases that are not there any more, and were not for a while: they hold people's words."""
        for lock in self.folder.parent.glob("search-*/lock"):
            with contextlib.suppress(OSError):
                newest = max(each.stat().st_mtime for each in lock.parent.iterdir())
                named = lock.read_bytes()
                if named and time.time() - newest > ABANDONED and not os.path.lexists(named):
                    shutil.rmtree(lock.parent)

    def _begin(self, connection: Any) -> None:
        if not connection.in_transaction:
            connection.execute("BEGIN IMMEDIATE")


def _close(connection: Any) -> None:
    with contextlib.suppress(*_DAMAGE):
        connection.close()


def _passes(error: Exception) -> bool:
    """Whether it says nothing about the file."""
    return isinstance(error, sqlite.library().Error) and sqlite.problem(error).id in _PASSING


def _unlink(path: Path) -> None:
    """The file and what SQLite made beside it. Whoever has it open reads on in what has no name any more."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        with contextlib.suppress(OSError):
            os.unlink(f"{path}{suffix}")
