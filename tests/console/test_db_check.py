"""`db check` and its `--repair` as a script calls them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.console.command import frontdesk, frontdesk_json
from tests.seed import raw


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FRONTDESK_BACKUP_FOLDER", str(tmp_path / "backups"))
    return tmp_path / "backups"


def test_a_report_then_a_repair_with_a_preview_a_count_and_a_backup(owned_file: Path, folder: Path) -> None:
    assert all(finding["count"] == 0 for finding in frontdesk_json("db", "check", owned_file))
    assert "ok" in frontdesk("db", "check", owned_file).stdout
    now = "'2026-11-23 12:00:00'"
    raw.write(
        owned_file,
        f"INSERT INTO users (id, telegram_id, username, admin, paid, created_at, updated_at) VALUES "
        f"(1, 101, 'anna', 1, 0, {now}, {now})",
    )
    done = frontdesk("db", "check", owned_file, code=None)
    assert (done.returncode, done.stderr) == (1, "")
    assert "users 1: admin" in done.stdout
    assert "--repair unpaid-admins" in done.stdout
    assert "--yes 1" in frontdesk("db", "check", owned_file, "--repair", "unpaid-admins", code=4).stderr
    frontdesk("db", "check", owned_file, "--repair", "unpaid-admins", "--yes", "2", code=4)
    assert not folder.exists()
    mended = frontdesk_json("db", "check", owned_file, "--repair", "unpaid-admins", "--yes", "1")
    assert (mended["mended"], [mended["backup"]]) == (1, [str(path) for path in folder.iterdir()])
    assert raw.one(owned_file, "SELECT paid FROM users") == 1
    assert "0 rows mended" in frontdesk("db", "check", owned_file, "--repair", "unpaid-admins").stdout


def test_what_is_refused(seed_file: Path) -> None:
    frontdesk("db", "check", seed_file, "--repair", "everything", code=3)
    frontdesk("db", "check", seed_file, "--repair", "integrity", code=4)
    assert "db upgrade" in frontdesk("db", "check", seed_file, "--repair", "stuck-ai", code=4).stderr
