"""Putting a backup in a database's place: made and checked beside it, swapped in by one rename, the old one kept."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

from models.errors import BackupProblem, DatabaseProblem, Refused
from models.rules.clock import Clock
from models.rules.progress import Progress, silent
from models.store import archive, sqlite
from models.store.archive import Manifest
from models.store.backup import examine, sync_folder, workshop
from models.store.database import Database
from models.store.occupants import Occupant, occupants

_WORK = ".restore-at-work-"
_KEPT = ".before-restore-"


@dataclass(frozen=True, slots=True)
class Restored:
    """`kept` is where the former database went, None when there was none; `late` are those who opened that one in the
    moment of the swap and write to it still."""

    path: Path
    kept: Path | None
    manifest: Manifest
    siblings: tuple[Path, ...] = ()
    late: tuple[Occupant, ...] = ()


def restore(backup: Path, path: Path, *, clock: Clock, siblings: bool = False, progress: Progress = silent) -> Restored:
    """Puts `backup` at `path`. Until the last rename the old database stands untouched; what a kill leaves half done
    is cleared away by the next run.

    Raises BackupProblem, Refused('in-use'), DatabaseProblem.
    """
    path = path.absolute()
    with _told(path):
        if path.is_dir():
            raise DatabaseProblem("is-directory", path=str(path))
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        manifest = _verified(backup, progress)
        _refuse_while_used(path)
        with workshop(path.parent, f"{_WORK}{path.name}-") as work:
            places = [(unpack(backup, manifest, work, progress), path)]
            if siblings:
                places += _siblings(backup, manifest, work, path.parent, progress)
            for _, place in places:
                _refuse_while_used(place)
            kept = [_swap(made, place, clock) for made, place in places]
        sync_folder(path.parent)
    late = tuple(who for old in kept if old is not None for who in occupants(old))
    return Restored(path, kept[0], manifest, tuple(place for _, place in places[1:]), late)


def rehearse(backup: Path, *, clock: Clock, server: str | None = None, progress: Progress = silent) -> Manifest:
    """Restores to a temporary place (of a PostgreSQL backup: a database of its own on `server`), opens it as the
    console would, and leaves nothing. Raises BackupProblem, DatabaseProblem."""
    with _told(backup), tempfile.TemporaryDirectory(prefix="frontdesk-rehearsal-") as folder:
        manifest = _verified(backup, progress, "sqlite" if server is None else "postgresql")
        if server is not None:
            from models.store import server_backup

            server_backup.rehearse(backup, server, Path(folder), manifest, progress=progress)
            return manifest
        made = unpack(backup, manifest, Path(folder), progress)
        Database.open(str(made), clock=clock).close()
        return manifest


def restore_on_server(
    backup: Path, url: str, *, clock: Clock, progress: Progress = silent
) -> tuple[Manifest, str | None]:
    """Puts a PostgreSQL backup in the place of the database of `url`; the name of the former one, where there was one.

    Raises BackupProblem, Refused('in-use'), DatabaseProblem.
    """
    from models.store import server_backup

    with _told(backup), tempfile.TemporaryDirectory(prefix="frontdesk-restore-") as folder:
        manifest = _verified(backup, progress, "postgresql")
        return manifest, server_backup.restore(backup, url, Path(folder), manifest, clock=clock, progress=progress)


def unpack(backup: Path, manifest: Manifest, folder: Path, progress: Progress = silent) -> Path:
    """The database of a verified backup as a file in `folder`, checked as it was when it was taken.

    Raises BackupProblem('backup-damaged', 'backup-unsound'), DatabaseProblem, OSError.
    """
    made = folder / "database"
    if archive.extract(backup, archive.DATABASE["sqlite"], made, progress) != (manifest.size, manifest.sha256):
        raise BackupProblem("backup-damaged", path=str(backup))
    about = examine(made, progress)
    if about.counts != manifest.counts or about.foreign_key_violations != manifest.foreign_key_violations:
        raise BackupProblem("backup-unsound", why="its rows are not those that were counted")
    return made


def _verified(backup: Path, progress: Progress, engine: str = "sqlite") -> Manifest:
    if not backup.is_file():
        raise BackupProblem("backup-missing", name=str(backup))
    manifest = archive.verify(backup, progress)
    if manifest.engine != engine:
        raise BackupProblem("backup-other-engine", engine=manifest.engine)
    return manifest


def _siblings(
    backup: Path, manifest: Manifest, work: Path, folder: Path, progress: Progress
) -> list[tuple[Path, Path]]:
    places = []
    for sibling in manifest.siblings:
        made = work / sibling.kind
        if archive.extract(backup, sibling.member, made, progress) != (sibling.size, sibling.sha256):
            raise BackupProblem("backup-damaged", path=str(backup))
        examine(made, progress)
        # A name in a backup is foreign: it stays inside the folder.
        places.append((made, folder / Path(sibling.name).name))
    return places


def _refuse_while_used(path: Path) -> None:
    if who := occupants(path):
        raise Refused("in-use", path=str(path), who=", ".join(map(str, who)))


def _swap(made: Path, path: Path, clock: Clock) -> Path | None:
    """One rename puts `made` at `path`. Returns where the old file went."""
    _forget_half_swaps(path)
    if not os.path.lexists(path):
        _drop_log(path)
        os.rename(made, path)
        return None
    old = path.stat()
    os.chmod(made, old.st_mode & 0o777)
    with contextlib.suppress(PermissionError):
        os.chown(made, old.st_uid, old.st_gid)
    kept = _free_name(path, clock)
    with _alone(path) as mode:
        os.link(path, kept)
        if mode is None:
            # Its log can't be folded in; it goes with the file it belongs to, and never meets another one.
            for suffix in ("-wal", "-shm", "-journal"):
                with contextlib.suppress(FileNotFoundError):
                    os.rename(f"{path}{suffix}", f"{kept}{suffix}")
        sync_folder(path.parent)
        os.rename(made, path)
    if mode is not None:
        _set_journal_mode(kept, mode)
    return kept


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[str | None]:
    """Holds the database for ourselves, its log folded into it and gone: gives its journal mode, or None when it is too
    broken for that. Raises Refused('in-use') while anybody else has it open."""
    try:
        connection = sqlite.connect(path, mode="rw", timeout_ms=0)
    except sqlite.library().Error:
        yield None
        return
    with contextlib.closing(connection):
        mode = None
        try:
            before = str(connection.execute("PRAGMA journal_mode").fetchone()[0])
            # Leaving WAL needs a lock that no other connection, not even an idle one, shares. And closing a WAL
            # connection deletes the log by its name, which by then is the new file's.
            connection.execute("PRAGMA journal_mode=DELETE")
            connection.execute("BEGIN EXCLUSIVE")
            if connection.execute("PRAGMA journal_mode").fetchone()[0] != "delete":
                raise Refused("in-use", path=str(path), who=_named(path))
            mode = before
        except sqlite.library().Error as error:
            if sqlite.problem(error).id == "locked":
                raise Refused("in-use", path=str(path), who=_named(path)) from None
        swapped = False
        try:
            yield mode
            swapped = True
        finally:
            if mode is not None:
                connection.execute("ROLLBACK")
                if not swapped:
                    connection.execute(f"PRAGMA journal_mode={mode}")


def _set_journal_mode(path: Path, mode: str) -> None:
    with (
        contextlib.suppress(sqlite.library().Error),
        contextlib.closing(sqlite.connect(path, mode="rw", timeout_ms=0)) as connection,
    ):
        connection.execute(f"PRAGMA journal_mode={mode}")


def _named(path: Path) -> str:
    return ", ".join(map(str, occupants(path))) or "?"


def _forget_half_swaps(path: Path) -> None:
    """A kill between keeping the old file and replacing it left one file under two names: the second goes."""
    with contextlib.suppress(FileNotFoundError):
        ours = sqlite.identity(path)
        for kept in path.parent.iterdir():
            if kept.name.startswith(path.name + _KEPT) and sqlite.identity(kept) == ours:
                kept.unlink()


def _drop_log(path: Path) -> None:
    """A log without its database belongs to no file, least of all to the one that comes."""
    for suffix in ("-wal", "-shm", "-journal"):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(f"{path}{suffix}")


def _free_name(path: Path, clock: Clock) -> Path:
    base = f"{path.name}{_KEPT}{clock().astimezone(UTC):%Y%m%d-%H%M%S}"
    taken = (path.with_name(base + (f"-{attempt}" if attempt > 1 else "")) for attempt in range(1, 10_000))
    return next(name for name in taken if not os.path.lexists(name))


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DatabaseProblem("disk-full") from None
        raise BackupProblem("backup-place", path=str(path), why=error.strerror) from None
