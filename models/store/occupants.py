"""Who has a file open, as far as this machine tells: /proc where there is one, and nothing that opens the file."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Occupant:
    """A process, with the name it goes by."""

    pid: int
    name: str

    def __str__(self) -> str:
        return f"{self.name} ({self.pid})"


def occupants(path: Path, *, proc: Path = Path("/proc")) -> tuple[Occupant, ...]:
    """Other processes that hold `path`, its -wal or -shm open. Those of other users are seen by root only, and where
    there is no /proc none is: the file's locks tell the rest."""
    wanted = set()
    for suffix in ("", "-wal", "-shm"):
        with contextlib.suppress(OSError):
            found = os.stat(f"{path}{suffix}")
            wanted.add((found.st_dev, found.st_ino))
    if not wanted or not proc.is_dir():
        return ()
    return tuple(
        Occupant(int(entry.name), _name_of(entry))
        for entry in sorted(proc.iterdir())
        if entry.name.isdigit() and int(entry.name) != os.getpid() and _holds(entry / "fd", wanted)
    )


def _holds(handles: Path, wanted: set[tuple[int, int]]) -> bool:
    with contextlib.suppress(OSError), os.scandir(handles) as listed:
        for handle in listed:
            with contextlib.suppress(OSError):
                found = handle.stat()
                if (found.st_dev, found.st_ino) in wanted:
                    return True
    return False


def _name_of(entry: Path) -> str:
    with contextlib.suppress(OSError):
        return (entry / "comm").read_text("utf-8", "replace").strip()
    return "?"
