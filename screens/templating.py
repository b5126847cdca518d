"""The inbox as it is answered from templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from screens.actions import Action
from screens.i18n import _
from screens.keymap import key_for
from screens.leading import LeadingScreen
from screens.saving import Command, conversation_commands, list_command

if TYPE_CHECKING:
    from screens.dialogs.templates import Picked


class TemplatingScreen(LeadingScreen):
    """`t` and a digit put a text into the reply, filled for the person; nothing goes out by that alone."""

    def why_dim(self, action: Action) -> str | None:
        if action.id == "inbox.templates":
            # They are looked at and changed also where no reply may go; only putting one in asks.
            return _("No conversation is chosen.") if self._wanted is None else None
        return super().why_dim(action)

    async def action_templates(self) -> None:
        """Awaited by the key itself: the digit after it, in one packet even, meets the templates."""
        self._catch_up()
        target = self.composer.target
        id = target.conversation_id if target is not None else self._wanted
        if not self.allowed("inbox.templates") or id is None:
            return
        from screens.dialogs.templates import TemplatesDialog

        templates = await self.services.call(lambda desk: desk.templates.list())
        name = target.name if target is not None else self._name_of(id)
        self.app.push_screen(TemplatesDialog(self.services, templates, id, name, self._picked))

    def savings(self) -> list[Command]:
        view, order = self._view, self._order
        found = [
            list_command(self, f"conversations-{view.value}", lambda desk: desk.exports.conversations(view, order))
        ]
        return found + (conversation_commands(self, self._wanted) if self._wanted is not None else [])

    def _name_of(self, conversation_id: int) -> str:
        if self._lead is not None and self._lead.conversation_id == conversation_id:
            return self._lead.name
        row = self.conversations.current_row
        return row.name if row is not None and row.id == conversation_id else ""

    def _picked(self, picked: Picked) -> None:
        id, filled = picked.conversation_id, picked.filled
        target = self.composer.target
        if target is None or target.conversation_id != id:
            if self._wanted != id:
                self.status(_("Another conversation is open by now: nothing was put in."))
                return
            if not self.allowed("inbox.reply"):
                self._dared = id
                return
            self._came_from = "thread" if self.focused is self.thread else "list"
            if self._lead is None or self._lead.conversation_id != id:
                self._open_ahead()
            self._when_loaded(self._open_composer)
        if not self.composer.writing:
            self.status(_("The conversation is still being read: once more, please."))
            return
        self.composer.insert(filled.text, filled.missing)
        self.composer.focus_text()
        if filled.missing:
            told = _("Fill in {name}; {key} goes on to the next, and sends when all are filled.")
            self.status(told.format(name=filled.missing[0], key=key_for("composer.send")))
