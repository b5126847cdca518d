"""Edits and deletions: only ours, only while Telegram takes them, our copy only after Telegram's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.errors import NotFound, Refused
from models.gateway import Outcome, RefusedBy, Sent, Unknown, Unsent
from models.services.amend import Amended, Amends
from tests.models.services.test_outbox import Desk


class Amending(Desk):
    """A desk with one delivered reply of its own."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.amends = Amends(self.database, self.clock, lambda: self.operator, "tests")
        self.reply = self.queue("Здравствуйте!")
        self.send(Sent(501))
        message_id = self.outbox.get(self.reply).message_id
        assert message_id is not None
        self.message_id = message_id

    def body(self) -> object:
        found = self.rows(f"SELECT body FROM messages WHERE id = {self.message_id}")
        return found[0][0] if found else None


@pytest.fixture
def desk(shape_file: Path) -> Iterator[Amending]:
    made = Amending(shape_file)
    yield made
    made.database.close()


@pytest.fixture
def seed_desk(seed_file: Path) -> Iterator[Amending]:
    made = Amending(seed_file)
    yield made
    made.database.close()


def test_an_edit_changes_our_copy_once_telegram_has_changed_its_own(desk: Amending) -> None:
    wish = desk.amends.begin(desk.message_id, "Добрый день!\n")
    assert (wish.chat_id, wish.telegram_message_id, wish.wanted) == (500000002, 501, "Добрый день!")
    assert desk.body() == "Здравствуйте!"
    desk.later(3)
    assert desk.amends.finish(wish, Sent(501)).state is Amended.DONE
    assert desk.body() == "Добрый день!"
    assert desk.rows("SELECT state, body, wanted FROM console_amends") == [("done", "Здравствуйте!", "Добрый день!")]
    [(action, before)] = desk.rows("SELECT action, before FROM console_journal")
    assert action == "message.edit"
    assert "Здрав" not in str(before)
    # Late news of the same wish change nothing any more.
    desk.amends.finish(wish, RefusedBy(400, "late"))
    assert desk.rows("SELECT state FROM console_amends") == [("done",)]


def test_a_deletion_takes_the_row_away_and_keeps_its_text(desk: Amending) -> None:
    before = desk.rows("SELECT last_message_at, unread_count FROM conversations WHERE id = 2")
    wish = desk.amends.begin(desk.message_id, None)
    assert desk.amends.finish(wish, Sent(None)).state is Amended.DONE
    assert desk.body() is None
    assert desk.rows("SELECT body, wanted FROM console_amends") == [("Здравствуйте!", None)]
    assert desk.rows("SELECT state, message_id, telegram_message_id FROM console_outbox") == [("sent", None, 501)]
    assert desk.rows("SELECT last_message_at, unread_count FROM conversations WHERE id = 2") == before


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (RefusedBy(400, "Bad Request: message can't be edited"), Amended.REFUSED),
        (Unsent("no route"), Amended.UNSENT),
        (Unknown("no answer in 30 s"), Amended.UNKNOWN),
    ],
)
def test_without_telegrams_yes_our_copy_stays(seed_desk: Amending, outcome: Outcome, state: Amended) -> None:
    wish = seed_desk.amends.begin(seed_desk.message_id, "x")
    answer = seed_desk.amends.finish(wish, outcome)
    assert (answer.state, bool(answer.said)) == (state, True)
    assert seed_desk.body() == "Здравствуйте!"
    assert seed_desk.rows("SELECT count(*) FROM console_journal") == [(0,)]
    # Asking again is harmless, and allowed at once.
    again = seed_desk.amends.begin(seed_desk.message_id, "x")
    assert seed_desk.amends.finish(again, Sent(501)).state is Amended.DONE
    assert seed_desk.body() == "x"


def test_one_change_at_a_time_until_its_console_is_given_up(seed_desk: Amending) -> None:
    seed_desk.amends.begin(seed_desk.message_id, "one")
    with pytest.raises(Refused) as caught:
        seed_desk.amends.begin(seed_desk.message_id, "two")
    assert caught.value.id == "being-changed"
    seed_desk.later(91)
    assert seed_desk.amends.begin(seed_desk.message_id, "two").wanted == "two"


def test_what_can_not_be_changed_says_why(seed_desk: Amending) -> None:
    def why(message_id: int, text: str | None = "x") -> str:
        with pytest.raises((Refused, NotFound)) as caught:
            seed_desk.amends.begin(message_id, text)
        return str(caught.value.id)

    [(theirs,)] = seed_desk.rows("SELECT min(id) FROM messages WHERE direction = 0")
    [(elsewhere,)] = seed_desk.rows(
        f"SELECT min(id) FROM messages WHERE direction = 1 AND id <> {seed_desk.message_id}"
    )
    assert why(int(str(theirs))) == why(int(str(elsewhere))) == "not-our-message"
    assert why(999_999) == "message-not-found"
    assert why(seed_desk.message_id, " \n") == "blank-text"
    assert why(seed_desk.message_id, "x" * 4097) == "too-long"
    seed_desk.queue("unnumbered")
    seed_desk.later(5)
    seed_desk.send(Sent(None))
    [(unnumbered,)] = seed_desk.rows("SELECT message_id FROM console_outbox WHERE body = 'unnumbered'")
    assert why(int(str(unnumbered))) == "no-telegram-id"
    seed_desk.later(48 * 3600)
    assert why(seed_desk.message_id) == "too-old"
    assert seed_desk.rows("SELECT count(*) FROM console_amends") == [(0,)]
