"""Taking a backup beside those who write: one snapshot, checked on the copy, packed, read back, then published.

`cp` and the backup API in steps both fail under a writer; stepping inside a held read transaction does not.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from models.errors import BackupProblem, DatabaseProblem
from models.rules.clock import Clock
from models.rules.progress import Progress, silent
from models.store import archive, sqlite
from models.store.archive import Manifest, Sibling
from models.store.database import Database
from models.tables.names import VERSION_TABLE

#: Pages copied between two looks at the clock: about 8 MB.
_PAGES = 2000
_TIMEOUT_MS = 5000
_WORK = ".backup-at-work-"
#: Files that Rails keeps beside `production.sqlite3`: `production_cache.sqlite3` and so on.
SIBLINGS = ("cache", "queue", "cable")


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup on disk; `size` is that of the packed file."""

    path: Path
    size: int
    manifest: Manifest


def take(
    database: Database, folder: Path, *, clock: Clock, siblings: bool = False, progress: Progress = silent
) -> Backup:
    """Takes one into `folder`, which is made when missing. Whatever ends it half way leaves no file that looks like a
    backup; the next one clears up.

    Raises DatabaseProblem, BackupProblem('backup-place', 'backup-unsound').
    """
    with placed(folder), workshop(folder) as work:
        taken_at = clock()
        copied = work / "database"
        snapshot(database.path, copied, progress)
        about = examine(copied, progress)
        files = {archive.DATABASE["sqlite"]: copied}
        beside = []
        for kind, path in siblings_of(database.path).items() if siblings else ():
            copy = work / kind
            snapshot(path, copy, progress)
            examine(copy, progress)
            sibling = Sibling(kind, path.name, copy.stat().st_size, digest_of(copy))
            beside.append(sibling)
            files[sibling.member] = copy
        manifest = Manifest(
            taken_at=taken_at,
            engine="sqlite",
            engine_version=sqlite.library_version(),
            source=str(database.path),
            host=socket.gethostname(),
            shape=database.features.shape,
            rails_version=about.rails_version,
            revisions=about.revisions,
            counts=about.counts,
            foreign_key_violations=about.foreign_key_violations,
            size=copied.stat().st_size,
            sha256=digest_of(copied),
            siblings=tuple(beside),
        )
        return publish(work, folder, manifest, files, database.path.stem, progress)


def publish(
    work: Path, folder: Path, manifest: Manifest, files: dict[str, Path], stem: str, progress: Progress = silent
) -> Backup:
    """Packs `files`, reads the archive back, and gives it its name. Raises BackupProblem('backup-unsound'), OSError."""
    packed = work / "packed"
    archive.write(packed, manifest, files, progress)
    archive.verify(packed, progress)
    unpacked = work / "unpacked"
    if archive.extract(packed, archive.DATABASE[manifest.engine], unpacked, progress) != (
        manifest.size,
        manifest.sha256,
    ):
        raise BackupProblem("backup-unsound", why="what was packed is not what was copied")
    final = _named(packed, folder, stem, manifest.taken_at)
    sync_folder(folder)
    return Backup(final, final.stat().st_size, manifest)


def snapshot(path: Path, target: Path, progress: Progress = silent) -> None:
    """Copies one committed state of a live database into a new file of mode 0600. Raises DatabaseProblem, OSError."""
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        with (
            contextlib.closing(sqlite.connect(path, mode="ro", timeout_ms=_TIMEOUT_MS)) as source,
            contextlib.closing(sqlite.connect(target, mode="rw", timeout_ms=_TIMEOUT_MS)) as copy,
        ):
            # Nobody else reads the copy, and a kill throws it away: no journal, one fsync at the end.
            copy.execute("PRAGMA journal_mode=OFF")
            copy.execute("PRAGMA synchronous=OFF")
            source.execute("BEGIN")
            # The snapshot begins with the first read; from here on no commit of another process restarts the copy.
            source.execute("SELECT count(*) FROM sqlite_master").fetchone()
            page = int(source.execute("PRAGMA page_size").fetchone()[0])
            source.backup(
                copy,
                pages=_PAGES,
                progress=lambda status, left, total: progress("copy", (total - left) * page, total * page),
            )
            source.execute("COMMIT")
    except sqlite.library().Error as error:
        raise sqlite.problem(error) from None


