"""The sales admin's morning: 120 new conversations, readiest first, keys counted, nobody left waiting."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from models.rules.templates import Text
from models.services.desk import Desk
from models.views import View
from tests.e2e.conftest import Telegram, eventually, rows
from tests.e2e.terminal import Terminal
from tests.seed import raw

#: How many of each band, readiest first, and a score of it.
BANDS = {
    "ready": (9, 92),
    "evaluating": (15, 72),
    "interested": (30, 45),
    "exploring": (46, 10),
    "unscored": (20, None),
}
MOST, MOST_FOR_ONE = 170, 3


def inbox_of_120(path: Path) -> None:
    now = datetime.now(UTC)
    number = 0
    statements = []
    for many, score in BANDS.values():
        for _each in range(many):
            number += 1
            at = (now - timedelta(minutes=number)).strftime("%Y-%m-%d %H:%M:%S")
            statements += [
                "INSERT INTO users (id, telegram_id, first_name, authenticated, admin, paid, created_at, updated_at)"
                f" VALUES ({number}, {700000 + number}, 'Person{number:03}x', 0, 0, 0, '{at}', '{at}')",
                "INSERT INTO conversations"
                " (id, user_id, last_message_at, unread_count, ai_ready_score, ai_processing, created_at, updated_at)"
                f" VALUES ({number}, {number}, '{at}', 1, {score or 'NULL'}, 0, '{at}', '{at}')",
                "INSERT INTO messages"
                " (conversation_id, user_id, body, direction, telegram_message_id, read, created_at, updated_at)"
                f" VALUES ({number}, {number}, 'A question', 0, {number}, 0, '{at}', '{at}')",
            ]
    raw.write(path, *statements)
    desk = Desk.open(str(path), operator="anna")
    try:
        desk.templates.save(Text(name="price", body="{name}, it is 38 000.", digit=1))
        desk.templates.save(Text(name="more", body="{name}, tell me more?", digit=2))
    finally:
        desk.close()


class Hands:
    """Presses keys and counts them; typed text is not counted."""

    def __init__(self, console: Terminal) -> None:
        self.console = console
        self.count = 0

    def press(self, *keys: str) -> None:
        self.count += len(keys)
        self.console.press(*keys)

    def type(self, text: str) -> None:
        self.console.press(text)

    def person(self, but: str = "") -> str:
        """Whose thread is shown: the title of the middle pane, and the list's cursor is on them."""
        found: list[str] = []

        def shown(text: str) -> bool:
            title = re.search(r"▕ (Person\d{3}x)", text.splitlines()[1])
            cursor = re.search(r"▌.*?(Person\d{3}x)", text)
            found[:] = [title[1]] if title and cursor and title[1] == cursor[1] != but else []
            return bool(found) and "A question" in text

        self.console.wait(shown)
        return found[0]


def many(hands: Hands, *keys: str, count: int, typed: str | None = None) -> None:
    """An act on the whole view: mark, choose, type the number, go."""
    hands.press("*")
    hands.console.wait(f"{count} marked")
    for key in keys:
        hands.press(key)
        if typed is not None:
            hands.console.wait("goes on to a preview")
            hands.type(typed)
            hands.console.wait(re.escape(typed))
            hands.press("enter")
        elif key != keys[-1]:
            hands.console.wait("1 ")
    if count > 20:
        hands.console.wait(f"Type their number, {count}")
        hands.type(str(count))
    hands.console.wait("Do it")
    hands.press("enter")
    hands.console.wait(rf"{count} of {count}\.")


def test_a_morning(owned_file: Path, telegram: Telegram, open_console: Callable[..., Terminal]) -> None:
    inbox_of_120(owned_file)
    console = open_console(owned_file, env={"FRONTDESK_UNDO_SECONDS": "1", "FRONTDESK_MODE": "attached"})
    console.wait("120")
    hands = Hands(console)
    answers: dict[str, str] = {}
    for view, digit, template, body in (
        ("ready", "4", "1", "it is 38 000."),
        ("evaluating", "5", "2", "tell me more?"),
    ):
        number, _score = BANDS[view]
        hands.press(digit)
        before = ""
        for _each in range(number):
            person = hands.person(before)
            keys = hands.count
            hands.press("t")
            console.wait("price")
            hands.press(template)
            console.wait(lambda text, person=person, body=body: f"{person}, {body}" in text)  # type: ignore[misc]
            hands.press("ctrl+s")
            assert hands.count - keys <= MOST_FOR_ONE
            answers[person] = f"{person}, {body}"
            before = person
        console.wait("No conversations here")
    # Those who only look around are answered at once, not one by one.
    hands.press("6")
    hands.person()
    many(hands, "R", count=30, typed="The next course begins in May.")
    many(hands, "e", count=30)
    hands.press("7")
    hands.person()
    many(hands, "s", "4", count=46)
    hands.press("8")
    hands.person()
    many(hands, "d", "3", count=20)
    many(hands, "e", count=20)
    hands.press("2")
    console.wait("Nobody is waiting")
    assert hands.count <= MOST, hands.count
    eventually(lambda: len(telegram.texts()) == 24 + 30, "all of it is sent", 150)
    names = {id + 700000: f"Person{id:03}x" for id in range(1, 121)}
    sent = [
        (names[int(call["parameters"]["chat_id"])], call["parameters"]["text"])
        for call in telegram.calls("sendMessage")
    ]
    personal = {name: text for name, text in sent if "course" not in text}
    assert personal == answers
    assert sorted(name for name, text in sent if "course" in text) == [f"Person{id:03}x" for id in range(25, 55)]
    assert rows(owned_file, "SELECT count(*) FROM console_drafts") == [(0,)]
    console.press("q")
    assert console.exit_code() == 0
    desk = Desk.open(str(owned_file), operator="anna")
    try:
        assert desk.inbox.ids(View.WAITING).ids == ()
    finally:
        desk.close()
