"""Payments, newest first, a line each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.message import Message

from models.rules.clock import Clock
from models.views import Cursor, IdPage
from models.views.access import Paid, PaymentFilter
from screens.access_words import tier_word
from screens.i18n import _
from screens.keymap import key_for
from screens.payment_words import price_word, status_word
from screens.text import plain
from screens.times import short
from screens.widgets.row_lines import Line, Look, Piece, cells_of, cropped, fit, right
from screens.widgets.window_list import WindowList

if TYPE_CHECKING:
    from screens.services import Services

_STYLES = {"refunded": "warning", "failed": "danger", "pending": "quiet"}


def columns(width: int) -> list[tuple[str, int]]:
    """What fits a list of `width` cells, with its cells; the name takes the rest."""
    wanted = [("when", 6), ("amount", 14)]
    if width >= 46:
        wanted.append(("status", 10))
    if width >= 62:
        wanted.append(("receipt", 18 if width < 90 else 26))
    if width >= 90:
        wanted.append(("tier", 11))
    return [*wanted, ("name", width)]


def heading(width: int) -> str:
    """The names of the columns, over them."""
    names = {
        "when": _("when"),
        "amount": _("amount"),
        "status": _("status"),
        "receipt": _("receipt"),
        "tier": _("tier"),
        "name": _("name"),
    }
    cells = [right(names[name], at) if name == "amount" else fit(names[name], at) for name, at in columns(width - 1)]
    return (" " + "  ".join(cells))[: max(0, width)]


def paint(paid: Paid, look: Look) -> tuple[Line, ...]:
    """When, how much, its state, by which receipt, for what, and whose."""
    style = _STYLES.get(paid.status, "")
    mark = "↺ " if paid.corrects else "! " if paid.orphan and paid.status == "completed" else ""
    texts = {
        "when": (short(paid.at, look.now), "time"),
        "status": (status_word(paid.status), style or "quiet"),
        "receipt": (mark + paid.receipt, "text"),
        "tier": (tier_word(paid.tier) if paid.tier else "—", "quiet"),
        "name": (paid.person_name, "name"),
    }
    pieces: list[Piece] = []
    for name, cells in columns(look.width):
        room = max(0, min(cells, look.width - cells_of(pieces)))
        if name == "amount":
            pieces.append((right(price_word(paid.price), room), style or "unread"))
        else:
            pieces.append((fit(texts[name][0], room), texts[name][1]))
        pieces.append(("  ", ""))
    return cropped([pieces[:-1]], look.width)


class PaymentList(WindowList[Paid]):
    """Payments over the services, by a filter."""

    class Highlighted(Message):
        """The cursor is on another payment; None: there is none."""

        def __init__(self, payment_id: int | None) -> None:
            super().__init__()
            self.payment_id = payment_id

    class Opened(Message):
        """The person of this payment is to be opened."""

        def __init__(self, payment_id: int) -> None:
            super().__init__()
            self.payment_id = payment_id

    class Updated(Message):
        """The current payment was read, or reads differently now."""

    def __init__(self, services: Services, clock: Clock, *, id: str | None = None) -> None:
        nothing = _("Nothing was paid yet. A grant records its payment here.")
        super().__init__(clock, empty=plain(nothing), id=id)
        self._services = services
        self._filter = PaymentFilter()
        self.stable = False

    def show(self, wanted: PaymentFilter) -> None:
        """Other payments; the one under the cursor stays if it is among the first."""
        if wanted != self._filter:
            self._filter = wanted
            self.empty = plain(_("No such payment. {key} ends the filter.").format(key=key_for("payments.out")))
            self.reset(stable=False)

    async def load_ids(self, after: Cursor | None, limit: int) -> IdPage:
        wanted = self._filter
        return await self._services.call(lambda desk: desk.payments.ids(wanted, after=after, limit=limit))

    async def load_rows(self, ids: Sequence[int]) -> Sequence[Paid]:
        return await self._services.call(lambda desk: desk.payments.rows(ids))

    def rows_changed(self, ids: set[int]) -> None:
        if self.current_id in ids:
            self.post_message(self.Updated())

    def paint(self, row: Paid, look: Look) -> Sequence[Line]:
        return paint(row, look)

    def highlighted(self, row_id: int | None) -> None:
        self.post_message(self.Highlighted(row_id))

    def opened(self, row_id: int) -> None:
        self.post_message(self.Opened(row_id))
