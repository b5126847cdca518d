"""What every screen stands on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, cast

from textual.notifications import SeverityLevel
from textual.screen import ModalScreen, Screen
from textual.signal import Signal

from models.errors import FrontdeskError
from models.rules.text import one_line, redact
from screens.wording import words

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from models.rules.clock import Clock
    from models.views import Changes
    from screens.services import Services

#: Longest line of a toast or a banner.
LONGEST = 300


class Console(Protocol):
    """The App as screens see it; they must not import it."""

    services: Services
    changes: Signal[Changes]
    clock: Clock

    def write(self, work: Callable[[], Awaitable[None]], *, name: str = "write") -> None:
        """Runs a write that outlives the screen that asked for it; a failure becomes a banner, once."""

    def publish(self, changes: Changes) -> None:
        """Says what this console changed itself, without waiting for the feed."""

    def say(self, reason: str) -> None:
        """One line in the status line of the current screen, for a few seconds: why a key is dim, what was done."""

    def show_conversation(self, conversation_id: int) -> None:
        """Goes to the inbox with this conversation open."""

    def show_person(self, search: str) -> None:
        """Goes to Users with this search."""

    def show_outbox(self, reply_id: int | None = None) -> None:
        """Goes to the Outbox, with the cursor on this reply."""

    def why_not_write(self) -> str | None:
        """Why writing keys are dim, in words; None while they work."""


class Speaks:
    """`notify` that can't crash on brackets: cleaned, without markup. For App and screens alike."""

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """As Textual's; `markup` is ignored."""
        parent = cast(Any, super())
        parent.notify(
            one_line(redact(message), LONGEST),
            title=one_line(title, 80),
            severity=severity,
            timeout=timeout,
            markup=False,
        )


class _Helpers:
    """What a screen of ours can say and ask."""

    @property
    def console(self) -> Console:
        return cast("Console", cast(Any, self).app)

    def explain(self, error: BaseException) -> None:
        """Says what went wrong in the status line; an unexpected error names only its class."""
        self.console.say(explained(error))


class BaseScreen(Speaks, _Helpers, Screen[None]):
    """A mode's screen. `services` are handed in; nothing reaches for them."""

    def __init__(self, services: Services, *, name: str | None = None, id: str | None = None) -> None:
        super().__init__(name=name, id=id)
        self.services = services

    def status(self, reason: str) -> None:
        """Shows one line for a few seconds where this screen has its status line."""


class BaseDialog(Speaks, _Helpers, ModalScreen[Any]):
    """A dialog; Esc cancels it."""


def explained(error: BaseException) -> str:
    """An error as one line for a person: worded if expected, else its class, never its text."""
    if isinstance(error, FrontdeskError):
        return words(error)
    return f"{type(error).__name__}"
