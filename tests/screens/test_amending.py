"""Editing and deleting what was delivered, by keys: the person's copy first, and never a text that is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from models.gateway import Outcome, RefusedBy, Sent, Unknown
from models.loops.amend import Amend
from models.rules.clock import utc_now
from models.rules.delivery import State
from models.services.amend import Amended, Answer
from models.services.desk import Desk
from models.services.dispatch import Dispatch
from models.views import Author
from screens.amending import told, why_not_amend
from screens.dialogs.confirm import ConfirmDialog
from screens.widgets.composer_text import ComposerText
from tests.console.test_app import TOKEN, Running, add_tables, running, with_desk
from tests.models.loops.test_amend import Door
from tests.screens.test_thread_lines import NOW, message


def deliver(desk: Desk, text: str) -> int:
    """A reply to conversation 2 that Telegram took; its row."""
    [reply] = desk.outbox.enqueue(2, text, client_key=text)
    dispatch = Dispatch(desk.database, utc_now, owner="test", lease=60)
    claim = dispatch.claim()
    assert claim is not None
    assert dispatch.start(claim)
    assert dispatch.record(claim, Sent(501)) is State.SENT
    row = desk.outbox.get(reply.id).message_id
    assert row is not None
    return row


@pytest.fixture
def delivered(seed_file: Path) -> tuple[Path, int]:
    add_tables(seed_file)
    return seed_file, with_desk(seed_file, lambda desk: deliver(desk, "wrong"))


def through(app: Running, outcome: Outcome) -> Door:
    """Changes go through this door."""
    desk = app.app.services.desk
    assert desk is not None
    door = Door(outcome)
    amend = Amend(desk.amends, door)  # type: ignore[arg-type]
    app.app.services.edit_message = amend.edit  # type: ignore[method-assign]
    app.app.services.delete_message = amend.delete  # type: ignore[method-assign]
    return door


def bodies(path: Path) -> list[str]:
    return with_desk(path, lambda desk: [each.body for each in desk.inbox.thread(2).messages])


async def test_up_changes_the_newest_and_an_unknown_answer_is_offered_again(delivered: tuple[Path, int]) -> None:
    path, _row = delivered
    async with running(path, token=TOKEN) as app:
        await app.ready()
        app.inbox.show_conversation(2)
        await app.until(lambda: app.thread.conversation_id == 2 and "wrong" in app.text())
        door = through(app, Unknown("no answer"))
        await app.press("r")
        await app.until(lambda: isinstance(app.app.focused, ComposerText))
        await app.press("up")
        await app.until(lambda: app.composer.text == "wrong")
        assert "Changing what you sent" in app.text()
        await app.press("backspace", "t", "enter")
        await app.until(lambda: "it may have changed" in app.said)
        assert (app.composer.text, bodies(path)[-1]) == ("wront", "wrong")
        door.outcome = Sent(501)
        await app.press("enter")
        await app.until(lambda: not app.composer.writing)
        await app.until(lambda: bodies(path)[-1] == "wront")
        await app.until(lambda: "wront" in app.text())
        assert with_desk(path, lambda desk: desk.outbox.list()) == ()
        assert with_desk(path, lambda desk: desk.drafts.get(2)) is None


async def test_fix_and_delete_from_the_thread(delivered: tuple[Path, int]) -> None:
    path, row = delivered
    async with running(path, token=TOKEN) as app:
        await app.ready()
        app.inbox.show_conversation(2)
        await app.until(lambda: app.thread.conversation_id == 2 and "wrong" in app.text())
        door = through(app, Sent(None))
        await app.press("G", "f")
        await app.until(lambda: app.composer.text == "wrong")
        await app.press("x", "escape")
        await app.until(lambda: "stays as it was" in app.said)
        assert app.app.focused is app.thread
        assert with_desk(path, lambda desk: desk.drafts.get(2)) is None
        await app.press("F")
        await app.until(lambda: isinstance(app.app.screen, ConfirmDialog))
        await app.press("enter")
        await app.until(lambda: not isinstance(app.app.screen, ConfirmDialog))
        assert door.asked == []
        await app.press("delete")
        await app.until(lambda: isinstance(app.app.screen, ConfirmDialog))
        await app.press("right", "enter")
        await app.until(lambda: "wrong" not in bodies(path))
        await app.until(lambda: "wrong" not in app.text())
        # What the person wrote is not ours to change.
        await app.press("g", "f")
        await app.until(lambda: "Only what went out" in app.said)
        assert not app.composer.writing


def test_only_our_own_delivered_ones_of_two_days() -> None:
    ours = replace(message(1, "x"), author=Author.YOU, telegram_message_id=5, created_at=NOW)
    assert why_not_amend(ours, NOW) is None
    assert "48 hours" in str(why_not_amend(ours, NOW + timedelta(hours=48, seconds=1)))
    assert "number" in str(why_not_amend(replace(ours, telegram_message_id=None), NOW))
    assert "Only what went out" in str(why_not_amend(replace(ours, author=Author.ELSEWHERE), NOW))
    assert why_not_amend(None, NOW)


def test_each_answer_says_whether_anything_changed() -> None:
    said = RefusedBy(400, "Bad Request: message can't be edited\x1b[2J").description
    assert told(Answer(Amended.REFUSED, said), NOW) == (
        "Nothing changed, Telegram refused: Bad Request: message can't be edited␛[2J"
    )
    assert told(Answer(Amended.REFUSED, "Too Many Requests", 34), NOW) == "Nothing changed: Telegram asks to wait 34 s."
    assert len({told(Answer(state), NOW) for state in Amended if state is not Amended.ASKED}) == 4
