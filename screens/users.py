"""Users: everybody the bot knows, found by name, @username or Telegram id; paid and admin switched under the rules."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.events import Key, Resize
from textual.timer import Timer
from textual.widgets import Input, Static

from models.errors import NotFound
from models.rules.clock import monotonic
from models.rules.text import one_line
from models.views import Changes, PeopleFilter, PeopleSort, PersonRow
from models.views.access import DRIFT_OF, Drift, PersonAccess
from screens.actions import Action, Context, bindings
from screens.dialogs.grant_sheet import Who
from screens.dialogs.people_views import views_dialog
from screens.dialogs.switches import why_not_admin, why_not_paid
from screens.granting import open_expired, open_revoke, open_sheet
from screens.i18n import _
from screens.people_acts import ActsOnPeople, known, whom
from screens.people_counts import PeopleCounts
from screens.people_views import FILTER_WORDS, SORT_WORDS
from screens.person import PersonPane
from screens.saving import Command, list_command
from screens.services import Services
from screens.text import plain
from screens.widgets.filter_tabs import FilterTabs
from screens.widgets.status_bar import StatusBar
from screens.widgets.user_list import UserList, heading
from screens.wording import words
from screens.work import start

#: Seconds after the last key of a search; after the last move of the cursor while a key is held.
PAUSE, REPEAT = 0.15, 0.06
#: Seconds between two looks whether a new list is there; for at most so long.
SOON, PATIENCE = 0.02, 10.0


class UsersScreen(ActsOnPeople):
    """The selection belongs to a person, never to a row."""

    CONTEXTS = (Context.USERS,)
    BINDINGS = bindings(Context.USERS)
    CSS_PATH = "users.tcss"
    AUTO_FOCUS = "#people"

    def __init__(self, services: Services) -> None:
        super().__init__(services, id="users")
        self._filter, self._sort = PeopleFilter.ALL, PeopleSort.NEWEST
        self._counts = PeopleCounts(self, services, self._draw_tabs)
        self._wanted: int | None = None
        self._typing: Timer | None = None
        self._settling: Timer | None = None
        #: The mode to which the last step out leads.
        self._back: str | None = None

    def compose(self) -> ComposeResult:
        clock = self.console.clock
        drift = [place for place, filter in enumerate(FILTER_WORDS) if filter in DRIFT_OF]
        yield FilterTabs([_(words) for words in FILTER_WORDS.values()], warn=drift, more="0", id="filters")
        with Horizontal(id="panes"):
            with Vertical(id="left"):
                yield Input(id="search", placeholder=_("Name, @username, Telegram id, or words they wrote"))
                yield Static(id="heading", markup=False)
                yield UserList(self.services, clock, id="people")
            yield PersonPane(clock, id="person")
        yield StatusBar()

    def on_mount(self) -> None:
        self._draw_tabs()

    @property
    def people(self) -> UserList:
        return self.query_one(UserList)

    @property
    def person(self) -> PersonPane:
        return self.query_one(PersonPane)

    @property
    def _row(self) -> PersonRow | None:
        """The person under the cursor; the page is fresher than the row."""
        page = self.person.person
        if page is not None and page.row.id == self.people.current_id:
            return page.row
        return self.people.current_row

    # Size

    def on_resize(self, event: Resize) -> None:
        width, height = event.size
        self.set_class(width < 100, "-one")
        self.set_class(width < 40 or height < 12, "-tiny")
        self.set_class(width >= 150, "-broad")
        self.call_after_refresh(self._draw_heading)

    def _draw_heading(self) -> None:
        width = self.people.scrollable_content_region.width
        self.query_one("#heading", Static).update(plain(heading(width, self.people.facts)))

    def savings(self) -> list[Command]:
        search, filter, sort = self.query_one("#search", Input).value.strip(), self._filter, self._sort
        return [list_command(self, "users", lambda desk: desk.exports.users(search, filter, sort))]

    # Search, filter, order

    def search_for(self, text: str) -> None:
        """Shows this search; with nothing to search for, the box waits for it."""
        box = self.query_one("#search", Input)
        box.value = text
        self.remove_class("-reading")
        (self.people if text else box).focus()

    def action_search(self) -> None:
        self.remove_class("-reading")
        self.query_one("#search", Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search as it is typed, once the typing pauses; what an older search still finds is dropped."""
        event.stop()
        if self._typing is not None:
            self._typing.stop()
        self._typing = self.set_timer(PAUSE, self._show_list)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._show_list()
        self.people.focus()

    def on_key(self, event: Key) -> None:
        if event.key == "down" and self.focused is self.query_one("#search", Input):
            event.stop()
            self.people.focus()

    def _show_list(self) -> None:
        if self._typing is not None:
            self._typing.stop()
        self.people.show(self.query_one("#search", Input).value.strip(), self._filter, self._sort)
        self._draw_tabs()
        self._draw_heading()

    def _draw_tabs(self) -> None:
        filters = list(FILTER_WORDS)
        counts = {filters.index(filter): count for filter, count in self._counts.known.items()}
        self.query_one(FilterTabs).show(filters.index(self._filter), counts, _(SORT_WORDS[self._sort]))

    def action_filter(self, step: int) -> None:
        filters = list(FILTER_WORDS)
        self.action_filter_number((filters.index(self._filter) + step) % len(filters) + 1)

    def action_filter_number(self, number: int) -> None:
        self.show_filter(list(FILTER_WORDS)[number - 1])

    def action_views(self) -> None:
        def chosen(value: str | None) -> None:
            if value is not None:
                self.show_filter(PeopleFilter(value))

        self.app.push_screen(views_dialog(self._counts.known, self._filter), chosen)

    def palette_views(self) -> list[tuple[str, Callable[[], None]]]:
        """Every view, for the command palette."""
        said = _("View: {view}")
        return [(said.format(view=_(name)), partial(self.show_filter, each)) for each, name in FILTER_WORDS.items()]

    def show_filter(self, filter: PeopleFilter) -> None:
        self._filter = filter
        self.remove_class("-reading")
        self._show_list()

    def on_filter_tabs_chosen(self, event: FilterTabs.Chosen) -> None:
        self.action_filter_number(event.index + 1)

    def action_order(self) -> None:
        sorts = list(SORT_WORDS)
        self._sort = sorts[(sorts.index(self._sort) + 1) % len(sorts)]
        self._show_list()
        self.status(_("Order: {order}").format(order=_(SORT_WORDS[self._sort])))

    # The page

    def on_user_list_highlighted(self, event: UserList.Highlighted) -> None:
        event.stop()
        self._wanted = event.user_id
        if self._settling is not None:
            self._settling.stop()
        self._settling = self.set_timer(REPEAT, self._load_person)

    def _load_person(self) -> None:
        wanted = self._wanted
        if wanted is None:
            self.person.show(None, words=_("Nobody is chosen."))
            self.refresh_bar()
            return

        async def load() -> None:
            try:
                person, access = await self.services.call(lambda desk: known(desk, wanted))
            except NotFound as error:
                if wanted == self._wanted:
                    self.person.show(None, words=words(error))
                return
            if wanted == self._wanted:
                self.person.show(person, access)
                self.refresh_bar()

        start(self, load, name="person", group="person", exclusive=True)

    def on_user_list_opened(self, event: UserList.Opened) -> None:
        event.stop()
        self.add_class("-reading")
        self.person.focus()

    def on_person_pane_thread_wanted(self, event: PersonPane.ThreadWanted) -> None:
        event.stop()
        if event.conversation_id is None:
            self.status(_("There is no conversation with this person yet."))
        else:
            self.console.show_conversation(event.conversation_id)

    def action_out(self) -> None:
        """One step out: the page, the search box, the search."""
        box = self.query_one("#search", Input)
        if self.focused is self.person or self.has_class("-reading"):
            self.remove_class("-reading")
            self.people.focus()
        elif self.focused is not self.people:
            self.people.focus()
        elif box.value:
            box.value = ""
            self._show_list()
        elif self._back is not None:
            back, self._back = self._back, None
            self.app.switch_mode(back)

    async def show_person(self, user_id: int, back: str | None = None) -> None:
        """This person's page, whatever was listed; the last step out leads to the mode `back`."""
        self._back = back
        deadline = monotonic() + PATIENCE
        # Just mounted: its first page forgets whom it was to look for.
        while not self.people.started and monotonic() < deadline:
            await asyncio.sleep(SOON)
        if user_id not in self.people.ids:
            self.query_one("#search", Input).value = ""
            self._filter = PeopleFilter.ALL
            self._show_list()
        self.people.select(user_id)
        self.add_class("-reading")
        self.person.focus()

    def action_who(self) -> None:
        row = self._row
        if self.allowed("users.who") and row is not None:
            self.console.show_journal(row.id, back="users")

    def action_copy_link(self) -> None:
        row = self._row
        if row is None:
            self.status(_("Nobody is chosen."))
            return
        copied = f"@{row.username}" if row.username else str(row.telegram_id)
        self.app.copy_to_clipboard(copied)
        self.status(_("Copied: {what}").format(what=one_line(copied, 80)))

    def on_news(self, changes: Changes) -> None:
        self.people.refresh_from(changes)
        self._counts.outdated = True
        if self.is_current:
            if changes.people or changes.everything:
                self._counts.load(self._filter)
            self._load_person()

    def on_screen_resume(self) -> None:
        # What came while another screen was shown.
        if self._counts.outdated:
            self._counts.load(self._filter)
        if self._wanted is not None:
            self._load_person()

    # Acts

    def person_here(self) -> PersonRow | None:
        return self._row

    def access_here(self) -> PersonAccess | None:
        access = self.person.access
        return access if access is not None and access.user_id == self.people.current_id else None

    def drift_here(self) -> Drift | None:
        return DRIFT_OF.get(self._filter)

    def why_dim(self, action: Action) -> str | None:
        why = super().why_dim(action)
        if why is not None or action.id not in ("users.paid", "users.admin", "users.access"):
            return why
        desk = self.services.desk
        has_paid = desk is None or desk.features.paid
        judge = why_not_paid if action.id == "users.paid" else why_not_admin
        return judge(self._row, has_paid=has_paid)

    def action_access(self) -> None:
        """The grant sheet for the person under the cursor."""
        if self.allowed("users.access") and (who := self._who()) is not None:
            open_sheet(self, who)

    def action_paid(self) -> None:
        """Giving by the grant sheet, taking away with a reason."""
        row, who = self._row, self._who()
        if self.allowed("users.paid") and row is not None and who is not None:
            (open_revoke if row.paid else open_sheet)(self, who)

    def action_expired(self) -> None:
        if self.allowed("users.expired"):
            open_expired(self)

    def _who(self) -> Who | None:
        row = self._row
        return None if row is None else whom(row)
