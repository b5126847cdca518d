from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from console.demo.run import prepare
from console.telegram import TelegramGateway, Token
from models.gateway import RefusedBy, Sent
from models.store.database import Database

ROOT = Path(__file__).parents[3]
SCRIPT = """
import time
from console.demo.run import prepare
with prepare() as demo:
    print(demo.folder, flush=True)
    time.sleep(600)
"""


@pytest.fixture(autouse=True)
def _own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", None)


def until(condition: Callable[[], object]) -> bool:
    deadline = time.monotonic() + 30
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return bool(condition())


def children_of(folder: Path) -> list[int]:
    """Processes that name the folder on their command line."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if str(folder).encode() in entry.read_bytes():
                found.append(int(entry.parent.name))
        except OSError:
            continue
    return found


async def test_demo_delivers_and_leaves_nothing_behind() -> None:
    with prepare() as demo:
        assert os.stat(demo.folder).st_mode & 0o777 == 0o700
        assert demo.token not in repr(os.environ)
        database = Database.open(str(demo.database))
        door = TelegramGateway(Token(demo.token), demo.api_url)
        sent = await door.send_message(7, "x")
        assert isinstance(sent, Sent)
        blocked = await door.send_message(_blocked(database), "x")
        assert isinstance(blocked, RefusedBy)
        assert blocked.code == 403
        assert '"x"' in demo.standin_log.read_text()
        await door.aclose()
        database.close()
    assert not demo.folder.exists()
    assert children_of(demo.folder) == []


def _blocked(database: Database) -> int:
    from models.rules.delivery import State
    from models.services.replies import replies_of
    from models.tables import OutboxRow

    table = OutboxRow.__table__  # type: ignore[attr-defined]
    with database.read() as session:
        found = session.execute(table.select().where(table.c.state == State.FAILED)).one()
        assert replies_of(session, found.conversation_id, frozenset({State.FAILED}))
        return int(found.chat_id)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGKILL])
def test_no_end_leaves_anything_behind(how: signal.Signals) -> None:
    process = subprocess.Popen([sys.executable, "-c", SCRIPT], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert process.stdout is not None
        folder = Path(process.stdout.readline().decode().strip())
        assert folder.is_dir()
        assert len(children_of(folder)) == 2
        process.send_signal(how)
        process.wait(30)
        assert until(lambda: not folder.exists())
        assert until(lambda: not children_of(folder))
    finally:
        process.kill()
        process.communicate()


def test_failure_inside_leaves_nothing_behind() -> None:
    folders = []

    def fail() -> None:
        with prepare() as demo:
            folders.append(demo.folder)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not folders[0].exists()
