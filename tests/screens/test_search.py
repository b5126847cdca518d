"""Search: as one types, into the thread and on through the hits, and back."""

from __future__ import annotations

from pathlib import Path

from textual.widgets import Input

from console.app import FrontdeskApp
from models.store.sqlite import library
from screens.inbox import InboxScreen
from screens.search import SearchScreen
from tests.screens.running import console, lines, said, shown
from tests.screens.widgets.window_source import until


def search(app: FrontdeskApp) -> SearchScreen:
    screen = app.screen_stack[0]
    assert isinstance(screen, SearchScreen)
    return screen


def fill(path: Path) -> tuple[int, int]:
    """Two hundred messages in one thread, an old and a newer one that hold a word, and one in another thread."""
    connection = library().connect(str(path))
    people = connection.execute("SELECT id, user_id FROM conversations ORDER BY id LIMIT 2").fetchall()
    (first, owner), (second, other) = people
    connection.execute("UPDATE users SET first_name = 'Гиппопотам', last_name = '[b]' WHERE id = ?", (other,))
    insert = "INSERT INTO messages (conversation_id, user_id, body, direction, created_at, updated_at)"
    for number in range(200):
        body = {3: "Старый \x1b[2J[b]ЁЖИК[/b]", 190: "новый ежик"}.get(number, f"строка {number}")
        at = f"2026-01-{1 + number // 10:02} 10:{number % 60:02}:00"
        connection.execute(f"{insert} VALUES (?, ?, ?, 0, ?, ?)", (first, owner, body, at, at))
    connection.execute(f"{insert} VALUES (?, NULL, 'чужой ёжик', 1, '2026-03-01', '2026-03-01')", (second,))
    connection.execute("UPDATE conversations SET unread_count = 3 WHERE id = ?", (first,))
    connection.commit()
    connection.close()
    return first, second


async def test_from_the_box_into_the_thread_and_back(seed_file: Path) -> None:
    first, second = fill(seed_file)
    async with console(seed_file, "inbox", size=(100, 30)) as (app, pilot):
        inbox = app.screen_stack[0]
        assert isinstance(inbox, InboxScreen)
        await pilot.press("ctrl+f")
        await until(pilot, lambda: isinstance(app.screen_stack[0], SearchScreen) and app.screen_stack[0].is_mounted)
        screen = search(app)
        await until(pilot, lambda: screen.focused is screen.box)
        await until(pilot, lambda: '"добрый день"' in shown(app))
        await until(pilot, lambda: screen._index.complete)
        await pilot.press(*"score:x")
        await until(pilot, lambda: "can't be read" in shown(app))
        screen.box.value = "нетничего"
        await until(pilot, lambda: "Nothing holds нетничего" in shown(app))
        screen.box.value = "гиппопо"
        await until(pilot, lambda: len(screen.hits.people) == 1)
        assert "Гиппопотам [b]" in shown(app)
        screen.box.value = "ежик"
        await until(pilot, lambda: len(screen.hits.hits) == 3)
        assert "3 messages" in shown(app)
        assert "␛[2J[b]ЁЖИК[/b]" in shown(app)
        # Two hits further, into the middle of a long thread.
        await pilot.press("enter", "j", "j", "enter")
        await until(pilot, lambda: app.screen_stack[0] is inbox and inbox.thread.detached)
        assert inbox.thread.conversation_id == first
        await until(pilot, lambda: any("ЁЖИК" in line for line in lines(app)))
        assert inbox.thread.current is not None
        assert "ЁЖИК" in inbox.thread.current.body
        assert "Hit 3 of 3" in said(app)
        assert inbox.focused is inbox.thread
        desk = app.services.desk
        assert desk is not None
        assert desk.inbox.lead(first).unread_count == 3
        # The newer pages load downwards, to the end.
        for _ in range(60):
            if not inbox.thread.detached:
                break
            await pilot.press("pagedown", "pagedown", "pagedown")
            await pilot.pause(0.02)
        await until(pilot, lambda: not inbox.thread.detached)
        bodies = [each.body for each in inbox.thread.items]
        assert [each for each in bodies if each.startswith("строка")][-1] == "строка 199"
        assert len(bodies) == len({item.id for item in inbox.thread.items})
        # n and N walk on, into another thread too; at an end it is said.
        await pilot.press("n")
        await until(pilot, lambda: "No more hits" in said(app))
        await pilot.press("N", "N")
        await until(pilot, lambda: inbox.thread.conversation_id == second)
        await until(pilot, lambda: "Hit 1 of 3" in said(app))
        await pilot.press("n", "n")
        await until(pilot, lambda: inbox.thread.conversation_id == first and inbox.thread.detached)
        # G goes to the newest, a reply is written under it.
        await pilot.press("G")
        await until(pilot, lambda: inbox.thread.conversation_id == first and not inbox.thread.detached)
        await until(pilot, lambda: inbox.thread.at_end)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen_stack[0] is screen)
        assert screen.hits.cursor == 2
        await pilot.press("escape")
        await until(pilot, lambda: app.screen_stack[0] is inbox)
        # And as it was left.
        await pilot.press("ctrl+f")
        await until(pilot, lambda: app.screen_stack[0] is screen and screen.focused is screen.box)
        assert screen.query_one("#query", Input).value == "ежик"
