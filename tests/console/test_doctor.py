"""`doctor`: what it finds in good and bad surroundings, what it says to do, and that it changes nothing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.console.command import frontdesk, frontdesk_json
from tests.e2e.conftest import TOKEN, Telegram, settings_for, telegram_at
from tests.e2e.terminal import FRONTDESK, Terminal


@pytest.fixture
def telegram(tmp_path: Path) -> Iterator[Telegram]:
    with telegram_at(tmp_path) as server:
        yield server


def findings(*arguments: str | Path, env: Mapping[str, str] | None = None, code: int | None = 0) -> dict[str, Any]:
    found = frontdesk_json(*arguments, "doctor", env=env, code=code)
    assert all(list(each) == ["check", "level", "found", "do"] for each in found)
    assert all((each["do"] is None) == (each["level"] == "ok") for each in found)
    return {each["check"]: each for each in found}


def test_all_is_well(owned_file: Path, telegram: Telegram) -> None:
    owned_file.chmod(0o600)
    env = {**settings_for(telegram), "LC_ALL": "C.UTF-8"}
    found = findings("--database", owned_file, env=env)
    assert {name: each["level"] for name, each in found.items()} == dict.fromkeys(
        ("token", "clock", "updates", "database", "our tables", "SQLite", "write access", "locale", "terminal"), "ok"
    )
    assert {call["method"].lower() for call in telegram.calls()} == {"getme", "getwebhookinfo"}


def test_a_new_machine() -> None:
    done = frontdesk("doctor", code=None)
    assert done.returncode == 1
    assert "frontdesk db init" in done.stdout
    assert "FRONTDESK_TELEGRAM_TOKEN" in done.stdout


def test_a_database_of_the_application(shape_file: Path) -> None:
    shape_file.chmod(0o644)
    found = findings("--database", shape_file)
    assert found["our tables"]["do"] == "frontdesk db upgrade"
    assert found["token"]["level"] == "warning"
    assert found["file mode"]["do"] == f"chmod 600 {shape_file}"
    assert "the application" in found["database"]["found"]


def test_it_changes_nothing(seed_file: Path) -> None:
    before = seed_file.read_bytes()
    findings("--database", seed_file)
    assert seed_file.read_bytes() == before


def test_telegram_does_not_know_the_token(owned_file: Path, telegram: Telegram) -> None:
    env = {**settings_for(telegram), "FRONTDESK_TELEGRAM_TOKEN": "1:somebody-elses"}
    done = frontdesk("--database", owned_file, "doctor", env=env, code=None)
    assert done.returncode == 1
    assert "somebody" not in done.stdout + done.stderr


def test_a_clock_that_is_wrong(owned_file: Path, telegram: Telegram, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.doctor.utc_now", lambda: datetime.now(UTC) - timedelta(hours=1))
    found = findings("--database", owned_file, env=settings_for(telegram))["clock"]
    assert found["level"] == "warning"
    assert re.fullmatch(r"3,(599|600|601) s behind Telegram's", found["found"])


def test_telegram_can_not_be_reached(owned_file: Path) -> None:
    env = {"FRONTDESK_TELEGRAM_TOKEN": TOKEN, "FRONTDESK_TELEGRAM_API_URL": "http://127.0.0.1:9"}
    done = frontdesk("--database", owned_file, "doctor", env=env, code=None)
    assert done.returncode == 1
    assert "http://127.0.0.1:9" in done.stdout
    assert "canary" not in done.stdout + done.stderr


@pytest.mark.parametrize(("mode", "level"), [("attached", "ok"), ("standalone", "problem")])
def test_a_webhook_is_told_by_its_host_only(mode: str, level: str, owned_file: Path, tmp_path: Path) -> None:
    with webhooked(tmp_path, "https://bot.example.org/secret-path-4711") as url:
        env = {"FRONTDESK_TELEGRAM_TOKEN": TOKEN, "FRONTDESK_TELEGRAM_API_URL": url, "FRONTDESK_MODE": mode}
        found = findings("--database", owned_file, env=env, code=None)
    assert found["updates"]["level"] == level
    assert "bot.example.org" in found["updates"]["found"]
    assert "4711" not in str(found)


class webhooked:
    """A stand-in whose bot has a webhook."""

    def __init__(self, folder: Path, url: str) -> None:
        self.port_file = folder / "webhook.port"
        command = [sys.executable, "-m", "console.standin", "--port-file", str(self.port_file)]
        self.process = subprocess.Popen([*command, "--token", TOKEN, "--webhook", url], stdin=subprocess.PIPE)

    def __enter__(self) -> str:
        end = time.monotonic() + 20
        while not self.port_file.exists():
            assert self.process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.02)
        return f"http://127.0.0.1:{self.port_file.read_text().strip()}"

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()


def test_files_that_hold_the_token_and_that_others_may_read(
    owned_file: Path, telegram: Telegram, tmp_path: Path
) -> None:
    token_file = tmp_path / "token"
    token_file.write_text(TOKEN)
    token_file.chmod(0o644)
    env = {**settings_for(telegram), "FRONTDESK_TELEGRAM_TOKEN": "", "FRONTDESK_TELEGRAM_TOKEN_FILE": str(token_file)}
    assert findings("--database", owned_file, env=env)["token file"]["do"] == f"chmod 600 {token_file}"
    token_file.chmod(0o600)
    assert "token file" not in findings("--database", owned_file, env=env)
    config = Path(os.environ["XDG_CONFIG_HOME"]) / "frontdesk" / "config.toml"
    config.parent.mkdir()
    config.write_text(f'telegram_token = "{TOKEN}"\n')
    config.chmod(0o640)
    env = {"FRONTDESK_TELEGRAM_API_URL": telegram.url}
    assert findings("--database", owned_file, env=env)["configuration"]["level"] == "warning"


def test_a_write_lock_that_somebody_holds(owned_file: Path) -> None:
    from models.store.sqlite import library

    connection = library().connect(str(owned_file), isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        env = {"FRONTDESK_DATABASE_TIMEOUT": "200"}
        found = findings("--database", owned_file, env=env, code=None)
    finally:
        connection.close()
    assert found["write access"]["level"] == "problem"
    assert "locked" in found["write access"]["found"]


def test_read_only_does_not_try_to_write(owned_file: Path) -> None:
    assert findings("--database", owned_file, "--read-only")["write access"]["level"] == "ok"


def test_a_locale_without_utf8(owned_file: Path) -> None:
    poor = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    assert findings("--database", owned_file, env=poor)["locale"]["level"] == "warning"


def test_the_terminal_it_runs_in(owned_file: Path) -> None:
    with Terminal([FRONTDESK, "--database", str(owned_file), "doctor"], columns=50, rows=15) as terminal:
        assert terminal.exit_code() == 0
        assert "xterm-256color, 50x15" in terminal.raw.decode()


def test_what_is_no_database(tmp_path: Path) -> None:
    done = frontdesk("--database", tmp_path / "none.sqlite3", "doctor", code=None)
    assert done.returncode == 1
    assert "No file" in done.stdout
