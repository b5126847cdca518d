"""How work that waits for something is started: never on the event loop's own time, never ending the App."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, cast

from textual.dom import DOMNode


def start(
    node: DOMNode, work: Callable[[], Awaitable[None]], *, name: str, group: str = "default", exclusive: bool = False
) -> None:
    """A worker of `node`; its coroutine is made only when it runs, so that one cancelled before leaves no warning. A
    failure reaches `Console.failed`."""
    node.run_worker(cast(Any, work), name=name, group=group, exclusive=exclusive, exit_on_error=False)
