"""The one SQLite library of the process, and how its connections are opened.

A second SQLite library on the same file, or opening the file by any other means, drops POSIX locks and loses rows.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import quote

from models.errors import DatabaseProblem
from models.rules.text import fold_text

#: Fixes of the WAL-reset corruption bug (sqlite.org/wal.html#walresetbug): the release and the back-ports.
_SOUND = ((3, 51, 3),)
_BACK_PORTS = ((3, 50, 7), (3, 44, 6))


def library() -> ModuleType:
    """pysqlite3 where it has a wheel (it carries a newer SQLite), else Python's own."""
    try:
        from pysqlite3 import dbapi2  # type: ignore[import-untyped,unused-ignore]
    except ImportError:
        import sqlite3

        return sqlite3
    return dbapi2  # type: ignore[no-any-return,unused-ignore]


def library_version() -> str:
    """Version of the SQLite library, such as '3.53.4'."""
    return str(library().sqlite_version)


def is_sound(version: str) -> bool:
    """Whether this SQLite is free of the WAL-reset corruption bug (3.7.0 to 3.51.2)."""
    number = tuple(int(part) for part in version.split("."))
    return number >= _SOUND[0] or any(number[:2] == port[:2] and number >= port for port in _BACK_PORTS)


def connect(path: Path, *, mode: str, timeout_ms: int, immutable: bool = False) -> Any:
    """A DBAPI connection that leaves transactions to us. `mode` is 'ro', 'rw' or 'rwc'; `immutable` is for a file that
    nobody writes: no lock is taken, and no file made beside it."""
    module = library()
    connection = module.connect(
        f"file:{quote(str(path))}?mode={mode}{'&immutable=1' if immutable else ''}",
        uri=True,
        timeout=timeout_ms / 1000,
        isolation_level=None,
        check_same_thread=False,
    )
    # One row of broken UTF-8 may not hide the others.
    connection.text_factory = _decode
    connection.create_function("frontdesk_fold", 1, _fold, deterministic=True)
    return connection


def _decode(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _fold(value: object) -> str | None:
    return None if value is None else fold_text(str(value))


def prepare(connection: Any, *, writer: bool) -> None:
    """Pragmas of every connection. The journal mode of an existing file is the application's business."""
    cursor = connection.cursor()
    try:
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA synchronous={'FULL' if writer else 'NORMAL'}")
        if not writer:
            cursor.execute("PRAGMA query_only=ON")
    finally:
        cursor.close()


def problem(error: BaseException) -> DatabaseProblem:
    """What a database error means, without its statement or parameters."""
    original = getattr(error, "orig", None) or error
    said = str(original).lower()
    ids = {
        "locked": ("database is locked", "database table is locked", "database schema is locked", "busy"),
        "not-a-database": ("file is not a database", "file is encrypted"),
        "read-only": ("readonly", "read-only"),
        "damaged": ("malformed", "disk image"),
        "disk-full": ("disk is full",),
        "cannot-open": ("unable to open",),
        "missing-column": ("no such column", "no such table", "has no column"),
    }
    for name, needles in ids.items():
        if any(needle in said for needle in needles):
            return DatabaseProblem(name)
    return DatabaseProblem("failed", kind=type(original).__name__)


def identity(path: Path) -> tuple[int, int] | None:
    """Device and inode of the file now at `path` (by path: opening it would drop SQLite's locks); None when gone."""
    with contextlib.suppress(OSError):
        found = path.stat()
        return found.st_dev, found.st_ino
    return None
