"""The longer language at 80×24: nothing is cut so that it no longer says what it said."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.widgets import Button, Input

from console.app import FrontdeskApp
from console.config import Settings
from console.telegram import Token
from console.wiring import LazyServices
from screens.i18n import set_language
from tests.golden.render import NOW, NOWHERE, GoldenApp, in_utc, lines_of, make_database, settled
from tests.screens.catalogue import written

TOKEN = Token("123456:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
SIZE = (80, 24)


@pytest.fixture(autouse=True)
def _russian() -> Iterator[None]:
    set_language("ru")
    yield
    set_language("en")


@cache
def ours() -> tuple[str, ...]:
    """What every string of the catalogue begins with, up to its first value."""
    found: set[str] = set()
    for message in written("ru"):
        strings = (message.string,) if isinstance(message.string, str) else message.string
        found |= {re.split(r"[{\n]", string)[0].strip() for string in strings if message.id}
    return tuple(string for string in found if len(string) > 2)


def theirs(database: Path) -> tuple[str, ...]:
    """What people wrote and what is known of them."""
    with closing(sqlite3.connect(database)) as connection:
        bodies = connection.execute("SELECT body FROM messages").fetchall()
        leads = connection.execute("SELECT ai_real_name, ai_background, ai_query FROM conversations").fetchall()
    return tuple(text for row in [*bodies, *leads] for text in row if text)


def cut(line: str, foreign: tuple[str, ...]) -> list[str]:
    """Our own words before an ellipsis that are only the beginning of a string of ours."""
    found = []
    for match in re.finditer("…", line):
        before = re.split(r"[│▕▏▌·]|  +|: ", line[: match.start()])[-1].strip()
        longer = [string for string in ours() if string.startswith(before) and string != before]
        if any(text.startswith(before) for text in foreign):
            continue
        if len(before) > 2 and longer and not any(string.startswith(f"{before}…") for string in ours()):
            found.append(f"{before}… ({longer[0]})")
    return found


def squeezed(app: FrontdeskApp) -> list[str]:
    """Buttons, hints and titles of frames that are wider than their room."""
    found = []
    for button in app.screen.query(Button):
        words = str(button.label)
        if button.display and cell_len(words) > button.content_size.width:
            found.append(f"{words!r} has {button.content_size.width} cells")
    for field in app.screen.query(Input):
        if field.display and field.size.width and cell_len(field.placeholder) > field.content_size.width:
            found.append(f"{field.placeholder!r} has {field.content_size.width} cells")
    for each in app.screen.query("*"):
        title = str(each.border_title or "")
        if title and each.display and cell_len(title) > each.size.width - 2:
            found.append(f"{title!r} has {each.size.width - 2} cells")
    return found


#: Where a person goes, by keys; each place is looked at. Esc between them leads back.
WALKS: dict[str, tuple[str, ...]] = {
    "inbox": ("", "j", "enter", "escape i", "escape slash", "escape f2 r", "escape question_mark", "escape ctrl+p"),
    "views": ("f2", *"23456789", *["left_square_bracket"] * 2),
    "people": ("f3 V", "escape w", "l", "f7", "j", "l", "escape f5", "j", "l"),
    "users": ("f3", "2", "3", "5", "1 l", "escape P", "escape A", "escape slash", "escape ctrl+p"),
    "dialogs": ("f2 t", "ctrl+n", "escape escape a", "1"),
    "search": ("ctrl+f", "д о с т у п enter", "enter", "escape escape escape L"),
    "triage": ("f2 s", "escape number_sign", "escape semicolon", "escape d", "escape x x e", "escape asterisk"),
    "report": ("f6", *"23456789", "escape question_mark"),
    "outbox": ("f4", "j", "D", "escape R", "escape X", "escape question_mark", "escape"),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("russian") / "demo.sqlite3"
    make_database(path)
    return path


@pytest.fixture
def database(made: Path, tmp_path: Path) -> Path:
    """A copy for each walk: what one leaves behind (a view, a claim) is nothing to the next."""
    path = tmp_path / "demo.sqlite3"
    with closing(sqlite3.connect(made)) as connection:
        connection.execute("VACUUM INTO ?", (str(path),))
    return path


@pytest.mark.parametrize("walk", WALKS)
async def test_no_label_is_cut(database: Path, walk: str) -> None:
    settings = Settings(
        database=str(database), token=TOKEN, telegram_api_url=NOWHERE, operator="vera", undo_seconds=600
    )
    app = GoldenApp(LazyServices(settings, clock=lambda: NOW), clock=lambda: NOW)
    foreign = theirs(database)
    wrong: dict[str, list[str]] = {}
    with in_utc():
        async with app.run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
            await settled(app, pilot.pause)
            for keys in WALKS[walk]:
                for key in keys.split():
                    await pilot.press(key)
                    await settled(app, pilot.pause)
                lines = lines_of(app)
                found = squeezed(app) + [part for line in lines for part in cut(line, foreign)]
                if found:
                    wrong[keys] = [*found, *lines]
            await app.services.stop()
    assert not wrong, "\n".join(line for place, lines in wrong.items() for line in [f"After {place!r}:", *lines])
