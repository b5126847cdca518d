"""Telegram's acceptances that the database could not take: a small file of this host, fsynced, until they are in.

A line names the reply, the attempt, Telegram's id and the time; no text. Append-only: a line that begins with a minus
takes one back, and a file in which nothing stands any more is removed. Several processes share it under its lock.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Note:
    """`message_id` None: accepted, id not known."""

    outbox_id: int
    attempt: int
    message_id: int | None
    at: datetime

    @property
    def line(self) -> str:
        return f"{self.outbox_id} {self.attempt} {self.message_id or 0} {self.at.isoformat()}\n"


class Notes:
    """The notes of one database. A disk that takes none is no reason to stop: then the reply ends as unknown."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, note: Note) -> None:
        """On disk when it returns."""
        with contextlib.suppress(OSError):
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._locked(os.O_CREAT) as file:
                _append(file, note.line)

    def read(self) -> tuple[Note, ...]:
        """What stands, in order; lines that a crash cut off are left out."""
        with contextlib.suppress(OSError), self._locked() as file:
            return tuple(_standing(file))
        return ()

    def remove(self, note: Note) -> None:
        """It is in the database."""
        with contextlib.suppress(OSError), self._locked() as file:
            _append(file, f"-{note.line}")
            if not _standing(file):
                self.path.unlink()

    @contextlib.contextmanager
    def _locked(self, flags: int = 0) -> Iterator[int]:
        """The file, alone. Raises OSError."""
        while True:
            file = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | flags, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX)
                # Removed by another process while this one waited for the lock.
                if os.fstat(file).st_nlink:
                    yield file
                    return
            finally:
                os.close(file)


def _append(file: int, line: str) -> None:
    size = os.fstat(file).st_size
    # After a line that a crash cut off.
    start = "\n" if size and os.pread(file, 1, size - 1) != b"\n" else ""
    os.write(file, (start + line).encode("ascii"))
    os.fsync(file)


def _standing(file: int) -> dict[Note, None]:
    found: dict[Note, None] = {}
    for line in os.pread(file, os.fstat(file).st_size, 0).decode("ascii", "replace").splitlines(keepends=True):
        with contextlib.suppress(ValueError):
            note = _parse(line.removeprefix("-"))
            if line.startswith("-"):
                found.pop(note, None)
            else:
                found[note] = None
    return found


def _parse(line: str) -> Note:
    if not line.endswith("\n"):
        raise ValueError("cut off")
    outbox_id, attempt, message_id, at = line.split()
    return Note(int(outbox_id), int(attempt), int(message_id) or None, datetime.fromisoformat(at))
