"""The text of a reply: what its keys and a paste do."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

from textual import events
from textual.message import Message

from models.rules.clock import monotonic
from screens.actions import Context, bindings
from screens.i18n import _
from screens.widgets.clean_area import CleanArea

if TYPE_CHECKING:
    from screens.base import Console

#: Characters that one paste may bring.
LONGEST_PASTE = 40_000
#: Seconds that a key waits for the Esc before it.
PATIENCE = 1.0


class ComposerText(CleanArea):
    """The text itself."""

    CONTEXTS = (Context.COMPOSER,)
    BINDINGS = bindings(Context.COMPOSER)

    class Asked(Message):
        """A key of the composer: "submit", "submit-done", "leave", "edit" or "editor"."""

        def __init__(self, what: str) -> None:
            super().__init__()
            self.what = what

    async def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        text = event.text.replace("\r\n", "\n").replace("\r", "\n")
        if len(text) > LONGEST_PASTE:
            cast("Console", self.app).say(_("Too long to paste: only the beginning was taken."))
        self.replace(text[:LONGEST_PASTE], *self.selection, maintain_selection_offset=False)

    def action_submit(self) -> None:
        self.post_message(self.Asked("submit"))

    def action_submit_done(self) -> None:
        self.post_message(self.Asked("submit-done"))

    async def action_leave(self) -> None:
        """Awaited by the key itself: the one after it, in one packet even, is no letter any more."""
        self.post_message(self.Asked("leave"))
        end = monotonic() + PATIENCE
        while self.has_focus and monotonic() < end:
            await asyncio.sleep(0)

    def action_editor(self) -> None:
        self.post_message(self.Asked("editor"))

    def action_edit_or_up(self) -> None:
        if self.text:
            self.action_cursor_up()
        else:
            self.post_message(self.Asked("edit"))

    def action_line(self) -> None:
        self.replace("\n", *self.selection, maintain_selection_offset=False)
