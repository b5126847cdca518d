"""`frontdesk export`, and every list as CSV."""

from __future__ import annotations

import csv
import io
import json
import stat
from pathlib import Path

import pytest

from tests.conftest import with_our_tables
from tests.console.command import frontdesk, frontdesk_json
from tests.seed.raw import one


def test_a_conversation_in_every_format(seed_file: Path, tmp_path: Path) -> None:
    export = ("--database", seed_file, "export", "2")
    assert "←" in frontdesk(*export).stdout
    assert frontdesk(*export, "--format", "markdown").stdout.startswith("# ")
    assert len(frontdesk_json(*export)["messages"]) == one(
        seed_file, "SELECT count(*) FROM messages WHERE conversation_id = 2"
    )
    page = tmp_path / "page.html"
    done = frontdesk(*export, "--output", page, code=None)
    assert (done.returncode, done.stdout) == (0, "")
    assert page.read_text("utf-8").startswith("<!doctype html>")
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert "File exists" in frontdesk(*export, "--output", page, code=2).stderr
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "elsewhere")
    frontdesk(*export, "--output", link, code=2)
    assert not (tmp_path / "elsewhere").exists()
    frontdesk(*export, "--json", "--format", "html", code=2)
    frontdesk("--database", seed_file, "export", "4242", code=3)
    assert json.loads(frontdesk(*export, "--format", "json").stdout)["conversation_id"] == 2


@pytest.mark.parametrize("verb", [["conversations"], ["users"], ["payments"], ["journal"], ["outbox"]])
def test_every_list_as_csv(verb: list[str], seed_file: Path) -> None:
    with_our_tables(seed_file)
    made = frontdesk("--database", seed_file, *verb, "--csv").stdout
    assert made.startswith("\ufeffid;")
    rows = list(csv.reader(io.StringIO(made.removeprefix("\ufeff"), newline=""), delimiter=";"))
    assert {len(row) for row in rows} == {len(rows[0])}
    if verb[0] in ("conversations", "users"):
        assert len(rows) - 1 == one(seed_file, f"SELECT count(*) FROM {verb[0]}"), "all of it, whatever a page holds"
        assert len(frontdesk("--database", seed_file, *verb, "--csv", "--limit", "2").stdout.splitlines()) == 3
        assert frontdesk_json("--database", seed_file, *verb)[0].keys() == set(rows[0])
    assert "one" in frontdesk("--database", seed_file, *verb, "--csv", "--json", code=2).stderr
