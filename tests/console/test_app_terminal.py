"""The App in a real terminal: signals, a lost terminal, a fatal error."""

from __future__ import annotations

import signal
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from console.shell import Shell
from tests.conftest import with_our_tables
from tests.e2e.terminal import Terminal, strangers

ROOT = Path(__file__).parents[2]
#: The App over real services; F9 fails with a secret in its hands; a third argument makes it deaf to signals.
PROGRAM = """
import contextlib, signal, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from textual.binding import Binding
from console.app import FrontdeskApp
from console.config import Settings
from console.wiring import LazyServices

class App(FrontdeskApp):
    BINDINGS = [Binding("f9", "fail", priority=True)]
    def action_fail(self):
        secret = "123456789:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA my card is 4111"
        raise RuntimeError("https://api.telegram.org/bot" + secret)

path, state, *deaf = sys.argv[1:]
if deaf:  # as under a parent that ignores SIGHUP, or without a controlling terminal
    import console.signals
    console.signals.handled = lambda leave: contextlib.nullcontext()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
app = App(LazyServices(Settings(database=path, operator="tester")), state_folder=Path(state))
app.run()
if app.farewell_line:
    print(app.farewell_line)
sys.exit(app.return_code or 0)
"""


@pytest.fixture
def file(seed_file: Path) -> Path:
    with_our_tables(seed_file)
    return seed_file


@contextmanager
def opened(file: Path, tmp_path: Path, *deaf: str) -> Iterator[Terminal]:
    command = [sys.executable, "-c", PROGRAM.format(root=str(ROOT)), str(file), str(tmp_path / "reports"), *deaf]
    with Terminal(command) as terminal:
        terminal.wait("● live")
        yield terminal


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_signals_leave_cleanly(file: Path, tmp_path: Path, number: signal.Signals) -> None:
    with opened(file, tmp_path) as terminal:
        terminal.process.send_signal(number)
        assert terminal.exit_code() == 0
        assert terminal.restored()


def test_ctrl_c_leaves_and_says_goodbye(file: Path, tmp_path: Path) -> None:
    with opened(file, tmp_path) as terminal:
        terminal.press("ctrl+c")
        assert terminal.exit_code() == 0
        assert terminal.restored()
        assert b"still waiting (oldest" in terminal.raw
        assert strangers(terminal.raw) == []


def test_a_fatal_error_is_one_line_a_report_and_exit_code_1(file: Path, tmp_path: Path) -> None:
    with opened(file, tmp_path) as terminal:
        terminal.press("\x1b[20~")
        assert terminal.exit_code() == 1
        assert terminal.restored()
        said = terminal.raw.decode("utf-8", "replace")
    assert "RuntimeError" in said
    assert "Traceback" not in said
    [report] = (tmp_path / "reports").iterdir()
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    for text in (said, report.read_text("utf-8")):
        assert "AAAAAAAAAA" not in text
        assert "4111" not in text
        assert "telegram.org" not in text


@pytest.mark.parametrize("deaf", [(), ("deaf",)], ids=["by SIGHUP", "by the watchdog"])
def test_a_lost_terminal_ends_the_process(file: Path, tmp_path: Path, deaf: tuple[str, ...]) -> None:
    with opened(file, tmp_path, *deaf) as terminal:
        terminal.hang_up()
        began = time.monotonic()
        terminal.process.wait(60)
        # Two seconds are asked for; ten times that is no busy machine but a process that waits for something else.
        assert time.monotonic() - began < 20


def test_a_file_name_can_not_reach_the_title_raw(file: Path, tmp_path: Path) -> None:
    hostile = file.rename(tmp_path / "a\x1b]52;c;UFdORUQ=\x07b.sqlite3")
    with opened(hostile, tmp_path) as terminal:
        terminal.press("q")
        assert terminal.exit_code() == 0
        assert b"\x1b]52;" not in terminal.raw
        assert "Frontdesk · a␛]52".encode() in terminal.raw


def test_a_driver_that_was_never_begun_has_taken_no_terminal() -> None:
    """What fails between the two leaves the first frame, and whoever drew it gives the terminal back."""
    had = vars(Shell)["had_terminal"].fget
    assert had(SimpleNamespace(_driver=None)) is False
    assert had(SimpleNamespace(_driver=SimpleNamespace(_writer_thread=None))) is False
    assert had(SimpleNamespace(_driver=SimpleNamespace(_writer_thread=object()))) is True
