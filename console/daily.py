"""Backups that `frontdesk run` takes by itself: one when the newest is a day old, in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

from console.backups import back_up, hand_over
from console.config import Settings, backups_path
from models.errors import FrontdeskError
from models.rules.clock import Clock, monotonic, utc_now
from screens.i18n import _
from screens.wording import words

if TYPE_CHECKING:
    from models.store.database import Database

#: A little less than a day, so that the hour does not wander through the day with the time that a backup takes.
DUE = timedelta(hours=23, minutes=50)
#: Seconds between two looks at the folder; also how soon a failed one is tried again.
LOOK = 600.0


class _LeavingError(Exception):
    """The process ends: the backup is given up, and the next run takes it."""


class DailyBackups:
    """`look` is called often and returns at once; what there is to say goes to `tell`."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        tell: Callable[[str], None],
        *,
        clock: Clock = utc_now,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._database = database
        self._settings = settings
        self._tell = tell
        self._clock = clock
        self._now = now
        self._next = now()
        self._leaving = threading.Event()
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="backup")
        self._work: Future[str | None] | None = None

    def look(self) -> None:
        """Begins a backup when one is due, and tells of one that has ended."""
        if self._work is not None:
            if self._work.done():
                work, self._work = self._work, None
                self._report(work)
        elif self._now() >= self._next:
            self._next = self._now() + LOOK
            self._work = self._executor.submit(self._take)

    def stop(self) -> None:
        """Gives up what is half done, soon; it leaves nothing that looks like a backup."""
        self._leaving.set()
        self._executor.shutdown(wait=True, cancel_futures=True)

    def _report(self, work: Future[str | None]) -> None:
        try:
            said = work.result()
        except _LeavingError:
            return
        except FrontdeskError as error:
            said = _("the daily backup failed: {why}").format(why=words(error))
        if said is not None:
            self._tell(said)

    def _take(self) -> str | None:
        from models.store.shelf import look, prune

        folder, source = backups_path(self._settings), self._database.place
        newest = next(iter(look(folder, source).backups), None)
        if newest is not None and self._clock() - newest.manifest.taken_at < DUE:
            return None
        backup = back_up(self._database, self._settings, clock=self._clock, progress=self._stage)
        hand_over(backup.path, self._settings)
        removed = prune(folder, source, progress=self._stage).removed
        return _("daily backup: {path}, {n} old ones removed").format(path=backup.path, n=len(removed))

    def _stage(self, stage: str, done: int, total: int) -> None:
        if self._leaving.is_set():
            raise _LeavingError
