"""The bottom of every screen: a banner when something is wrong, what is live, and the keys that work here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content, Span
from textual.timer import Timer
from textual.widgets import Input, Static, TextArea

from screens.actions import Action, display
from screens.i18n import _
from screens.text import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from screens.base import BaseScreen, Console

#: Seconds a reason stays in the status line.
SAID = 6.0
#: Seconds after which the picture counts as old.
STALE = 2.0


@dataclass(frozen=True, slots=True)
class State:
    """What the status line says when nobody just said something. `age` is seconds since the last look at the database,
    None before the first; `operator` is the name the journal will carry; `not_sending` says why not, briefly; `trouble`
    is Delivery's; `pause` is how long Telegram asks the whole bot to wait still, in words; `health` is who
    receives, in words, and whether that is worth a second look; `preparing` how much of the table of the views is made,
    in percent, while it is being made."""

    age: float | None = None
    operator: str | None = None
    warning: str | None = None
    can_send: bool = False
    not_sending: str | None = None
    trouble: str | None = None
    pause: str | None = None
    health: tuple[str, bool] | None = None
    preparing: int | None = None


def live(age: float | None) -> tuple[str, str]:
    """The words for how old the picture is, and their style."""
    if age is None:
        return _("Opening…"), "$foreground-muted"
    if age < STALE:
        return _("● live"), "$success"
    if age < 120:
        return _("○ picture is {age} s old").format(age=int(age)), "$warning"
    return _("○ picture is {age} min old").format(age=int(age / 60)), "$warning"


def telegram(state: State) -> tuple[str, str]:
    """The words for Telegram's state, and their style."""
    if not state.can_send:
        return state.not_sending or _("not sending"), "$warning"
    if state.pause is not None:
        return _("Telegram asks to wait {left}").format(left=state.pause), "$warning"
    match state.trouble:
        case None:
            return _("Telegram ok"), "$foreground-muted"
        case "unauthorized":
            return _("Telegram refuses the token"), "$error"
        case "unreachable":
            return _("Telegram can't be reached, replies wait"), "$warning"
        case _:
            return _("the outbox can't be read, replies wait"), "$warning"


def state_line(state: State, said: str | None, width: int) -> Content:
    """One line: what was just said or the state, and at the right who is at the keyboard."""
    name = f" {state.operator} " if state.operator else " "
    right = plain(name, "$warning" if state.warning else "$foreground-muted")
    if said is not None:
        left = plain(f" {said}", "bold $foreground")
    else:
        words, style = live(state.age)
        left = plain(f" {words}", style)
        if state.preparing is not None:
            words = _("Preparing the views: {percent} %").format(percent=state.preparing)
            left = left + plain("  ·  ", "$foreground-disabled") + plain(words, "$foreground-muted")
        if state.age is not None:
            words, style = telegram(state)
            left = left + plain("  ·  ", "$foreground-disabled") + plain(words, style)
            if state.health is not None:
                words, wrong = state.health
                left = left + plain("  ·  ", "$foreground-disabled")
                left = left + plain(words, "$warning" if wrong else "$foreground-muted")
        if state.warning:
            left = left + plain("  ·  ", "$foreground-disabled") + plain(state.warning, "$warning")
    room = width - right.cell_length
    if room < 24:
        return left.truncate(width, ellipsis=True)
    return left.truncate(room, ellipsis=True, pad=True) + right


def key_line(
    actions: Sequence[Action], keys: dict[str, tuple[str, ...]], dim: set[str], width: int, *, typing: bool = False
) -> Content:
    """The footer: as many of the actions as fit, innermost first; help always. While typing, characters are text."""
    help_action = next((action for action in actions if action.id == "app.help"), None)
    shown = [action for action in actions if action.footer and action is not help_action]
    last = _key(help_action, keys, dim, typing) if help_action is not None else Content("")
    line = Content(" ")
    for action in shown:
        piece = _key(action, keys, dim, typing)
        if line.cell_length + piece.cell_length + last.cell_length > width:
            continue
        line = line + piece
    return line + last


def _key(action: Action, keys: dict[str, tuple[str, ...]], dim: set[str], typing: bool) -> Content:
    bound = keys.get(action.id, action.keys)
    key = display(([each for each in bound if len(each) > 1] if typing else bound)[:1])
    faint = action.id in dim
    return plain(f"{key} ", "$foreground-disabled" if faint else "bold $accent") + plain(
        f"{_(action.footer)}  ", "$foreground-disabled" if faint else "$foreground-muted"
    )


class StatusBar(Vertical):
    """Docked at the bottom of each BaseScreen, which feeds it."""

    DEFAULT_CSS = """
    StatusBar {
        dock: bottom; height: auto; background: $panel;
        Static { height: 1; width: 1fr; text-wrap: nowrap; }
        #banner { background: $error; color: $background; display: none; }
        #banner.-shown { display: block; }
    }
    """

    def __init__(self) -> None:
        super().__init__(id="status-bar")
        self._said: str | None = None
        self._quiet: Timer | None = None
        self._drawn: dict[str, tuple[str, tuple[Span, ...]]] = {}
        self._keyed: object = None

    def compose(self) -> ComposeResult:
        yield Static(id="banner", markup=False)
        yield Static(id="state", markup=False)
        yield Static(id="keys", markup=False)

    def on_mount(self) -> None:
        self.set_interval(1.0, self.refresh_state)
        self.refresh_state()

    def on_resize(self) -> None:
        self.refresh_state()

    def say(self, reason: str) -> None:
        """Shows one line for SAID seconds."""
        self._said = reason
        if self._quiet is not None:
            self._quiet.stop()
        self._quiet = self.set_timer(SAID, self._hush)
        self.refresh_state()

    @property
    def said(self) -> str | None:
        return self._said

    def _hush(self) -> None:
        self._said = None
        self.refresh_state()

    def refresh_state(self) -> None:
        """Draws again what changed; cheap when nothing did."""
        if not self.is_attached or not self.screen.is_current or not self.screen.is_mounted or not self.children:
            return
        screen, console = cast("BaseScreen", self.screen), cast("Console", self.app)
        width = self.size.width or self.app.size.width
        banner = console.banner
        self._show("banner", plain(f" {banner}", "bold") if banner else Content(""))
        self.query_one("#banner").set_class(banner is not None, "-shown")
        self._show("state", state_line(console.state(), self._said, width))
        actions, dim = screen.here()
        typing = isinstance(screen.focused, Input | TextArea)
        # Made anew only for other keys: this is asked every second, and after each key.
        asked = (actions, frozenset(dim), width, typing, id(console.keys))
        if asked != self._keyed:
            self._keyed = asked
            self._show("keys", key_line(actions, console.keys, dim, width, typing=typing))

    def _show(self, id: str, content: Content) -> None:
        # Two contents of the same words count as equal, whatever their styles.
        drawn = (content.plain, tuple(content.spans))
        if self._drawn.get(id) != drawn:
            self._drawn[id] = drawn
            self.query_one(f"#{id}", Static).update(content, layout=False)
