"""Signals and a lost terminal: Textual handles neither SIGTERM nor SIGHUP, and spins when its terminal is gone."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import threading
import time
from collections.abc import Callable, Iterator

#: Seconds between two looks at the terminal, and from its loss to the hard end of the process.
LOOK = 0.25
PATIENCE = 1.25


@contextlib.contextmanager
def handled(leave: Callable[[str], None]) -> Iterator[None]:
    """SIGTERM, SIGHUP and SIGINT call `leave(name)` on the running loop."""
    loop = asyncio.get_running_loop()
    names = ("SIGTERM", "SIGHUP", "SIGINT")
    set_up: list[signal.Signals] = []
    for name in names:
        number = getattr(signal, name, None)
        # Only the main thread may; a test's loop elsewhere goes without.
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            if number is not None:
                loop.add_signal_handler(number, leave, name)
                set_up.append(number)
    try:
        yield
    finally:
        for number in set_up:
            loop.remove_signal_handler(number)


def gone(descriptor: int) -> bool:
    """Whether the terminal behind `descriptor` hung up."""
    poll = select.poll()
    poll.register(descriptor, 0)
    try:
        events = poll.poll(0)
    except OSError:
        return True
    if any(event & (select.POLLHUP | select.POLLERR) for _, event in events):
        return True
    try:
        return not os.isatty(descriptor)
    except OSError:
        return True


class Watchdog(threading.Thread):
    """Ends the process when its terminal is gone: first through `leave`, after PATIENCE seconds in any case. It watches
    as long as the process lives: leaving itself can hang on a terminal that takes no more bytes.

    A hard end loses nothing: replies are durable, and one that was under way becomes `unknown` when its lease ends.
    """

    def __init__(self, descriptor: int, leave: Callable[[str], None]) -> None:
        super().__init__(name="terminal-watchdog", daemon=True)
        self._descriptor = descriptor
        self._leave = leave
        self._loop = asyncio.get_running_loop()

    def run(self) -> None:
        while not gone(self._descriptor):
            time.sleep(LOOK)
        with contextlib.suppress(RuntimeError):  # the loop is closed already
            self._loop.call_soon_threadsafe(self._leave, "terminal")
        time.sleep(PATIENCE)
        os._exit(1)
