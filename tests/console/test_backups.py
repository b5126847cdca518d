"""`db backup`, `db backups` and `db restore` as a script calls them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from console.cli import run
from tests.seed import raw


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRONTDESK_BACKUP_FOLDER", str(tmp_path / "backups"))


def said(capsys: pytest.CaptureFixture[str], *arguments: str | Path, code: int = 0) -> Any:
    """What it printed with --json, or its one line of complaint."""
    assert run([*map(str, arguments), "--json"]) == code
    out, err = capsys.readouterr()
    if code:
        assert err.count("\n") == 1, err
        return err
    return json.loads(out)


def test_a_backup_is_taken_listed_rehearsed_and_restored(seed_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    taken = said(capsys, "db", "backup", seed_file)
    assert taken["counts"]["users"] == 60
    [listed] = said(capsys, "db", "backups", "--verify")
    assert listed == {key: value for key, value in taken.items() if key != "removed"} | {"damaged": False}
    rehearsed = said(capsys, "db", "restore", "latest", seed_file, "--rehearse")
    assert (rehearsed["rehearsed"], rehearsed["restored_to"]) == (True, None)
    raw.write(seed_file, "UPDATE users SET username = 'later'")
    restored = said(capsys, "db", "restore", "latest", seed_file)
    assert restored["restored_to"] == str(seed_file)
    assert raw.one(Path(restored["kept"]), "SELECT DISTINCT username FROM users") == "later"
    assert raw.one(seed_file, "SELECT count(DISTINCT username) FROM users") > 1
    assert "no backup" in said(capsys, "db", "restore", "none", seed_file, code=1)
    assert "read-only" in said(capsys, "--read-only", "db", "restore", "latest", seed_file, code=4)


def test_people_read_it_as_well(seed_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for verb in (["backup", "--prune"], ["backups"], ["restore", "latest", "--rehearse"], ["restore", "latest"]):
        assert run(["--database", str(seed_file), "db", *verb]) == 0
        out, err = capsys.readouterr()
        assert out
        assert err == ""
    assert "kept as" in out


def test_the_command_after_a_backup_gets_the_finished_file(
    seed_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """For {path} and as the last argument, without a shell, without the bot's token."""
    monkeypatch.setenv("FRONTDESK_TELEGRAM_TOKEN", "123456:canary-AAbbCCddEEffGGhhIIjjKKllMMnnOO")
    note = tmp_path / "note"
    script = tmp_path / "after.py"
    script.write_text(
        f"import os, sys; open({str(note)!r}, 'w').write(repr((sys.argv[1:], [v for v in os.environ.values()"
        " if 'canary' in v])))"
    )
    for tail, wanted in (("", "['{}']"), (" '--from={path};x' $HOME", "['--from={};x', '$HOME']")):
        monkeypatch.setenv("FRONTDESK_BACKUP_AFTER", f"{sys.executable} {script}{tail}")
        taken = said(capsys, "db", "backup", seed_file)
        assert note.read_text() == f"({wanted.format(taken['path'])}, [])"


@pytest.mark.parametrize("command", ["false", "/nowhere/at/all"])
def test_a_command_that_fails_is_loud_and_the_backup_stays(
    seed_file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    command: str,
) -> None:
    monkeypatch.setenv("FRONTDESK_BACKUP_AFTER", command)
    assert command in said(capsys, "db", "backup", seed_file, code=1)
    assert len(list((tmp_path / "backups").iterdir())) == 1


def test_a_damaged_one_is_listed_as_such(seed_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    taken = Path(said(capsys, "db", "backup", seed_file)["path"])
    taken.write_bytes(taken.read_bytes()[:-1])
    assert run(["db", "backups"]) == 0
    assert run(["db", "backups", "--verify"]) == 1
    assert "damaged" in capsys.readouterr().err
    assert "damaged" in said(capsys, "db", "restore", taken, seed_file, code=1)


def test_the_configuration_file_has_a_table_for_it(
    seed_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from console.config import config_path

    monkeypatch.delenv("FRONTDESK_BACKUP_FOLDER")
    config_path().parent.mkdir(parents=True)
    config_path().write_text(f'[backup]\nfolder = "{tmp_path}/mine"\nafter = ["false"]\n')
    assert "false" in said(capsys, "db", "backup", seed_file, code=1)
    assert len(list((tmp_path / "mine").iterdir())) == 1
    config_path().write_text("[backup]\nbefore = 1\n")
    assert "backup_before" in said(capsys, "db", "backup", seed_file, code=2)
