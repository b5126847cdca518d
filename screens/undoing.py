"""The inbox as acts are taken back and done again: one stack, and it says what before it does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from models.rules.triage import Kind
from models.views import WORKING, JournalEntry
from screens.i18n import _
from screens.keymap import key_for
from screens.triage_words import act_words
from screens.triaging import TriagingScreen

if TYPE_CHECKING:
    from models.services.undo import Undoable, Undone

#: What says itself that z takes it back: the bubble of a held reply, the line after a grant.
_SAID = frozenset({"reply", "grant"})


class UndoingScreen(TriagingScreen):
    """`z` does at once what the status line (or a bubble) has announced; anything else it names first."""

    def action_take_back(self) -> None:
        if self.allowed("inbox.take-back"):
            self.console.write(self._take_back, name="take back")

    async def _take_back(self) -> None:
        async with self._acting:
            what = await self.services.call(lambda desk: desk.undo.peek())
            if what is None:
                self._announced = None
                self.status(_("There is nothing to take back."))
                return
            if what.source not in _SAID and (what.source, what.key) != self._announced:
                self._announced = (what.source, what.key)
                self.status(
                    _("{key} again takes back: {act}").format(key=key_for("inbox.take-back"), act=self._words(what))
                )
                return
            if what.source == "grant":
                from screens.granting import newest_act, take_back_grant

                entry = await self.services.call(newest_act)
                if isinstance(entry, JournalEntry):
                    await take_back_grant(self, entry)
                return
            undone = await self.services.call(lambda desk: desk.undo.undo(what))
        if undone is None:
            late = _("Too late: it is being sent.")
            self.status(late if what.source == "reply" else _("Somebody was faster: look again."))
            return
        if undone.text is not None and undone.conversation_id is not None:
            self._acted(undone.changed)
            await self._put_back(undone.conversation_id, undone.text)
            return
        self._show_undone(undone)
        said = _("Taken back: {act}.").format(act=self._words(what))
        if what.source == "triage" and len(undone.changed) < what.total:
            said = _("{said} Of {total}, {others} stay as they are: somebody acted on them since.").format(
                said=said, total=what.total, others=what.total - len(undone.changed)
            )
        await self._say_next(said)

    async def _say_next(self, said: str) -> None:
        """What was taken back, and what z would take back next."""
        newest = await self.services.call(lambda desk: desk.undo.peek())
        self._announced = None if newest is None else (newest.source, newest.key)
        if newest is not None:
            said = _("{said} Next {key}: {act}").format(
                key=key_for("inbox.take-back"), said=said, act=self._words(newest)
            )
        self.status(said)

    def action_redo(self) -> None:
        if self.allowed("inbox.redo"):
            self.console.write(self._redo, name="redo")

    async def _redo(self) -> None:
        async with self._acting:
            what = await self.services.call(lambda desk: desk.undo.peek_redo())
            redone = None if what is None else await self.services.call(lambda desk: desk.undo.redo(what))
        if what is None or redone is None:
            self.status(_("There is nothing to do again."))
            return
        if what.kind in (Kind.DONE, Kind.SNOOZE) and self._view in WORKING:
            self.conversations.let_go(redone.changed)
            self._go_on()
            self._settled(redone.changed)
        self._acted(redone.changed)
        await self._announce(_("Done again: {act}.").format(act=self._words(replace(what, reply=False))))

    def _show_undone(self, undone: Undone) -> None:
        """The cursor goes to whom it was about, when it was about one."""
        self.conversations.settled(undone.changed)
        id = undone.conversation_id
        if undone.what.total == 1 and id is not None and undone.changed and not self.composer.writing:
            self.conversations.put_in(id)
            self._follow(id)
        self._acted(undone.changed)

    def _words(self, what: Undoable) -> str:
        return act_words(what, self.console.clock())
