"""The first page, read by another process: what the desk would say, and nothing where the desk has to say it."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from models.services.desk import Desk
from models.views import Order, View
from tests.conftest import FixedClock, with_our_tables

ROOT = Path(__file__).parents[2]
_LOOK = """
import json, os, sys
os.sched_getaffinity = lambda pid: set(range(int(sys.argv[2])))
from console.config import Settings
from console.scout import send
scout = send(Settings(database=sys.argv[1], operator="tester"))
if scout is None:
    print("none sent")
elif sys.argv[3] == "end":
    scout.end()
    print(json.dumps(scout.read()))
elif sys.argv[3] == "close":
    scout.close()
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        print("nobody left")
else:
    page = scout.read()
    print(json.dumps(page and {"ids": page.ids.ids, "names": [row.name for row in page.rows],
                               "drafts": [row.id for row in page.rows if row.draft],
                               "more": page.ids.next is not None}))
"""


def look(path: Path, *, processors: int = 2, do: str = "read") -> str:
    command = [sys.executable, "-c", _LOOK, str(path), str(processors), do]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr == ""
    return done.stdout.strip()


def found(path: Path) -> Any:
    return json.loads(look(path))


def test_it_says_what_the_desk_would_say(shape_file: Path, desk: Desk) -> None:
    it = desk
    it.drafts.save(1, "not sent yet", "key")
    ids = it.inbox.ids(View.ALL, Order.RECENT)
    rows = it.inbox.rows(ids.ids)
    page = found(shape_file)
    assert tuple(page["ids"]) == ids.ids
    assert page["names"] == [row.name for row in rows][:60]
    assert page["drafts"] == [1]
    assert page["more"] is (ids.next is not None)


def test_it_writes_nothing(seed_file: Path) -> None:
    before = hashlib.sha256(seed_file.read_bytes()).hexdigest()
    assert found(seed_file)["ids"]
    assert hashlib.sha256(seed_file.read_bytes()).hexdigest() == before


def test_a_database_without_our_tables(seed_file: Path) -> None:
    assert found(seed_file)["names"]


def test_another_view_was_chosen_last(seed_file: Path, clock: FixedClock) -> None:
    it = Desk.open(str(with_our_tables(seed_file)), operator="tester", clock=clock)
    it.colleagues.choose("inbox", {"view": "waiting", "order": "recent", "tag": None})
    assert found(seed_file) is None
    it.colleagues.choose("inbox", {"view": "all", "order": "recent", "tag": None})
    assert found(seed_file) is not None
    it.close()


@pytest.mark.parametrize("content", [None, b"", b"no database at all" * 100])
def test_what_is_wrong_is_left_for_the_desk_to_say(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "some.sqlite3"
    if content is not None:
        path.write_bytes(content)
    assert found(path) is None


def test_one_processor_is_left_to_the_console(owned_file: Path) -> None:
    assert look(owned_file, processors=1) == "none sent"


def test_one_that_nobody_waits_for_is_ended(owned_file: Path) -> None:
    assert look(owned_file, do="close") == "nobody left"


def test_who_reads_one_that_is_ended_waits_no_longer(owned_file: Path) -> None:
    assert look(owned_file, do="end") == "null"


def test_a_machine_that_does_not_count_processors(monkeypatch: pytest.MonkeyPatch, owned_file: Path) -> None:
    """macOS has no such call."""
    from console import scout
    from console.config import Settings

    monkeypatch.delattr("os.sched_getaffinity")
    assert scout.send(Settings(database=str(owned_file), operator="tester")) is None


_OPEN = """
import os, sys
os.sched_getaffinity = lambda pid: {0, 1}
from console import scout
from console.config import Settings
reading, writing = os.pipe()
os.dup2(writing, 77)
def look(desk, operator):
    with open(sys.argv[1], "w") as out:
        out.write(" ".join(sorted(os.readlink(f"/proc/self/fd/{each}") for each in os.listdir("/proc/self/fd")
                                  if os.path.exists(f"/proc/self/fd/{each}") or each == "77")))
        out.write(f" {os.readlink('/proc/self/fd/77')}" if os.path.lexists("/proc/self/fd/77") else " no pipe of ours")
scout.first_page = look
sent = scout.send(Settings(database=sys.argv[2], operator="tester"))
assert sent.read() is None
"""


def test_it_holds_nothing_that_others_wait_for(owned_file: Path, tmp_path: Path) -> None:
    """The children of a demo end when the pipe to them is closed: by all who have it."""
    found = tmp_path / "found"
    subprocess.run([sys.executable, "-c", _OPEN, str(found), str(owned_file)], cwd=ROOT, timeout=60, check=True)
    assert found.read_text().endswith("no pipe of ours")
