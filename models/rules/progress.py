"""How long work tells how far it is; nobody below the shell knows how that is shown."""

from __future__ import annotations

from collections.abc import Callable

#: Called with the stage's name, how much of it is done and how much there is (0: not known), in the stage's own unit.
Progress = Callable[[str, int, int], None]


def silent(stage: str, done: int, total: int) -> None:
    """For callers whom nobody watches."""
