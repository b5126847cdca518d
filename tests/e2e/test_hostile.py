"""Every screen with hostile people in it, judged by the bytes that reach the terminal."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from models.rules.clock import utc_now
from models.rules.text import for_storage
from tests.e2e.conftest import rows
from tests.e2e.terminal import Terminal, strangers

CORPUS = Path(__file__).parents[1] / "data" / "corpus"
Open = Callable[..., Terminal]

#: Beside the corpus: what a careless console does with text.
WORST = [
    "\x1b[2J\x1b]0;owned\x07\x1b]52;c;cm0gLXJmIC8=\x07",
    "\x9b31m\x9d52;c;AAAA\x9c\x90q\x9c",
    "[@click=app.leave]free money[/]",
    "[/]",
    "[link='x",
    "\u202egnp.exe \u2066x",
    "{0} {name} %s %(x)s $(rm -rf /)",
    "\r\nfake line\r",
    "a\u0300" * 400,
    "👨‍👩‍👧‍👦" * 50,
    "\u3164\u2800\u115f",
    "=cmd|' /C calc'!A0",
    "💣" * 4096,
]


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)


def hostile_texts() -> list[str]:
    found = dict.fromkeys(WORST)
    for name in ("hostile_updates.json", "beyond_spec.json"):
        found |= dict.fromkeys(strings(json.loads((CORPUS / name).read_text("utf-8"))))
    return [text for text in (for_storage(text) for text in found) if text.strip()]


@pytest.fixture(scope="module")
def hostile_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which every column that a person, the AI or Telegram can fill holds a hostile text."""
    from models.store.database import Database
    from models.store.lifecycle import initialise
    from models.tables import Conversation, JournalRow, Message, OperatorRow, OutboxRow, User

    path = tmp_path_factory.mktemp("hostile") / "hostile.sqlite3"
    initialise(path)
    chance = random.Random(7)
    texts = hostile_texts()
    pick = lambda: chance.choice(texts)  # noqa: E731
    now = utc_now()
    database = Database.open(str(path))
    with database.write() as session:
        session.add(OperatorRow(handle=pick(), created_at=now, last_seen_at=now))
        for number, text in enumerate(texts):
            user = User(telegram_id=10_000 + number, username=pick(), first_name=text, last_name=pick())
            user.avatar_url = pick()
            session.add(user)
            session.flush()
            thread = Conversation(user_id=user.id, ai_real_name=pick(), ai_background=pick(), ai_query=text)
            thread.ai_ready_score = chance.choice([None, 0, 50, 70, 99, 137, -4])
            thread.ai_processing = chance.random() < 0.2
            session.add(thread)
            session.flush()
            session.add(Message(conversation_id=thread.id, user_id=user.id, body=text))
            session.add(Message(conversation_id=thread.id, body=pick(), direction=1))
            if number % 3 == 0:
                session.add(
                    OutboxRow(
                        client_key=f"k{number}", part_no=1, part_of=1, conversation_id=thread.id, chat_id=1, body=text,
                        operator_id=1, state="failed" if number % 2 else "unknown", error=pick(), reason=pick(),
                        created_at=now, updated_at=now,
                    )
                )  # fmt: skip
            session.add(
                JournalRow(
                    at=now, operator_id=1, operator_name=pick(), source=pick(), action="paid.on", subject_type="user",
                    subject_id=user.id, before="{}", after=json.dumps({"paid": pick()}),
                )
            )  # fmt: skip
    database.close()
    return path


@pytest.fixture
def hostile_file(hostile_template: Path, tmp_path: Path) -> Path:
    import shutil

    return Path(shutil.copyfile(hostile_template, tmp_path / "hostile.sqlite3"))


def walk(console: Terminal, key: str, times: int) -> None:
    for _ in range(times):
        console.press(key)
        console.pump(0.02)
    # Until the last of it is drawn.
    end = time.monotonic() + 1.5
    while time.monotonic() < end:
        console.pump(0.05)


def go(console: Terminal, key: str, sign: str) -> None:
    """Another screen; a dialog that closes late swallows the key, so it may be pressed again."""
    end = time.monotonic() + 50
    while sign not in console.screen():
        assert time.monotonic() < end, console.screen()
        console.press(key)
        console.pump_for(0.7)


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
def test_no_byte_of_foreign_text_reaches_the_terminal(
    hostile_file: Path, open_console: Open, size: tuple[int, int]
) -> None:
    console = open_console(hostile_file, size=size)
    console.wait("live")
    count = rows(hostile_file, "SELECT count(*) FROM conversations")[0][0]
    walk(console, "j", min(count, 130 if size == (80, 24) else 40))
    console.press("enter")
    walk(console, "k", 5)
    console.press("i")
    walk(console, "J", 15)
    console.press("?")
    walk(console, "j", 2)
    console.press("esc")
    console.press("ctrl+p")
    console.pump(0.5)
    console.press("esc")
    go(console, "f3", "★ $ ✓")
    walk(console, "j", 40)
    go(console, "a", "through")
    walk(console, "\t", 3)
    console.press("esc")
    go(console, "esc", "★ $ ✓")
    console.press("enter")
    walk(console, "j", 10)
    console.press("esc")
    people = rows(hostile_file, "SELECT telegram_id FROM users ORDER BY id LIMIT 30")
    lines = "\r".join(f"{number}, vip, 38000, R-{number} [/]\u202e" for (number,) in people)
    go(console, "L", "Paste a list")
    console.press(f"\x1b[200~{lines}\x1b[201~")
    console.wait("30 lines")
    walk(console, "j", 20)
    console.press("enter")
    walk(console, "\t", 1)
    console.press("esc", "esc")
    go(console, "f4", "delivered yet")
    walk(console, "j", 40)
    console.press("enter")
    walk(console, "j", 3)
    assert console.process.poll() is None, console.screen()
    assert strangers(console.raw) == []
    # Nothing of the text was run: no clipboard was written, no title changed but ours, nobody's switch was touched.
    assert b"\x1b]52" not in console.raw
    titles = console.raw.split(b"\x1b]2;")[1:]
    assert all(title.startswith(b"Frontdesk") for title in titles)
    assert rows(hostile_file, "SELECT count(*) FROM users WHERE admin OR paid") == [(0,)]


def test_a_hostile_operator_and_database_name(hostile_file: Path, open_console: Open, tmp_path: Path) -> None:
    odd = tmp_path / "\x1b]0;owned\x07[@click=app.leave]db.sqlite3"
    hostile_file.rename(odd)
    console = open_console(odd, env={"FRONTDESK_OPERATOR": "\x1b[31mred[/]\u202e"})
    console.wait("live")
    walk(console, "j", 3)
    assert strangers(console.raw) == []
