"""Help: the keys that work here and now, and ten words explained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from screens.actions import Action, display
from screens.base import BaseDialog
from screens.i18n import N_, _
from screens.text import plain

GLOSSARY: tuple[tuple[str, str], ...] = (
    (N_("attached"), N_("the web application receives the updates; Frontdesk joins in")),
    (N_("standalone"), N_("Frontdesk itself receives the bot's updates")),
    (N_("waiting"), N_("the last message is the person's: they wait for us")),
    (N_("held"), N_("your reply, not sent for some seconds yet: z takes it back")),
    (N_("queued"), N_("safe in the outbox, sent as soon as it can be")),
    (N_("not known"), N_("Telegram did not answer, it may have arrived: you decide")),
    (N_("claim"), N_("a colleague has taken this conversation on")),
    (N_("band"), N_("exploring 0–30, interested 31–60, evaluating –85, ready –100")),
    (N_("drift"), N_("access that differs from what the payments say")),
    (N_("grant"), N_("giving somebody access to the course")),
)


def keys_text(actions: Sequence[Action], dim: set[str], keys: Mapping[str, tuple[str, ...]]) -> Content:
    """A line for each action: keys, and what they do; dim where it does nothing now."""
    rows = [(display(keys.get(action.id, action.keys)), action) for action in actions]
    width = max((cell_len(words) for words, _action in rows), default=0)
    lines = []
    for words, action in rows:
        faint = "$foreground-disabled" if action.id in dim else ""
        spoken = plain(words + " " * (width - cell_len(words) + 2), faint or "bold $accent")
        lines.append(spoken + plain(_(action.description), faint))
    return Content("\n").join(lines)


def glossary_text() -> Content:
    """Ten words, one line each."""
    lines = [plain(_("Ten words"), "$foreground-muted")]
    lines += [plain(_(word).ljust(11), "bold") + plain(_(meaning)) for word, meaning in GLOSSARY]
    return Content("\n").join(lines)


class HelpDialog(BaseDialog):
    """Any of `?`, F1, q and Esc closes it."""

    DEFAULT_CSS = """
    HelpDialog {
        align: center middle;
        & > VerticalScroll {
            width: 76; max-width: 100%; height: auto; max-height: 100%; padding: 0 2;
            border: round $border; border-title-color: $accent; background: $surface;
            scrollbar-size-vertical: 1;
        }
        Static { height: auto; width: 100%; margin-bottom: 1; }
    }
    """
    BINDINGS = [
        Binding("escape,q,й,question_mark,comma,f1", "dismiss_help", show=False),
        Binding("j,о", "scroll(1)", show=False),
        Binding("k,л", "scroll(-1)", show=False),
    ]

    def __init__(
        self, actions: Sequence[Action], dim: set[str], keys: Mapping[str, tuple[str, ...]], note: str | None = None
    ) -> None:
        """`note` is a line about the bot, foreign in parts."""
        super().__init__()
        self._text = keys_text(actions, dim, keys)
        self._note = note

    def compose(self) -> ComposeResult:
        with VerticalScroll() as box:
            box.border_title = _("Keys that work here")
            yield Static(glossary_text(), markup=False)
            yield Static(self._text, markup=False)
            if self._note is not None:
                yield Static(plain(self._note, "$foreground-muted"), markup=False)

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def action_scroll(self, lines: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def action_dismiss_help(self) -> None:
        self.dismiss(None)
