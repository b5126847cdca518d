"""The App on real files: opening, reading, replying, leaving."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from textual.events import Key
from textual.pilot import Pilot

from console.app import FrontdeskApp
from console.config import Settings
from console.telegram import Token
from console.wiring import LazyServices
from models.errors import DatabaseProblem, Usage
from models.rules.delivery import State
from models.services.desk import Desk
from models.views import Changes, PeopleSort
from screens.inbox import InboxScreen
from screens.opening import ChoiceDialog
from screens.text import ControlGuard
from screens.users import UsersScreen
from screens.widgets.composer import Composer
from screens.widgets.composer_text import ComposerText
from screens.widgets.status_bar import StatusBar
from screens.widgets.thread import Thread
from tests.conftest import with_our_tables
from tests.screens.running import lasting

#: Never answers: nothing listens on port 1, so replies stay where the tests can look at them.
NOWHERE = "http://127.0.0.1:1"
TOKEN = Token("123456:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")


class Running:
    """An app under test, and what a person would look at."""

    def __init__(self, app: FrontdeskApp, pilot: Pilot[int]) -> None:
        self.app = app
        self.pilot = pilot

    @property
    def inbox(self) -> InboxScreen:
        screen = self.app.screen_stack[0]
        assert isinstance(screen, InboxScreen)
        return screen

    @property
    def thread(self) -> Thread:
        return self.inbox.query_one(Thread)

    @property
    def composer(self) -> Composer:
        return self.inbox.query_one(Composer)

    @property
    def said(self) -> str:
        return self.inbox.query_one(StatusBar).said or ""

    def text(self) -> str:
        """Everything on the screen."""
        return "\n".join(
            "".join(segment.text for segment in line) for line in self.app.screen._compositor.render_strips()
        )

    async def until(self, what: Callable[[], Any], seconds: float = 45) -> None:
        end = asyncio.get_running_loop().time() + seconds
        while not what():
            assert asyncio.get_running_loop().time() < end, f"never so; the screen:\n{self.text()}"
            await self.pilot.pause(0.02)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def type(self, text: str) -> None:
        await self.pilot.press(*({" ": "space", "!": "exclamation_mark"}.get(each, each) for each in text))

    async def ready(self) -> None:
        """A thread is shown and the feed has looked once."""
        await self.until(lambda: self.thread.conversation_id is not None and self.app._seen is not None)


@asynccontextmanager
async def running(
    path: Path,
    *,
    size: tuple[int, int] = (120, 36),
    token: Token | None = None,
    read_only: bool = False,
    undo: float = 60,
    **options: Any,
) -> AsyncIterator[Running]:
    settings = Settings(
        database=str(path),
        token=token,
        telegram_api_url=NOWHERE,
        operator="tester",
        undo_seconds=undo,
        read_only=read_only,
    )
    app = FrontdeskApp(LazyServices(settings), **options)
    before = ControlGuard.hits
    with lasting():
        async with app.run_test(size=size, notifications=True, tooltips=True) as pilot:
            yield Running(app, pilot)
            await app.services.stop()
    assert ControlGuard.hits == before, "a widget drew foreign text that did not pass plain()"


def add_tables(path: Path) -> None:
    with_our_tables(path)


def with_desk(path: Path, use: Callable[[Desk], Any]) -> Any:
    desk = Desk.open(str(path), operator="tester")
    try:
        return use(desk)
    finally:
        desk.close()


@pytest.fixture
def ready_file(seed_file: Path) -> Path:
    add_tables(seed_file)
    return seed_file


async def test_the_three_shapes_open_and_show_their_people(shape_file: Path) -> None:
    add_tables(shape_file)
    async with running(shape_file) as app:
        await app.ready()
        await app.until(lambda: "● live" in app.text() and "tester" in app.text())


async def test_missing_tables_are_offered_in_one_dialog_and_added(seed_file: Path) -> None:
    async with running(seed_file) as app:
        await app.until(lambda: isinstance(app.app.screen, ChoiceDialog))
        await app.until(lambda: "console_outbox" in app.text())
        assert "Nothing of the application's changes" in app.text()
        await app.press("enter")
        await app.until(lambda: app.app.why_not_write() is None)
        await app.ready()
    assert with_desk(seed_file, lambda desk: desk.features.console_tables)


async def test_without_the_tables_it_opens_read_only_and_keys_say_why(seed_file: Path) -> None:
    async with running(seed_file, token=TOKEN) as app:
        await app.until(lambda: isinstance(app.app.screen, ChoiceDialog))
        await app.press("escape")
        await app.ready()
        for key in ("r", "m", "u", "z"):
            app.inbox.status("")
            await app.press(key)
            await app.until(lambda: "`frontdesk db upgrade`" in app.said)
        assert not app.composer.writing
    assert not with_desk(seed_file, lambda desk: desk.features.console_tables)


async def test_tables_that_a_colleague_adds_are_noticed(seed_file: Path) -> None:
    async with running(seed_file, token=TOKEN) as app:
        await app.until(lambda: isinstance(app.app.screen, ChoiceDialog))
        await app.press("escape")
        await app.ready()
        assert app.app.why_not_write() is not None
        with_desk(seed_file, lambda desk: desk.upgrade())
        await app.until(lambda: app.app.why_not_write() is None and app.app.services.can_send)
        await app.press("r")
        await app.until(lambda: app.composer.writing)


async def test_read_only_asks_nothing_and_writes_nothing(seed_file: Path) -> None:
    before = seed_file.read_bytes()
    async with running(seed_file, token=TOKEN, read_only=True) as app:
        await app.ready()
        await app.press("enter", "m")
        await app.until(lambda: "read-only" in app.said)
    assert seed_file.read_bytes() == before


async def test_a_file_that_can_not_be_opened_is_a_worded_screen(tmp_path: Path) -> None:
    path = tmp_path / "later.sqlite3"
    async with running(path) as app:
        await app.until(lambda: isinstance(app.app.screen, ChoiceDialog))
        await app.until(lambda: "can't be opened" in app.text())
        assert "db init" in app.text()
        from models.store.lifecycle import initialise

        initialise(path)
        await app.press("enter")
        await app.until(lambda: app.app.services.desk is not None)


async def test_leaving_from_the_worded_screen_ends_it(tmp_path: Path) -> None:
    async with running(tmp_path / "none.sqlite3") as app:
        await app.until(lambda: isinstance(app.app.screen, ChoiceDialog))
        await app.press("escape")
        await app.until(lambda: app.app._exit)


async def test_reading_is_not_answering(ready_file: Path) -> None:
    unread = with_desk(ready_file, lambda desk: desk.inbox.counts())
    async with running(ready_file) as app:
        await app.ready()
        first = app.thread.conversation_id
        await app.press("j")
        await app.until(lambda: app.thread.conversation_id != first)
    assert with_desk(ready_file, lambda desk: desk.inbox.counts()) == unread


async def test_opening_marks_read(ready_file: Path) -> None:
    from models.views import View

    [first, *_rest] = with_desk(ready_file, lambda desk: desk.inbox.ids(View.UNREAD)).ids
    async with running(ready_file) as app:
        await app.ready()
        app.inbox.show_view(View.UNREAD)
        await app.until(lambda: app.thread.conversation_id == first)
        await app.press("enter")
        await app.until(lambda: with_desk(ready_file, lambda desk: desk.inbox.lead(first).unread_count) == 0)
        assert app.app.focused is app.thread


async def test_a_cyrillic_layout_drives_it(ready_file: Path) -> None:
    async with running(ready_file, token=TOKEN) as app:
        await app.ready()
        first = app.thread.conversation_id
        await app.press("о")
        await app.until(lambda: app.thread.conversation_id != first)
        await app.press("к")
        await app.until(lambda: isinstance(app.app.focused, ComposerText))


async def test_what_is_typed_ahead_of_the_screen_is_text(ready_file: Path) -> None:
    """One packet over a slow line: two moves, `r`, a text full of commands, Enter."""
    from textual import events

    from models.views import View

    third = with_desk(ready_file, lambda desk: desk.inbox.ids(View.ALL)).ids[2]
    async with running(ready_file, token=TOKEN) as app:
        await app.ready()
        for key in ["j", "j", "r", *"qgu", "slash", "question_mark", "й", "enter"]:
            named = {"slash": "/", "question_mark": "?", "enter": "\r"}
            app.app.post_message(events.Key(key, named.get(key, key)))
        await app.until(lambda: with_desk(ready_file, lambda desk: desk.outbox.list()))
        [reply] = with_desk(ready_file, lambda desk: desk.outbox.list())
        assert (reply.conversation_id, reply.body) == (third, "qgu/?й")


@pytest.mark.parametrize("known", [True, False])
async def test_next_waiting_and_reply_in_one_packet_go_to_the_same_person(ready_file: Path, known: bool) -> None:
    from textual import events

    from models.views import View

    def those(desk: Desk) -> tuple[tuple[int, ...], tuple[int, ...]]:
        return desk.inbox.ids(View.ALL).ids, desk.inbox.ids(View.WAITING).ids

    listed, waiting = with_desk(ready_file, those)
    async with running(ready_file, token=TOKEN) as app:
        await app.ready()
        wanted = next(id for id in listed[1:] if id in waiting)
        if not known:  # as with rows that were not read yet: the database is asked
            app.inbox._near = lambda step: None  # type: ignore[method-assign]
        for key in ("n", "r"):
            app.app.post_message(events.Key(key, key))
        await app.until(lambda: app.composer.target is not None)
        assert app.composer.target is not None
        assert app.composer.target.conversation_id == wanted


async def test_ctrl_c_copies_a_selection_and_ctrl_g_writes_in_the_editor(
    ready_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def edited(app: object, text: str, longest: int) -> str:
        return f"{text} and more"

    monkeypatch.setattr("screens.widgets.composer.edited", edited)
    async with running(ready_file, token=TOKEN) as app:
        await app.ready()
        await app.press("r")
        await app.until(lambda: isinstance(app.app.focused, ComposerText))
        await app.type("abc")
        app.composer._area.select_all()
        await app.press("ctrl+c")
        assert app.app.clipboard == "abc"
        assert not app.app._leaving
        await app.press("ctrl+g")
        await app.until(lambda: app.composer.text == "abc and more")
        await app.press("escape", "ctrl+c")
        await app.until(lambda: app.app._exit)


async def reply_to_the_first(app: Running, text: str) -> int:
    await app.ready()
    conversation_id = app.thread.conversation_id
    assert conversation_id is not None
    await app.press("r")
    await app.until(lambda: isinstance(app.app.focused, ComposerText))
    await app.type(text)
    await app.press("enter")
    await app.until(lambda: not app.composer.writing)
    return conversation_id


async def test_a_reply_is_durable_held_and_taken_back_into_the_composer(ready_file: Path) -> None:
    async with running(ready_file, token=TOKEN) as app:
        conversation_id = await reply_to_the_first(app, "Добрый день!")
        [reply] = with_desk(ready_file, lambda desk: desk.outbox.list())
        assert (reply.state, reply.body, reply.conversation_id) == (State.QUEUED, "Добрый день!", conversation_id)
        await app.until(lambda: "z takes it back" in app.text())
        await app.press("z")
        await app.until(lambda: app.composer.writing and app.composer.text == "Добрый день!")
        assert with_desk(ready_file, lambda desk: desk.outbox.list()) == ()
        assert with_desk(ready_file, lambda desk: desk.drafts.get(conversation_id)).body == "Добрый день!"


async def test_what_was_taken_back_can_be_sent_again(ready_file: Path) -> None:
    async with running(ready_file, token=TOKEN) as app:
        await reply_to_the_first(app, "one")
        await app.press("z")
        await app.until(lambda: app.composer.writing)
        await app.press("enter")
        await app.until(lambda: not app.composer.writing)
        assert [each.body for each in with_desk(ready_file, lambda desk: desk.outbox.list())] == ["one"]


async def test_what_is_taken_back_stands_before_what_is_being_written(ready_file: Path) -> None:
    async with running(ready_file, token=TOKEN) as app:
        await reply_to_the_first(app, "one")
        await app.press("r")
        await app.until(lambda: isinstance(app.app.focused, ComposerText))
        await app.type("two")
        app.inbox.action_take_back()
        await app.until(lambda: app.composer.text == "one\ntwo")


async def test_a_slow_draft_does_not_come_back_from_the_dead(ready_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("screens.widgets.composer.LATEST", 600)
    async with running(ready_file, token=TOKEN) as app:
        await app.ready()
        conversation_id = app.thread.conversation_id
        await app.press("r")
        await app.until(lambda: isinstance(app.app.focused, ComposerText))
        await app.type("sent")
        draft = app.composer.unsaved()
        assert draft is not None
        await app.press("enter")
        await app.until(lambda: not app.composer.writing)
        await app.inbox._save(*draft)
        assert with_desk(ready_file, lambda desk: desk.drafts.get(conversation_id)) is None


async def test_a_draft_that_can_not_be_saved_keeps_it_open_once(ready_file: Path) -> None:
    async with running(ready_file, token=TOKEN) as app:
        await app.ready()
        await app.press("r")
        await app.until(lambda: isinstance(app.app.focused, ComposerText))
        desk = app.app.services.desk
        assert desk is not None
        desk.database.read_only = True
        await app.type("x")
        await app.press("ctrl+q")
        await app.until(lambda: app.app._warned and not app.app._leaving)
        assert not app.app._exit
        await app.press("ctrl+q")
        await app.until(lambda: app.app._exit)


async def test_a_double_enter_is_one_reply(ready_file: Path) -> None:
    async with running(ready_file, token=TOKEN) as app:
        await app.ready()
        await app.press("r")
        await app.until(lambda: isinstance(app.app.focused, ComposerText))
        await app.type("once")
        await app.press("enter", "enter")
        await app.until(lambda: not app.composer.writing)
        await app.pilot.pause(0.2)
        assert len(with_desk(ready_file, lambda desk: desk.outbox.list())) == 1


async def test_without_a_token_r_says_why(ready_file: Path) -> None:
    async with running(ready_file) as app:
        await app.ready()
        await app.press("r")
        await app.until(lambda: "FRONTDESK_TELEGRAM_TOKEN" in app.said)
        assert not app.composer.writing


async def test_blank_text_is_not_sent_and_says_why(ready_file: Path) -> None:
    async with running(ready_file, token=TOKEN) as app:
        await app.ready()
        await app.press("r")
        await app.until(lambda: isinstance(app.app.focused, ComposerText))
        await app.press("space", "enter")
        await app.until(lambda: "nothing to send" in app.said)
        assert app.composer.writing


async def test_escape_keeps_the_draft_and_r_goes_on_with_it(ready_file: Path) -> None:
    async with running(ready_file, token=TOKEN) as app:
        await app.ready()
        conversation_id = app.thread.conversation_id
        await app.press("r")
        await app.until(lambda: isinstance(app.app.focused, ComposerText))
        await app.type("half a")
        await app.press("escape")
        await app.until(lambda: with_desk(ready_file, lambda desk: desk.drafts.get(conversation_id)) is not None)
        await app.until(lambda: "✎ draft: half a" in app.text())
        await app.press("r")
        await app.until(lambda: app.composer.text == "half a")


async def test_a_draft_is_saved_on_a_pause_and_on_leaving(ready_file: Path) -> None:
    async with running(ready_file, token=TOKEN) as app:
        await app.ready()
        conversation_id = app.thread.conversation_id
        await app.press("r")
        await app.until(lambda: isinstance(app.app.focused, ComposerText))
        await app.type("p")
        await app.until(lambda: with_desk(ready_file, lambda desk: desk.drafts.get(conversation_id)) is not None)
        await app.type("q")
        await app.press("ctrl+q")
        await app.until(lambda: app.app._exit)
    assert with_desk(ready_file, lambda desk: desk.drafts.get(conversation_id)).body == "pq"


async def test_new_lines_come_by_two_keys(ready_file: Path) -> None:
    async with running(ready_file, token=TOKEN) as app:
        await app.ready()
        await app.press("r")
        await app.until(lambda: isinstance(app.app.focused, ComposerText))
        await app.press("a", "ctrl+j", "b", "alt+enter", "c")
        assert app.composer.text == "a\nb\nc"


async def test_news_since_the_composer_opened_hold_the_reply_for_one_more_enter(ready_file: Path) -> None:
    from datetime import UTC, datetime

    from models.services.recording import record_incoming

    async with running(ready_file, token=TOKEN) as app:
        await app.ready()
        conversation_id = app.thread.conversation_id
        assert conversation_id is not None
        await app.press("r")
        await app.until(lambda: isinstance(app.app.focused, ComposerText))
        await app.type("late")

        def write(desk: Desk) -> None:
            lead = desk.inbox.lead(conversation_id)
            with desk.database.write() as session:
                record_incoming(
                    session,
                    desk.features,
                    lambda: datetime.now(UTC),
                    conversation_id=conversation_id,
                    user_id=lead.user_id,
                    body="wait, one more thing",
                    telegram_message_id=987654,
                )

        with_desk(ready_file, write)
        await app.press("enter")
        await app.until(lambda: "Since you began to write" in app.text())
        assert "wait, one more thing" in app.text()
        assert with_desk(ready_file, lambda desk: desk.outbox.list()) == ()
        assert app.composer.text == "late"
        await app.press("enter")
        await app.until(lambda: not app.composer.writing)
        [reply] = with_desk(ready_file, lambda desk: desk.outbox.list())
        assert reply.conversation_id == conversation_id


async def test_leaving_with_held_replies_asks_and_keeps_them(ready_file: Path) -> None:
    async with running(ready_file, token=TOKEN) as app:
        await reply_to_the_first(app, "later")
        await app.press("q")
        await app.until(lambda: isinstance(app.app.screen, ChoiceDialog))
        await app.until(lambda: "1 reply is still held" in app.text())
        await app.press("escape")
        await app.until(lambda: not isinstance(app.app.screen, ChoiceDialog))
        assert not app.app._exit
        await app.press("q")
        await app.until(lambda: isinstance(app.app.screen, ChoiceDialog))
        await app.press("right", "right", "enter")
        await app.until(lambda: app.app._exit)
        assert app.app.farewell_line is not None
        assert app.app.farewell_line.startswith("1 answered, 1 not sent yet, ")
    [reply] = with_desk(ready_file, lambda desk: desk.outbox.list())
    assert reply.state is State.QUEUED


async def test_an_unexpected_failure_is_one_line_and_the_frame_stays(ready_file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "state"
    async with running(ready_file, state_folder=folder) as app:
        await app.ready()

        async def fail() -> None:
            raise ZeroDivisionError("secret body")

        for _time in range(3):
            app.app.write(fail)
            await app.until(lambda: "ZeroDivisionError" in app.said)
        assert "secret" not in app.text()
        assert len(list(folder.iterdir())) == 1
        await app.press("j")


async def test_an_expected_failure_is_worded(ready_file: Path) -> None:
    async with running(ready_file) as app:
        await app.ready()

        async def fail() -> None:
            raise DatabaseProblem("disk-full")

        app.app.write(fail)
        await app.until(lambda: "The disk is full" in app.said)


async def test_help_and_palette_show_the_keys_that_work_here(ready_file: Path) -> None:
    async with running(ready_file) as app:
        await app.ready()
        await app.press("question_mark")
        await app.until(lambda: "Keys that work here" in app.text())
        assert "not known" in app.text()
        await app.press("escape")
        await app.press("ctrl+p")
        await app.until(lambda: "Filter people" in app.text())
        assert "screenshot" not in app.text().lower()
        await app.press("escape")


async def test_toasts_and_titles_survive_brackets(ready_file: Path) -> None:
    async with running(ready_file) as app:
        await app.ready()
        app.app.notify("[/nope] [@click=app.quit]x[/] \x1b]52;c;AAAA\x07", title="[/]")
        await app.until(lambda: "[/nope]" in app.text())
        app.inbox.notify("[bold", title="\x1b[2J")
        await app.pilot.pause(0.1)


@pytest.mark.parametrize("theme", ["frontdesk-light", "ansi-dark"])
async def test_themes(ready_file: Path, theme: str) -> None:
    async with running(ready_file, theme=theme) as app:
        await app.ready()
        await app.press("question_mark", "escape", "ctrl+p", "escape")


async def test_every_theme_can_be_chosen_while_it_runs(ready_file: Path) -> None:
    async with running(ready_file) as app:
        await app.ready()
        for name in app.app.available_themes:
            app.app.theme = name
            await app.pilot.pause()


async def test_a_theme_or_key_that_does_not_exist_is_refused(ready_file: Path) -> None:
    services = LazyServices(Settings(database=str(ready_file)))
    with pytest.raises(Usage):
        FrontdeskApp(services, theme="no-such-theme")
    with pytest.raises(Usage):
        FrontdeskApp(services, keymap={"inbox.nothing": "x"})
    await services.stop()


async def test_a_persons_own_key_replies(ready_file: Path) -> None:
    keymap = {"inbox.reply": "`", "app.help": "' f24", "composer.editor": "f23"}
    async with running(ready_file, token=TOKEN, keymap=keymap) as app:
        await app.ready()
        assert "` reply" in app.text()
        assert "' help" in app.text()
        await app.press("r", "f1", "question_mark")
        assert not app.composer.writing
        assert len(app.app.screen_stack) == 1
        await app.press("ё")
        await app.until(lambda: app.composer.writing)
        # In a field letters are text, whatever they mean elsewhere; other keys still work.
        await app.press("apostrophe", "э", "grave_accent", "ё")
        await app.until(lambda: app.composer.text == "'э`ё")
        assert "F23 editor" in app.text()
        await app.press("f24")
        await app.until(lambda: "Keys that work here" in app.text())
        assert "' F24" in app.text()
        await app.press("escape")


@pytest.mark.parametrize(
    "size",
    [(1, 1), (5, 3), (39, 11), (60, 20), (72, 24), (200, 50)],
)
async def test_sizes(ready_file: Path, size: tuple[int, int]) -> None:
    async with running(ready_file, size=size, token=TOKEN) as app:
        await app.ready()
        await app.press("j", "enter", "k", "i", "escape", "r", "a", "escape", "escape", "question_mark", "escape")
        await app.press("ctrl+p", "escape", "plus", "underscore", "2", "right_square_bracket", "o")
        await app.pilot.pause()


async def test_a_resize_storm(ready_file: Path) -> None:
    async with running(ready_file, token=TOKEN) as app:
        await app.ready()
        await app.press("enter")
        for width, height in [
            (1, 1),
            (200, 50),
            (30, 8),
            (80, 24),
            (0, 0),
            (121, 37),
            (72, 5),
            (71, 60),
            (120, 36),
        ]:
            await app.pilot.resize_terminal(width, height)
        await app.until(lambda: "● live" in app.text())


async def test_the_picture_says_how_old_it_is(ready_file: Path) -> None:
    async with running(ready_file) as app:
        await app.ready()
        assert app.app._seen is not None
        app.app._leaving = True  # the feed stops looking, as with a database that does not answer
        await app.until(lambda: not any(each.name == "feed" and each.is_running for each in app.app.workers))
        app.app._seen -= 12
        app.app._look_at_age()
        app.inbox.refresh_bar()
        await app.until(lambda: re.search(r"○ picture is \d\d s old", app.text()))
        await app.until(lambda: "keeps the database locked" in app.text())


async def test_a_fault_of_ours_does_not_stop_the_looking(ready_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = itertools.cycle((True, False))

    def write() -> None:
        with_desk(ready_file, lambda desk: desk.access.set_paid(60, next(values)))

    async with running(ready_file, token=TOKEN) as app:
        await app.ready()
        with monkeypatch.context() as broken:
            broken.setattr(app.app, "publish", lambda changes: {}["no"])
            write()
            await app.until(lambda: "Something went wrong (KeyError)" in app.said)
        with monkeypatch.context() as broken:
            broken.setattr(InboxScreen, "on_news", lambda screen, changes: [][0])
            write()
            await app.until(lambda: "Something went wrong (IndexError)" in app.said)
        news: list[Changes] = []
        monkeypatch.setattr(InboxScreen, "on_news", lambda screen, changes: news.append(changes))
        write()
        await app.until(lambda: news)


async def test_a_key_in_one_packet_with_the_screens_own_acts_there(ready_file: Path) -> None:
    async with running(ready_file, token=TOKEN) as app:
        await app.ready()
        for key in ("f3", "o"):
            app.app.post_message(Key(key, key if len(key) == 1 else None))
        await app.until(lambda: isinstance(app.app.screen, UsersScreen) and app.app.screen._sort is PeopleSort.NAME)


async def test_what_another_process_writes_appears(ready_file: Path) -> None:
    from datetime import UTC, datetime

    from models.services.recording import record_incoming

    async with running(ready_file) as app:
        await app.ready()
        conversation_id = app.thread.conversation_id
        assert conversation_id is not None

        def write(desk: Desk) -> None:
            lead = desk.inbox.lead(conversation_id)
            with desk.database.write() as session:
                record_incoming(
                    session,
                    desk.features,
                    lambda: datetime.now(UTC) + timedelta(0),
                    conversation_id=conversation_id,
                    user_id=lead.user_id,
                    body="fresh from elsewhere",
                    telegram_message_id=4242,
                )

        with_desk(ready_file, write)
        await app.until(lambda: "fresh from elsewhere" in app.text(), 3)


async def test_a_pane_goes_back_to_its_usual_width(ready_file: Path) -> None:
    async with running(ready_file) as app:
        await app.ready()
        list = app.inbox.conversations
        usual = list.size.width
        await app.press("+")
        await app.until(lambda: list.size.width == usual + 2)
        await app.press("_")
        await app.until(lambda: list.size.width == usual, seconds=5)


async def test_keys_are_dim_as_soon_as_nobody_is_chosen(owned_file: Path, ready_file: Path) -> None:
    async with running(ready_file) as app:
        await app.ready()
        bar = app.inbox.query_one(StatusBar)
        bar.auto_refresh = None
        shown: list[str] = []
        before = bar.refresh_state
        bar.refresh_state = lambda: (shown.append(str(app.inbox._wanted)), before())[1]  # type: ignore[method-assign]
        await app.press("9")
        await app.until(lambda: app.inbox._wanted is None)
        assert shown[-1:] == ["None"]
