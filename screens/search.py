"""Search: all messages and people, as one types; Enter opens a message in its thread, where n and N go on."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.events import Key, Resize, ScreenResume
from textual.timer import Timer
from textual.widgets import Input, Static

from models.errors import NotFound, Usage
from models.rules.search import parse
from models.rules.text import one_line
from models.views import IndexState, PersonHit, SearchPage
from screens.actions import Context, bindings
from screens.base import BaseScreen
from screens.i18n import _, ngettext, number
from screens.search_words import far, progress
from screens.services import Services
from screens.text import plain
from screens.walk import Walk
from screens.widgets.hit_list import HitList, tips
from screens.widgets.status_bar import StatusBar
from screens.wording import words
from screens.work import start

#: Seconds: after the last key before it is searched; between two looks at the index; until "searching" is said.
PAUSE, LOOK, SLOW = 0.2, 1.0, 0.3


class SearchScreen(BaseScreen):
    """One search at a time: while one is under way only the newest wish waits."""

    CONTEXTS = (Context.SEARCH,)
    BINDINGS = bindings(Context.SEARCH)
    CSS_PATH = "search.tcss"
    AUTO_FOCUS = "#query"

    def __init__(self, services: Services) -> None:
        super().__init__(services, id="search")
        self._walk = Walk("")
        self._page = SearchPage()
        self._index = IndexState()
        self._typing: Timer | None = None
        self._slow: Timer | None = None
        self._searching = self._again = self._more = False
        self._looking = False

    def compose(self) -> ComposeResult:
        with Horizontal(id="box"):
            yield Static("/", id="sign", markup=False)
            yield Input(id="query", placeholder=_('Words, "a phrase", from:anna, score:>85, before:2026-10-01'))
        yield Static(id="found", markup=False)
        yield HitList(self.console.clock, id="hits")
        yield StatusBar()

    def on_mount(self) -> None:
        self.hits.show((), (), tips())
        self.set_interval(LOOK, self._look)
        self._look()

    @property
    def box(self) -> Input:
        return self.query_one("#query", Input)

    @property
    def hits(self) -> HitList:
        return self.query_one(HitList)

    @property
    def settled(self) -> bool:
        """Whether what stands in the box was searched, in all of the messages."""
        return self._index.complete and not self._searching and self.box.value.strip() == self._walk.query

    def on_resize(self, event: Resize) -> None:
        self.set_class(event.size.width < 40 or event.size.height < 10, "-tiny")

    def on_screen_resume(self, event: ScreenResume | None = None) -> None:
        super().on_screen_resume()
        if self.is_mounted and self.box.value:
            self.box.select_all()

    # How far the index is

    def _look(self) -> None:
        if self.is_current and not self._looking and self.services.desk is not None:
            self._looking = True
            start(self, self._look_now, name="index", group="index")

    async def _look_now(self) -> None:
        try:
            before = self._index
            self._index = await self.services.call(lambda desk: desk.search.state())
            if self._index == before:
                return
            if self._index.complete and self._page.back_to is not None and not self._page.short:
                self._search()  # what could not be looked at can be now
            self._draw_found()
        finally:
            self._looking = False

    # Searching

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if event.value.strip() == self._walk.query:
            return
        if self._typing is not None:
            self._typing.stop()
        self._typing = self.set_timer(PAUSE, self._search)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip() == self._walk.query and not self._searching:
            self.hits.focus()
            return
        self._search()
        self.hits.focus()

    def on_key(self, event: Key) -> None:
        if event.key in ("down", "pagedown") and self.focused is self.box:
            event.stop()
            self.hits.focus()

    def _search(self) -> None:
        if self._typing is not None:
            self._typing.stop()
        self._again = True
        if not self._searching:
            self._searching = True
            start(self, self._search_on, name="search", group="search")

    async def _search_on(self) -> None:
        try:
            while self._again:
                self._again = False
                await self._search_once(self.box.value.strip())
        finally:
            self._searching = False
            if self._slow is not None:
                self._slow.stop()

    async def _search_once(self, text: str) -> None:
        self._slow = self.set_timer(SLOW, self._say_slow)
        try:
            asked = parse(text)
            page = await self.services.call(lambda desk: desk.search.find(text))
        except (Usage, NotFound) as error:
            self._walk, self._page = Walk(text), SearchPage(index=self._index)
            self.hits.show((), (), plain(words(error), "$text-warning"))
            self._draw_found()
            return
        finally:
            self._slow.stop()
        same, cursor = text == self._walk.query, self.hits.cursor
        self._walk, self._page, self._index = Walk(text, asked.words), page, page.index
        self._walk.add(page)
        self.hits.show(page.people, page.hits, self._nothing(text), cursor=cursor if same else 0)
        self._draw_found()

    def _say_slow(self) -> None:
        self.query_one("#found", Static).update(plain(_(" Searching…"), "$foreground-muted"))

    def on_hit_list_more_wanted(self, event: HitList.MoreWanted) -> None:
        event.stop()
        # An empty page that was cut short is gone on with only when it is asked for: it may be so for long.
        if self._walk.next is not None and self._page.back_to is None:
            self._load_more()

    def _load_more(self) -> None:
        walk = self._walk
        if self._more or walk.next is None:
            return

        async def load() -> None:
            try:
                below = walk.next
                page = await self.services.call(lambda desk: desk.search.find(walk.query, below=below))
                if walk is self._walk:
                    walk.add(page)
                    self._page = page
                    self.hits.add(walk.hits)
                    self._draw_found()
            finally:
                self._more = False

        self._more = True
        start(self, load, name="more hits", group="more")

    def action_older(self) -> None:
        """Goes on where a search without the index stopped."""
        if self._walk.next is None:
            self.status(_("Everything was looked at."))
        else:
            self._load_more()

    def _nothing(self, text: str) -> Content:
        if not text:
            return tips()
        lines = [plain(_("Nothing holds {words}.").format(words=one_line(text, 80)), "bold")]
        query = parse(text)
        if query.words and query.filtered:
            lines.append(plain(_("Without the filters there may be more."), "$foreground-muted"))
        elif len(query.words) > 1:
            lines.append(plain(_("All words must be in one message: try fewer of them."), "$foreground-muted"))
        if self._walk.next is not None:
            lines.append(plain(_("Space looks further back."), "$foreground-muted"))
        return Content("\n").join(lines)

    def _draw_found(self) -> None:
        """How many, and what was not looked at."""
        pieces: list[str] = []
        many = len(self._walk.hits)
        if many:
            more = "+" if self._walk.next is not None else ""
            found = ngettext("{count}{more} message", "{count}{more} messages", many)
            pieces.append(found.format(count=number(many), more=more))
        if self._walk.query:
            pieces += far(self._page)
            if self._page.back_to is not None and self._walk.next is not None:
                pieces.append(_("Space looks further back."))
        said = progress(self._index)
        if said is not None and not any(said[1:] in piece for piece in pieces):
            pieces.append(said)
        self.query_one("#found", Static).update(plain(" " + " · ".join(pieces), "$foreground-muted"), layout=False)

    # Opening, leaving

    def on_hit_list_opened(self, event: HitList.Opened) -> None:
        event.stop()
        if event.person is not None:
            self._open_person(event.person)
            return
        self._walk.at = event.hit
        self.console.show_hit(self._walk)

    def _open_person(self, person: PersonHit) -> None:
        if person.conversation_id is not None:
            self.console.show_conversation(person.conversation_id)
        else:
            self.console.show_person(str(person.telegram_id))

    def resume(self) -> None:
        """As it was left, with what was walked to under the cursor."""
        self.hits.add(self._walk.hits)
        self.hits.put_cursor(len(self.hits.people) + self._walk.at)
        self.hits.focus()
        self._draw_found()

    def begin(self) -> None:
        """Ready for words; what was searched last is there, to be typed over."""
        self.box.focus()
        self.box.select_all()

    def action_box(self) -> None:
        self.begin()

    def action_out(self) -> None:
        self.console.leave_search()
