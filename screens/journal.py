"""The journal: who did what, when, before and after, by which receipt and why. It is read here, and exported."""

from __future__ import annotations

from functools import partial

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import Key, Resize
from textual.timer import Timer
from textual.widgets import Input, Static

from models.rules.text import one_line
from models.views import Changes, JournalEntry, JournalFilter
from screens.actions import Action, Context, bindings
from screens.base import BaseScreen
from screens.dialogs.menu import Choice, MenuDialog
from screens.exporting import journal_lines
from screens.i18n import N_, _
from screens.journal_words import ACCESS, about, act, changes, exact, facts
from screens.services import Services
from screens.text import plain
from screens.widgets.filter_tabs import FilterTabs
from screens.widgets.journal_list import JournalList, heading
from screens.widgets.status_bar import StatusBar
from screens.work import start

#: Seconds after the last key of a search.
PAUSE = 0.15
MUTED = "$foreground-muted"
#: The views in the order of their digits, and the acts that each holds; none: all.
VIEWS: dict[str, tuple[str, frozenset[str]]] = {
    "all": (N_("All"), frozenset()),
    "mine": (N_("Mine"), frozenset()),
    "access": (N_("Access"), ACCESS),
    "money": (N_("Payments"), frozenset({"grant", "renew", "refund", "correct", "undo"})),
    "people": (N_("People"), frozenset({"admin.on", "admin.off", "session.end", "delete", "lesson"})),
}
_ANYBODY = "anybody"


