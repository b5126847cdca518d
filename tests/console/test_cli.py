"""The command line as a whole: verbs and files, wrong arguments, closed pipes, poor locales, no terminal."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from console import __version__
from console.cli import VERBS, split_verb
from console.terminal import WITHOUT_SCREEN
from tests.console.command import frontdesk
from tests.e2e.conftest import eventually, rows
from tests.e2e.terminal import FRONTDESK, Terminal


@pytest.mark.parametrize(
    ("arguments", "verb", "rest"),
    [
        ([], None, []),
        (["demo"], "demo", []),
        (["./demo"], None, ["./demo"]),
        (["--", "demo"], None, ["--", "demo"]),
        (["--json", "users"], "users", ["--json"]),
        (["--database", "demo", "users"], "users", ["--database", "demo"]),
        (["--database=x", "outbox", "retry", "3"], "outbox", ["--database=x", "retry", "3"]),
        (["--read-only", "file.db"], None, ["--read-only", "file.db"]),
        (["file.db", "users"], None, ["file.db", "users"]),
        (["reply", "3", "run"], "reply", ["3", "run"]),
    ],
)
def test_a_first_argument_that_is_no_verb_is_a_file(arguments: list[str], verb: str | None, rest: list[str]) -> None:
    assert split_verb(arguments) == (verb, rest)


def test_version() -> None:
    assert frontdesk("--version").stdout == f"frontdesk {__version__}\n"


def test_help_names_every_verb() -> None:
    said = frontdesk("--help").stdout
    for verb in VERBS:
        assert f"\n  {verb} " in said


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_has_help_and_the_common_options(verb: str) -> None:
    said = frontdesk(verb, "--help").stdout
    for option in ("--json", "--read-only", "--database"):
        assert option in said


@pytest.mark.parametrize(
    "arguments",
    [
        ["conversations", "--limit", "0"],
        ["conversations", "--limit", "ten"],
        ["conversations", "--view", "nowhere"],
        ["conversations", "--vie", "all"],
        ["messages"],
        ["messages", "x"],
        ["messages", "-3"],
        ["messages", "99999999999999999999999"],
        ["reply", "1"],
        ["reply", "1", "x", "--wait", "-1"],
        ["reply", "1", "x", "--wait", "nan"],
        ["reply", "1", "x", "--telegram-token", "1:x"],
        ["users", "--filter", "rich"],
        ["outbox", "forget", "1"],
        ["outbox", "retry"],
        ["db"],
        ["db", "drop"],
        ["doctor", "now"],
        ["convresations"],
        ["--json"],
        ["a.db", "b.db"],
        ["a.db", "--database", "b.db"],
        ["db", "status", "a.db", "--database", "b.db"],
        ["conversations"],
    ],
)
def test_wrong_arguments_end_in_one_line_and_code_2(arguments: list[str]) -> None:
    done = frontdesk(*arguments, code=2)
    assert done.stdout == ""
    assert done.stderr.startswith("frontdesk: ")


def test_almost_a_verb_is_helped() -> None:
    assert "`frontdesk conversations`" in frontdesk("conversation", code=2).stderr


def test_a_hostile_argument_is_cleaned() -> None:
    assert "\x1b" not in frontdesk("messages", "\x1b]52;c;eA==\x07", code=2).stderr


@pytest.mark.parametrize(
    ("content", "word"),
    [(None, "No file"), (b"", "empty"), (b"not a database, but long enough to be read as one" * 30, "not an SQLite")],
)
def test_a_file_that_can_not_be_used(content: bytes | None, word: str, tmp_path: Path) -> None:
    path = tmp_path / "given.sqlite3"
    if content is not None:
        path.write_bytes(content)
    for verb in (["conversations"], ["users"], ["db", "status"], ["db", "upgrade"], ["reply", "1", "x"]):
        assert word in frontdesk("--database", path, *verb, code=1).stderr


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    assert "folder" in frontdesk("--database", tmp_path, "conversations", code=1).stderr


def test_a_bad_setting_is_named_and_code_2(seed_file: Path) -> None:
    done = frontdesk("--database", seed_file, "users", env={"FRONTDESK_UNDO_SECONDS": "soon"}, code=2)
    assert "FRONTDESK_UNDO_SECONDS" in done.stderr


def test_a_closed_pipe_is_no_error(seed_file: Path) -> None:
    command = f"{FRONTDESK} --database {seed_file} conversations --limit 100000 --json; echo code $? >&2"
    piped = subprocess.run(f"({command}) | head -c 1", shell=True, capture_output=True, text=True, timeout=60)
    assert piped.stderr == "code 0\n"


def test_a_closed_stdout_is_no_traceback(seed_file: Path) -> None:
    done = subprocess.run(
        f"{FRONTDESK} --database {seed_file} users >&-", shell=True, capture_output=True, text=True, timeout=60
    )
    assert "Traceback" not in done.stderr


def test_an_output_that_takes_nothing_is_said(seed_file: Path, tmp_path: Path) -> None:
    # A limit on the size of files stands in for a full disk: Python ignores the signal and sees an error.
    command = f"ulimit -f 0; exec {FRONTDESK} --database {seed_file} users > {tmp_path / 'out'}"
    done = subprocess.run(command, shell=True, stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("verb", ["conversations", "users"])
def test_a_c_locale_prints_utf8(verb: str, seed_file: Path) -> None:
    poor = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run(
        [FRONTDESK, "--database", seed_file, verb], env={**os.environ, **poor}, capture_output=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert "Морозов" in done.stdout.decode("utf-8")


def test_without_a_terminal_the_console_names_what_works(seed_file: Path) -> None:
    line = frontdesk(seed_file, code=1).stderr
    assert "needs a terminal" in line
    for verb in WITHOUT_SCREEN:
        assert verb in line


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_dumb_terminal_is_refused_without_an_escape(term: str, seed_file: Path) -> None:
    with Terminal([FRONTDESK, str(seed_file)], env={"TERM": term}) as terminal:
        assert terminal.exit_code() == 1
        assert b"\x1b" not in terminal.raw
        said = " ".join(terminal.raw.decode().split())
        assert "needs a terminal" in said
        for verb in WITHOUT_SCREEN:
            assert verb in said


def test_ctrl_c_while_waiting_is_quiet(seed_file: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite3"
    shutil.copyfile(seed_file, copy)
    frontdesk("db", "upgrade", copy)
    waiting = subprocess.Popen(
        [FRONTDESK, "--database", copy, "reply", "1", "x"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        eventually(lambda: rows(copy, "SELECT count(*) FROM console_outbox") == [(1,)], "queued")
        waiting.send_signal(signal.SIGINT)
        _, err = waiting.communicate(timeout=50)
    finally:
        waiting.kill()
    assert waiting.returncode == 1
    assert "not sent" in err
    assert "Traceback" not in err
    assert rows(copy, "SELECT state FROM console_outbox") == [("cancelled",)]


def test_a_fault_of_ours_leaves_a_report_without_texts(seed_file: Path, tmp_path: Path) -> None:
    code = (
        "import sys, console.cli, console.verbs.users as users\n"
        "def boom(arguments):\n"
        "    token = '123456:canary-AAbbCCddEEffGGhhIIjjKKllMMnnOO'\n"
        "    raise RuntimeError(f'https://x/bot{token}/sendMessage')\n"
        "users.run = boom\n"
        "sys.exit(console.cli.run(['users']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    [report] = (Path(os.environ["XDG_STATE_HOME"]) / "frontdesk").glob("crash-*.txt")
    assert report.stat().st_mode & 0o777 == 0o600
    assert "canary" not in done.stderr + report.read_text()
