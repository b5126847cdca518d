"""Paid access that has run out, ended by `frontdesk run` where the configuration wants it so."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import TYPE_CHECKING

from console.config import Settings
from models.errors import FrontdeskError
from models.rules.clock import monotonic
from models.rules.text import clean
from screens.access_words import ended_line, notice
from screens.i18n import _
from screens.wording import words

if TYPE_CHECKING:
    from models.services.desk import Desk
    from models.views.access import Ended

#: Seconds between two looks at what has run out.
LOOK = 60.0


class Expiring:
    """`look` is called often and returns at once; what there is to say goes to `tell`."""

    def __init__(
        self,
        desk: Desk,
        settings: Settings,
        executor: Executor,
        tell: Callable[[str], None],
        *,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._desk = desk
        self._settings = settings
        self._executor = executor
        self._tell = tell
        self._now = now
        self._next = now()
        self._work: Future[tuple[Ended, ...]] | None = None

    def look(self) -> None:
        """Begins when it is time, and tells of what has ended."""
        if self._work is not None:
            if self._work.done():
                work, self._work = self._work, None
                self._report(work)
        elif self._now() >= self._next:
            self._next = self._now() + LOOK
            self._work = self._executor.submit(self._desk.endings.expire_all, notice=self._notice)

    def _notice(self, name: str, tier: str) -> str | None:
        """Who is told is the configuration's to say: nobody, unless it has words for it."""
        if "expired" not in self._settings.presets.notices:
            return None
        return notice(self._settings.presets, "expired", name=name, tier=tier)

    def _report(self, work: Future[tuple[Ended, ...]]) -> None:
        try:
            for ended in work.result():
                self._tell(clean(ended_line(ended)))
        except FrontdeskError as error:
            self._tell(_("expired access could not be ended: {why}").format(why=words(error)))
