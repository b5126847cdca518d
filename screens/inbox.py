"""The inbox: its keys."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from textual.widgets import Input

from models.rules.text import one_line
from models.views import Cursor, IdPage, Order, View
from screens.actions import Context, bindings
from screens.i18n import _, ngettext
from screens.keymap import key_for
from screens.marking import MarkingScreen
from screens.walk import Walk
from screens.widgets.channel_tabs import CHANNEL_WORDS
from screens.widgets.lead_panel import LeadPanel
from screens.widgets.thread import Thread
from screens.widgets.window_loading import PATIENCE
from screens.work import start

if TYPE_CHECKING:
    from models.services.desk import Desk
    from screens.services import Services


class InboxScreen(MarkingScreen):
    """The first screen. The selection belongs to a conversation, never to a row."""

    CONTEXTS = (Context.INBOX,)
    BINDINGS = bindings(Context.INBOX)
    CSS_PATH = "inbox.tcss"
    AUTO_FOCUS = "#list"

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._going = self._reply_there = False
        self._walk: Walk | None = None

    # Moving

    def action_conversation(self, step: int) -> None:
        self.conversations.move(step)
        self._follow(self.conversations.current_id)

    def action_waiting(self, step: int) -> None:
        if self.thread.finding:
            if not self.thread.next_hit(step):
                self.status(
                    _("No more hits among the loaded messages; {key} ends the search.").format(key=key_for("inbox.out"))
                )
            return
        if self._walk is not None:
            self._walk_on(self._walk, step)
            return

        self._catch_up()
        if (near := self._near(step)) is not None:
            self._go_to(near)
            return

        async def go() -> None:
            order, here = self._order, self._wanted
            try:
                waiting = await self._waiting(order)
                if waiting:
                    self._go_to(next_of(list(self.conversations.ids), here, waiting, step))
                else:
                    self.status(_("Nobody is waiting."))
            finally:
                self._going = False
            if self._reply_there:
                self._reply_there = False
                self.action_reply()

        self._going = True
        start(self, go, name="next waiting", group="next", exclusive=True)

    async def _waiting(self, order: Order) -> Sequence[int]:
        """Some who wait, the first of the order; as soon as there are any."""
        after: Cursor | None = None
        while True:
            page = await self.services.call(partial(_waiting, order, after))
            after = page.next
            if page.ids or after is None:
                return page.ids

    # Walking through the hits of a search

    def show_hit(self, walk: Walk) -> None:
        """The message of a hit, in its thread; n and N go on from there, until Esc."""
        self._walk = walk
        self._show_walked(walk)

    def _show_walked(self, walk: Walk) -> None:
        if (hit := walk.hit) is None:
            return
        self.show_found(hit.conversation_id, hit.message_id, walk.words)
        more = "+" if walk.next is not None else ""
        said = _("Hit {at} of {count}{more}: {next} next (older), {previous} previous, {out} back to the search")
        self.status(said.format(at=walk.at + 1, count=len(walk.hits), more=more, **_walking_keys()))

    def _walk_on(self, walk: Walk, step: int) -> None:
        if walk.step(step):
            self._show_walked(walk)
        elif step < 0 or walk.next is None:
            self.status(_("No more hits that way; {key} goes back to the search.").format(key=key_for("inbox.out")))
        else:

            async def more() -> None:
                below = walk.next
                walk.add(await self.services.call(lambda desk: desk.search.find(walk.query, below=below)))
                if self._walk is walk and walk.step(step):
                    self._show_walked(walk)
                elif self._walk is walk:
                    self.status(
                        _("No more hits that way; {key} goes back to the search.").format(key=key_for("inbox.out"))
                    )

            start(self, more, name="more hits", group="hits", exclusive=True)

    def _near(self, step: int) -> int | None:
        """The next that waits, while all rows up to it are known: at once, so that no key after it comes too early."""
        ids = list(self.conversations.ids)
        if self._wanted not in ids:
            return None
        at = ids.index(self._wanted)
        for id in ids[at + 1 :] if step > 0 else ids[:at][::-1]:
            row = self.conversations.row(id)
            if row is None:
                return None
            if row.waiting_since is not None:
                return id
        return None

    def _go_to(self, conversation_id: int) -> None:
        self.conversations.select(conversation_id)
        self._follow(conversation_id)

    def action_reply(self) -> None:
        """Waits until the next one that waits is found: it is to them."""
        if self._going:
            self._reply_there = True
        else:
            super().action_reply()

    def action_channel(self) -> None:
        """The next channel of the thread: all, the bot's, the business account's."""
        if self._channels is None:
            self.status(_("There is but one channel here."))
            return
        names = list(CHANNEL_WORDS)
        self._show_channel(names[(names.index(self._channel) + 1) % len(names)])

    def action_access(self) -> None:
        """The grant sheet for whoever the thread is of; in the thread the receipt is looked for under the cursor."""
        from screens.dialogs.grant_sheet import Who
        from screens.granting import open_sheet

        self._catch_up()
        lead, row = self._lead, self.conversations.current_row
        if self._wanted is None or not self.allowed("inbox.access"):
            return
        if lead is not None and lead.conversation_id == self._wanted:
            who = Who(lead.user_id, lead.name, lead.username, lead.telegram_id)
        elif row is not None and row.id == self._wanted:
            who = Who(row.user_id, row.name, row.username, row.telegram_id)
        else:
            self._when_loaded(self.action_access)
            return
        item = self.thread.current if self.focused is self.thread else None
        open_sheet(self, who, body=item.body if item is not None else None)

    def action_out(self) -> None:
        """One step out: the search, the drawer, the thread."""
        if self.step_out():
            return
        find = self.query_one("#find", Input)
        if self.thread.finding or find.has_class("-shown"):
            find.remove_class("-shown")
            self.thread.find("")
            self.set_focus(self.thread, scroll_visible=False)
        elif self._walk is not None and not self.has_class("-drawer"):
            self._walk = None
            self.thread.mark(())
            self.console.show_search()
        elif self.has_class("-drawer"):
            self.remove_class("-drawer")
            self._focus_back()
        elif self.focused is not self.conversations:
            self.remove_class("-reading")
            self.set_focus(self.conversations, scroll_visible=False)

    def action_who(self) -> None:
        """The page of the person whose thread is open; Esc there leads back."""
        if self._lead is None:
            self.status(_("Nobody is chosen."))
        else:
            self.console.show_user(self._lead.user_id, back="inbox")

    def action_lead(self) -> None:
        if self.has_class("-one") or self.has_class("-two"):
            self._came_from = "thread" if self.focused is self.thread else "list"
            self.toggle_class("-drawer")
            if self.has_class("-drawer"):
                self.set_focus(self.query_one(LeadPanel), scroll_visible=False)
            else:
                self._focus_back()
        else:
            self.toggle_class("-no-lead")

    # Finding and copying

    def action_filter_people(self) -> None:
        self.console.show_person("")

    def action_find(self) -> None:
        find = self.query_one("#find", Input)
        find.value = ""
        find.add_class("-shown")
        self.set_focus(find, scroll_visible=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.input.id == "find":
            event.stop()
            hits = self.thread.find(event.value)
            event.input.remove_class("-shown")
            self.set_focus(self.thread, scroll_visible=False)
            if hits:
                found = ngettext(
                    "{count} message: {next}, {previous}, {out}", "{count} messages: {next}, {previous}, {out}", hits
                )
                self.status(found.format(count=hits, **_walking_keys()))
            else:
                self.thread.find("")
                self.status(_("Not among the loaded messages; scroll up for older ones."))

    def on_thread_asked(self, event: Thread.Asked) -> None:
        if event.what == "copy" and event.item is not None:
            self._copy(event.item.body, _("The message is copied."))

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


def _walking_keys() -> dict[str, str]:
    return {
        "next": key_for("inbox.waiting"),
        "previous": key_for("inbox.waiting-back"),
        "out": key_for("inbox.out"),
    }


def next_of(listed: Sequence[int], here: int | None, waiting: Sequence[int], step: int) -> int:
    """The next (1) or previous (-1) of `waiting` from `here` in the list's order; past its end, from the other one."""
    at = listed.index(here) if here in listed else (-1 if step > 0 else len(listed))
    onward = listed[at + 1 :] if step > 0 else listed[:at][::-1]
    among = set(waiting)
    around = waiting[0] if step > 0 else waiting[-1]
    return next((id for id in onward if id in among), around)


def _waiting(order: Order, after: Cursor | None, desk: Desk) -> IdPage:
    return desk.inbox.ids(View.WAITING, order, after=after, limit=1000, seconds=PATIENCE)
