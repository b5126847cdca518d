"""The inbox as it is read: a thread that follows the cursor, and what opening it does."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from models.errors import NotFound
from models.rules.clock import monotonic
from models.rules.text import one_line
from models.views import Changes, Draft, Lead, ThreadPage, View
from screens.i18n import _, ngettext
from screens.panes import SOON, PanesScreen
from screens.text import plain
from screens.widgets.channel_tabs import ChannelTabs
from screens.widgets.conversation_list import ConversationList
from screens.widgets.lead_panel import LeadPanel, summary
from screens.widgets.thread import Thread
from screens.wording import words
from screens.work import start

if TYPE_CHECKING:
    from models.services.channels import Channels
    from models.services.desk import Desk
    from screens.services import Services

T = TypeVar("T")

#: Seconds: under this pause between two moves a key is being held, and only where it stops is loaded.
REPEAT = 0.06
#: Seconds after which a load that is not there yet says so.
SLOW = 0.15


class ReadingScreen(PanesScreen):
    """Moving over a row shows it and writes nothing; opening it marks it read."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._wanted: int | None = None
        self._moved = 0.0
        self._settle: Timer | None = None
        self._slow: Timer | None = None
        self._lead: Lead | None = None
        self._draft: Draft | None = None
        self._channels: Channels | None = None
        #: The channel that is shown and replied by; None: all of them, and by that of the person's last message.
        self._channel: str | None = None
        self._sending: str | None = None
        self._came_from: str = "list"
        self._then: Callable[[], None] | None = None
        #: The message that a search jumps to, and the words (folded) to be marked.
        self._around: tuple[int, tuple[str, ...]] | None = None

    def on_mount(self) -> None:
        self._count_first()

    def _count_first(self) -> None:
        if self._whole and self.conversations.first_shown:
            self._load_counts()
        elif not self._left:
            self.set_timer(SOON, self._count_first)

    def first_page_shown(self) -> bool:
        return self._whole and self.conversations.first_shown

    # Following the cursor

    def on_conversation_list_highlighted(self, event: ConversationList.Highlighted) -> None:
        event.stop()
        self._follow_cursor(event.conversation_id)

    def _follow_cursor(self, conversation_id: int | None) -> None:
        # The rows come first: read at once, each would wait for the other.
        if not self.first_page_shown():
            self.set_timer(SOON, partial(self._follow_cursor, conversation_id))
        # Keys are faster than messages: only where the cursor is now counts.
        elif conversation_id == self.conversations.current_id:
            self._follow(conversation_id)

    def _catch_up(self) -> None:
        """What the list's cursor is on becomes what the keys act on, also when its message is still under way. In the
        thread they act on the thread: it may be of somebody whom the view does not hold."""
        here = self.focused is self.conversations
        if here and self.conversations.current_id is not None and not self.composer.writing:
            self._follow(self.conversations.current_id)

    def _follow(self, conversation_id: int | None) -> None:
        """Shows what the cursor is on; writes nothing. While a key repeats, only where it stops is loaded."""
        if conversation_id == self._wanted:
            return
        if self.composer.writing and self.composer.target is not None:
            if self.composer.target.conversation_id == conversation_id:
                return
            self._close_composer()
        anybody = self._wanted is not None
        self._wanted = conversation_id
        if anybody is (conversation_id is None):
            self.refresh_bar()  # some keys work, or work no more
        self._then = self._channel = self._around = None
        now = monotonic()
        held, self._moved = now - self._moved < REPEAT, now
        if self._settle is not None:
            self._settle.stop()
            self._settle = None
        if held:
            self._settle = self.set_timer(REPEAT, self._load)
        else:
            self._load()

    def _load(self) -> None:
        self._settle = None
        wanted = self._wanted
        if wanted is None:
            self._lead = self._draft = self._channels = None
            self.thread.clear(self._nothing())
            self._draw_lead()
            return
        if self._slow is not None:
            self._slow.stop()
        self._slow = self.set_timer(SLOW, self._say_slow)
        load = partial(self._load_thread, wanted, self._channel, self._around)
        start(self, load, name="thread", group="thread", exclusive=True)

    async def read(self, conversation_id: int, use: Callable[[Desk], T]) -> T:
        """What is shown of a conversation."""
        return await self.services.call(use)

    def newest_draft(self, conversation_id: int, draft: Draft | None) -> Draft | None:
        """`draft` is what was read."""
        return draft

    async def _load_thread(
        self, wanted: int, channel: str | None, around: tuple[int, tuple[str, ...]] | None = None
    ) -> None:
        def read(desk: Desk) -> tuple[ThreadPage, Lead, Channels | None, Draft | None, int | None]:
            draft = desk.drafts.get(wanted) if desk.operator is not None else None
            return (
                _page_of(desk, wanted, channel, around[0] if around is not None else None),
                desk.inbox.lead(wanted, whole=False),
                desk.inbox.channels(wanted),
                draft,
                desk.operator.id if desk.operator is not None else None,
            )

        try:
            page, lead, channels, draft, operator_id = await self.read(wanted, read)
        except NotFound as error:
            if wanted == self._wanted:
                self._lead = self._draft = self._channels = None
                self.thread.clear(words(error))
                self._draw_lead()
            return
        finally:
            if wanted == self._wanted and self._slow is not None:
                self._slow.stop()
        if (wanted, channel) != (self._wanted, self._channel):
            return
        self._lead, self._draft, self._channels = lead, self.newest_draft(wanted, draft), channels
        look: dict[str, Any] = {
            "person": lead.name,
            "operator_id": operator_id,
            "channel": channel,
            "several": channels is not None,
        }
        if around is not None and around == self._around and any(each.id == around[0] for each in page.messages):
            self._around = None
            self.thread.show_around(page, around[0], **look, words=around[1])
        else:
            if around is not None and around == self._around:
                self._around = None
                self.status(_("This message is not there any more: somebody deleted it."))
            self.thread.show(page, **look)
        self._draw_lead()
        self.refresh_bar()
        if not lead.counted:
            start(self, partial(self._count_messages, wanted), name="messages", group="messages", exclusive=True)
        if self._then is not None:
            then, self._then = self._then, None
            then()

    async def _count_messages(self, wanted: int) -> None:
        """A long conversation is counted behind the thread that is shown already."""
        lead = await self.services.call(lambda desk: desk.inbox.lead(wanted))
        if self._lead is not None and self._lead.conversation_id == wanted:
            self._lead = lead
            self._draw_lead()

    def _close_composer(self) -> None:
        self.composer.close()
        self.conversations.live = True
        self._draw_lead()

    def _focus_back(self) -> None:
        if self._came_from == "thread" or self.has_class("-one", "-reading"):
            self.set_focus(self.thread, scroll_visible=False)
        else:
            self.set_focus(self.conversations, scroll_visible=False)

    def _say_slow(self) -> None:
        if self.thread.conversation_id != self._wanted:
            self._lead = self._draft = self._channels = None
            self.thread.clear(_("Loading…"))
            self._draw_lead()

    def counted(self) -> None:
        if self._wanted is None and self.thread.conversation_id is None:
            self.thread.clear(self._nothing())

    def _nothing(self) -> str:
        if self._counts is None:
            return _("Opening…")
        total = self._counts.by_view.get(View.ALL, 0)
        waiting = self._counts.by_view.get(View.WAITING, 0)
        known = ngettext("{count:,} conversation", "{count:,} conversations", total).format(count=total)
        if total == 0:
            return _("Nobody has written to the bot yet. What they write appears here by itself.")
        if waiting == 0:
            return self._nobody_waits(self._counts)
        return _("Nothing chosen. {waiting:,} of {known} wait for us.").format(waiting=waiting, known=known)

    def company(self) -> Content:
        """Who else has this conversation open."""
        return Content("")

    def _draw_lead(self) -> None:
        lead = self._lead
        self.query_one(LeadPanel).show(lead)
        title = line = Content("")
        if lead is not None:
            title = plain(one_line(lead.name, 120), "bold")
            if lead.username:
                title = title + plain(f"  @{one_line(lead.username, 64)}", "$foreground-muted")
            if lead.unread_count:
                unread = _("{count:,} unread").format(count=lead.unread_count)
                title = title + plain(f"  {unread}", "$accent")
            title = title + self.company()
            line = summary(lead, self.console.clock())
        self.query_one(ChannelTabs).show(self._channels, self._channel)
        # One line each, whatever it says: a layout of the whole screen for a key press would be felt.
        self.query_one("#thread-title", Static).update(title, layout=False)
        self.query_one("#lead-line", Static).update(line, layout=False)
        shown = self._draft is not None and not self.composer.writing
        draft = self.query_one("#draft", Static)
        draft.set_class(shown, "-shown")
        if self._draft is not None:
            draft.update(plain(_("✎ draft: {text}").format(text=one_line(self._draft.body, 200))))

    async def on_thread_older_wanted(self, event: Thread.OlderWanted) -> None:
        async def load() -> None:
            id, before, channel = event.conversation_id, event.before, self._channel
            page = await self.services.call(lambda desk: desk.inbox.thread(id, before=before, channel=channel))
            if channel == self._channel:
                self.thread.add_older(page)

        start(self, load, name="older", group="older", exclusive=True)

    async def on_thread_newer_wanted(self, event: Thread.NewerWanted) -> None:
        async def load() -> None:
            id, after, channel = event.conversation_id, event.after, self._channel
            page = await self.services.call(lambda desk: desk.inbox.thread_after(id, after, channel=channel))
            if channel == self._channel:
                self.thread.add_newer(page)

        start(self, load, name="newer", group="newer", exclusive=True)

    def on_thread_newest_wanted(self) -> None:
        self._show_newest()

    def _show_newest(self) -> None:
        """The thread at its end again, after it was opened around an old message."""
        self._lead, self._around = None, None
        self.thread.clear(_("Loading…"))
        self._load()

    def show_found(self, conversation_id: int, message_id: int, words: tuple[str, ...]) -> None:
        """The cursor on this conversation and its thread around this message. Marks nothing read: what is new there may
        be far below."""
        self.conversations.select(conversation_id)
        self._follow(conversation_id)
        if self._wanted != conversation_id:  # somebody writes, and keeps the thread
            return
        if self.thread.conversation_id != conversation_id or not self.thread.go_to(message_id, words):
            self._around = (message_id, words)
            self._load()
        self.add_class("-reading")
        if not self.composer.writing:
            self.set_focus(self.thread, scroll_visible=False)

    def on_news(self, changes: Changes) -> None:
        if not self._whole:
            return
        self.conversations.changed(changes)
        self._load_counts()
        if self._wanted is not None and not (changes.conversations and self._wanted not in changes.conversations):
            self._load()

    # Channels

    def on_channel_tabs_chosen(self, event: ChannelTabs.Chosen) -> None:
        event.stop()
        self._show_channel(event.channel)

    def _show_channel(self, channel: str | None) -> None:
        """Another channel of the same conversation."""
        if self._channels is not None and channel != self._channel:
            self._channel = channel
            self._load()

    # Opening, reading

    def show_conversation(self, conversation_id: int) -> None:
        """The cursor on this conversation and its thread open."""
        self.conversations.select(conversation_id)
        self._follow(conversation_id)
        self._open()

    def on_conversation_list_opened(self, event: ConversationList.Opened) -> None:
        event.stop()
        if self.composer.writing:
            # Somebody typed on: the composer is open by now, and keeps the keys.
            self._read_silently()
            return
        self._follow(event.conversation_id)
        self._open()

    def _open(self) -> None:
        self.add_class("-reading")
        if not self.composer.writing:
            self.set_focus(self.thread, scroll_visible=False)
        self._read_silently()

    def _read_silently(self) -> None:
        """Opening marks read; where nothing can be written it just opens."""
        if self._wanted is not None and self.console.why_not_write() is None:
            if self._lead is not None and self._lead.conversation_id == self._wanted and not self._lead.unread_count:
                return
            self._mark(self._wanted, read=True)

    def _mark(self, conversation_id: int, *, read: bool) -> None:
        async def mark() -> None:
            if read:
                await self.services.call(lambda desk: desk.inbox.mark_read(conversation_id))
            else:
                await self.services.call(lambda desk: desk.inbox.mark_unread(conversation_id))
            self._moved_here(conversation_id)

        self.console.write(mark, name="mark")

    def _moved_here(self, conversation_id: int, *, outbox: bool = False) -> None:
        self.console.publish(Changes(conversations=frozenset({conversation_id}), outbox=outbox))


def _page_of(desk: Desk, conversation_id: int, channel: str | None, around: int | None) -> ThreadPage:
    """The newest page, or the one around a message while it is there."""
    if around is not None:
        with suppress(NotFound):
            return desk.inbox.thread_around(conversation_id, around, channel=channel)
    return desk.inbox.thread(conversation_id, channel=channel)
