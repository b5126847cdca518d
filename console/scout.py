"""Reads the first page of the inbox in a process of its own, while this one imports what it draws with.

The database libraries take as long to import as all of the screen. On two processors the first rows stand before this
process has so much as begun to import them; it opens the same database afterwards, and goes on from there.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import select
import signal
import time
from threading import Lock
from typing import TYPE_CHECKING

from console.config import Settings

if TYPE_CHECKING:
    from models.services.desk import Desk
    from models.views import FirstPage

#: Ids and rows of a page: what the list asks for first, and more than any screen shows.
IDS, ROWS = 200, 60
#: Seconds after which nobody waits for it any more.
PATIENCE = 5.0
#: What may be handled by the console, and ends or stops such a process.
_SIGNALS = (
    *(signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT),
    *(signal.SIGTSTP, signal.SIGCONT, signal.SIGTTIN, signal.SIGTTOU, signal.SIGWINCH),
)


class Scout:
    """A process under way. `read` and `close` belong to one caller, on any thread; anybody may `end` it meanwhile."""

    def __init__(self, pid: int, pipe: int) -> None:
        self._pid, self._pipe = pid, pipe
        self._lock = Lock()

    def read(self) -> FirstPage | None:
        """What it found; None when it found nothing, or took too long. Waits; ends the process."""
        end = time.monotonic() + PATIENCE
        parts: list[bytes] = []
        try:
            while (left := end - time.monotonic()) > 0 and select.select([self._pipe], [], [], left)[0]:
                part = os.read(self._pipe, 1 << 20)
                if not part:
                    # Written by this program a moment ago, through a pipe that nobody else holds.
                    return pickle.loads(b"".join(parts)) if parts else None
                parts.append(part)
            return None
        except (OSError, ValueError, pickle.UnpicklingError, EOFError):
            return None
        finally:
            self.close()

    def end(self) -> None:
        """Nobody waits for it any more, whatever it does: who reads it finds nothing, at once."""
        with self._lock, contextlib.suppress(OSError):
            if self._pid:
                os.kill(self._pid, signal.SIGKILL)

    def close(self) -> None:
        """Ends it and clears it away; more than once is harmless."""
        self.end()
        with self._lock:
            pid, self._pid = self._pid, 0
        if pid:
            with contextlib.suppress(OSError):
                os.close(self._pipe)
            with contextlib.suppress(OSError):
                os.waitpid(pid, 0)


def send(settings: Settings) -> Scout | None:
    """Starts it, before there is any other thread; None where it would only take the processor from this process."""
    if settings.database is None or _processors() < 2:
        return None
    try:
        reading, writing = os.pipe()
    except OSError:
        return None
    # No signal between the two: it would be raised in both processes, and both would go on.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        pid = os.fork()
    except OSError:
        pid = -1
    if pid:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        os.close(writing)
        if pid > 0:
            return Scout(pid, reading)
        os.close(reading)
        return None
    try:
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        _look(settings, writing)
    finally:
        # Whatever it was: the console finds the same, and says it.
        os._exit(0)


def _processors() -> int:
    """How many this process may use; 1 where that can't be asked."""
    affinity = getattr(os, "sched_getaffinity", None)  # not on macOS
    return len(affinity(0)) if affinity is not None else 1


def _look(settings: Settings, pipe: int) -> None:
    signal.alarm(round(2 * PATIENCE))
    # Whatever else the console has open is not this process's: another waits for its end.
    os.closerange(3, pipe)
    os.closerange(pipe + 1, pipe + 1024)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    from console.wiring import open_desk

    desk = open_desk(settings, read_only=True)
    page = first_page(desk, settings.operator)
    if page is not None:
        with os.fdopen(pipe, "wb") as out:
            out.write(pickle.dumps(page, pickle.HIGHEST_PROTOCOL))


def first_page(desk: Desk, operator: str) -> FirstPage | None:
    """The newest conversations as the operator sees them; None when another view than all of them was chosen last."""
    from models.services.operators import known_operator
    from models.views import FirstPage, Order, View

    if desk.features.console_tables:
        desk.operator = known_operator(desk.database, operator)
        chosen = desk.colleagues.chosen("inbox", desk.operator)
        if isinstance(chosen, dict) and (chosen.get("view"), chosen.get("order")) != (View.ALL, Order.RECENT):
            return None
    ids = desk.inbox.ids(View.ALL, Order.RECENT, limit=IDS)
    return FirstPage(ids, tuple(desk.inbox.rows(ids.ids[:ROWS])))
