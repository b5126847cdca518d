"""The inbox: conversations, the thread under the cursor with its composer, and the lead."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING
from uuid import uuid4

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import Resize
from textual.timer import Timer
from textual.widgets import Input, Static

from models.errors import FrontdeskError, NotFound, Refused
from models.rules.clock import monotonic
from models.rules.delivery import Choice, Reason, State
from models.rules.text import one_line
from models.views import Author, Changes, Counts, Draft, Lead, Order, Reply, ThreadPage, View
from screens.actions import Action, Context, bindings
from screens.base import BaseScreen
from screens.i18n import N_, _, ngettext
from screens.opening import ChoiceDialog
from screens.text import plain
from screens.widgets.composer import Composer, Target
from screens.widgets.conversation_list import ConversationList
from screens.widgets.lead_panel import LeadPanel, summary
from screens.widgets.status_bar import StatusBar
from screens.widgets.thread import Thread
from screens.widgets.view_tabs import ORDER_WORDS, ViewTabs
from screens.wording import words

if TYPE_CHECKING:
    from models.services.desk import Desk
    from screens.services import Services

#: Seconds: under this pause between two moves a key is being held, and only where it stops is loaded.
REPEAT = 0.06
#: Seconds after which a load that is not there yet says so.
SLOW = 0.15

#: One choice, one name: here and on the command line.
CHOICE_WORDS: dict[Choice, str] = {
    Choice.DELIVERED: N_("It arrived"),
    Choice.RETRY: N_("Send again"),
    Choice.CANCEL: N_("Give up"),
}


class InboxScreen(BaseScreen):
    """The first screen. The selection belongs to a conversation, never to a row."""

    CONTEXTS = (Context.INBOX,)
    BINDINGS = bindings(Context.INBOX)
    CSS_PATH = "inbox.tcss"
    AUTO_FOCUS = "#list"

    def __init__(self, services: Services) -> None:
        super().__init__(services, id="inbox")
        self._view, self._order = View.ALL, Order.RECENT
        self._counts: Counts | None = None
        self._wanted: int | None = None
        self._moved = 0.0
        self._settle: Timer | None = None
        self._slow: Timer | None = None
        self._lead: Lead | None = None
        self._draft: Draft | None = None
        self._sending: str | None = None
        self._came_from: str = "list"
        self._then: Callable[[], None] | None = None
        self._widths = {"list": 0, "lead": 0}

    def compose(self) -> ComposeResult:
        clock = self.console.clock
        yield ViewTabs(id="views")
        with Horizontal(id="panes"):
            yield ConversationList(self.services, clock, id="list")
            with Vertical(id="middle"):
                yield Static(id="thread-title", markup=False)
                yield Static(id="lead-line", markup=False)
                yield Input(id="find", placeholder=_("Find in this thread"))
                yield Thread(clock, id="thread")
                yield Static(id="draft", markup=False)
                yield Composer(id="composer")
            yield LeadPanel(clock, id="lead")
        yield StatusBar()

    def on_mount(self) -> None:
        self.console.changes.subscribe(self, self._on_changes)
        self._load_counts()

    # What the panes are called

    @property
    def conversations(self) -> ConversationList:
        return self.query_one(ConversationList)

    @property
    def thread(self) -> Thread:
        return self.query_one(Thread)

    @property
    def composer(self) -> Composer:
        return self.query_one(Composer)

    # Size

    def on_resize(self, event: Resize) -> None:
        width, height = event.size
        self.set_class(width < 72, "-one")
        self.set_class(72 <= width < 120, "-two")
        self.set_class(120 <= width < 180, "-wide")
        self.set_class(width >= 180, "-widest")
        self.set_class(width < 40 or height < 12, "-tiny")
        for id in self._widths:
            self._apply_width(id)
        self._draw_lead()

    def action_resize_pane(self, direction: int) -> None:
        """Two columns at a time; the thread takes what list and lead leave."""
        focused = self.focused
        at = {each.id for each in focused.ancestors_with_self} if focused is not None else set()
        id = "lead" if "lead" in at else "list"
        self._widths[id] += 2 * (direction if {"list", "lead"} & at else -direction)
        self._apply_width(id)

    def _apply_width(self, id: str) -> None:
        pane = self.query_one(f"#{id}")
        if self._widths[id] == 0 or self.has_class("-one"):
            pane.styles.clear_rule("width")
            return
        pane.styles.clear_rule("width")
        usual = {"list": 28, "lead": 30} if not self.has_class("-widest") else {"list": 46, "lead": 40}
        if id == "list" and self.has_class("-wide"):
            usual["list"] = 34
        widest = max(20, self.size.width - 40)
        wanted = max(16, min(usual[id] + self._widths[id], widest))
        self._widths[id] = wanted - usual[id]
        pane.styles.width = wanted

    # Views and order

    def show_view(self, view: View) -> None:
        """Another view of the list; the order stays."""
        self._view = view
        self._show_list()

    def action_view(self, step: int) -> None:
        views = list(View)
        self.show_view(views[(views.index(self._view) + step) % len(views)])

    def action_view_number(self, number: int) -> None:
        self.show_view(list(View)[number - 1])

    def action_order(self) -> None:
        orders = list(Order)
        self._order = orders[(orders.index(self._order) + 1) % len(orders)]
        self._show_list()
        self.status(_("Order: {order}").format(order=_(ORDER_WORDS[self._order])))

    def _show_list(self) -> None:
        self.conversations.show(self._view, self._order)
        self.query_one(ViewTabs).show(self._view, self._order, self._counts)

    def on_view_tabs_chosen(self, event: ViewTabs.Chosen) -> None:
        self.show_view(event.view)

    def _load_counts(self) -> None:
        async def load() -> None:
            self._counts = await self.services.call(lambda desk: desk.inbox.counts())
            self.query_one(ViewTabs).show(self._view, self._order, self._counts)

        self.run_worker(load(), name="counts", group="counts", exclusive=True, exit_on_error=False)

    # Following the cursor

    def on_conversation_list_highlighted(self, event: ConversationList.Highlighted) -> None:
        event.stop()
        self._follow(event.conversation_id)

    def _follow(self, conversation_id: int | None) -> None:
        """Shows what the cursor is on; writes nothing. While a key repeats, only where it stops is loaded."""
        if conversation_id == self._wanted:
            return
        if self.composer.writing and self.composer.target is not None:
            if self.composer.target.conversation_id == conversation_id:
                return
            self._close_composer()
        self._wanted = conversation_id
        self._then = None
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
            self._lead = self._draft = None
            self.thread.clear(self._nothing())
            self._draw_lead()
            return
        if self._slow is not None:
            self._slow.stop()
        self._slow = self.set_timer(SLOW, self._say_slow)
        self.run_worker(self._load_thread(wanted), name="thread", group="thread", exclusive=True, exit_on_error=False)

    async def _load_thread(self, wanted: int) -> None:
        def read(desk: Desk) -> tuple[ThreadPage, Lead, Draft | None, int | None]:
            draft = desk.drafts.get(wanted) if desk.operator is not None else None
            return (
                desk.inbox.thread(wanted),
                desk.inbox.lead(wanted),
                draft,
                desk.operator.id if desk.operator is not None else None,
            )

        try:
            page, lead, draft, operator_id = await self.services.call(read)
        except NotFound as error:
            if wanted == self._wanted:
                self._lead = self._draft = None
                self.thread.clear(words(error))
                self._draw_lead()
            return
        finally:
            if wanted == self._wanted and self._slow is not None:
                self._slow.stop()
        if wanted != self._wanted:
            return
        self._lead, self._draft = lead, draft
        self.thread.show(page, person=lead.name, operator_id=operator_id)
        self._draw_lead()
        self.refresh_bar()
        if self._then is not None:
            then, self._then = self._then, None
            then()

    def _say_slow(self) -> None:
        if self.thread.conversation_id != self._wanted:
            self._lead = self._draft = None
            self.thread.clear(_("Loading…"))
            self._draw_lead()

    def _nothing(self) -> str:
        if self._counts is None:
            return _("Opening…")
        total = self._counts.by_view.get(View.ALL, 0)
        waiting = self._counts.by_view.get(View.WAITING, 0)
        known = ngettext("{count:,} conversation", "{count:,} conversations", total).format(count=total)
        if total == 0:
            return _("Nobody has written to the bot yet. What they write appears here by itself.")
        if waiting == 0:
            return _("Nobody is waiting. {known}.").format(known=known)
        return _("Nothing chosen. {waiting:,} of {known} wait for us.").format(waiting=waiting, known=known)

    def _draw_lead(self) -> None:
        lead = self._lead
        self.query_one(LeadPanel).show(lead)
        width = max(10, self.query_one("#middle").size.width - 2)
        title = line = Content("")
        if lead is not None:
            title = plain(one_line(lead.name, 120), "bold")
            if lead.username:
                title = title + plain(f"  @{one_line(lead.username, 64)}", "$foreground-muted")
            if lead.unread_count:
                unread = _("{count:,} unread").format(count=lead.unread_count)
                title = title + plain(f"  {unread}", "$accent")
            title = title.truncate(width, ellipsis=True)
            line = summary(lead, width)
        self.query_one("#thread-title", Static).update(title)
        self.query_one("#lead-line", Static).update(line)
        shown = self._draft is not None and not self.composer.writing
        draft = self.query_one("#draft", Static)
        draft.set_class(shown, "-shown")
        if self._draft is not None:
            kept = _("✎ draft: {text}").format(text=one_line(self._draft.body, 200))
            draft.update(plain(kept).truncate(width, ellipsis=True))

    async def on_thread_older_wanted(self, event: Thread.OlderWanted) -> None:
        async def load() -> None:
            page = await self.services.call(lambda desk: desk.inbox.thread(event.conversation_id, before=event.before))
            self.thread.add_older(page)

        self.run_worker(load(), name="older", group="older", exclusive=True, exit_on_error=False)

    def _on_changes(self, changes: Changes) -> None:
        self.conversations.changed(changes)
        self._load_counts()
        if self._wanted is not None and (
            changes.everything or changes.outbox or changes.people or self._wanted in changes.conversations
        ):
            self._load()

    # Opening, reading

    def show_conversation(self, conversation_id: int) -> None:
        """The cursor on this conversation and its thread open."""
        self.conversations.select(conversation_id)
        self._follow(conversation_id)
        self._open()

    def on_conversation_list_opened(self, event: ConversationList.Opened) -> None:
        event.stop()
        self._follow(event.conversation_id)
        self._open()

    def _open(self) -> None:
        self.add_class("-reading")
        self.thread.focus()
        self._read_silently()

    def _read_silently(self) -> None:
        """Opening marks read; where nothing can be written it just opens."""
        if self._wanted is not None and self.console.why_not_write() is None:
            if self._lead is not None and self._lead.conversation_id == self._wanted and not self._lead.unread_count:
                return
            self._mark(self._wanted, read=True)

    def action_mark_read(self) -> None:
        if self.allowed("inbox.read") and self._wanted is not None:
            self._mark(self._wanted, read=True)

    def action_mark_unread(self) -> None:
        if self.allowed("inbox.unread") and self._wanted is not None:
            self._mark(self._wanted, read=False)

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

    # Moving

    def action_conversation(self, step: int) -> None:
        self.conversations.move(step)

    def action_waiting(self, step: int) -> None:
        if self.thread.finding:
            if not self.thread.next_hit(step):
                self.status(_("No more hits among the loaded messages; Esc ends the search."))
            return

        async def go() -> None:
            view, order, here = View.WAITING, self._order, self._wanted
            ids = (await self.services.call(lambda desk: desk.inbox.ids(view, order, limit=1000))).ids
            if not ids:
                self.status(_("Nobody is waiting."))
                return
            at = ids.index(here) if here in ids else (-1 if step > 0 else 0)
            self.conversations.select(ids[(at + step) % len(ids)])

        self.run_worker(go(), name="next waiting", group="next", exclusive=True, exit_on_error=False)

    def action_out(self) -> None:
        """One step out: the search, the drawer, the thread."""
        find = self.query_one("#find", Input)
        if self.thread.finding or find.has_class("-shown"):
            find.remove_class("-shown")
            self.thread.find("")
            self.thread.focus()
        elif self.has_class("-drawer"):
            self.remove_class("-drawer")
            self._focus_back()
        elif self.focused is not self.conversations:
            self.remove_class("-reading")
            self.conversations.focus()

    def _focus_back(self) -> None:
        if self._came_from == "thread" or self.has_class("-one", "-reading"):
            self.thread.focus()
        else:
            self.conversations.focus()

    def action_lead(self) -> None:
        if self.has_class("-one") or self.has_class("-two"):
            self._came_from = "thread" if self.focused is self.thread else "list"
            self.toggle_class("-drawer")
            if self.has_class("-drawer"):
                self.query_one(LeadPanel).focus()
            else:
                self._focus_back()
        else:
            self.toggle_class("-no-lead")

    # Finding and copying

    def action_filter_people(self) -> None:
        self.console.show_person("")

    def on_thread_find_wanted(self) -> None:
        find = self.query_one("#find", Input)
        find.value = ""
        find.add_class("-shown")
        find.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.input.id == "find":
            event.stop()
            hits = self.thread.find(event.value)
            event.input.remove_class("-shown")
            self.thread.focus()
            if hits:
                found = ngettext("{count} message: n, N, Esc", "{count} messages: n, N, Esc", hits)
                self.status(found.format(count=hits))
            else:
                self.thread.find("")
                self.status(_("Not among the loaded messages; scroll up for older ones."))

    def on_thread_copied(self, event: Thread.Copied) -> None:
        self._copy(event.text, _("The message is copied."))

    def action_copy_link(self) -> None:
        if self._lead is None:
            return
        if self._lead.username:
            link = f"https://t.me/{self._lead.username}"
            self._copy(link, _("Copied: {what}").format(what=one_line(link, 80)))
        elif self._lead.telegram_id is not None:
            self._copy(str(self._lead.telegram_id), _("The Telegram id is copied."))

    def _copy(self, text: str, said: str) -> None:
        self.app.copy_to_clipboard(text)
        self.status(said)

    # Replying

    def why_dim(self, action: Action) -> str | None:
        why = super().why_dim(action)
        if action.id == "inbox.reply":
            if self._lead is not None and not self._lead.can_reply:
                return words(Refused("no-chat"))
            return why or self.services.why_not_send
        if action.id in ("inbox.read", "inbox.unread") and self._wanted is None:
            return _("No conversation is chosen.")
        return why

    def action_reply(self) -> None:
        if self._wanted is None or not self.allowed("inbox.reply"):
            return
        if self.composer.writing:
            self.composer.focus_text()
            return
        self._came_from = "thread" if self.focused is self.thread else "list"
        self._when_loaded(self._open_composer)

    def _when_loaded(self, then: Callable[[], None]) -> None:
        if self._lead is not None and self._lead.conversation_id == self._wanted:
            then()
        else:
            self._then = then

    def _open_composer(self, text: str | None = None) -> None:
        lead, draft = self._lead, self._draft
        if lead is None or not self.allowed("inbox.reply"):
            return
        target = Target(lead.conversation_id, lead.name, lead.username, lead.telegram_id, self.thread.newest_id)
        self.add_class("-reading")
        if text is not None:
            self.composer.open(target, text)
        elif draft is not None:
            self.composer.open(target, draft.body, draft.client_key)
        else:
            self.composer.open(target)
        self.composer.focus_text()
        self._draw_lead()
        self._read_silently()

    def _close_composer(self) -> None:
        self.composer.close()
        self._draw_lead()

    def on_composer_left(self) -> None:
        text = self.composer.text
        self._close_composer()
        self._focus_back()
        if text.strip():
            self.status(_("The draft is kept."))

    def on_composer_draft_changed(self, event: Composer.DraftChanged) -> None:
        async def save() -> None:
            await self._save(event.conversation_id, event.text, event.client_key)
            self._moved_here(event.conversation_id)

        self.console.write(save, name="draft")

    async def _save(self, conversation_id: int, text: str, client_key: str) -> None:
        draft = await self.services.call(
            lambda desk: desk.drafts.save(conversation_id, text, client_key) if text.strip() else None
        )
        if draft is None:
            await self.services.call(lambda desk: desk.drafts.discard(conversation_id))
        if self._wanted == conversation_id:
            self._draft = draft

    async def flush(self) -> None:
        """Saves what is being written; the App calls it on leaving."""
        unsaved = self.composer.unsaved()
        if unsaved is not None:
            await self._save(*unsaved)

    def on_composer_submitted(self, event: Composer.Submitted) -> None:
        if self._sending == event.client_key:
            return
        self._sending = event.client_key
        self.console.write(lambda: self._send(event.target, event.text, event.client_key), name="send")

    async def _send(self, target: Target, text: str, client_key: str) -> None:
        """News first: whoever wrote meanwhile is shown before the reply goes. Then durable, then said so."""
        conversation_id = target.conversation_id
        try:
            news = await self.services.call(lambda desk: desk.inbox.newer(conversation_id, target.newest_id))
            news = tuple(message for message in news if message.author is not Author.YOU)
            if news and self.composer.target == target:
                self.composer.hold(news)
                return
            if self.thread.conversation_id == conversation_id:
                self.thread.add_local(self._bubble(target, text))
            hold = self.services.undo_seconds
            await self.services.call(
                lambda desk: desk.outbox.enqueue(conversation_id, text, client_key=client_key, hold=hold)
            )
        except FrontdeskError as error:
            self.thread.drop_local()
            self.explain(error)
            return
        finally:
            self._sending = None
        self.console.count_answer(conversation_id)
        if self.composer.target is not None and self.composer.client_key == client_key:
            self.composer.sent()
            self._draft = None
            self._draw_lead()
            self._focus_back()
        self.services.kick()
        self._moved_here(conversation_id, outbox=True)

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
        )

    def action_take_back(self) -> None:
        if not self.allowed("inbox.take-back"):
            return

        async def take_back() -> None:
            held = await self.services.call(lambda desk: desk.outbox.held())
            if not held:
                self.status(_("No reply is held any more."))
                return
            newest = max(held, key=lambda reply: reply.id)
            key = await self.services.call(lambda desk: desk.outbox.key_of(newest.id))
            text = await self.services.call(lambda desk: desk.outbox.take_back(key))
            if text is None:
                self.status(_("Too late: it is being sent."))
                return
            await self._put_back(newest.conversation_id, text)

        self.console.write(take_back, name="take back")

    async def _put_back(self, conversation_id: int, text: str) -> None:
        # Safe before it is shown: the draft is in the database even if the screen is left now.
        await self._save(conversation_id, text, uuid4().hex)
        self._moved_here(conversation_id, outbox=True)
        self.status(_("Taken back; nothing was sent."))
        if self._wanted != conversation_id:
            self.conversations.select(conversation_id)
            self._follow(conversation_id)
        if not self.composer.writing:
            self._came_from = "thread" if self.focused is self.thread else "list"
            self._when_loaded(lambda: self._open_composer(text))

    # Deciding about a reply

    async def on_thread_undecided(self, event: Thread.Undecided) -> None:
        reply, options = event.reply, event.options

        async def decide() -> None:
            buttons = [(choice.value, _(CHOICE_WORDS[choice])) for choice in reversed(options)]
            title = _("Telegram did not answer: it may have arrived")
            if reply.state is not State.UNKNOWN:
                title = _("Not sent")
            body = one_line(reply.body, 300)
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
            self._write(decide)

    def _write(self, work: Callable[[], Awaitable[None]]) -> None:
        self.console.write(work, name="decide")
