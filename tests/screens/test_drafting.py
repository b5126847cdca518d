"""What is written in the composer is kept: soon, whole, in its order, whatever the next key is."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.events import Key

from models.errors import DatabaseProblem
from models.services.drafts import Drafts
from screens.widgets.composer_text import ComposerText
from tests.console.test_app import TOKEN, Running, add_tables, running, with_desk
from tests.seed import raw


@pytest.fixture
def ready_file(seed_file: Path) -> Path:
    add_tables(seed_file)
    return seed_file


def kept(path: Path, id: int) -> str | None:
    draft = with_desk(path, lambda desk: desk.drafts.get(id))
    return None if draft is None else draft.body


async def write_in(app: Running) -> int:
    await app.ready()
    await app.press("r")
    await app.until(lambda: isinstance(app.app.focused, ComposerText) and app.composer.target.newest_id is not None)  # type: ignore[union-attr]
    id = app.thread.conversation_id
    assert id is not None
    return id


def at_once(app: Running, *keys: str) -> None:
    """In one packet, as ssh brings them."""
    for key in keys:
        app.app.post_message(Key(key, key if len(key) == 1 else None))


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Saving waits until this is set."""
    free = threading.Event()
    save = Drafts.save

    def late(self: Drafts, *given: object, **more: object) -> object:
        free.wait(30)
        return save(self, *given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Drafts, "save", late)
    return free


async def test_it_is_saved_while_one_types_on_without_a_pause(ready_file: Path) -> None:
    async with running(ready_file, token=TOKEN) as app:
        id = await write_in(app)
        for _letter in range(200):
            await app.type("a")
            if kept(ready_file, id):
                break
            await app.pilot.pause(0.02)
        assert kept(ready_file, id)
        assert app.composer.writing


async def test_r_right_after_esc_goes_on_with_every_letter(ready_file: Path, slow: threading.Event) -> None:
    async with running(ready_file, token=TOKEN) as app:
        id = await write_in(app)
        at_once(app, "o", "n", "e", "escape", "r", "s")
        await app.until(lambda: app.composer.text == "ones")
        assert "The draft is kept" not in app.said
        slow.set()
        await app.until(lambda: kept(ready_file, id) == "ones")


async def test_that_it_is_kept_is_said_when_it_is(ready_file: Path, slow: threading.Event) -> None:
    async with running(ready_file, token=TOKEN) as app:
        id = await write_in(app)
        at_once(app, "o", "n", "e", "escape")
        await app.until(lambda: not app.composer.writing)
        await app.pilot.pause(0.1)
        assert "The draft is kept" not in app.said
        slow.set()
        await app.until(lambda: "The draft is kept" in app.said)
        assert kept(ready_file, id) == "one"


async def test_there_and_back_while_it_is_saved(ready_file: Path, slow: threading.Event) -> None:
    async with running(ready_file, token=TOKEN) as app:
        id = await write_in(app)
        at_once(app, "o", "n", "e", "escape", "J")
        await app.until(lambda: app.thread.conversation_id not in (None, id))
        at_once(app, "K", "r", "s")
        await app.pilot.pause(0.1)
        slow.set()
        await app.until(lambda: app.composer.text == "ones")
        await app.until(lambda: kept(ready_file, id) == "ones")


async def test_what_is_typed_before_the_draft_is_read_follows_it(
    ready_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    get, free = Drafts.get, threading.Event()

    def late(self: Drafts, conversation_id: int) -> object:
        free.wait(30)
        return get(self, conversation_id)

    async with running(ready_file, token=TOKEN) as app:
        await app.ready()
        first = app.thread.conversation_id
        await app.press("j")
        await app.until(lambda: app.thread.conversation_id not in (None, first))
        id = app.thread.conversation_id
        assert id is not None
        await app.press("k")
        await app.until(lambda: app.thread.conversation_id == first)
        with_desk(ready_file, lambda desk: desk.drafts.save(id, "begun", "key"))
        monkeypatch.setattr(Drafts, "get", late)
        at_once(app, "j", "r", ",", "escape")
        await app.until(lambda: not app.composer.writing)
        free.set()
        await app.until(lambda: kept(ready_file, id) == "begun,")
        await app.press("r")
        await app.until(lambda: app.composer.text == "begun,")


async def test_a_closed_one_that_could_not_be_saved_is_tried_again(
    ready_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("screens.drafting.AGAIN", 0.05)
    save: Callable[..., object] = Drafts.save
    locked = True

    def fails(self: Drafts, *given: object, **more: object) -> object:
        if locked:
            raise DatabaseProblem("locked")
        return save(self, *given, **more)

    monkeypatch.setattr(Drafts, "save", fails)
    async with running(ready_file, token=TOKEN) as app:
        id = await write_in(app)
        at_once(app, "o", "n", "e", "escape")
        await app.until(lambda: "locked" in app.said or "busy" in app.said)
        assert "The draft is kept" not in app.said
        await app.press("r")
        await app.until(lambda: app.composer.text == "one")
        at_once(app, "escape")
        locked = False
        await app.until(lambda: kept(ready_file, id) == "one")


async def test_what_another_program_writes_shows_while_one_types_on(
    ready_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """News of nothing in particular may be of the draft itself: they wait a moment, and are not lost."""
    monkeypatch.setattr("screens.drafting.OWN", 3600)
    async with running(ready_file, token=TOKEN) as app:
        id = await write_in(app)
        await app.type("a")
        await app.until(lambda: kept(ready_file, id) == "a")
        raw.write(ready_file, f"UPDATE conversations SET ai_query = 'something else' WHERE id = {id}")
        await app.until(lambda: app.inbox._lead is not None and app.inbox._lead.query == "something else")
