"""Help: the keys that work here and now, and ten words explained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from screens.actions import BY_ID, Action, display
from screens.base import BaseDialog
from screens.i18n import N_, NP_, _, pgettext
from screens.text import plain

GLOSSARY: tuple[tuple[str, str], ...] = (
    (NP_("glossary", "attached"), N_("the web application receives the updates; Frontdesk joins in")),
    (NP_("glossary", "standalone"), N_("Frontdesk itself receives the bot's updates")),
    (NP_("glossary", "waiting"), N_("the last message is the person's: they wait for us")),
    (NP_("glossary", "held"), N_("your reply, not sent for some seconds yet: {key} takes it back")),
    (NP_("glossary", "queued"), N_("safe in the outbox, sent as soon as it can be")),
    (NP_("glossary", "not known"), N_("Telegram did not answer, it may have arrived: you decide")),
    (NP_("glossary", "claim"), N_("a colleague has taken this conversation on")),
    (NP_("glossary", "band"), N_("exploring 0–30, interested 31–60, evaluating –85, ready –100")),
    (NP_("glossary", "drift"), N_("access that differs from what the payments say")),
    (NP_("glossary", "grant"), N_("giving somebody access to the course")),
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


def glossary_text(keys: Mapping[str, tuple[str, ...]]) -> Content:
    """Ten words, one line each; with the key in force where one is named."""
    back = display(keys.get("inbox.take-back", BY_ID["inbox.take-back"].keys)[:1])
    lines = [plain(_("Ten words"), "$foreground-muted")]
    width = max(cell_len(pgettext("glossary", word)) for word, _meaning in GLOSSARY) + 1
    for word, meaning in GLOSSARY:
        lines.append(plain(pgettext("glossary", word).ljust(width), "bold") + plain(_(meaning).format(key=back)))
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
        self._glossary = glossary_text(keys)
        self._text = keys_text(actions, dim, keys)
        self._note = note

    def compose(self) -> ComposeResult:
        with VerticalScroll() as box:
            box.border_title = _("Keys that work here")
            yield Static(self._glossary, markup=False)
            yield Static(self._text, markup=False)
            if self._note is not None:
                yield Static(plain(self._note, "$foreground-muted"), markup=False)

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def action_scroll(self, lines: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def action_dismiss_help(self) -> None:
        self.dismiss(None)
