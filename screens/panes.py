"""The inbox's panes: what stands where at which size, the views and their counts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import Resize
from textual.widgets import Input, Static

from models.rules.clock import monotonic
from models.views import Counts, Order, View
from screens.base import BaseScreen
from screens.i18n import _, ngettext
from screens.text import plain
from screens.times import stamp
from screens.widgets.channel_tabs import ChannelTabs
from screens.widgets.composer import Composer
from screens.widgets.conversation_list import ConversationList, nothing
from screens.widgets.lead_panel import LeadPanel
from screens.widgets.status_bar import StatusBar
from screens.widgets.thread import Thread
from screens.widgets.view_tabs import ORDER_WORDS, ViewTabs, tabs_of
from screens.work import start

if TYPE_CHECKING:
    from screens.services import Services

#: Seconds until the panes are looked for again while the screen is being made.
SOON = 0.02
#: Seconds between two counts of the views, beside as long as a count took; a slow one rests so many times as long.
COUNT_PAUSE, COUNT_REST = 0.3, 10


class PanesScreen(BaseScreen):
    """List, thread, composer and lead, laid out by the size of the terminal."""

    def __init__(self, services: Services) -> None:
        super().__init__(services, id="inbox")
        self._view, self._order = View.ALL, Order.RECENT
        #: Which tag of View.TAGGED; None: any.
        self._tag: str | None = None
        self._counts: Counts | None = None
        self._counting = self._count_again = False
        self._widths = {"list": 0, "lead": 0}
        self._panes_made = self._left = False

    def compose(self) -> ComposeResult:
        clock = self.console.clock
        yield ViewTabs(clock, self.services.targets, id="views")
        with Horizontal(id="panes"):
            yield ConversationList(self.services, clock, id="list")
            with Vertical(id="middle"):
                yield Static(id="thread-title", markup=False)
                yield Static(id="lead-line", markup=False)
                yield ChannelTabs(id="channels")
                yield Input(id="find", placeholder=_("Find in this thread"))
                yield Thread(clock, id="thread")
                yield Static(id="draft", markup=False)
                yield Composer(id="composer")
            yield LeadPanel(clock, id="lead")
        yield StatusBar()

    def on_unmount(self) -> None:
        self._panes_made, self._left = False, True

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

    @property
    def _whole(self) -> bool:
        """Whether every pane is there: the list may have its first row before the panes beside it are made, and news
        may come when they are gone."""
        if not self._panes_made and not self._left:
            self._panes_made = all(
                self.query(f"#{id}")
                for id in ("list", "lead", "thread-title", "lead-line", "channels", "draft", "composer")
            )
        return self._panes_made

    # Size

    def on_resize(self, event: Resize) -> None:
        width, height = event.size
        self.set_class(width < 72, "-one")
        self.set_class(72 <= width < 120, "-two")
        self.set_class(120 <= width < 180, "-wide")
        self.set_class(width >= 180, "-widest")
        self.set_class(width < 40 or height < 12, "-tiny")
        self._fit()

    def _fit(self) -> None:
        if not self._whole:
            self.set_timer(SOON, self._fit)
            return
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
            if pane.styles.clear_rule("width"):
                pane.refresh(layout=True)  # which Textual leaves to us
            return
        usual = {"list": 28, "lead": 30} if not self.has_class("-widest") else {"list": 46, "lead": 40}
        if id == "list" and self.has_class("-wide"):
            usual["list"] = 34
        widest = max(20, self.size.width - 40)
        wanted = max(16, min(usual[id] + self._widths[id], widest))
        self._widths[id] = wanted - usual[id]
        pane.styles.width = wanted

    # Views and order

    def show_view(self, view: View, tag: str | None = None) -> None:
        """Another view of the list; the order stays."""
        self._view, self._tag = view, tag
        self._show_list()
        self.view_chosen()

    def view_chosen(self) -> None:
        """A person chose a view or an order."""

    def action_view(self, step: int) -> None:
        here = (self._view, self._tag)
        tabs = tabs_of(self._counts, here)
        self.show_view(*tabs[(tabs.index(here) + step) % len(tabs)])

    def action_view_number(self, number: int) -> None:
        self.show_view(list(View)[number - 1])

    def action_order(self) -> None:
        orders = list(Order)
        self._order = orders[(orders.index(self._order) + 1) % len(orders)]
        self._show_list()
        self.view_chosen()
        self.status(_("Order: {order}").format(order=_(ORDER_WORDS[self._order])))

    def _show_list(self) -> None:
        self.conversations.show(self._view, self._order, self._tag)
        self.conversations.empty = self._empty_view()
        self.query_one(ViewTabs).show(self._view, self._order, self._counts, self._tag)

    def on_view_tabs_chosen(self, event: ViewTabs.Chosen) -> None:
        self.show_view(event.view, event.tag)

    def _empty_view(self) -> Content:
        """What the list says when nothing is in the view."""
        if self._view is View.WAITING and self._counts is not None and self._counts.by_view.get(View.ALL):
            return plain(self._nobody_waits(self._counts))
        return nothing(self._view)

    def _nobody_waits(self, counts: Counts) -> str:
        total = counts.by_view.get(View.ALL, 0)
        known = ngettext("{count:,} conversation", "{count:,} conversations", total).format(count=total)
        if counts.next_snooze_at is None:
            return _("Nobody is waiting. {known}.").format(known=known)
        ends = stamp(counts.next_snooze_at, self.console.clock())
        return _("Nobody is waiting. {known}, next snooze ends {time}.").format(known=known, time=ends)

    def _load_counts(self) -> None:
        """One count at a time, and a pause after it: on a large database it takes a while, and each commit asks."""
        self._count_again = True
        if not self._counting:
            self._counting = True
            start(self, self._count, name="counts", group="counts")

    async def _count(self) -> None:
        try:
            while self._count_again:
                self._count_again = False
                before = monotonic()
                self._counts = await self.services.call(lambda desk: desk.inbox.counts())
                self.query_one(ViewTabs).show(self._view, self._order, self._counts, self._tag)
                self.conversations.empty = self._empty_view()
                self.console.show_waiting(self._counts.by_view.get(View.WAITING, 0))
                self.counted()
                took = monotonic() - before
                await asyncio.sleep(COUNT_PAUSE + took * (1 if took < COUNT_PAUSE else COUNT_REST))
        finally:
            self._counting = False

    def counted(self) -> None:
        """The views were counted anew."""

    def _draw_lead(self) -> None:
        """What is known of whoever the thread is of."""
        raise NotImplementedError
