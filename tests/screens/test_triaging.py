"""The list as it is worked off by keys: one at a time, many at once, taken back, beside a colleague."""

from __future__ import annotations

from pathlib import Path

from textual.widgets import Input, OptionList

from models.rules.templates import Text
from models.rules.triage import Deed, Kind, Outcome
from models.services.desk import Desk
from models.views import View
from screens.dialogs.many import ManyDialog, ResultsDialog
from screens.dialogs.note import NoteDialog
from screens.dialogs.pick import PickDialog
from screens.widgets.composer_text import ComposerText
from tests.console.test_app import TOKEN, Running, add_tables, running, with_desk
from tests.seed import raw


def waiting(path: Path) -> list[int]:
    return with_desk(path, lambda desk: list(desk.inbox.ids(View.WAITING, limit=1000).ids))


async def shown(app: Running, id: int) -> None:
    await app.until(lambda: app.inbox._lead is not None and app.inbox._lead.conversation_id == id)


async def dialog(app: Running, kind: type) -> None:
    await app.until(lambda: isinstance(app.app.screen, kind) and app.app.screen.focused is not None)


async def test_one_after_the_other(seed_file: Path) -> None:
    """e, s, d, #, ;, v, z and Z on one conversation after the other."""
    add_tables(seed_file)
    first, second, third, *_ = waiting(seed_file)
    async with running(seed_file, token=TOKEN) as app:
        await app.ready()
        await app.press("2")
        await app.until(lambda: list(app.inbox.conversations.ids[:2]) == [first, second])
        await shown(app, first)
        await app.press("e")
        await app.until(lambda: first not in waiting(seed_file))
        assert app.inbox.conversations.current_id == second
        await app.until(lambda: "z takes it back" in app.said)
        await shown(app, second)
        await app.press("s")
        await dialog(app, PickDialog)
        await app.press("5")
        await app.until(lambda: second not in waiting(seed_file))
        await shown(app, third)
        await app.until(lambda: "until they write" in app.said)
        await app.press("z")
        await app.until(lambda: second in waiting(seed_file) and app.inbox.conversations.current_id == second)
        await app.until(lambda: "Next z: done" in app.said)
        await app.press("z")
        await app.until(lambda: first in waiting(seed_file))
        await app.until(lambda: "Taken back: done" in app.said)
        await app.press("Z")
        await app.until(lambda: first not in waiting(seed_file))
        await app.press("1")
        app.inbox.show_conversation(third)
        await shown(app, third)
        await app.press("d")
        await dialog(app, PickDialog)
        await app.press("3")
        await app.until(lambda: (row := app.inbox._row(third)) is not None and row.outcome is Outcome.NOT_A_LEAD)
        await app.press("number_sign")
        await dialog(app, PickDialog)
        await app.type("vip")
        await app.press("enter")
        await app.until(lambda: (row := app.inbox._row(third)) is not None and row.tags == ("vip",))
        await app.press("semicolon")
        await dialog(app, NoteDialog)
        await app.type("met")
        await app.press("enter")
        await app.until(lambda: "note, not sent: you" in app.text() and "┊ met" in app.text())
        app.inbox.show_conversation(second)
        await shown(app, second)
        await app.press("v")
        await app.until(lambda: (row := app.inbox._row(second)) is not None and row.tags == ("vip",))


async def test_many_at_once(seed_file: Path) -> None:
    add_tables(seed_file)
    raw.write(seed_file, "UPDATE messages SET direction = 0 WHERE conversation_id < 56")
    ids = waiting(seed_file)
    assert 20 < len(ids) < 60
    async with running(seed_file) as app:
        await app.ready()
        await app.press("2")
        await app.until(lambda: len(app.inbox.conversations.ids) == len(ids))
        await app.until(lambda: app.app.title.startswith(f"({len(ids)}) "))
        await app.press("x", "j", "X")
        await app.until(lambda: len(app.inbox.many()) == 3)
        await app.press("escape")
        assert not app.inbox.many()
        await app.press("asterisk")
        await app.until(lambda: len(app.inbox.many()) == len(ids))
        await app.press("e")
        await dialog(app, ManyDialog)
        assert f"{len(ids)} conversations" in app.text()
        await app.press("enter")  # nothing typed: nothing is done
        await app.type(str(len(ids)))
        await app.press("enter")
        await app.until(lambda: not waiting(seed_file))
        await app.until(lambda: "Nobody is waiting" in app.text())
        await app.until(lambda: f"{len(ids)} of {len(ids)}" in app.said)
        await app.until(lambda: app.app.title.startswith("Frontdesk"))
        await app.press("z")
        await app.until(lambda: waiting(seed_file) == ids)
        await app.press("1")
        with_desk(seed_file, lambda desk: desk.triage.apply(Deed(Kind.TAG, tag="old"), ids[:1]))
        await app.press("asterisk")
        await app.until(lambda: len(app.inbox.many()) > len(ids))
        count = len(app.inbox.many())
        await app.press("number_sign")
        await dialog(app, PickDialog)
        await app.until(lambda: app.app.screen.query_one(OptionList) is not None)
        app.app.screen.query_one(Input).focus()
        await app.type("old")
        await app.press("enter")
        await dialog(app, ManyDialog)
        await app.type(str(count))
        await app.press("enter")
        await dialog(app, ResultsDialog)
        assert "was so already" in app.text()
        await app.press("escape")


