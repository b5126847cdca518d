"""`db copy` as a script calls it."""

from __future__ import annotations

from pathlib import Path

from tests.console.command import frontdesk, frontdesk_json


def test_a_copy_and_what_it_says(seed_file: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy.sqlite3"
    done = frontdesk_json("db", "copy", seed_file, target)
    assert (done["same"], done["tables"]["messages"]["rows"], done["changed"]) == (True, 166, [])
    assert done["tables"]["users"]["source"] == done["tables"]["users"]["target"]
    said = frontdesk("db", "copy", seed_file, target, "--catch-up").stdout
    assert "0 written" in said
    assert "the same on both sides" in said


def test_what_is_refused(seed_file: Path, tmp_path: Path) -> None:
    frontdesk("db", "copy", seed_file, seed_file, code=4)
    frontdesk("db", "copy", seed_file, tmp_path / "none.sqlite3", "--catch-up", code=4)
    frontdesk("db", "copy", tmp_path / "none.sqlite3", tmp_path / "copy.sqlite3", code=1)
    frontdesk("db", "copy", "postgresql://nobody@/x", tmp_path / "copy.sqlite3", code=2)
    frontdesk("--read-only", "db", "copy", seed_file, tmp_path / "copy.sqlite3", code=4)
    assert not (tmp_path / "copy.sqlite3").exists()
