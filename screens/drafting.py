"""The inbox as drafts are kept: soon after each letter; what is read of them is never older than what was written."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from textual.timer import Timer

from models.errors import FrontdeskError
from models.rules.clock import monotonic
from models.views import Changes, Draft
from screens.i18n import _
from screens.reading import ReadingScreen
from screens.widgets.composer import Composer

if TYPE_CHECKING:
    from models.services.desk import Desk
    from screens.services import Services

T = TypeVar("T")

#: Seconds after a saving in which news of nothing in particular are most likely of it; seconds that they wait then.
OWN, CALM = 0.4, 2.0
#: Seconds to the next try to save a draft whose composer is closed by now.
AGAIN = 5.0


class DraftingScreen(ReadingScreen):
    """Esc, another conversation or a dialog drop nothing, however soon the next key comes."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        #: Drafts and replies one after the other: a slow draft may not overtake the reply it became.
        self._in_turn = asyncio.Lock()
        self._queued: set[str] = set()
        #: What is being written into the database, and what could not be, by conversation; how often it was begun.
        self._on_way: dict[int, Composer.DraftChanged] = {}
        self._refused: dict[int, Draft] = {}
        self._turns: Counter[int] = Counter()
        self._saved_at = -OWN
        self._calm: Timer | None = None

    def on_news(self, changes: Changes) -> None:
        """A draft that is saved twice a second may not draw everything anew each time, under the typing hands."""
        if changes == Changes() and monotonic() - self._saved_at < OWN:
            if self._calm is None:
                self._calm = self.set_timer(CALM, self._look_after_all)
        else:
            super().on_news(changes)

    def _look_after_all(self) -> None:
        self._calm = None
        super().on_news(Changes())

    async def read(self, conversation_id: int, use: Callable[[Desk], T]) -> T:
        """Read again when a draft of this conversation was written meanwhile."""
        while True:
            turn = self._turns[conversation_id]
            found = await super().read(conversation_id, use)
            if conversation_id not in self._on_way and self._turns[conversation_id] == turn:
                return found
            async with self._in_turn:
                pass

    def newest_draft(self, conversation_id: int, draft: Draft | None) -> Draft | None:
        return self._refused.get(conversation_id, draft)

    def on_composer_left(self) -> None:
        text, target = self.composer.text, self.composer.target
        self._close_composer()
        self._focus_back()
        if target is not None and target.editing is not None:
            self.status(_("The message stays as it was."))
        elif target is not None and text.strip():
            self.console.write(partial(self._say_kept, target.conversation_id), name="kept")

    async def _say_kept(self, conversation_id: int) -> None:
        """Once it is."""
        while conversation_id in self._on_way:
            async with self._in_turn:
                pass
            await asyncio.sleep(0)
        if conversation_id not in self._refused:
            self.status(_("The draft is kept."))

    def on_composer_draft_changed(self, event: Composer.DraftChanged) -> None:
        id = event.conversation_id
        here, was = self._wanted == id, self._draft is not None
        self._turns[id] += 1
        self._on_way[id] = event
        self._refused.pop(id, None)
        if here and not event.ahead:
            self._draft = self._as_draft(event)
        # The row of the list tells only that there is a draft.
        known = here and not event.ahead and was == (self._draft is not None)
        self.console.write(partial(self._keep, event, self._turns[id], known=known), name="draft")

    def _as_draft(self, event: Composer.DraftChanged) -> Draft | None:
        if not event.text.strip():
            return None
        return Draft(event.conversation_id, event.text, event.client_key, self.console.clock())

    async def _keep(self, event: Composer.DraftChanged, turn: int, *, known: bool) -> None:
        id = event.conversation_id
        if self._turns[id] != turn and id not in self._on_way:
            return  # tried again, and there is a newer one by now
        try:
            await self._save(id, event.text, event.client_key, event.ahead)
        except FrontdeskError:
            if not self.composer.not_saved(event.client_key) and (draft := self._as_draft(event)) is not None:
                self._refused[id] = draft
                again = partial(self._keep, event, turn, known=known)
                self.set_timer(AGAIN, lambda: self.console.write(again, name="draft"))
            raise
        finally:
            if self._on_way.get(id) is event:
                del self._on_way[id]
        self._refused.pop(id, None)
        self._saved_at = monotonic()
        if not known:
            self._moved_here(id)

    async def _save(self, conversation_id: int, text: str, client_key: str, ahead: bool = False) -> None:
        async with self._in_turn:
            if client_key in self._queued:  # it was sent meanwhile: no draft may come back from the dead
                return

            def save(desk: Desk) -> Draft | None:
                if text.strip():
                    return desk.drafts.save(conversation_id, text, client_key, behind=ahead)
                if not ahead:
                    desk.drafts.discard(conversation_id)
                return None

            draft = await self.services.call(save)
        if self._wanted == conversation_id and (draft is not None or not ahead):
            self._draft = draft

    async def flush(self) -> None:
        """Saves what is being written; the App calls it on leaving."""
        unsaved = self.composer.unsaved()
        if unsaved is not None:
            await self._save(*unsaved)

    def sent_it(self, conversation_id: int, client_key: str) -> None:
        """The draft with this key is a reply by now, whatever is still read of it."""
        self._queued.add(client_key)
        self._turns[conversation_id] += 1
        self._refused.pop(conversation_id, None)
