"""Who can't be reached: said before anybody types, and written to all the same by who insists."""

from __future__ import annotations

from pathlib import Path

from models.rules.clock import utc_now
from models.services import reach
from models.services.desk import Desk
from tests.console.test_app import TOKEN, add_tables, running, with_desk


async def test_who_can_not_be_reached_is_said_before_anybody_types(seed_file: Path) -> None:
    def block(desk: Desk) -> None:
        with desk.database.write() as session:
            said = "Forbidden: bot was blocked by the user"
            assert reach.mark(session, desk.features, utc_now, 500000002, 403, said)

    add_tables(seed_file)
    with_desk(seed_file, block)
    async with running(seed_file, token=TOKEN, undo=0) as app:
        await app.ready()
        app.inbox.show_conversation(2)
        await app.until(lambda: "⊘ blocked the bot today" in app.text())
        await app.press("r")
        await app.until(lambda: "blocked the bot today" in app.said and "r again" in app.said)
        assert not app.composer.writing
        await app.press("r")
        await app.until(lambda: app.composer.writing)
        await app.until(lambda: "a reply can't reach them" in app.text())
        await app.type("x")
        await app.press("enter")
        await app.until(lambda: not app.composer.writing)
        [reply] = with_desk(seed_file, lambda desk: desk.outbox.list())
        assert reply.conversation_id == 2
