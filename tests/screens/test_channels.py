"""Two channels in one thread: each message names its own, tabs choose, and the reply goes by what is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Static

from models.services.channels import Channel, Channels
from screens.inbox import InboxScreen
from screens.widgets.channel_tabs import tab_line, why_closed
from tests.conftest import copy_of
from tests.console.test_app import TOKEN, add_tables, running, with_desk
from tests.models.services.test_channels import say
from tests.seed import raw

BOTH = Channels("business", (Channel("bot", 1204), Channel("business", 3, "disabled")))


def test_a_closed_channel_gives_its_reason() -> None:
    assert why_closed(BOTH, None) is None
    assert why_closed(BOTH, "bot") is None
    assert why_closed(BOTH, "business") == "connection switched off"
    assert "no channel" in str(why_closed(Channels(None, BOTH.each), None))
    line, ends = tab_line(BOTH, "business")
    assert line.plain == " All  Bot 1,204  Business 3  connection switched off"
    assert ends == [(5, None), (16, "bot"), (28, "business")]


@pytest.fixture
def both(tmp_path: Path) -> Path:
    """Conversation 2 has written by both channels, last to the business account."""
    path = copy_of("O", tmp_path)
    now = "'2026-11-23 12:00:00'"
    raw.write(
        path,
        "DELETE FROM messages WHERE conversation_id = 2",
        f"INSERT INTO business_connections (business_connection_id, user_id, user_chat_id, can_reply, is_enabled, "
        f"connected_at, status, created_at, updated_at) VALUES ('bc-1', 1, 7, 1, 1, {now}, 0, {now}, {now})",
    )
    say(path, "12:00:00")
    say(path, "12:00:01", connection="bc-1")
    add_tables(path)
    return path


async def test_tabs_choose_what_is_shown_and_how_the_reply_goes(both: Path) -> None:
    async with running(both, token=TOKEN) as app:
        await app.ready()
        app.inbox.show_conversation(2)
        await app.until(lambda: "Bot 1  Business 1" in app.text())
        assert "by bot" in app.text()
        assert "by business account" in app.text()
        await app.press("b")
        await app.until(lambda: "by business account" not in app.text())
        await app.press("и")
        await app.until(lambda: "by bot" not in app.text() and "by business account" in app.text())
        await app.press("b", "r")
        await app.until(lambda: app.composer.writing and app.composer.target.channel == "business")
        assert "→ Business · Anna" in str(app.inbox.query_one("#composer-target", Static).visual)
        app.inbox._show_channel("bot")
        await app.type("x")
        await app.press("enter")
        await app.until(lambda: not app.composer.writing)
        [reply] = with_desk(both, lambda desk: desk.outbox.list())
        assert (reply.conversation_id, reply.channel) == (2, "bot")
        # Only through a connection that may reply: the key says why not.
        raw.write(both, "UPDATE business_connections SET can_reply = 0")
        app.inbox._show_channel("business")
        await app.until(lambda: "the bot may not reply" in app.text())
        await app.press("r")
        await app.until(lambda: "the bot may not reply" in app.said)
        assert isinstance(app.app.screen, InboxScreen)
        assert not app.composer.writing
