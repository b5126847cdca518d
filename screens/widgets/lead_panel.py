"""What is known of the person behind a conversation: a sidebar, a drawer, or one line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from models.rules.bands import BOUNDS, Band
from models.rules.text import one_line
from models.views import Lead
from screens.i18n import _
from screens.lead_words import score_text
from screens.reach import GLYPH, briefly
from screens.text import plain
from screens.times import stamp

#: Hue is never alone: a glyph and a word stand beside it.
BAND_STYLES: dict[Band, str] = {
    Band.EXPLORING: "$foreground-muted",
    Band.INTERESTED: "$text-secondary",
    Band.EVALUATING: "$text-warning",
    Band.READY: "$text-success",
}


def score_words(score: int | None, band: Band | None) -> Content:
    """`score_text` in the colour of its band."""
    if score is None:
        return plain(score_text(score, band), "$foreground-muted")
    return plain(score_text(score, band), "$text-warning" if band is None else BAND_STYLES[band])


def meter(score: int | None, band: Band | None, width: int) -> Content:
    """A bar of `width` cells with a tick after 30, 60 and 85: the bands are unequal."""
    ticks = {min(width - 1, round(high / 100 * width)) for _low, high in list(BOUNDS.values())[:-1]}
    filled = 0 if score is None or band is None else max(1 if score else 0, round(score / 100 * width))
    line = Content("")
    for cell in range(width):
        mark = "┃" if cell in ticks else "━"
        style = BAND_STYLES[band] if band is not None and cell < filled else "$foreground-disabled"
        line = line + plain(mark, style)
    return line


def access_words(lead: Lead) -> Content:
    """Admin, paid or neither, with a glyph each."""
    if lead.admin:
        return plain(_("★ admin, always paid"), "bold")
    return plain(_("$ paid"), "bold") if lead.paid else plain(_("○ no access"), "$foreground-muted")


def handle(lead: Lead) -> str:
    """`@name`, else the Telegram id, else nothing to reach the person by."""
    if lead.username:
        return f"@{lead.username}"
    return str(lead.telegram_id) if lead.telegram_id is not None else _("no Telegram id")


def summary(lead: Lead, now: datetime) -> Content:
    """The lead in one line, for a thread without a sidebar."""
    parts = [score_words(lead.score, lead.band), access_words(lead)]
    if lead.reach is not None:
        parts.insert(0, plain(f"{GLYPH} {briefly(lead.reach, now)}", "bold $text-error"))
    if lead.ai_processing:
        parts.append(plain(_("AI at work"), "$text-warning"))
    if lead.query:
        parts.append(plain(one_line(lead.query, 200), "$foreground-muted"))
    return plain(" · ", "$foreground-disabled").join(parts)


def details(lead: Lead, now: datetime, width: int) -> Content:
    """Everything, as lines of at most `width` cells where foreign text does not wrap by itself."""
    lines: list[Content] = []

    def head(words: str) -> None:
        lines.extend([Content(""), plain(words, "$foreground-muted")])

    def text(words: str | None, nothing: str) -> None:
        empty = not (words or "").strip()
        lines.append(plain(nothing if empty else words or "", "$foreground-disabled" if empty else "", multiline=True))

    lines.append(plain(one_line(lead.name, 120), "bold"))
    lines.append(plain(one_line(handle(lead), 64), "$foreground-muted"))
    if lead.reach is not None:
        lines.append(plain(f"{GLYPH} {briefly(lead.reach, now)}", "bold $text-error"))
    head(_("Ready to buy?"))
    lines.append(score_words(lead.score, lead.band))
    lines.append(meter(lead.score, lead.band, max(8, min(40, width))))
    head(_("Real name"))
    text(lead.real_name, _("not known"))
    head(_("Background"))
    text(lead.background, _("not known"))
    head(_("Asks for"))
    text(lead.query, _("not known"))
    head(_("AI"))
    lines.append(_ai(lead, now))
    head(_("Access"))
    lines.append(access_words(lead))
    text(_("signed in on the web") if lead.authenticated else _("never signed in on the web"), "")
    head(_("Messages"))
    counts = _("{incoming:,} from them, {outgoing:,} from us").format(
        incoming=lead.incoming_count, outgoing=lead.outgoing_count
    )
    lines.append(plain(counts))
    if lead.unread_count:
        lines.append(plain(_("{count:,} unread").format(count=lead.unread_count), "bold"))
    for words, moment in (
        (_("first {when}"), lead.first_message_at),
        (_("last {when}"), lead.last_message_at),
        (_("known since {when}"), lead.created_at),
    ):
        if moment is not None:
            lines.append(plain(words.format(when=stamp(moment, now)), "$foreground-muted"))
    return Content("\n").join(lines)


def _ai(lead: Lead, now: datetime) -> Content:
    if lead.ai_processing:
        since = stamp(lead.ai_processing_since, now)
        return plain(_("at work since {when}").format(when=since), "$text-warning")
    if lead.ai_paused:
        return plain(_("paused for this conversation"), "$text-warning")
    return plain(_("not at work"), "$foreground-muted")


class LeadPanel(VerticalScroll, can_focus=True):
    """The sidebar or drawer; shows what it is given."""

    DEFAULT_CSS = """
    LeadPanel {
        padding: 0 1; scrollbar-size-vertical: 1; scrollbar-background: $background; scrollbar-color: $panel;
        Static { height: auto; width: 100%; }
    }
    """

    def __init__(self, clock: Callable[[], datetime], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._clock = clock
        self._lead: Lead | None = None
        self._height = -1

    def compose(self) -> ComposeResult:
        yield Static(id="lead-details", markup=False)

    def show(self, lead: Lead | None) -> None:
        """Shows this lead, or nothing."""
        if lead is None or self._lead is None or lead.conversation_id != self._lead.conversation_id:
            self.scroll_home(animate=False)
        self._lead = lead
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        width = max(8, self.size.width - 3)
        content = details(self._lead, self._clock(), width) if self._lead is not None else Content("")
        # Laid out again only when the number of lines changes: the screen's layout is the dearest part of a key press.
        height = content.get_height({}, width)
        self.query_one("#lead-details", Static).update(content, layout=height != self._height)
        self._height = height
