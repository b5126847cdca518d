"""The inbox as it is mended: editing and deleting our messages that were delivered."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from textual.content import Content

from models.errors import Refused
from models.rules.text import one_line
from models.views import Author, MessageView
from screens.actions import Action
from screens.i18n import _
from screens.replying import ReplyingScreen
from screens.text import plain
from screens.times import countdown, stamp
from screens.widgets.composer import Composer
from screens.widgets.composer_head import Target
from screens.widgets.thread import Thread
from screens.wording import words

if TYPE_CHECKING:
    from datetime import datetime

    from models.services.amend import Answer
    from screens.widgets.thread_lines import Item

#: How long after its delivery a message can be changed (see models.services.amend).
LONGEST = timedelta(hours=48)


def why_not_amend(item: Item | None, now: datetime) -> str | None:
    """Why this is not ours to change, in words; None when it is."""
    if item is None:
        return _("No message is chosen.")
    if not isinstance(item, MessageView) or item.author not in (Author.YOU, Author.COLLEAGUE):
        return words(Refused("not-our-message"))
    if item.telegram_message_id is None:
        return words(Refused("no-telegram-id"))
    if item.created_at is None or now - item.created_at > LONGEST:
        return words(Refused("too-old"))
    return None


def told(answer: Answer, now: datetime) -> str:
    """What became of a change, for the status line; what Telegram says is foreign."""
    match answer.state:
        case "done":
            return _("Changed, for the person too.")
        case "refused" if answer.retry_after is not None:
            left = countdown(now + timedelta(seconds=answer.retry_after), now)
            return _("Nothing changed: Telegram asks to wait {left}.").format(left=left)
        case "refused":
            return _("Nothing changed, Telegram refused: {why}").format(why=one_line(answer.said or "", 160))
        case "unsent":
            return _("Nothing changed: Telegram can't be reached. Try again.")
        case _:
            return _("Telegram did not answer: it may have changed. Do it once more, that is harmless.")


class AmendingScreen(ReplyingScreen):
    """Telegram's copy first, ours when Telegram said so."""

    def why_dim(self, action: Action) -> str | None:
        why = super().why_dim(action)
        if action.id in ("thread.edit", "thread.delete"):
            return why or self.services.why_not_send or why_not_amend(self.thread.current, self.console.clock())
        return why

    # Editing

    def on_thread_asked(self, event: Thread.Asked) -> None:
        message = event.item
        if event.what == "copy" or not self.allowed(f"thread.{event.what}") or not isinstance(message, MessageView):
            return
        if event.what == "delete":
            self._ask_to_delete(message)
        else:
            self._came_from = "thread"
            self._edit(message)

    def on_composer_edit_wanted(self) -> None:
        """↑ while nothing is written: our newest message of this thread."""
        now = self.console.clock()
        mine = (item for item in reversed(self.thread.items) if why_not_amend(item, now) is None)
        newest = next((item for item in mine if isinstance(item, MessageView) and item.author is Author.YOU), None)
        if newest is None:
            self.status(_("Nothing here went out from you within 48 hours."))
        else:
            self._edit(newest)

    def _edit(self, message: MessageView) -> None:
        lead = self._lead
        if lead is None or lead.conversation_id != message.conversation_id:
            return
        target = Target(
            lead.conversation_id,
            lead.name,
            lead.username,
            lead.telegram_id,
            self._newest_id(lead),
            editing=message.id,
            written=stamp(message.created_at, self.console.clock()),
        )
        self.add_class("-reading")
        self.conversations.live = False
        self.composer.open(target, message.body)
        self.composer.focus_text()
        self._draw_lead()

    def on_composer_submitted(self, event: Composer.Submitted) -> None:
        # Textual asks every class for its handler: a new reply is the other one's affair.
        if event.target.editing is not None and self._sending != event.client_key:
            self._sending = event.client_key
            self.console.write(lambda: self._change(event), name="edit")

    async def _change(self, event: Composer.Submitted) -> None:
        assert event.target.editing is not None
        try:
            left = await self.services.call(lambda desk: desk.templates.unfilled(event.text))
            if left is not None:
                self._ask_for(event.text, left, event.client_key)
                return
            self.status(_("Changing it…"))
            answer = await self.services.edit_message(event.target.editing, event.text)
        finally:
            self._sending = None
        self._tell(answer)
        if answer.state != "done":
            return  # the text stays in the composer: Enter asks again
        if self.composer.client_key == event.client_key:
            self.composer.sent()
            self._close_composer()
            self._focus_back()
        self._moved_here(event.target.conversation_id)

    # Deleting

    def _ask_to_delete(self, message: MessageView) -> None:
        if self._lead is None:
            return
        from screens.dialogs.confirm import ConfirmDialog, Confirmed

        body = Content("\n\n").join(
            [
                plain(one_line(self._lead.name, 120), "bold"),
                plain(one_line(message.body, 300)),
                plain(_("It vanishes from the person's chat and from this conversation."), "bold $text-warning"),
            ]
        )

        def answered(answer: Confirmed | None) -> None:
            if answer is not None:
                self.console.write(lambda: self._delete(message), name="delete")

        self.app.push_screen(ConfirmDialog(_("Delete it for both?"), body, _("Delete")), answered)

    async def _delete(self, message: MessageView) -> None:
        self._tell(await self.services.delete_message(message.id))
        self._moved_here(message.conversation_id)

    def _tell(self, answer: Answer) -> None:
        self.console.say(told(answer, self.console.clock()))
