"""Screens as text. `FRONTDESK_GOLDEN=write python -m pytest tests/screens/test_golden.py` draws them again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from screens.i18n import set_language
from tests.golden.render import draw, make_database

GOLDEN = Path(__file__).parents[1] / "golden"
#: Read before the fixture that clears the variables of whoever runs the tests.
WRITE = os.environ.get("FRONTDESK_GOLDEN") == "write"

SMALL, MIDDLE, LARGE = (80, 24), (120, 36), (200, 50)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("golden") / "demo.sqlite3"
    make_database(path)
    return path


@pytest.mark.parametrize(
    ("name", "size", "keys"),
    [
        ("inbox-80x24", SMALL, ["j"]),
        ("inbox-120x36", MIDDLE, ["j"]),
        ("inbox-200x50", LARGE, ["j"]),
        ("inbox-60x20", (60, 20), ["j"]),
        ("thread-60x20", (60, 20), ["j", "enter"]),
        ("drawer-80x24", SMALL, ["i"]),
        ("tiny-38x11", (38, 11), []),
        ("help-120x36", MIDDLE, ["question_mark"]),
        ("palette-80x24", SMALL, ["ctrl+p"]),
        ("not-delivered-120x36", MIDDLE, ["left_square_bracket"]),
        ("users-120x36", MIDDLE, ["f3"]),
        ("users-80x24", SMALL, ["f3", "9"]),
        ("outbox-120x36", MIDDLE, ["f4"]),
        ("journal-120x36", MIDDLE, ["f5", "3"]),
        ("payments-80x24", SMALL, ["f7", "j"]),
        ("search-80x24", SMALL, ["ctrl+f"]),
        ("search-120x36", MIDDLE, ["ctrl+f", "text:курс"]),
        ("report-120x36", MIDDLE, ["f6"]),
        ("report-80x24", SMALL, ["f6", "2", "j"]),
        ("inbox-ru-80x24", SMALL, ["j"]),
        ("users-ru-80x24", SMALL, ["f3"]),
    ],
)
async def test_screen(database: Path, name: str, size: tuple[int, int], keys: list[str]) -> None:
    set_language("ru" if "-ru-" in name else "en")
    drawn = await draw(database, size, keys)
    path = GOLDEN / f"{name}.txt"
    if WRITE:
        path.write_text(drawn, "utf-8")
    assert drawn == path.read_text("utf-8")
