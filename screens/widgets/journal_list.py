"""The journal, newest first, a line each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.message import Message

from models.rules.clock import Clock
from models.views import Cursor, IdPage, JournalEntry, JournalFilter
from screens.i18n import _
from screens.journal_words import about, act, facts
from screens.text import plain
from screens.times import short
from screens.widgets.row_lines import Line, Look, Piece, cells_of, cropped, fit
from screens.widgets.window_list import WindowList

if TYPE_CHECKING:
    from screens.services import Services


def columns(width: int) -> list[tuple[str, int]]:
    """What fits a list of `width` cells, with its cells; the last takes the rest."""
    wanted = [("when", 6), ("who", min(18, width // 6)), ("act", min(30, width // 3))]
    if width < 50:
        return [("when", 6), ("act", width)]
    if width < 90:
        return [*wanted, ("about", width)]
    return [*wanted, ("about", min(28, width // 4)), ("facts", width)]


def heading(width: int) -> str:
    """The names of the columns, over them."""
    names = {"when": _("when"), "who": _("who"), "act": _("what"), "about": _("about"), "facts": _("receipt, amount")}
    line = " ".join([""] + [fit(names[name], cells) + " " for name, cells in columns(width - 1)])
    return line[: max(0, width)]


def paint(entry: JournalEntry, look: Look) -> tuple[Line, ...]:
    """When, who, what, about whom, and the facts; taken back ones are dim."""
    pieces: list[Piece] = []
    for name, cells in columns(look.width):
        text = {
            "when": short(entry.at, look.now),
            "who": entry.operator_name,
            "act": act(entry),
            "about": about(entry),
            "facts": facts(entry),
        }[name]
        room = min(cells, look.width - cells_of(pieces))
        pieces += [(fit(text, room), _style(entry, name)), ("  ", "")]
    return cropped([pieces[:-1]], look.width)


def _style(entry: JournalEntry, name: str) -> str:
    if entry.taken_back:
        return "quiet"
    return {"when": "time", "who": "quiet", "act": "name", "about": "unread"}.get(name, "text")


class JournalList(WindowList[JournalEntry]):
    """Entries over the services, by a filter."""

    class Highlighted(Message):
        """The cursor is on another entry; None: there is none."""

        def __init__(self, entry_id: int | None) -> None:
            super().__init__()
            self.entry_id = entry_id

    class Opened(Message):
        """The person of this entry is to be opened."""

        def __init__(self, entry_id: int) -> None:
            super().__init__()
            self.entry_id = entry_id

    class Updated(Message):
        """The current entry was read, or reads differently now."""

    def __init__(self, services: Services, clock: Clock, *, id: str | None = None) -> None:
        nothing = _("Nobody did anything here yet. What is granted, revoked, deleted … stands here for good.")
        super().__init__(clock, empty=plain(nothing), id=id)
        self._services = services
        self._filter = JournalFilter()

    def show(self, wanted: JournalFilter) -> None:
        """Other entries; the one under the cursor stays if it is among the first."""
        if wanted != self._filter:
            self._filter = wanted
            alone = wanted.user_id is not None and not wanted.search
            nothing = _("Nobody gave or took access from here.") if alone and wanted.actions else _("No such entry.")
            self.empty = plain(f"{nothing} {_('Esc goes back.')}")
            self.reset(stable=True)

    async def load_ids(self, after: Cursor | None, limit: int) -> IdPage:
        wanted = self._filter
        return await self._services.call(lambda desk: desk.journal.ids(wanted, after=after, limit=limit))

    async def load_rows(self, ids: Sequence[int]) -> Sequence[JournalEntry]:
        return await self._services.call(lambda desk: desk.journal.rows(ids))

    def rows_changed(self, ids: set[int]) -> None:
        if self.current_id in ids:
            self.post_message(self.Updated())

    def paint(self, row: JournalEntry, look: Look) -> Sequence[Line]:
        return paint(row, look)

    def highlighted(self, row_id: int | None) -> None:
        self.post_message(self.Highlighted(row_id))

    def opened(self, row_id: int) -> None:
        self.post_message(self.Opened(row_id))
