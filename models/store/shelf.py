"""The folder of backups: what is in it, which one is meant, and which ones have had their time."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

from models.errors import BackupProblem
from models.rules.progress import Progress, silent
from models.rules.retention import DAILY, MONTHLY, to_keep
from models.store import archive
from models.store.backup import Backup

#: The word for the newest backup of the database that is named.
LATEST = "latest"


@dataclass(frozen=True, slots=True)
class Shelf:
    """Backups newest first, and files named like one that can't be read."""

    backups: tuple[Backup, ...]
    unreadable: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Pruned:
    removed: tuple[Path, ...]
    kept: tuple[Path, ...]
    damaged: tuple[Path, ...]  # left where they are, for a person to look at


def look(folder: Path, source: str | None = None) -> Shelf:
    """What is in `folder`: of every database, or of `source` only. Reads manifests, verifies nothing.

    Raises BackupProblem('backup-place').
    """
    found, unreadable = [], []
    try:
        paths = sorted(path for path in folder.iterdir() if path.name.endswith(archive.SUFFIX))
    except FileNotFoundError:
        paths = []
    except OSError as error:
        raise BackupProblem("backup-place", path=str(folder), why=error.strerror) from None
    for path in paths:
        try:
            manifest = archive.read_manifest(path)
            if source is None or manifest.source == source:
                found.append(Backup(path, path.stat().st_size, manifest))
        except (BackupProblem, OSError):
            unreadable.append(path)
    found.sort(key=lambda backup: (backup.manifest.taken_at, backup.path.name), reverse=True)
    return Shelf(tuple(found), tuple(unreadable))


def find(folder: Path, name: str, source: str | None) -> Path:
    """The file that `name` means: a path, a name in the folder, or the newest of `source` that is whole.

    Raises BackupProblem('backup-missing').
    """
    if name == LATEST:
        for backup in look(folder, source).backups:
            if whole(backup.path):
                return backup.path
    else:
        for path in (Path(name).expanduser(), folder / name, folder / f"{name}{archive.SUFFIX}"):
            if path.is_file():
                return path
    raise BackupProblem("backup-missing", name=name)


def prune(
    folder: Path, source: str, *, daily: int = DAILY, monthly: int = MONTHLY, progress: Progress = silent
) -> Pruned:
    """Removes what neither the last days nor the last months need. A damaged backup stands for no day, and goes only
    by hand; while none is good, nothing goes. Raises BackupProblem('backup-place')."""
    shelf = look(folder, source)
    by_path = {backup.path: backup for backup in shelf.backups}
    damaged: set[Path] = set()

    def good(path: Path) -> bool:
        if not whole(path, progress):
            damaged.add(path)
        return path not in damaged

    times = [(backup.manifest.taken_at.astimezone(), path) for path, backup in by_path.items()]
    kept = to_keep(times, good, daily=daily, monthly=monthly)
    removed = [path for path in by_path if path not in kept | damaged]
    for path in removed:
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
    return Pruned(
        tuple(removed), tuple(path for path in by_path if path in kept), (*sorted(damaged), *shelf.unreadable)
    )


def whole(path: Path, progress: Progress = silent) -> bool:
    """Whether every bit of a backup is what was written."""
    try:
        archive.verify(path, progress)
    except (BackupProblem, OSError):
        return False
    return True