async def test_sent_and_done_and_a_colleagues_claim(seed_file: Path) -> None:
    add_tables(seed_file)
    first, second, *_ = waiting(seed_file)

    def colleague(work: object) -> None:
        desk = Desk.open(str(seed_file), operator="@ben")
        try:
            work(desk)  # type: ignore[operator]
        finally:
            desk.close()

    async with running(seed_file, token=TOKEN) as app:
        await app.ready()
        await app.press("2")
        await app.until(lambda: list(app.inbox.conversations.ids[:1]) == [first])
        await shown(app, first)
        await app.press("r")
        await app.until(lambda: isinstance(app.app.focused, ComposerText))
        await app.type("yes")
        await app.until(lambda: with_desk(seed_file, lambda desk: desk.inbox.rows([first])[0].claimed_by_me))
        await app.press("ctrl+s")
        await app.until(lambda: first not in waiting(seed_file) and not app.composer.writing)
        await shown(app, second)
        await app.until(lambda: "z takes it back" in app.said)
        assert [reply.conversation_id for reply in with_desk(seed_file, lambda desk: desk.outbox.held())] == [first]
        await app.press("z")
        await app.until(lambda: first in waiting(seed_file) and app.composer.text == "yes")
        assert with_desk(seed_file, lambda desk: desk.outbox.held()) == ()
        await app.press("escape")
        colleague(lambda desk: desk.triage.apply(Deed(Kind.CLAIM), [second]))
        colleague(lambda desk: desk.colleagues.here("ben", second, typing=True))
        await app.until(lambda: (row := app.inbox._row(second)) is not None and row.claimed_by == "@ben")
        # In the list, whoever's thread is shown; and in the thread's title.
        await app.until(lambda: "⌂…" in app.text())
        assert "@ben is typing" not in app.text()
        app.inbox.show_conversation(second)
        await shown(app, second)
        await app.until(lambda: "@ben is typing" in app.text())
        await app.press("r")
        await app.until(lambda: "@ben has claimed it" in app.said)
        assert not app.composer.writing
        await app.press("r")
        await app.until(lambda: isinstance(app.app.focused, ComposerText))
        await app.press("escape")


async def test_the_last_view_is_found_again_and_n_passes_over_what_is_done(seed_file: Path) -> None:
    add_tables(seed_file)
    first, second, third, *_ = waiting(seed_file)
    async with running(seed_file) as app:
        await app.ready()
        await app.press("2", "o")
        kept = {"view": "waiting", "order": "waiting", "tag": None}
        await app.until(
            lambda: with_desk(seed_file, lambda desk: desk.colleagues.chosen("inbox", desk.operator)) == kept
        )
    with_desk(seed_file, lambda desk: desk.triage.apply(Deed(Kind.DONE), [second]))
    async with running(seed_file) as app:
        await app.ready()
        await app.until(lambda: app.inbox._view is View.WAITING and app.inbox._order.value == "waiting")
        await app.press("1", "o", "o", "o")
        await app.until(lambda: second in app.inbox.conversations.ids)
        app.inbox.conversations.select(first)
        await shown(app, first)
        await app.press("n")
        await shown(app, third)


async def test_a_template_to_many_is_filled_for_each(seed_file: Path) -> None:
    add_tables(seed_file)
    first, second, *_ = ids = waiting(seed_file)[:2]
    with_desk(seed_file, lambda desk: desk.templates.save(Text(name="price", body="{name}: {background}", digit=1)))
    raw.write(seed_file, f"UPDATE conversations SET ai_background = 'analyst' WHERE id = {first}")
    raw.write(seed_file, f"UPDATE conversations SET ai_background = NULL WHERE id = {second}")
    async with running(seed_file, token=TOKEN) as app:
        await app.ready()
        await app.press("2")
        await app.until(lambda: list(app.inbox.conversations.ids[:2]) == ids)
        await app.press("x", "x", "t")
        await dialog(app, PickDialog)
        await app.press("1")
        await dialog(app, ManyDialog)
        await app.press("enter")
        await dialog(app, ResultsDialog)
        assert "not known: background" in app.text()
        await app.press("escape")
        held = with_desk(seed_file, lambda desk: desk.outbox.held())
        assert [reply.conversation_id for reply in held] == [first]
        assert held[0].body.endswith(": analyst")
        await app.press("z")
        await app.until(lambda: not with_desk(seed_file, lambda desk: desk.outbox.held()))
