"""Files that people ask for: readable by their owner alone, never over another, none where it failed."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.exports import write_private
from models.errors import BackupProblem


def test_a_new_file_for_its_owner(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "exports"
    first = write_private(folder, "journal.csv", ["Ёж", "\ud800"])
    second = write_private(folder, "journal.csv", [])
    assert (first.name, second.name) == ("journal.csv", "journal-2.csv")
    assert first.read_text("utf-8") == "Ёж\n\\ud800\n"
    assert [stat.S_IMODE(each.stat().st_mode) for each in (first, second, folder)] == [0o600, 0o600, 0o700]


def test_what_fails_leaves_no_file(tmp_path: Path) -> None:
    def half() -> Iterator[str]:
        yield "half"
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        write_private(tmp_path, "half.json", half())
    assert list(tmp_path.glob("*.json")) == []


def test_a_place_that_can_not_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(BackupProblem) as caught:
        write_private(tmp_path / "file", "a.csv", [])
    assert caught.value.id == "backup-place"
    assert caught.value.values["path"] == str(tmp_path / "file")
