"""The people, one a line: columns as the width allows, names last because terminals disagree about them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message

from models.rules.clock import Clock
from models.views import Cursor, IdPage, PeopleFilter, PeopleSort, PersonRow
from screens.i18n import N_, _
from screens.reach import GLYPH
from screens.text import plain
from screens.times import short
from screens.widgets.row_lines import Line, Look, Piece, cells_of, cropped, fit, padded, right, score
from screens.widgets.window_list import WindowList

if TYPE_CHECKING:
    from screens.services import Services

#: What an empty filter says.
NOTHING: dict[PeopleFilter, str] = {
    PeopleFilter.ALL: N_("Nobody has started the bot yet."),
    PeopleFilter.ADMIN: N_("No admins. Choose a person and press A."),
    PeopleFilter.PAID: N_("Nobody has paid access. Choose a person and press P."),
    PeopleFilter.SIGNED_IN: N_("Nobody has signed in on the web."),
    PeopleFilter.NEVER_WROTE: N_("Everybody has written at least once."),
}


def columns(width: int) -> list[tuple[str, int]]:
    """The columns that fit a list of `width` cells, in their order, with their cells; the name takes the rest."""
    wanted = [("marks", 5)]
    if width >= 34:
        wanted.append(("last", 6))
    if width >= 52:
        wanted.append(("score", 5))
    if width >= 60:
        wanted.append(("telegram", 12))
    if width >= 84:
        wanted.append(("username", 20))
    return wanted


def heading(width: int) -> str:
    """The names of the columns, over them."""
    names = {
        "marks": _("★ $ ✓"),
        "last": _("last"),
        "score": _("score"),
        "telegram": _("Telegram id"),
        "username": _("username"),
    }
    line = " "
    for name, cells in columns(width):
        line += (right(names[name], cells) if name == "telegram" else fit(names[name], cells)) + "  "
    return (line + _("name"))[: max(0, width)]


def paint(row: PersonRow, look: Look) -> tuple[Line, ...]:
    """One line of a person: ★ admin, $ paid, ✓ signed in on the web, ⊘ can't be reached."""
    pieces: list[Piece] = []
    for name, cells in columns(look.width + 1):
        pieces += _cell(name, cells, row, look) + [("  ", "")]
    used = cells_of(pieces)
    if look.width < 12:
        pieces, used = [], 0
    if row.blocked:
        pieces.append((f"{GLYPH} ", "danger"))
        used += 2
    line: Line = (*pieces, (fit(row.name, look.width - used), "unread" if row.admin else "name"))
    return cropped([line], look.width)


def _cell(name: str, cells: int, row: PersonRow, look: Look) -> list[Piece]:
    match name:
        case "marks":
            flags = ((row.admin, "★"), (row.paid, "$"), (row.authenticated, "✓"))
            return [(" ".join(mark if there else "·" for there, mark in flags), "mark" if row.paid else "quiet")]
        case "last":
            return [(fit(short(row.last_message_at, look.now), cells), "time")]
        case "score":
            return padded([score(row.score)], cells)
        case "telegram":
            return [(right(str(row.telegram_id), cells), "quiet")]
        case _:
            return [(fit(f"@{row.username}" if row.username else "—", cells), "quiet")]


class UserList(WindowList[PersonRow]):
    """People over the services, by search, filter and sort."""

    class Highlighted(Message):
        """The cursor is on another person; None: nobody is listed."""

        def __init__(self, user_id: int | None) -> None:
            super().__init__()
            self.user_id = user_id

    class Opened(Message):
        """This person's page is to be opened."""

        def __init__(self, user_id: int) -> None:
            super().__init__()
            self.user_id = user_id

    def __init__(self, services: Services, clock: Clock, *, idle: float = 10.0, id: str | None = None) -> None:
        super().__init__(clock, idle=idle, empty=plain(_(NOTHING[PeopleFilter.ALL])), id=id)
        self._services = services
        self._search, self._filter, self._sort = "", PeopleFilter.ALL, PeopleSort.NEWEST

    def show(self, search: str, filter: PeopleFilter, sort: PeopleSort) -> None:
        """Other people, or in another order; the person under the cursor stays if they are among the first."""
        if (search, filter, sort) == (self._search, self._filter, self._sort):
            return
        self._search, self._filter, self._sort = search, filter, sort
        nothing = plain(_(NOTHING[filter]))
        if search:
            nothing = Content("\n").join(
                [
                    plain(_("Nobody is called “{search}”.").format(search=search)),
                    plain(_("Esc ends the search."), "dim"),
                ]
            )
        self.empty = nothing
        self.reset(stable=not search and filter is PeopleFilter.ALL and sort is PeopleSort.NEWEST)

    async def load_ids(self, after: Cursor | None, limit: int) -> IdPage:
        search, filter, sort = self._search, self._filter, self._sort
        return await self._services.call(
            lambda desk: desk.people.ids(search=search, filter=filter, sort=sort, after=after, limit=limit)
        )

    async def load_rows(self, ids: Sequence[int]) -> Sequence[PersonRow]:
        return await self._services.call(lambda desk: desk.people.rows(ids))

    def paint(self, row: PersonRow, look: Look) -> Sequence[Line]:
        return paint(row, look)

    def highlighted(self, row_id: int | None) -> None:
        self.post_message(self.Highlighted(row_id))

    def opened(self, row_id: int) -> None:
        self.post_message(self.Opened(row_id))
