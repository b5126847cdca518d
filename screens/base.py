"""What every screen stands on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, cast

from textual.await_complete import AwaitComplete
from textual.binding import BindingsMap
from textual.dom import DOMNode
from textual.geometry import Size
from textual.keys import key_to_character
from textual.notifications import SeverityLevel
from textual.screen import ModalScreen, Screen
from textual.signal import Signal
from textual.widgets import Input, TextArea
from textual.worker import Worker, WorkerState

from models.errors import FrontdeskError
from models.rules.text import one_line, redact
from screens import actions
from screens.actions import Action, Context
from screens.keymap import rebind
from screens.painter import Painted
from screens.widgets.status_bar import StatusBar
from screens.wording import words

if TYPE_CHECKING:
    from models.rules.clock import Clock
    from models.views import Changes
    from screens.services import Services
    from screens.walk import Walk
    from screens.widgets.status_bar import State

#: Longest line of a toast or a banner.
LONGEST = 300


class Console(Protocol):
    """The App as screens see it; they must not import it."""

    services: Services
    changes: Signal[Changes]
    clock: Clock
    #: A person's own keys by action id; an action not in it has the registry's.
    keys: dict[str, tuple[str, ...]]
    #: What is wrong, in words; None while all is well.
    banner: str | None

    def state(self) -> State:
        """What the status line says."""

    def failed(self, error: BaseException) -> None:
        """The one handler of failed workers: a line for the person, and the frame stays."""

    def write(self, work: Callable[[], Awaitable[None]], *, name: str = "write") -> None:
        """Runs a write that outlives the screen that asked for it; a failure becomes a banner, once."""

    def count_answer(self, conversation_id: int) -> None:
        """A reply to this conversation was queued here; the goodbye counts it."""

    def show_waiting(self, count: int) -> None:
        """So many wait for us: the terminal's title carries it."""

    def publish(self, changes: Changes) -> None:
        """Says what this console changed itself, without waiting for the feed."""

    def say(self, reason: str) -> None:
        """One line in the status line of the current screen, for a few seconds: why a key is dim, what was done."""

    def show_conversation(self, conversation_id: int) -> None:
        """Goes to the inbox with this conversation open."""

    def show_person(self, search: str) -> None:
        """Goes to Users with this search."""

    def show_user(self, user_id: int, back: str | None = None) -> None:
        """Goes to a person's page; the last step out leads to the mode `back`."""

    def show_journal(self, user_id: int, back: str | None = None) -> None:
        """Goes to the journal of a person: who gave access, when, by which receipt."""

    def show_receipt(self, receipt: str, back: str | None = None) -> None:
        """Goes to what the journal says of a receipt."""

    def show_outbox(self, reply_id: int | None = None) -> None:
        """Goes to the Outbox, with the cursor on this reply."""

    def show_hit(self, walk: Walk) -> None:
        """Goes to the inbox with the message of this hit in its thread."""

    def show_search(self) -> None:
        """Goes to the search as it was left."""

    def leave_search(self) -> None:
        """Goes back to where the search was begun."""

    def why_not_write(self) -> str | None:
        """Why writing keys are dim, in words; None while they work."""


class Speaks:
    """`notify` that can't crash on brackets: cleaned, without markup. For App and screens alike."""

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """What our styles name and some of Textual's themes lack; only an App is asked."""
        return {"foreground-disabled": "ansi_bright_black"}

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


class Helped:
    """What screens and dialogs of ours share."""

    @property
    def _binding_chain(self) -> list[tuple[DOMNode, BindingsMap]]:
        chain = cast("list[tuple[DOMNode, BindingsMap]]", cast(Any, super())._binding_chain)
        keymap = self.console.keys
        for index, (node, bound) in enumerate(chain if keymap else ()):
            inner = [each for each, _bound in chain[:index]]
            rebind(bound, getattr(node, "CONTEXTS", ()), keymap, partial(_writes, inner))
        return chain

    @property
    def console(self) -> Console:
        """The App."""
        return cast("Console", cast(Any, self).app)

    def _screen_resized(self, size: Size) -> None:
        # Textual lays out each size it is told, and the layout tells the screen its size again: of two sizes under way
        # at once each would chase the other for ever. A test storms each screen.
        if size == cast(Any, self).app.size:
            cast(Any, super())._screen_resized(size)

    def explain(self, error: BaseException) -> None:
        """Says what went wrong in the status line; an unexpected error names only its class."""
        self.console.say(explained(error))

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            self.console.failed(event.worker.error)


