"""The inbox list: a conversation is painted in one, two or three lines."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message

from models.rules.clock import Clock
from models.rules.stuck import is_stuck
from models.rules.triage import Outcome, Place
from models.rules.waiting import Pressure
from models.views import Changes, ConversationRow, Cursor, Direction, IdPage, Order, View
from screens.actions import Context, bindings
from screens.i18n import N_, _
from screens.keymap import key_for
from screens.reach import GLYPH
from screens.text import plain
from screens.times import short, waited
from screens.widgets.row_lines import Line, Look, Piece, cells_of, count, cropped, fit, initials, padded, score
from screens.widgets.window_list import WindowList
from screens.widgets.window_loading import PATIENCE

if TYPE_CHECKING:
    from screens.services import Services

#: What an empty view says.
NOTHING: dict[View, str] = {
    View.ALL: N_("Nobody has written yet. New conversations appear here by themselves."),
    View.WAITING: N_("Nobody is waiting. Whoever writes next appears here by itself."),
    View.UNREAD: N_("Everything is read."),
    View.MINE: N_("Nothing is yours. {key} claims a conversation; writing to somebody does, too."),
    View.SNOOZED: N_("Nothing is snoozed. {key} puts a conversation off until a time, or until they write."),
    View.DONE: N_("Nothing is done yet. {key} is for what needs no answer any more."),
    View.TAGGED: N_("No conversation carries a tag. {key} gives one."),
    View.DRAFTS: N_("No drafts. What you leave unsent in a composer is kept here."),
    View.NOT_DELIVERED: N_("Every reply was delivered."),
}
#: The actions whose keys some of them name.
_KEYS = {
    View.MINE: "inbox.claim",
    View.SNOOZED: "inbox.snooze",
    View.DONE: "inbox.done",
    View.TAGGED: "inbox.tag",
}
_ARROWS = {Direction.INCOMING: "←", Direction.OUTGOING: "→", Direction.UNKNOWN: "?"}
_BAND_WORDS = {
    "exploring": N_("exploring"),
    "interested": N_("interested"),
    "evaluating": N_("evaluating"),
    "ready": N_("ready"),
}


#: By how far past its target a wait is: a glyph and a style, so that the colour is never alone.
WAITS: dict[Pressure, tuple[str, str]] = {
    Pressure.FINE: (" ", "time"),
    Pressure.SOON: ("◷", "warning"),
    Pressure.LATE: ("◆", "danger"),
}
_OUTCOMES = {
    Outcome.BOUGHT: ("●", N_("bought"), "good"),
    Outcome.LOST: ("○", N_("lost"), "quiet"),
    Outcome.NOT_A_LEAD: ("∅", N_("not a lead"), "quiet"),
}


def nothing(view: View) -> Content:
    """What an empty view says."""
    words = _(NOTHING.get(view, N_("No conversations here.")))
    return plain(words.format(key=key_for(_KEYS[view])) if view in _KEYS else words)


def triage_marks(row: ConversationRow) -> list[tuple[bool, str, str, str]]:
    """What was decided about a conversation."""
    found = [
        (row.place is Place.DONE, "✓", _("done"), "good"),
        (row.place is Place.SNOOZED, "☾", _("snoozed"), "quiet"),
        (row.claimed_by is not None, "⚑", fit(row.claimed_by or "", 12, fill=False), "warning"),
        (row.claimed_by_me, "⚐", _("mine"), "mark"),
    ]
    if row.outcome is not None:
        glyph, word, style = _OUTCOMES[row.outcome]
        found.append((True, glyph, _(word), style))
    return [*found, (bool(row.tags), "#", fit(" ".join(row.tags), 24, fill=False), "mark")]


def time_of(row: ConversationRow, look: Look) -> Piece:
    """How long the person has waited for us, or when the last message was; six cells."""
    if row.waiting_since is None:
        return fit(short(row.last_message_at, look.now), 6), "time"
    glyph, style = WAITS[look.targets.pressure(row.waiting_since, look.now)]
    return fit(f"{glyph}{waited(row.waiting_since, look.now)}".lstrip(), 6), style


def marks(row: ConversationRow, look: Look | None = None, *, words: int = 0) -> list[Piece]:
    """What is special about a conversation, worst first: a glyph each, the first `words` of them with their word; by
    `look` an AI that is stuck is told from one at work, and who else is there."""
    now, company = (None, None) if look is None else (look.now, look.company.get(row.id))
    stuck = row.ai_processing and now is not None and is_stuck(row.ai_processing_since, now)
    found: list[tuple[bool, str, str, str]] = [
        (row.not_delivered > 0, "!", _("not delivered"), "danger"),
        (row.pending > 0, "…", _("on its way"), "warning"),
        (company is not None, *_company(company)),
        (row.blocked, GLYPH, _("can't be reached"), "danger"),
        *triage_marks(row)[:4],
        (row.draft, "✎", _("draft"), "warning"),
        (stuck, "AI!", _("stuck"), "danger"),
        (row.ai_processing and not stuck, "AI", _("at work"), "warning"),
        (row.ai_paused and not row.ai_processing, "‖", _("AI paused"), "quiet"),
        (row.admin, "★", _("admin"), "mark"),
        (row.paid and not row.admin, "$", _("paid"), "mark"),
        *triage_marks(row)[4:],
    ]
    there = [(glyph, word, style) for yes, glyph, word, style in found if yes]
    return [(f"{glyph} {word}" if at < words else glyph, style) for at, (glyph, word, style) in enumerate(there)]


def _company(company: tuple[str, bool] | None) -> tuple[str, str, str]:
    name, typing = company or ("", False)
    return "⌂…" if typing else "⌂", fit(name, 12, fill=False), "warning"


def last_line(row: ConversationRow, cells: int) -> Piece:
    """The last message with an arrow for its direction; foreign, so it comes last in its line."""
    if row.last_direction is None or row.last_body is None:
        return fit(_("no messages"), cells), "quiet"
    text = f"{_ARROWS[row.last_direction]} {row.last_body}"
    return fit(text, cells), "unread" if row.unread_count else "text" if _waits(row) else "quiet"


def _waits(row: ConversationRow) -> bool:
    return row.waiting_since is not None


def _spaced(pieces: list[Piece]) -> list[Piece]:
    return [part for piece in pieces for part in (piece, (" ", ""))]


def paint(row: ConversationRow, look: Look) -> tuple[Line, ...]:
    """The lines of a conversation: one, two, or three with words."""
    return cropped(_lines(row, look), look.width)


def _lines(row: ConversationRow, look: Look) -> tuple[Line, ...]:
    name = "unread" if row.unread_count else "name"
    time = time_of(row, look)
    who = ("■ ", "count") if row.id in look.marked else (initials(row.name), "quiet")
    if look.height <= 1:
        if look.width < 16:
            return ((("" if not row.unread_count else "• ", "count"), (fit(row.name, max(0, look.width - 2)), name)),)
        left: list[Piece] = [(count(row.unread_count, 2), "count"), (" ", ""), time, (" ", "")]
        left += [who] if row.id in look.marked else []
        left += _spaced(marks(row, look)[:1])
        return ((*left, (fit(row.name, look.width - cells_of(left)), name)),)
    head: list[Piece] = [who, ("  ", "")]
    if look.height == 2:
        head += [time, (" ", "")]
        tail: list[Piece] = [(count(row.unread_count), "count"), (" ", ""), *padded([score(row.score)], 6), (" ", "")]
        tail += _spaced(marks(row, look)[: 2 if look.width < 30 else 5])
        return (
            (*head, (fit(row.name, look.width - cells_of(head)), name)),
            (*tail, last_line(row, look.width - cells_of(tail))),
        )
    facts: list[Piece] = [(count(row.unread_count), "count"), (" ", ""), time, (" ", "")]
    number, hue = score(row.score)
    if row.band is not None:
        number = f"{number} {_(_BAND_WORDS[row.band.value])}"
    elif row.score is None:
        number = _("not scored")
    facts += [(number, hue), ("  ", "")]
    room = look.width - cells_of(facts)
    fitting = (
        each for words in range(8, -1, -1) if cells_of(each := _spaced(marks(row, look, words=words))) <= room + 1
    )
    facts += next(fitting, [])
    return (
        (*head, (fit(row.name, look.width - cells_of(head)), name)),
        tuple(facts),
        (("    ", ""), last_line(row, look.width - 4)),
    )


class ConversationList(WindowList[ConversationRow]):
    """The inbox's views over the services."""

    CONTEXTS = (Context.LIST, Context.CONVERSATIONS)
    BINDINGS = bindings(Context.CONVERSATIONS)

    class Highlighted(Message):
        """The cursor is on another conversation; None: the view is empty."""

        def __init__(self, conversation_id: int | None) -> None:
            super().__init__()
            self.conversation_id = conversation_id

    class Opened(Message):
        """This conversation is to be opened."""

        def __init__(self, conversation_id: int) -> None:
            super().__init__()
            self.conversation_id = conversation_id

    def __init__(
        self, services: Services, clock: Clock, *, live: bool = True, idle: float = 10.0, id: str | None = None
    ) -> None:
        super().__init__(clock, live=live, idle=idle, empty=nothing(View.ALL), id=id)
        self._services = services
        self._view, self._order = View.ALL, Order.RECENT
        self._tag: str | None = None
        self._leaving: set[int] = set()
        #: Rows that were read before there was a desk.
        self._found_rows: dict[int, ConversationRow] = {}
        self.marked: frozenset[int] = frozenset()
        self._company: dict[int, tuple[str, bool]] = {}

    def show(self, view: View, order: Order, tag: str | None = None) -> None:
        """Another view or order; the conversation under the cursor stays if it is among its first ids."""
        if (view, order, tag) == (self._view, self._order, self._tag):
            return
        self._view, self._order, self._tag = view, order, tag
        self.empty = nothing(view)
        self.reset(stable=view is View.ALL and order is Order.RECENT)

    def changed(self, changes: Changes) -> None:
        """Something moved in the database, or this console moved it."""
        self.refresh_from(changes)

    def let_go(self, ids: Collection[int]) -> None:
        """These leave the view by an act of this console: at once, without waiting for the database. The cursor goes on
        to what stands in its place. Until `settled` no page that was read before brings them back."""
        self._leaving.update(ids)
        self.take_out(ids)

    def settled(self, ids: Collection[int]) -> None:
        """The database knows of it by now, or refused it."""
        self._leaving.difference_update(ids)

    async def load_ids(self, after: Cursor | None, limit: int) -> IdPage:
        view, order, tag = self._view, self._order, self._tag
        if after is None and self._services.scouting and (view, order) == (View.ALL, Order.RECENT):
            found = await self._services.first_page()
            if found is not None:
                self._found_rows = {row.id: row for row in found.rows}
                return found.ids
        page = await self._services.call(
            lambda desk: desk.inbox.ids(view, order, after=after, limit=limit, tag=tag, seconds=PATIENCE)
        )
        if not self._leaving.isdisjoint(page.ids):
            return replace(page, ids=tuple(id for id in page.ids if id not in self._leaving))
        return page

    async def load_rows(self, ids: Sequence[int]) -> Sequence[ConversationRow]:
        if self._services.scouting and self._found_rows.keys() >= set(ids):
            return [self._found_rows[id] for id in ids]
        self._found_rows = {}
        return await self._services.call(lambda desk: desk.inbox.rows(ids))

    def paint(self, row: ConversationRow, look: Look) -> Sequence[Line]:
        return paint(row, replace(look, targets=self._services.targets, marked=self.marked, company=self._company))

    def mark(self, marked: frozenset[int]) -> None:
        """These are marked for an act on many."""
        if marked != self.marked:
            self.marked = marked
            self.forget_pictures()
            self.refresh()

    def accompany(self, company: dict[int, tuple[str, bool]]) -> None:
        """Who else has which conversation open, a name (foreign), and whether they type there."""
        if company != self._company:
            self._company = company
            self.forget_pictures()
            self.refresh()

    def lines_for(self, width: int, height: int) -> int:
        if width < 24 or height < 10:
            return 1
        return 3 if width >= 44 and height >= 36 else 2

    def highlighted(self, row_id: int | None) -> None:
        self.post_message(self.Highlighted(row_id))

    def opened(self, row_id: int) -> None:
        self.post_message(self.Opened(row_id))

    async def action_filter_people(self) -> None:
        await self.run_action("screen.filter_people")

    async def action_copy_link(self) -> None:
        await self.run_action("screen.copy_link")
