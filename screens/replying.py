"""The inbox as it is answered: composer, outbox, undo."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from models.errors import Refused
from models.rules.delivery import Choice, Reason, State
from models.rules.text import one_line
from models.views import Author, Lead, Reply
from screens.actions import Action
from screens.drafting import DraftingScreen
from screens.evidence import spoken
from screens.i18n import _
from screens.keymap import key_for
from screens.opening import ChoiceDialog
from screens.reach import cant_reach
from screens.widgets.channel_tabs import why_closed
from screens.widgets.composer import Composer
from screens.widgets.composer_head import Target
from screens.widgets.outbox_list import CHOICE_WORDS
from screens.widgets.thread import Thread
from screens.wording import words

if TYPE_CHECKING:
    from screens.services import Services


class ReplyingScreen(DraftingScreen):
    """Whom a reply goes to is fixed when the composer opens. Writes belong to the App and outlive this screen."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        #: Whom `r` was pressed for although no reply can reach them: once more writes all the same.
        self._dared: int | None = None

    def why_dim(self, action: Action) -> str | None:
        why = super().why_dim(action)
        if action.id == "inbox.reply":
            lead = self._lead
            if lead is not None and lead.conversation_id == self._wanted and not lead.can_reply:
                return words(Refused("no-chat"))
            return why or self.services.why_not_send or self._why_closed() or self._why_dare()
        if action.id in ("inbox.read", "inbox.unread", "inbox.access") and self._wanted is None:
            return _("No conversation is chosen.")
        if action.id == "inbox.access" and self.services.desk is not None and not self.services.desk.features.paid:
            return why or words(Refused("no-paid-column"))
        return why

    def _why_closed(self) -> str | None:
        """Why no reply goes by the channel that is shown."""
        if self._lead is None or self._lead.conversation_id != self._wanted:
            return None
        return why_closed(self._channels, self._channel)

    def _by(self) -> str | None:
        """The channel of a reply; None: there is but one."""
        return None if self._channels is None else self._channel or self._channels.usual

    def _warning(self) -> str | None:
        """Why a reply will hardly arrive; what the bot was refused says nothing of a business account."""
        if self._lead is None or self._lead.conversation_id != self._wanted or self._by() == "business":
            return None
        return cant_reach(self._lead, self.console.clock())

    def _why_dare(self) -> str | None:
        if self._dared == self._wanted or (warning := self._warning()) is None:
            return None
        return _("{key} again writes all the same. {warning}").format(key=key_for("inbox.reply"), warning=warning)

    def _show_channel(self, channel: str | None) -> None:
        super()._show_channel(channel)
        if self.composer.writing:
            self.composer.by(self._by(), self._warning())

    def _draw_lead(self) -> None:
        super()._draw_lead()
        if self._lead is not None and self.composer.target is not None and self.composer.target.newest_id is not None:
            self.composer.by(self.composer.target.channel, self._warning())

    def action_reply(self) -> None:
        self._catch_up()
        if self._wanted is None:
            return
        if not self.allowed("inbox.reply"):
            self._dared = self._wanted
            return
        if self.composer.writing:
            self.composer.focus_text()
            return
        self._came_from = "thread" if self.focused is self.thread else "list"
        if self.thread.detached:
            # A reply answers what was said last: that is what it is written under.
            self._show_newest()
        if self._lead is None or self._lead.conversation_id != self._wanted:
            self._open_ahead()
        self._when_loaded(self._open_composer)

    def _open_ahead(self) -> None:
        """Opens before thread and draft are read, so that no letter typed on becomes a command."""
        row = self.conversations.current_row
        if row is None or row.id != self._wanted or row.telegram_id is None:
            return
        self.add_class("-reading")
        self.conversations.live = False
        self.composer.open(Target(row.id, row.name, row.username, row.telegram_id, None))
        self.composer.focus_text()

    def _when_loaded(self, then: Callable[[], None]) -> None:
        if self._lead is not None and self._lead.conversation_id == self._wanted:
            then()
        else:
            self._then = then

    def _open_composer(self) -> None:
        lead, draft = self._lead, self._draft
        if lead is None:
            return
        if self.composer.target is not None and self.composer.target.conversation_id == lead.conversation_id:
            # Somebody typed ahead: whatever speaks against it now, the text stays.
            kept = (draft.body, draft.client_key) if draft is not None else ("", None)
            self.composer.settle(self._newest_id(lead), *kept, channel=self._by(), warning=self._warning())
            self._draw_lead()
            self._read_silently()
            return
        if not self.allowed("inbox.reply"):
            return
        target = Target(
            lead.conversation_id,
            lead.name,
            lead.username,
            lead.telegram_id,
            self._newest_id(lead),
            channel=self._by(),
            warning=self._warning(),
        )
        self.add_class("-reading")
        # The list stays calm while somebody writes.
        self.conversations.live = False
        if draft is not None:
            self.composer.open(target, draft.body, draft.client_key)
        else:
            self.composer.open(target)
        self.composer.focus_text()
        self._draw_lead()
        self._read_silently()

    def _newest_id(self, lead: Lead) -> int:
        """The newest message that was seen; what the channel that is not shown holds counts as seen."""
        return self.thread.newest_id if self._channels is None else lead.newest_message_id or 0

    def on_composer_typed(self, event: Composer.Typed) -> None:
        self.services.typing(event.target.conversation_id, event.target.channel)

    def on_composer_submitted(self, event: Composer.Submitted) -> None:
        if event.target.editing is not None:
            return
        if event.target.newest_id is None:
            self._when_loaded(lambda: self._submit_settled(event.done))
            return
        if self._sending == event.client_key:
            return
        self._sending = event.client_key
        send = partial(self._send, event.target, event.text, event.client_key, then_done=event.done)
        self.console.write(send, name="send")

    def _submit_settled(self, done: bool) -> None:
        """Enter came before the draft was read: with a draft in front of it the text waits for another look."""
        self._open_composer()
        if self._draft is None:
            self.composer.submit(done=done)
        else:
            self.status(_("Your draft was put before it: look, then press {key}.").format(key=key_for("composer.send")))

    def sent_and_done(self, conversation_id: int, client_key: str) -> None:
        """A reply was queued by the key that says that it is all."""

    async def _send(self, target: Target, text: str, client_key: str, *, then_done: bool = False) -> None:
        """News first: whoever wrote meanwhile is shown before the reply goes. Then durable, then said so."""
        conversation_id, newest_id = target.conversation_id, target.newest_id or 0
        done = False
        try:
            news, channels, left = await self.services.call(
                lambda desk: (
                    desk.inbox.newer(conversation_id, newest_id),
                    desk.inbox.channels(conversation_id),
                    desk.templates.unfilled(text),
                )
            )
            if left is not None:
                self._ask_for(text, left, client_key)
                return
            news = tuple(message for message in news if message.author is not Author.YOU)
            if news and self.composer.writing and self.composer.client_key == client_key:
                if self._channel is None and channels is not None:  # they may have written by the other one
                    self.composer.by(channels.usual, self._warning())
                self.composer.hold(news)
                return
            if self.thread.conversation_id == conversation_id:
                self.thread.add_local(self._bubble(target, text))
            hold = self.services.undo_seconds
            async with self._in_turn:
                await self.services.call(
                    lambda desk: desk.outbox.enqueue(
                        conversation_id,
                        text,
                        client_key=client_key,
                        hold=hold,
                        channel=target.channel,
                        anyway=target.warning is not None,  # it stood over the text
                    )
                )
                self.sent_it(conversation_id, client_key)
            done = True
        finally:
            self._sending = None
            if not done:
                self.thread.drop_local()
        self.console.count_answer(conversation_id)
        if self.composer.target is not None and self.composer.client_key == client_key:
            self.composer.sent()
            self.conversations.live = True
            self._draft = None
            self._draw_lead()
            self._focus_back()
        self.services.kick()
        self._moved_here(conversation_id, outbox=True)
        if then_done:
            self.sent_and_done(conversation_id, client_key)

    def _ask_for(self, text: str, left: tuple[int, int], client_key: str) -> None:
        """A placeholder of a template is left: it is to be typed over, and nothing goes out before."""
        start, end = left
        if self.composer.writing and self.composer.client_key == client_key and self.composer.text == text:
            self.composer.choose(start, end)
        self.status(_("Fill in {name} first: nothing is sent with it.").format(name=text[start:end]))

    def _bubble(self, target: Target, text: str) -> Reply:
        """What stands in the thread until the page with the real reply is read."""
        now = self.console.clock()
        return Reply(
            id=-1,
            conversation_id=target.conversation_id,
            state=State.QUEUED,
            body=text,
            created_at=now,
            operator_id=-1,
            operator_name="",
            person_name=target.name,
            telegram_id=target.telegram_id or 0,
            attempt=0,
            reason=Reason.UNDO,
            channel=target.channel or "bot",
        )

    async def _put_back(self, conversation_id: int, text: str) -> None:
        target = self.composer.target
        if target is not None and target.conversation_id == conversation_id and target.editing is None:
            self.composer.put_before(text)
            self.composer.save_now()
        else:
            # It is the draft already, in the transaction that took it back.
            self._turns[conversation_id] += 1
            draft = await self.services.call(lambda desk: desk.drafts.get(conversation_id))
            if self._wanted == conversation_id:
                self._draft = draft
        self._moved_here(conversation_id, outbox=True)
        self.status(_("Taken back; nothing was sent."))
        if self.composer.writing:
            return
        if self._wanted != conversation_id:
            self.conversations.select(conversation_id)
            self._follow(conversation_id)
        self._came_from = "thread" if self.focused is self.thread else "list"
        self._when_loaded(self._open_composer)

    def action_mark_read(self) -> None:
        self._catch_up()
        if self.allowed("inbox.read") and self._wanted is not None:
            self._mark(self._wanted, read=True)

    def action_mark_unread(self) -> None:
        self._catch_up()
        if self.allowed("inbox.unread") and self._wanted is not None:
            self._mark(self._wanted, read=False)

    # Deciding about a reply

    async def on_thread_undecided(self, event: Thread.Undecided) -> None:
        reply, options = event.reply, event.options

        async def decide() -> None:
            buttons = [(choice.value, _(CHOICE_WORDS[choice])) for choice in reversed(options)]
            title = _("Telegram did not answer: it may have arrived")
            if reply.state is not State.UNKNOWN:
                title = _("Not sent")
            evidence = (await self.services.call(lambda desk: desk.outbox.evidence([reply.id]))).get(reply.id)
            facts = spoken(evidence, self.console.clock()) if evidence is not None else []
            body = "\n".join([one_line(reply.body, 300), "", *facts])
            answer = await self.app.push_screen_wait(ChoiceDialog(title, body, buttons, escape="stay"))
            if answer == "stay":
                return
            choice = Choice(answer)
            await self.services.call(lambda desk: desk.outbox.decide(reply.id, choice))
            self.services.kick()
            self._moved_here(reply.conversation_id, outbox=True)

        why = self.console.why_not_write()
        if why is not None:
            self.status(why)
        else:
            self.console.write(decide, name="decide")