class BaseScreen(Speaks, Helped, Painted, Screen[None]):
    """A mode's screen. `services` are handed in; nothing reaches for them. It yields a StatusBar last.

    A widget or screen names its contexts in CONTEXTS; footer and help read them from whatever has focus outwards.
    """

    CONTEXTS: ClassVar[tuple[Context, ...]] = ()

    def __init__(self, services: Services, *, name: str | None = None, id: str | None = None) -> None:
        super().__init__(name=name, id=id)
        self.services = services

    def on_mount(self) -> None:
        self.console.changes.subscribe(self, self._news)
        # Whatever asks before every pane is made gets no answer; now there is one.
        self.call_later(self.refresh_bar)

    def first_page_shown(self) -> bool:
        """Whether what a person waits for is there, so that other work may begin."""
        return True

    def on_news(self, changes: Changes) -> None:
        """Something moved in the database; every pane is there."""

    def _news(self, changes: Changes) -> None:
        # The signal would swallow what is raised here, and a screen half made would miss the news.
        if not self.is_mounted:
            self.call_later(self.on_news, changes)
            return
        try:
            self.on_news(changes)
        except Exception as error:
            self.console.failed(error)

    def status(self, reason: str) -> None:
        """Shows one line for a few seconds in the status line."""
        for bar in self.query(StatusBar):
            bar.say(reason)

    def refresh_bar(self) -> None:
        """Draws banner, state and footer again."""
        for bar in self.query(StatusBar):
            bar.refresh_state()

    def on_descendant_focus(self) -> None:
        self.refresh_bar()

    def on_descendant_blur(self) -> None:
        self.refresh_bar()

    def on_screen_resume(self) -> None:
        self.refresh_bar()

    def here(self) -> tuple[tuple[Action, ...], set[str]]:
        """The actions that work here and now, innermost first, and the ids of those that are dim."""
        found = contexts_of(self.focused or self)
        there = tuple(action for context in found for action in actions.of(context))
        if isinstance(self.focused, Input | TextArea):  # characters are text there
            keys = self.console.keys
            there = tuple(each for each in there if any(len(key) > 1 for key in keys.get(each.id, each.keys)))
        return there, {action.id for action in there if self.why_dim(action) is not None}

    def why_dim(self, action: Action) -> str | None:
        """Why this action does nothing now, in words; None when it works. Screens add their own reasons."""
        return self.console.why_not_write() if action.writes else None

    def savings(self) -> list[tuple[str, Callable[[], object]]]:
        """What this screen can save to a file, for the palette: a title, and what begins it."""
        return []

    def allowed(self, id: str) -> bool:
        """Whether this action works now; when not, the status line says why."""
        why = self.why_dim(actions.BY_ID[id])
        if why is not None:
            self.console.say(why)
        return why is None


class BaseDialog(Speaks, Helped, Painted, ModalScreen[Any]):
    """A dialog; Esc cancels it. It is answered once: what a fast key repeats would close the screen behind it."""

    answered = False

    def dismiss(self, result: Any = None) -> AwaitComplete:
        if self.answered or not self.is_current:
            return AwaitComplete()
        self.answered = True
        return super().dismiss(result)


def _writes(nodes: list[DOMNode], key: str) -> bool:
    """Whether one of these takes the key as text."""
    return any(node.check_consume_key(key, key_to_character(key)) for node in nodes)


def contexts_of(node: DOMNode) -> list[Context]:
    """The contexts alive where `node` has focus, innermost first, the App's last."""
    found: list[Context] = []
    for each in node.ancestors_with_self:
        found.extend(reversed(getattr(each, "CONTEXTS", ())))
    return found


def explained(error: BaseException) -> str:
    """An error as one line for a person: worded if expected, else its class, never its text."""
    if isinstance(error, FrontdeskError):
        return words(error)
    return type(error).__name__
