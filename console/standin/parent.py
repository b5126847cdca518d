"""Ending with whoever started us: standard input is a pipe from the parent, and its end is ours."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable


def end_with_parent(over: Callable[[], object]) -> None:
    """Calls `over` from a thread once standard input ends, which it does however the parent dies."""

    def watch() -> None:
        with contextlib.suppress(OSError):
            while os.read(0, 4096):
                pass
        with contextlib.suppress(RuntimeError):  # the loop has ended already
            over()

    threading.Thread(target=watch, name="parent", daemon=True).start()