class JournalScreen(BaseScreen):
    """The selection belongs to an entry."""

    CONTEXTS = (Context.JOURNAL,)
    BINDINGS = bindings(Context.JOURNAL)
    CSS_PATH = "journal.tcss"
    AUTO_FOCUS = "#entries"

    def __init__(self, services: Services) -> None:
        super().__init__(services, id="journal")
        self._view = "all"
        self._person: tuple[int, str] | None = None
        self._operator: tuple[int, str] | None = None
        self._typing: Timer | None = None
        self._back: str | None = None

    def compose(self) -> ComposeResult:
        yield FilterTabs([_(words) for words, _acts in VIEWS.values()], id="views")
        with Horizontal(id="panes"):
            with Vertical(id="left"):
                yield Input(
                    id="search", placeholder=_("Receipt, name, @username, operator, tier, or words of a reason")
                )
                yield Static(id="heading", markup=False)
                yield JournalList(self.services, self.console.clock, id="entries")
            with VerticalScroll(id="entry", can_focus=False):
                yield Static(id="entry-details", markup=False)
        yield StatusBar()

    def on_mount(self) -> None:
        self._draw_tabs()

    @property
    def entries(self) -> JournalList:
        return self.query_one(JournalList)

    @property
    def entry(self) -> JournalEntry | None:
        """The entry under the cursor."""
        return self.entries.current_row

    def on_resize(self, event: Resize) -> None:
        width, height = event.size
        self.set_class(width < 100, "-one")
        self.set_class(width < 40 or height < 14, "-tiny")
        self.call_after_refresh(self._draw_heading)

    def _draw_heading(self) -> None:
        self.query_one("#heading", Static).update(plain(heading(self.entries.scrollable_content_region.width)))

    # What is shown

    def wanted(self) -> JournalFilter:
        """The filter as it stands."""
        desk = self.services.desk
        operator_id = self._operator[0] if self._operator is not None else None
        if self._view == "mine":
            # Nobody has the id 0: who has no name here did nothing.
            operator_id = desk.operator.id if desk is not None and desk.operator is not None else 0
        return JournalFilter(
            self.query_one("#search", Input).value.strip(),
            VIEWS[self._view][1],
            self._person[0] if self._person is not None else None,
            operator_id,
        )

    def _show_list(self) -> None:
        if self._typing is not None:
            self._typing.stop()
        self.entries.show(self.wanted())
        self._draw_tabs()

    def _draw_tabs(self) -> None:
        named = [one_line(each[1], 30) for each in (self._person, self._operator) if each is not None]
        only = _("only {names}").format(names=", ".join(named)) if named else ""
        self.query_one(FilterTabs).show(list(VIEWS).index(self._view), {}, only)

    def show_person(self, user_id: int, back: str | None = None) -> None:
        """Who gave one person access, or took it, newest first; 1 shows all else. The last step out leads to the mode
        `back`."""
        self._back, self._view, self._operator = back, "access", None
        self._person = (user_id, f"#{user_id}")
        self.query_one("#search", Input).value = ""
        self._show_list()
        self.entries.go_first()
        self.entries.focus()
        start(self, partial(self._tell_name, user_id), name="name", group="name", exclusive=True)

    async def _tell_name(self, user_id: int) -> None:
        rows = await self.services.call(lambda desk: desk.people.rows([user_id]))
        if rows and self._person is not None and self._person[0] == user_id:
            self._person = (user_id, rows[0].name)
            self._draw_tabs()

    def show_search(self, search: str, back: str | None = None) -> None:
        """What a search finds, a receipt for example."""
        self._back, self._view, self._operator, self._person = back, "all", None, None
        self.query_one("#search", Input).value = search
        self._show_list()
        self.entries.focus()

    def action_search(self) -> None:
        self.query_one("#search", Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self._typing is not None:
            self._typing.stop()
        self._typing = self.set_timer(PAUSE, self._show_list)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._show_list()
        self.entries.focus()

    def on_key(self, event: Key) -> None:
        if event.key == "down" and self.focused is self.query_one("#search", Input):
            event.stop()
            self.entries.focus()

    def action_filter(self, step: int) -> None:
        names = list(VIEWS)
        self.action_filter_number((names.index(self._view) + step) % len(names) + 1)

    def action_filter_number(self, number: int) -> None:
        self._view = list(VIEWS)[number - 1]
        self._show_list()

    def on_filter_tabs_chosen(self, event: FilterTabs.Chosen) -> None:
        self.action_filter_number(event.index + 1)

    def action_who(self) -> None:
        """Only the entries about the person of this one, and everybody's again."""
        entry = self.entry
        if self._person is not None:
            self._person = None
        elif self.allowed("journal.who") and entry is not None:
            self._person = (entry.subject_id, about(entry))
        self._show_list()

    def action_operators(self) -> None:
        start(self, self._ask_operator, name="operators", group="asking", exclusive=True)

    async def _ask_operator(self) -> None:
        found = await self.services.call(lambda desk: desk.journal.operators())
        choices = [Choice(_ANYBODY, plain(_("anybody")))]
        choices += [Choice(str(id), plain(one_line(name, 60))) for id, name in found]
        at = str(self._operator[0]) if self._operator is not None else _ANYBODY
        answer: str | None = await self.app.push_screen_wait(MenuDialog(_("Who did it?"), choices, at=at))
        if answer is not None:
            names = {str(id): (id, name) for id, name in found}
            self._operator = names.get(answer)
            self._show_list()

    def action_out(self) -> None:
        """One step out: the search box, what was asked for, where it was asked from."""
        box = self.query_one("#search", Input)
        if self.focused is box:
            self.entries.focus()
        elif self._back is not None:
            back, self._back = self._back, None
            self.app.switch_mode(back)
        elif box.value or self._person is not None or self._operator is not None:
            box.value, self._person, self._operator = "", None, None
            self._show_list()
        else:
            self.app.switch_mode("inbox")

    # The entry in full

    def on_journal_list_highlighted(self, event: JournalList.Highlighted) -> None:
        event.stop()
        self._draw()

    def on_journal_list_updated(self, event: JournalList.Updated) -> None:
        event.stop()
        self._draw()

    def on_news(self, changes: Changes) -> None:
        if changes.people or changes.everything:
            self.entries.refresh_from(changes)

    def _draw(self) -> None:
        entry = self.entry
        content = in_full(entry) if entry is not None else Content("")
        self.query_one("#entry-details", Static).update(content)
        self.refresh_bar()

    def why_dim(self, action: Action) -> str | None:
        why = super().why_dim(action)
        if why is not None:
            return why
        if action.id == "journal.who" and self._person is None:
            entry = self.entry
            if entry is None:
                return _("No entry is chosen.")
            if entry.subject_type != "user":
                return _("This entry is about no person.")
        if action.id == "journal.copy" and (self.entry is None or not self.entry.receipt):
            return _("No receipt stands here.")
        return None

    def on_journal_list_opened(self, event: JournalList.Opened) -> None:
        event.stop()
        entry = self.entries.row(event.entry_id)
        if entry is None:
            return
        if entry.subject_type != "user" or entry.person_name is None:
            self.status(_("There is no person behind this entry any more."))
        else:
            self.console.show_user(entry.subject_id, back="journal")

    def action_copy_receipt(self) -> None:
        entry = self.entry
        if self.allowed("journal.copy") and entry is not None and entry.receipt:
            self.app.copy_to_clipboard(entry.receipt)
            self.status(_("Copied: {what}").format(what=one_line(entry.receipt, 80)))

    # Export

    def action_export(self) -> None:
        start(self, self._ask_export, name="export", group="asking", exclusive=True)

    async def _ask_export(self) -> None:
        wanted = self.wanted()
        where = plain("  " + one_line(self.services.exports, 60), MUTED)
        choices = [Choice("jsonl", plain(_("JSON lines")) + where), Choice("csv", plain(_("CSV")) + where)]
        title = _("Export what is shown") if wanted != JournalFilter() else _("Export the whole journal")
        answer: str | None = await self.app.push_screen_wait(MenuDialog(title, choices))
        if answer is not None:
            self.console.write(partial(self._export, wanted, answer), name="export")

    async def _export(self, wanted: JournalFilter, kind: str) -> None:
        name = f"journal-{self.console.clock().strftime('%Y%m%d-%H%M%S')}.{kind}"
        path = await self.services.export(
            name, lambda desk: journal_lines(desk.journal.export(wanted), as_csv=kind == "csv")
        )
        self.console.say(_("Exported to {path}").format(path=path))


def in_full(entry: JournalEntry) -> Content:
    """Everything an entry says."""
    lines = [plain(act(entry), "bold"), plain(about(entry), "bold")]
    if entry.username:
        lines.append(plain(f"@{one_line(entry.username, 64)}", MUTED))
    if entry.taken_back:
        lines.append(plain(_("taken back since"), "$text-warning"))

    def fact(name: str, value: str) -> None:
        lines.append(plain(f"{name}  ", MUTED) + plain(value))

    lines.append(Content(""))
    fact(_("when"), exact(entry.at))
    fact(_("who"), one_line(entry.operator_name, 80))
    fact(_("where from"), one_line(entry.source, 120))
    if known := facts(entry):
        fact(_("what for"), known)
    if entry.reason:
        fact(_("why"), one_line(entry.reason, 500))
    if entry.refers_to is not None:
        fact(_("refers to"), _("entry {id}").format(id=entry.refers_to))
    fact(_("entry"), str(entry.id))
    lines += [Content(""), plain(_("before → after"), MUTED)]
    lines += [plain(f"  {change}") for change in changes(entry.before, entry.after)] or [plain("  —", MUTED)]
    return Content("\n").join(lines)
