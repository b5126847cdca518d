"""The people, one a line: columns as the width allows, names last because terminals disagree about them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message

from models.rules.clock import Clock
from models.rules.expiry import SOON
from models.views import Cursor, IdPage, PeopleFilter, PeopleSort, PersonRow
from screens.access_words import until
from screens.i18n import N_, _
from screens.keymap import key_for
from screens.people_views import ABOUT_ACCESS
from screens.reach import GLYPH
from screens.text import plain
from screens.times import short, short_date
from screens.widgets.row_lines import Line, Look, Piece, cells_of, cropped, fit, padded, right, score
from screens.widgets.window_list import WindowList
from screens.widgets.window_loading import PATIENCE

if TYPE_CHECKING:
    from screens.services import Services

SOON_ENOUGH = timedelta(days=SOON)
#: What an empty filter says.
NOTHING: dict[PeopleFilter, str] = {
    PeopleFilter.ALL: N_("Nobody has started the bot yet."),
    PeopleFilter.ADMIN: N_("No admins. Choose a person and press {key}."),
    PeopleFilter.PAID: N_("Nobody has paid access. Choose a person and press {key}."),
    PeopleFilter.SIGNED_IN: N_("Nobody has signed in on the web."),
    PeopleFilter.NEVER_WROTE: N_("Everybody has written at least once."),
    PeopleFilter.EXPIRING: N_("Nobody's access ends within 7 days."),
    PeopleFilter.EXPIRED: N_("Nobody's access has run out."),
    PeopleFilter.BLOCKED: N_("Everybody can be reached."),
    PeopleFilter.PAID_WITHOUT_ENROLLMENT: N_("Everybody who has access is enrolled."),
    PeopleFilter.EXPIRED_BUT_PAID: N_("Nobody has access whose time has run out."),
    PeopleFilter.ENROLLED_BUT_NOT_PAID: N_("Everybody who is enrolled has access."),
    PeopleFilter.PAID_FOR_NOT_ENROLLED: N_("Everybody who paid is enrolled."),
    PeopleFilter.REFUNDED_WITH_ACCESS: N_("Nobody whose money went back has access."),
    PeopleFilter.EXPIRING_WITHOUT_RENEWAL: N_("Nobody has to renew within 7 days."),
}


class Facts(Enum):
    """What the list says of access beside the marks."""

    NONE = 0
    ENDS = 1
    WHY = 2


def columns(width: int, facts: Facts = Facts.NONE) -> list[tuple[str, int]]:
    """The columns that fit a list of `width` cells, in their order, with their cells; the name takes the rest."""
    wanted = [("marks", 5)]
    room = width
    if facts is not Facts.NONE and width >= 30:
        wanted.append(("ends", 11))
        room -= 13
    more = [(34, ("last", 6)), (52, ("score", 5)), (60, ("telegram", 12)), (84, ("username", 20))]
    # Why access was given needs what is left.
    shown = more[:1] if facts is Facts.WHY else more
    return wanted + [column for least, column in shown if room >= least]


def heading(width: int, facts: Facts = Facts.NONE) -> str:
    """The names of the columns, over them."""
    names = {
        "marks": _("★ $ ✓"),
        "ends": _("access"),
        "last": _("last"),
        "score": _("score"),
        "telegram": _("Telegram id"),
        "username": _("username"),
    }
    line = " "
    for name, cells in columns(width, facts):
        line += (right(names[name], cells) if name == "telegram" else fit(names[name], cells)) + "  "
    last = _("name")
    if facts is Facts.WHY:
        room = width - len(line)
        last = fit(last, room // 2) + _("given by, why")
    return (line + last)[: max(0, width)]


def paint(row: PersonRow, look: Look, facts: Facts = Facts.NONE) -> tuple[Line, ...]:
    """One line of a person: ★ admin, $ paid, ✓ signed in on the web, ⊘ can't be reached."""
    pieces: list[Piece] = []
    for name, cells in columns(look.width + 1, facts):
        pieces += _cell(name, cells, row, look) + [("  ", "")]
    used = cells_of(pieces)
    if look.width < 12:
        pieces, used = [], 0
    room = look.width - used
    why: list[Piece] = []
    if facts is Facts.WHY and room >= 24:
        why = [(fit(_why(row), room - room // 2), "quiet")]
        room //= 2
    if row.blocked:
        pieces.append((f"{GLYPH} ", "danger"))
        room -= 2
    line: Line = (*pieces, (fit(row.name, room), "unread" if row.admin else "name"), *why)
    return cropped([line], look.width)


def _cell(name: str, cells: int, row: PersonRow, look: Look) -> list[Piece]:
    match name:
        case "marks":
            flags = ((row.admin, "★"), (row.paid, "$"), (row.authenticated, "✓"))
            return [(" ".join(mark if there else "·" for there, mark in flags), "mark" if row.paid else "quiet")]
        case "ends":
            return [_ends(row, cells, look)]
        case "last":
            return [(fit(short(row.last_message_at, look.now), cells), "time")]
        case "score":
            return padded([score(row.score)], cells)
        case "telegram":
            return [(right(str(row.telegram_id), cells), "quiet")]
        case _:
            return [(fit(f"@{row.username}" if row.username else "—", cells), "quiet")]


def _ends(row: PersonRow, cells: int, look: Look) -> Piece:
    if row.access is None or not row.access.enrolled:
        return fit("—", cells), "quiet"
    ends = row.access.expires_at
    style = (
        "" if ends is None else "danger" if ends <= look.now else "warning" if ends <= look.now + SOON_ENOUGH else ""
    )
    return fit(until(None) if ends is None else short_date(ends), cells), style or "text"


def _why(row: PersonRow) -> str:
    """Who gave access without an enrollment, and why."""
    access = row.access
    if access is None or access.operator_name is None:
        return _("not given from here")
    return f"{access.operator_name}: {access.reason or _('no reason')}"


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

    @property
    def facts(self) -> Facts:
        """What the columns say of access."""
        if self._filter is PeopleFilter.PAID_WITHOUT_ENROLLMENT:
            return Facts.WHY
        return Facts.ENDS if self._filter in ABOUT_ACCESS or self._sort is PeopleSort.EXPIRY else Facts.NONE

    def show(self, search: str, filter: PeopleFilter, sort: PeopleSort) -> None:
        """Other people, or in another order; the person under the cursor stays if they are among the first."""
        if (search, filter, sort) == (self._search, self._filter, self._sort):
            return
        self._search, self._filter, self._sort = search, filter, sort
        self.forget_pictures()
        key = {PeopleFilter.ADMIN: "users.admin", PeopleFilter.PAID: "users.paid"}.get(filter)
        words = _(NOTHING[filter])
        nothing = plain(words if key is None else words.format(key=key_for(key)))
        if search:
            nothing = Content("\n").join(
                [
                    plain(_("Nobody is called “{search}”, and nobody wrote it.").format(search=search)),
                    plain(_("{key} ends the search.").format(key=key_for("users.out")), "dim"),
                ]
            )
        self.empty = nothing
        self.reset(stable=not search and filter is PeopleFilter.ALL and sort is PeopleSort.NEWEST)

    async def load_ids(self, after: Cursor | None, limit: int) -> IdPage:
        search, filter, sort = self._search, self._filter, self._sort
        return await self._services.call(
            lambda desk: desk.people.ids(
                search=search, filter=filter, sort=sort, after=after, limit=limit, seconds=PATIENCE
            )
        )

    async def load_rows(self, ids: Sequence[int]) -> Sequence[PersonRow]:
        access = self.facts is not Facts.NONE
        return await self._services.call(lambda desk: desk.people.rows(ids, access=access))

    def paint(self, row: PersonRow, look: Look) -> Sequence[Line]:
        return paint(row, look, self.facts)

    def highlighted(self, row_id: int | None) -> None:
        self.post_message(self.Highlighted(row_id))

    def opened(self, row_id: int) -> None:
        self.post_message(self.Opened(row_id))
