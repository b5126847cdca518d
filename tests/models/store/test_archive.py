"""A backup's file: opened by `tar` and `gunzip`, and refused when a bit of it is not what was written."""

from __future__ import annotations

import gzip
import json
import random
import stat
import tarfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.errors import BackupProblem
from models.store import archive
from models.store.archive import Manifest, Sibling

MEMBER = archive.DATABASE["sqlite"]
MANIFEST = Manifest(
    taken_at=datetime(2026, 11, 23, 12, 0, 0, 5, UTC),
    engine="sqlite",
    engine_version="3.53.4",
    source="/срв/бот.sqlite3",
    host="host",
    shape="S",
    rails_version=None,
    revisions=("2025_10_16_000000",),
    counts={"messages": 3},
    foreign_key_violations=0,
    size=5000,
    sha256="0" * 64,
    siblings=(Sibling("cache", "production_cache.sqlite3", 3, "1" * 64),),
)


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    content = tmp_path / "content"
    content.write_bytes(random.Random(3).randbytes(3000) + b"\0" * 2000)
    path = tmp_path / "b.backup.tar"
    archive.write(path, MANIFEST, {MEMBER: content, "siblings/cache.sqlite3.gz": content})
    return path


def test_what_was_written_is_read_back(packed: Path, tmp_path: Path) -> None:
    assert archive.read_manifest(packed) == archive.verify(packed) == MANIFEST
    out = tmp_path / "out"
    size, digest = archive.extract(packed, MEMBER, out)
    assert (size, out.read_bytes()) == (5000, (tmp_path / "content").read_bytes())
    assert len(digest) == 64
    assert stat.S_IMODE(packed.stat().st_mode) == stat.S_IMODE(out.stat().st_mode) == 0o600


def test_tar_and_gunzip_open_it(packed: Path, tmp_path: Path) -> None:
    with tarfile.open(packed) as opened:
        assert opened.getnames() == [archive.MANIFEST, MEMBER, "siblings/cache.sqlite3.gz", archive.SEAL]
        inner = opened.extractfile(MEMBER)
        assert inner is not None
        assert gzip.decompress(inner.read()) == (tmp_path / "content").read_bytes()
        shown = opened.extractfile(archive.MANIFEST)
        assert shown is not None
        assert json.loads(shown.read())["source"] == MANIFEST.source


def refused(path: Path) -> None:
    with pytest.raises(BackupProblem) as caught:
        archive.verify(path)
    assert caught.value.id == "backup-damaged"


def test_a_cut_anywhere_is_refused(packed: Path, tmp_path: Path) -> None:
    whole = packed.read_bytes()
    cut = tmp_path / "cut.backup.tar"
    for length in {0, 1, 511, 512, 513, len(whole) - 1, len(whole) - 2048, *range(0, len(whole), 211)}:
        cut.write_bytes(whole[:length])
        refused(cut)
    cut.write_bytes(whole + b"\0")
    refused(cut)


def test_a_flipped_bit_anywhere_is_refused(packed: Path, tmp_path: Path) -> None:
    """Every byte of the file once, each with a bit of its own: headers, padding and the digest itself, too."""
    whole = bytearray(packed.read_bytes())
    flipped = tmp_path / "flipped.backup.tar"
    for position in range(0, len(whole), 7):
        whole[position] ^= 1 << position % 8
        flipped.write_bytes(whole)
        refused(flipped)
        whole[position] ^= 1 << position % 8


def test_files_that_are_no_backup(tmp_path: Path) -> None:
    for content in (b"", b"SQLite format 3\0" * 500, b"{}" * 5000, b"\0" * 10_000):
        path = tmp_path / "other.backup.tar"
        path.write_bytes(content)
        refused(path)
        with pytest.raises(BackupProblem):
            archive.read_manifest(path)


def test_a_format_of_the_future_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "FORMAT", 2)
    path = tmp_path / "new.backup.tar"
    archive.write(path, MANIFEST, {})
    monkeypatch.undo()
    with pytest.raises(BackupProblem) as caught:
        archive.verify(path)
    assert caught.value.id == "backup-newer"


def test_a_dump_is_not_compressed_again(tmp_path: Path) -> None:
    content = tmp_path / "dump"
    content.write_bytes(b"PGDMP")
    path = tmp_path / "pg.backup.tar"
    archive.write(path, replace(MANIFEST, engine="postgresql"), {"database.dump": content})
    out = tmp_path / "out"
    assert archive.extract(path, "database.dump", out)[0] == 5
    with pytest.raises(BackupProblem):
        archive.extract(path, MEMBER, tmp_path / "none")
