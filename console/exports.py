"""Files that people ask for, readable by their owner alone."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from models.errors import BackupProblem

#: Files of one name, told apart by a number.
_MOST = 1000


def write_private(folder: Path, name: str, lines: Iterable[str]) -> Path:
    """Writes lines into a new file; one of this name is left alone and the new one gets a number. Raises
    BackupProblem('backup-place') and whatever `lines` raises: then there is no file."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path, handle = _new(folder, name)
    except OSError as error:
        raise _problem(folder, error) from None
    try:
        with open(handle, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as out:
            for line in lines:
                out.write(line + "\n")
            out.flush()
            os.fsync(out.fileno())
    except BaseException as error:
        path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise _problem(path, error) from None
        raise
    return path


def _new(folder: Path, name: str) -> tuple[Path, int]:
    stem, dot, ending = name.rpartition(".")
    for number in range(1, _MOST):
        path = folder / (name if number == 1 else f"{stem}-{number}{dot}{ending}")
        try:
            return path, os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            continue
    raise FileExistsError(17, f"{_MOST} files of this name")


def _problem(place: Path, error: OSError) -> BackupProblem:
    return BackupProblem("backup-place", path=str(place), why=error.strerror or type(error).__name__)
