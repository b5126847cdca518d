"""The sales admin's morning: 120 new conversations, readiest first, keys counted, nobody left waiting."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from models.services.desk import Desk
from models.views import View
from tests.e2e.conftest import Telegram, eventually, rows
from tests.e2e.inbox import BANDS, TELEGRAM, inbox_of_120
from tests.e2e.inbox import name as name_of
from tests.e2e.terminal import Terminal

MOST, MOST_FOR_ONE = 170, 3


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
    names = {TELEGRAM + id: name_of(id) for id in range(1, 121)}
    sent = [
        (names[int(call["parameters"]["chat_id"])], call["parameters"]["text"])
        for call in telegram.calls("sendMessage")
    ]
    personal = {name: text for name, text in sent if "course" not in text}
    assert personal == answers
    assert sorted(name for name, text in sent if "course" in text) == [name_of(id) for id in range(25, 55)]
    assert rows(owned_file, "SELECT count(*) FROM console_drafts") == [(0,)]
    console.press("q")
    assert console.exit_code() == 0
    desk = Desk.open(str(owned_file), operator="anna")
    try:
        assert desk.inbox.ids(View.WAITING).ids == ()
    finally:
        desk.close()
