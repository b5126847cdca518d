"""`frontdesk search`: the index is made on the way, filters, JSON, what is not looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.store.sqlite import library
from tests.conftest import copy_of
from tests.console.command import frontdesk, frontdesk_json


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = copy_of("S", tmp_path)
    connection = library().connect(str(path))
    connection.execute("UPDATE users SET first_name = 'Фёдор', username = 'fedor' WHERE id = 1")
    for body, direction in (("Ёлка\x1b[2J за 100%", 0), ("ЕЛКИ кончились", 1)):
        connection.execute(
            "INSERT INTO messages (conversation_id, user_id, body, direction, created_at, updated_at)"
            " SELECT id, user_id, ?, ?, '2026-10-01 12:00:00', '2026-10-01 12:00:00' FROM conversations LIMIT 1",
            (body, direction),
        )
    connection.commit()
    connection.close()
    return path


def test_it_indexes_on_the_way_and_finds(database: Path, tmp_path: Path) -> None:
    before = database.read_bytes()
    done = frontdesk("--database", database, "search", "ёлк")
    assert [line.strip() for line in done.stdout.splitlines() if line.startswith("    ")] == [
        "ЕЛКИ кончились",
        "Ёлка␛[2J за 100%",
    ]
    assert database.read_bytes() == before
    assert list((tmp_path / "home" / "cache" / "frontdesk").glob("search-*/*.index"))
    found = frontdesk_json("--database", database, "search", "елк from:us", "--limit", "1")
    assert [each["body"] for each in found] == ["ЕЛКИ кончились"]
    assert found[0]["created_at"] == "2026-10-01T12:00:00Z"
    assert found[0]["direction"] == "outgoing"
    assert "@fedor" in frontdesk("--database", database, "search", "федор").stdout
    assert frontdesk("--database", database, "search", "нетничего").stdout == ""
    assert "score:>85" in frontdesk("--database", database, "search", "score:x", code=2).stderr
    frontdesk("--database", database, "search", "in:999999 x", code=3)


def test_what_is_not_looked_at_is_said(database: Path, tmp_path: Path) -> None:
    folder = tmp_path / "home" / "cache" / "frontdesk"
    folder.parent.mkdir(exist_ok=True)
    folder.write_text("no folder")
    done = frontdesk("--database", database, "search", "ёлк", code=None)
    assert done.returncode == 0
    assert "ЕЛКИ" in done.stdout
    assert "cache folder" in done.stderr
