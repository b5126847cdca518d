"""The conversations or people behind a bar of the report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from textual.content import Content

from models.rules.clock import Clock
from models.views import ConversationRow, Cursor, IdPage, PersonRow
from models.views.report import Behind
from screens.i18n import _
from screens.widgets import conversation_list, user_list
from screens.widgets.row_lines import Line, Look
from screens.widgets.window_list import WindowList

if TYPE_CHECKING:
    from screens.services import Services

_Row = TypeVar("_Row", ConversationRow, PersonRow)


class _BehindList(WindowList[_Row]):
    """The ids are as they were when the figure was counted; the rows are as they are now."""

    def __init__(self, services: Services, clock: Clock, *, id: str | None = None) -> None:
        super().__init__(clock, live=False, empty=Content(_("Nobody is behind this bar any more.")), id=id)
        self._services = services
        self._bar: Behind | None = None

    def show(self, bar: Behind) -> None:
        """Another bar's."""
        self._bar = bar
        self.reset(stable=False)

    async def load_ids(self, after: Cursor | None, limit: int) -> IdPage:
        bar = self._bar
        if bar is None:
            return IdPage((), None)
        return await self._services.call(lambda desk: desk.report.behind(bar, after=after, limit=limit))


class ConversationsBehind(_BehindList[ConversationRow]):
    """Drawn as in the inbox."""

    async def load_rows(self, ids: Sequence[int]) -> Sequence[ConversationRow]:
        return await self._services.call(lambda desk: desk.inbox.rows(ids))

    def paint(self, row: ConversationRow, look: Look) -> Sequence[Line]:
        return conversation_list.paint(row, look)

    def lines_for(self, width: int, height: int) -> int:
        return 1 if width < 24 or height < 10 else 2


class PeopleBehind(_BehindList[PersonRow]):
    """Drawn as in Users."""

    async def load_rows(self, ids: Sequence[int]) -> Sequence[PersonRow]:
        return await self._services.call(lambda desk: desk.people.rows(ids))

    def paint(self, row: PersonRow, look: Look) -> Sequence[Line]:
        return user_list.paint(row, look)
