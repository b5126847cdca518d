"""The inbox as leads are looked after: fields corrected, the AI paused and reset, the message behind a score."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from models.errors import FrontdeskError, Refused
from models.views import Field
from screens.actions import Action
from screens.amending import AmendingScreen
from screens.i18n import _, ngettext
from screens.keymap import key_for
from screens.widgets.lead_lines import stuck
from screens.widgets.lead_panel import LeadPanel
from screens.wording import words
from screens.work import start

if TYPE_CHECKING:
    from models.services.desk import Desk
    from models.views import Cursor, Lead, ThreadPage

#: Most pages of a thread that are loaded to reach one message.
_PAGES = 200


def _older(conversation_id: int, before: Cursor, channel: str | None, desk: Desk) -> ThreadPage:
    return desk.inbox.thread(conversation_id, before=before, channel=channel)


class LeadingScreen(AmendingScreen):
    """All of it acts on the conversation that is shown, whatever pane has focus."""

    def why_dim(self, action: Action) -> str | None:
        why = super().why_dim(action)
        lead = self._lead
        if action.id in ("inbox.pause", "inbox.reset-ai", "inbox.bring-back") and why is None:
            if lead is None:
                return _("No conversation is chosen.")
            if action.id == "inbox.pause" and lead.ai_paused is None:
                return words(Refused("no-pause"))
            if action.id == "inbox.reset-ai" and not stuck(lead, self.console.clock()):
                return words(Refused("ai-not-stuck"))
            if action.id == "inbox.bring-back" and not lead.facts.overwritten:
                return _("The AI has written over no correction here.")
        return why

    async def told(self, done: str) -> None:
        """Says what was done."""
        self.console.say(done)

    def _shown(self) -> Lead | None:
        """The lead that is on the screen; None while another one is still being read."""
        self._catch_up()
        lead = self._lead
        return lead if lead is not None and lead.conversation_id == self._wanted else None

    # Correcting

    def on_lead_panel_chosen(self, event: LeadPanel.Chosen) -> None:
        event.stop()
        if isinstance(event.item, Field):
            why = self.console.why_not_write()
            if why is not None:
                self.status(why)
            else:
                self.query_one(LeadPanel).edit(event.item)
            return
        changes = event.lead.facts.changes
        change = changes[event.item] if event.item < len(changes) else None
        if change is None or change.message_id is None:
            self.status(_("What was written before this change is not known."))
        else:
            self.show_message(event.lead.conversation_id, change.message_id)

    def on_lead_panel_corrected(self, event: LeadPanel.Corrected) -> None:
        event.stop()
        id, field, text = event.conversation_id, event.field, event.text

        async def correct() -> None:
            try:
                done = await self.services.call(lambda desk: desk.leads.correct(id, field, text))
            except FrontdeskError:
                for panel in self.query(LeadPanel):
                    panel.keep(id, field, text)
                raise
            if done:
                await self.told(_("Corrected; what the AI had said is kept."))
            else:
                self.console.say(_("Nothing changed: it read so already."))
            self._moved_here(id)

        self.console.write(correct, name="correct")

    def action_bring_back(self) -> None:
        lead = self._shown()
        if lead is None or not self.allowed("inbox.bring-back"):
            return
        id = lead.conversation_id

        async def bring_back() -> None:
            fields = await self.services.call(lambda desk: desk.leads.bring_back(id))
            told = ngettext("{n} correction is back.", "{n} corrections are back.", len(fields))
            await self.told(told.format(n=len(fields)))
            self._moved_here(id)

        self.console.write(bring_back, name="bring back")

    # The AI

    def action_pause(self) -> None:
        lead = self._shown()
        if lead is None or not self.allowed("inbox.pause"):
            return
        id, paused = lead.conversation_id, not lead.ai_paused

        async def pause() -> None:
            await self.services.call(lambda desk: desk.leads.pause_ai(id, paused))
            await self.told(
                _("The AI is paused in this conversation; {key} lets it go on.").format(key=key_for("inbox.pause"))
                if paused
                else _("The AI answers again here.")
            )
            self._moved_here(id)

        self.console.write(pause, name="pause the AI")

    def action_reset_ai(self) -> None:
        lead = self._shown()
        if lead is None or not self.allowed("inbox.reset-ai"):
            return
        id = lead.conversation_id

        async def reset() -> None:
            await self.services.call(lambda desk: desk.leads.reset_ai(id))
            self.console.say(_("The AI counts as finished here; it answers the next message."))
            self._moved_here(id)

        self.console.write(reset, name="reset the AI")

    # The message behind a score

    def show_message(self, conversation_id: int, message_id: int) -> None:
        """The thread's cursor on this message, older pages loaded as far as that takes."""

        async def find() -> None:
            for _page in range(_PAGES):
                if self.thread.conversation_id != conversation_id:
                    return
                if self.thread.show_message(message_id):
                    self.remove_class("-drawer")
                    self.add_class("-reading")
                    self.set_focus(self.thread, scroll_visible=False)
                    return
                before, channel = self.thread.older, self._channel
                if before is None:
                    break
                page = await self.services.call(partial(_older, conversation_id, before, channel))
                if self.thread.conversation_id != conversation_id or channel != self._channel:
                    return
                self.thread.add_older(page)
            self.status(_("This message is not in the thread any more."))

        start(self, find, name="message", group="older", exclusive=True)
