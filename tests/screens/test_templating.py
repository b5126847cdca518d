"""Answers from templates: three keys for a personal one, nothing sent with a gap in it."""

from __future__ import annotations

from pathlib import Path

from textual.events import Key
from textual.widgets import Input

from models.rules.templates import Text
from screens.dialogs.confirm import ConfirmDialog
from screens.dialogs.template_form import TemplateForm
from screens.dialogs.templates import TemplatesDialog, matching
from screens.widgets.clean_area import CleanArea
from screens.widgets.composer_text import ComposerText
from tests.console.test_app import TOKEN, add_tables, running, with_desk
from tests.seed import raw

WHO = (
    "UPDATE users SET first_name = '[red]Zoë', last_name = NULL"
    " WHERE id = (SELECT user_id FROM conversations WHERE id = 2)"
)


def ready(path: Path, *templates: Text) -> None:
    add_tables(path)
    raw.write(path, WHO)
    with_desk(path, lambda desk: [desk.templates.save(each) for each in templates])


def queued(path: Path) -> list[str]:
    return [reply.body for reply in with_desk(path, lambda desk: desk.outbox.list())]


async def test_three_keys_and_no_gap_is_ever_sent(seed_file: Path) -> None:
    ready(
        seed_file,
        Text("hello", "Hello {name}!", 1),
        Text("price", "It is {price} until {day}, {price}.", 2),
        Text("long", "Целиком о курсе"),
    )
    async with running(seed_file, token=TOKEN) as app:
        await app.ready()
        app.inbox.show_conversation(2)
        await app.until(lambda: app.inbox._lead is not None and app.inbox._lead.conversation_id == 2)
        # In one packet, as ssh brings them.
        for key, character in (("t", "t"), ("1", "1"), ("enter", "\r")):
            app.app.post_message(Key(key, character))
        await app.until(lambda: queued(seed_file) == ["Hello [red]Zoë!"])
        # Letters of a text find it, case and ё aside; several in one message, at the cursor.
        await app.press("t")
        await app.until(lambda: isinstance(app.app.screen, TemplatesDialog))
        assert "Templates for [red]Zoë" in app.text()
        await app.press("к", "у", "р", "С")
        await app.until(lambda: app.app.screen.current.name == "long")  # type: ignore[attr-defined]
        await app.press("enter")
        await app.until(lambda: app.composer.text == "Целиком о курсе")
        await app.press("home", "ctrl+t")
        await app.until(lambda: isinstance(app.app.screen, TemplatesDialog))
        await app.press("2")
        await app.until(lambda: app.composer.text == "It is {price} until {day}, {price}.Целиком о курсе")
        assert isinstance(app.app.focused, ComposerText)
        assert app.app.focused.selected_text == "{price}"
        await app.type("9")
        for place, word in (("{day}", "5"), ("{price}", "9")):
            await app.press("enter")
            await app.until(lambda place=place: f"Fill in {place} first" in app.said)  # type: ignore[misc]
            assert app.app.focused.selected_text == place
            await app.type(word)
        assert len(queued(seed_file)) == 1
        await app.press("enter")
        await app.until(lambda: "It is 9 until 5, 9.Целиком о курсе" in queued(seed_file))


async def test_templates_are_made_changed_and_deleted(seed_file: Path) -> None:
    ready(seed_file)
    async with running(seed_file, size=(80, 24)) as app:
        await app.ready()
        await app.press("t")
        await app.until(lambda: "No templates yet" in app.text())
        await app.press("1")
        await app.press("ctrl+n")
        await app.until(lambda: isinstance(app.app.screen, TemplateForm))
        await app.press("h", "i", "ctrl+s")
        await app.until(lambda: "it has no text" in app.text())
        app.app.screen.query_one(CleanArea).load_text("Hi \x1b[2J {name}")
        app.app.screen.query_one("#form-digit", Input).value = "3"
        await app.press("escape")
        await app.until(lambda: "Not saved" in app.text())
        await app.press("ctrl+s")
        await app.until(lambda: isinstance(app.app.screen, TemplatesDialog) and "3  hi" in app.text())
        await app.press("ctrl+e")
        await app.until(lambda: isinstance(app.app.screen, TemplateForm))
        await app.press("end", "!", "ctrl+s")
        await app.until(lambda: [each.body for each in with_desk(seed_file, lambda desk: desk.templates.list())] == [
            "Hi \x1b[2J {name}!"
        ])  # fmt: skip
        await app.until(lambda: isinstance(app.app.screen, TemplatesDialog))
        # Without a token they are kept all the same; only putting one in is refused.
        await app.press("3")
        await app.until(lambda: "FRONTDESK_TELEGRAM_TOKEN" in app.said)
        assert not app.composer.writing
        await app.press("t")
        await app.until(lambda: isinstance(app.app.screen, TemplatesDialog))
        await app.press("ctrl+d")
        await app.until(lambda: isinstance(app.app.screen, ConfirmDialog))
        await app.press("right", "enter")
        await app.until(lambda: with_desk(seed_file, lambda desk: desk.templates.list()) == ())
        await app.until(lambda: "No templates yet" in app.text())
        await app.press("escape")
        await app.until(lambda: len(app.app.screen_stack) == 1)
        assert queued(seed_file) == []


def test_letters_in_order_find_a_text() -> None:
    from datetime import UTC, datetime

    from models.views.templates import Template

    now = datetime(2026, 11, 23, tzinfo=UTC)
    made = [Template(at, name, None, body, now) for at, (name, body) in enumerate([("a", "Ёлка"), ("b", "the price")])]
    assert [each.name for each in matching(made, "ЕЛК")] == ["a"]
    assert [each.name for each in matching(made, "tpr")] == ["b"]
    assert matching(made, "zzz") == []
    assert matching(made, " ") == made
