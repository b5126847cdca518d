"""A backup on disk: one tar that `tar` and `gunzip` open anywhere, and that says itself whether it is whole.

Members: `manifest.json`, `database.sqlite3.gz` or `database.dump`, `siblings/…`, and `SHA256`, the digest of every byte
before it. Its last member is a function of that digest, so that a cut or a single flipped bit anywhere is found.
"""

from __future__ import annotations

import hashlib
import json
import os
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from models.errors import BackupProblem
from models.rules.clock import iso_z
from models.rules.progress import Progress, silent

FORMAT = 1
SUFFIX = ".backup.tar"
MANIFEST, SEAL = "manifest.json", "SHA256"
#: The member that holds the database, by engine.
DATABASE = {"sqlite": "database.sqlite3.gz", "postgresql": "database.dump"}
_BLOCK = 512
_CHUNK = 1 << 20
_LARGEST_MANIFEST = 1 << 20
_LEVEL = 4
#: Makes zlib read and write gzip's own frame.
_GZIP = 31


@dataclass(frozen=True, slots=True)
class Sibling:
    """A file beside the database that was taken along: `kind` is cache, queue or cable."""

    kind: str
    name: str
    size: int
    sha256: str

    @property
    def member(self) -> str:
        return f"siblings/{self.kind}.sqlite3.gz"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says about itself. `size` and `sha256` are those of the database file before compression."""

    taken_at: datetime
    engine: str
    engine_version: str
    source: str  # path or URL without a password
    host: str
    shape: str
    rails_version: str | None
    revisions: tuple[str, ...]  # of our version table
    counts: Mapping[str, int]
    foreign_key_violations: int
    size: int
    sha256: str
    siblings: tuple[Sibling, ...] = field(default=())


def write(
    target: Path,
    manifest: Manifest,
    files: Mapping[str, Path],
    progress: Progress = silent,
) -> None:
    """Writes a new archive with `files` by member name; names that end in .gz are compressed on the way.

    Raises OSError, FileExistsError.
    """
    record = {"format": FORMAT, **asdict(manifest), "taken_at": iso_z(manifest.taken_at)}
    total = sum(path.stat().st_size for path in files.values())
    done = 0
    with open(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600), "w+b") as out:
        head = json.dumps(record, indent=1).encode("ascii") + b"\n"
        out.write(_header(MANIFEST, len(head)) + head + _padding(len(head)))
        for name, path in files.items():
            start = out.tell()
            out.write(b"\0" * _BLOCK)
            packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP) if name.endswith(".gz") else None
            with path.open("rb") as source:
                while chunk := source.read(_CHUNK):
                    out.write(packer.compress(chunk) if packer else chunk)
                    done += len(chunk)
                    progress("pack", done, total)
            if packer:
                out.write(packer.flush())
            size = out.tell() - start - _BLOCK
            out.write(_padding(size))
            out.seek(start)
            out.write(_header(name, size))
            out.seek(0, os.SEEK_END)
        end = out.tell()
        out.flush()
        out.write(_seal(_digest(out, end)))
        out.flush()
        os.fsync(out.fileno())


def read_manifest(path: Path) -> Manifest:
    """The first member, unverified. Raises BackupProblem('backup-damaged', 'backup-newer'), OSError."""
    with path.open("rb") as file:
        for name, size in _members(file, path):
            if name != MANIFEST or size > _LARGEST_MANIFEST:
                break
            return _parse(file.read(size), path)
    raise BackupProblem("backup-damaged", path=str(path))


def _parse(written: bytes, path: Path) -> Manifest:
    try:
        record: dict[str, Any] = json.loads(written)
        if record.pop("format") != FORMAT:
            raise BackupProblem("backup-newer", path=str(path))
        siblings = tuple(Sibling(**sibling) for sibling in record.pop("siblings"))
        record |= {"taken_at": datetime.fromisoformat(record["taken_at"]), "revisions": tuple(record["revisions"])}
        return Manifest(**record, siblings=siblings)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise BackupProblem("backup-damaged", path=str(path)) from None


def verify(path: Path, progress: Progress = silent) -> Manifest:
    """The manifest of an archive that is whole to the last bit. Raises BackupProblem, OSError."""
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END) - len(_seal(""))
        if end < _BLOCK or _seal(_digest(file, end, progress)) != _tail(file, end):
            raise BackupProblem("backup-damaged", path=str(path))
    return read_manifest(path)


def extract(path: Path, member: str, target: Path, progress: Progress = silent) -> tuple[int, str]:
    """Unpacks a member into a new file of mode 0600; its size and digest. Raises BackupProblem, OSError."""
    digest, done = hashlib.sha256(), 0
    with path.open("rb") as file:
        size = next((size for name, size in _members(file, path) if name == member), None)
        if size is None:
            raise BackupProblem("backup-damaged", path=str(path))
        unpacker = zlib.decompressobj(_GZIP) if member.endswith(".gz") else None
        with open(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as out:
            left = size
            while left and (chunk := file.read(min(_CHUNK, left))):
                left -= len(chunk)
                try:
                    plain = unpacker.decompress(chunk) if unpacker else chunk
                except zlib.error:
                    raise BackupProblem("backup-damaged", path=str(path)) from None
                out.write(plain)
                digest.update(plain)
                done += len(plain)
                progress("unpack", size - left, size)
            if left or (unpacker and not unpacker.eof):
                raise BackupProblem("backup-damaged", path=str(path))
            out.flush()
            os.fsync(out.fileno())
    return done, digest.hexdigest()


def _members(file: BinaryIO, path: Path) -> Iterator[tuple[str, int]]:
    """Name and size of each member, the file standing at its content."""
    while True:
        header = file.read(_BLOCK)
        if not header.strip(b"\0"):
            return
        try:
            info = tarfile.TarInfo.frombuf(header, "ascii", "strict")
        except (tarfile.TarError, UnicodeDecodeError):
            raise BackupProblem("backup-damaged", path=str(path)) from None
        content = file.tell()
        yield info.name, info.size
        file.seek(content + info.size + len(_padding(info.size)))


def _header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info.tobuf(tarfile.GNU_FORMAT, "ascii", "strict")


def _padding(size: int) -> bytes:
    return b"\0" * (-size % _BLOCK)


def _seal(digest: str) -> bytes:
    """The last member and the tar's end, of one length for every digest."""
    text = f"{digest:<64}\n".encode("ascii")
    return _header(SEAL, len(text)) + text + _padding(len(text)) + b"\0" * 2 * _BLOCK


def _digest(file: BinaryIO, end: int, progress: Progress = silent) -> str:
    """SHA-256 of the file's first `end` bytes; leaves the file standing there."""
    digest = hashlib.sha256()
    file.seek(0)
    left = end
    while left and (chunk := file.read(min(_CHUNK, left))):
        digest.update(chunk)
        left -= len(chunk)
        progress("verify", end - left, end)
    return digest.hexdigest()


def _tail(file: BinaryIO, start: int) -> bytes:
    file.seek(start)
    return file.read()