@dataclass(frozen=True, slots=True)
class About:
    """What a database file says about itself, without opening it for writing."""

    rails_version: str | None
    revisions: tuple[str, ...]
    counts: dict[str, int]
    foreign_key_violations: int


def examine(path: Path, progress: Progress = silent) -> About:
    """Checks a copy that nobody writes: integrity, foreign keys, rows of every table.

    Raises BackupProblem('backup-unsound'), DatabaseProblem.
    """

    def one(statement: str) -> Any:
        row = connection.execute(statement).fetchone()
        return row[0] if row else None

    def alive() -> int:
        progress("check", 0, 0)
        return 0

    try:
        with contextlib.closing(sqlite.connect(path, mode="ro", timeout_ms=_TIMEOUT_MS, immutable=True)) as connection:
            connection.set_progress_handler(alive, 1_000_000)
            found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(5)")]
            if found != ["ok"]:
                raise BackupProblem("backup-unsound", why="; ".join(found))
            violations = sum(1 for _ in connection.execute("PRAGMA foreign_key_check"))
            listed = connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
                " AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name"
            )
            names = [str(row[0]) for row in listed]
            counts = {name: int(one(f'SELECT count(*) FROM "{name}"')) for name in names}
            rails = one("SELECT max(version) FROM schema_migrations") if "schema_migrations" in counts else None
            ours = "SELECT version_num FROM " + VERSION_TABLE + " ORDER BY version_num"
            revisions = [row[0] for row in connection.execute(ours)] if VERSION_TABLE in counts else []
    except sqlite.library().Error as error:
        raise sqlite.problem(error) from None
    return About(None if rails is None else str(rails), tuple(map(str, revisions)), counts, violations)


def siblings_of(path: Path) -> dict[str, Path]:
    """The application's other databases that lie beside its main one, by kind."""
    named = {kind: path.with_name(f"{path.stem}_{kind}{path.suffix}") for kind in SIBLINGS}
    return {kind: beside for kind, beside in named.items() if beside.is_file()}


def digest_of(path: Path) -> str:
    """SHA-256 of a file that no connection has open."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync_folder(folder: Path) -> None:
    """Makes names in it last through a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _named(packed: Path, folder: Path, stem: str, taken_at: datetime) -> Path:
    """Links the finished file to the first free name of its second: never over another one."""
    base = f"{stem}-{taken_at.astimezone(UTC):%Y%m%d-%H%M%S}"
    for attempt in range(1, 1000):
        final = folder / (base + (f"-{attempt}" if attempt > 1 else "") + archive.SUFFIX)
        with contextlib.suppress(FileExistsError):
            os.link(packed, final)
            return final
    raise BackupProblem("backup-place", path=str(folder), why=base)


@contextlib.contextmanager
def placed(folder: Path) -> Iterator[None]:
    """The folder, and what goes wrong with it in one error."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DatabaseProblem("disk-full") from None
        raise BackupProblem("backup-place", path=str(folder), why=error.strerror) from None


@contextlib.contextmanager
def workshop(folder: Path, prefix: str = _WORK) -> Iterator[Path]:
    """A folder of this run's own, on the same disk; those of runs that were killed are cleared away. Raises OSError."""
    for left in list(folder.iterdir()):
        if left.name.startswith(prefix):
            _clear_away(left)
    while True:
        work = Path(tempfile.mkdtemp(prefix=prefix, dir=folder))
        with contextlib.suppress(FileNotFoundError), (work / "lock").open("wb") as lock:
            # A living run holds its lock; the kernel lets go of a dead one's.
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (work / "lock").exists():
                # Somebody took it for a dead run's before the lock was held.
                continue
            try:
                yield work
            finally:
                shutil.rmtree(work, ignore_errors=True)
            return


def _clear_away(left: Path) -> None:
    with contextlib.suppress(OSError):
        if not (left / "lock").exists():
            left.rmdir()
            return
        with (left / "lock").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left, ignore_errors=True)
