"""The lead as lines: what is known, what people corrected, how the score moved. Pure, no widget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from textual.content import Content

from models.rules.bands import BOUNDS, GLYPHS, Band, band
from models.rules.stuck import is_stuck
from models.rules.text import one_line
from models.views import Correction, Field, Lead, ScoreChange
from screens.i18n import _, ngettext
from screens.keymap import key_for
from screens.lead_words import FIELD_WORDS, score_text
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
#: Messages after which a score counts as stale.
STALE = 5
_SPARKS = "▁▂▃▄▅▆▇█"

#: What the cursor can stand on: a field, or the place of a change of the score among the lead's.
Item = Field | int


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the panel, wrapped when it is drawn; `item` on the first line of what the cursor can stand on. An
    `edited` line gives way to the editor of its field."""

    content: Content
    item: Item | None = None
    edited: Field | None = None


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


def sparkline(changes: Sequence[ScoreChange], width: int) -> Content:
    """A cell for each score, the newest at the right, at most `width`; a point where there was none."""
    scores = [each.score for each in changes]
    if changes and changes[0].before is not None:
        scores.insert(0, changes[0].before)
    line = Content("")
    for score in scores[-width:]:
        found = band(score)
        if score is None or found is None:
            line = line + plain("·", "$foreground-disabled")
        else:
            line = line + plain(_SPARKS[min(7, score * 8 // 101)], BAND_STYLES[found])
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


def stuck(lead: Lead, now: datetime) -> bool:
    """Whether the AI has been at work for so long that it never ends by itself."""
    return lead.ai_processing and is_stuck(lead.ai_processing_since, now)


def stale_words(lead: Lead) -> str | None:
    """`scored 12 messages ago`; None while the score is fresh, or nothing is known of its age."""
    since = lead.facts.messages_since
    if since is None or since < STALE or lead.score is None:
        return None
    return ngettext("scored {n} message ago", "scored {n} messages ago", since).format(n=since)


def summary(lead: Lead, now: datetime) -> Content:
    """The lead in one line, for a thread without a sidebar."""
    parts = [score_words(lead.score, lead.band), access_words(lead)]
    if lead.reach is not None:
        parts.insert(0, plain(f"{GLYPH} {briefly(lead.reach, now)}", "bold $text-error"))
    if lead.facts.overwritten:
        parts.append(
            plain(
                _("! the AI wrote over a correction: {key} brings it back").format(key=key_for("inbox.bring-back")),
                "$text-warning",
            )
        )
    if stuck(lead, now):
        parts.append(plain(_("AI stuck: ! resets it"), "bold $text-error"))
    elif lead.ai_processing:
        parts.append(plain(_("AI at work"), "$text-warning"))
    elif lead.ai_paused:
        parts.append(plain(_("‖ AI paused"), "$text-warning"))
    if (old := stale_words(lead)) is not None:
        parts.append(plain(old, "$foreground-muted"))
    if lead.query:
        parts.append(plain(one_line(lead.query, 200), "$foreground-muted"))
    return plain(" · ", "$foreground-disabled").join(parts)


def details(lead: Lead, now: datetime, width: int) -> Content:
    """Everything, as lines of at most `width` cells where foreign text does not wrap by itself."""
    return Content("\n").join([line.content for line in lead_lines(lead, now, width)])


def lead_lines(lead: Lead, now: datetime, width: int, *, history: int = 3, chosen: Item | None = None) -> list[Line]:
    """The whole panel; `history` is how many changes of the score are listed, `chosen` what the cursor stands on."""
    lines: list[Line] = []

    def head(words: str, item: Item | None = None) -> None:
        here = item is not None and item == chosen
        mark = plain("▌", "bold $accent") if here else plain("")
        lines.append(Line(Content("")))
        lines.append(Line(mark + plain(words, "bold" if here else "$foreground-muted"), item))

    def text(words: str | None, nothing: str, edited: Field | None = None) -> None:
        empty = not (words or "").strip()
        content = plain(nothing if empty else words or "", "$foreground-disabled" if empty else "", multiline=True)
        lines.append(Line(content, edited=edited))

    def correction(field: Field) -> None:
        if (found := lead.facts.of(field)) is not None:
            lines.extend(Line(content) for content in _correction(found))

    lines.append(Line(plain(one_line(lead.name, 120), "bold")))
    lines.append(Line(plain(one_line(handle(lead), 64), "$foreground-muted")))
    if lead.reach is not None:
        lines.append(Line(plain(f"{GLYPH} {briefly(lead.reach, now)}", "bold $text-error")))
    head(_(FIELD_WORDS[Field.SCORE]), Field.SCORE)
    lines.append(Line(score_words(lead.score, lead.band), edited=Field.SCORE))
    lines.append(Line(meter(lead.score, lead.band, max(8, min(40, width)))))
    correction(Field.SCORE)
    lines.extend(_history(lead, now, width, history, chosen))
    for field, words in (
        (Field.REAL_NAME, lead.real_name),
        (Field.BACKGROUND, lead.background),
        (Field.QUERY, lead.query),
    ):
        head(_(FIELD_WORDS[field]), field)
        text(words, _("not known"), field)
        correction(field)
    head(_("AI"))
    lines.append(Line(_ai(lead, now)))
    head(_("Access"))
    lines.append(Line(access_words(lead)))
    text(_("signed in on the web") if lead.authenticated else _("never signed in on the web"), "")
    head(_("Messages"))
    counts = _("{incoming:,} from them, {outgoing:,} from us").format(
        incoming=lead.incoming_count, outgoing=lead.outgoing_count
    )
    lines.append(Line(plain(counts if lead.counted else _("Loading…"))))
    if lead.unread_count:
        lines.append(Line(plain(_("{count:,} unread").format(count=lead.unread_count), "bold")))
    for words, moment in (
        (_("first {when}"), lead.first_message_at),
        (_("last {when}"), lead.last_message_at),
        (_("known since {when}"), lead.created_at),
    ):
        if moment is not None:
            lines.append(Line(plain(words.format(when=stamp(moment, now)), "$foreground-muted")))
    return lines


def _correction(found: Correction) -> list[Content]:
    """Who corrected a field, and what the AI had said; or that the AI wrote over it."""
    if found.overwritten:
        wanted = one_line(found.value or _("nothing"), 200)
        line = _("! the AI wrote over {who}'s “{value}”: {key} brings it back")
        return [
            plain(
                line.format(who=one_line(found.operator_name, 40), value=wanted, key=key_for("inbox.bring-back")),
                "$text-warning",
            )
        ]
    said = one_line(found.said or _("nothing"), 200)
    line = _("✎ {who}; the AI said: {said}").format(who=one_line(found.operator_name, 40), said=said)
    return [plain(line, "$foreground-muted")]


def _history(lead: Lead, now: datetime, width: int, most: int, chosen: Item | None) -> list[Line]:
    """How the score moved, and how old it is."""
    lines: list[Line] = []
    changes = lead.facts.changes
    if changes:
        lines.append(Line(sparkline(changes, max(8, min(40, width)))))
    if (old := stale_words(lead)) is not None:
        lines.append(Line(plain(old, "$text-warning")))
    for place in range(len(changes) - 1, max(-1, len(changes) - 1 - most), -1):
        lines.append(Line(_change(changes[place], now, here=chosen == place), place))
    return lines


def _change(change: ScoreChange, now: datetime, *, here: bool) -> Content:
    before, after = ("—" if score is None else str(score) for score in (change.before, change.score))
    found = band(change.score)
    mark = plain("▌", "bold $accent") if here else plain("")
    line = mark + plain(f"{before} → ", "$foreground-muted")
    glyph = f"{GLYPHS[found]} " if found is not None else ""
    line = line + plain(f"{glyph}{after}", BAND_STYLES[found] if found is not None else "$foreground-muted")
    by = f" {one_line(change.operator_name, 20)}" if change.operator_name else ""
    return line + plain(f"  {stamp(change.at, now)}{by}", "bold" if here else "$foreground-muted")


def _ai(lead: Lead, now: datetime) -> Content:
    since = stamp(lead.ai_processing_since, now)
    if stuck(lead, now):
        return plain(_("stuck since {when}: ! resets it").format(when=since), "bold $text-error")
    if lead.ai_processing:
        return plain(_("at work since {when}").format(when=since), "$text-warning")
    if lead.ai_paused:
        return plain(_("paused here: {key} lets it go on").format(key=key_for("inbox.pause")), "$text-warning")
    return plain(_("not at work"), "$foreground-muted")
