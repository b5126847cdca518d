"""What a search found, a screenful or two: people first, then messages on two lines each, hits marked."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import datetime

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.events import Click
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual

from models.rules.text import clean
from models.views import Direction, Hit, PersonHit
from screens.actions import Context, bindings
from screens.i18n import _
from screens.text import plain
from screens.times import day, hours, short
from screens.widgets.row_lines import Line, Piece, cells_of, cropped, fit, padded, score

#: Rows before the last at which more are asked for.
NEAR = 5
_ARROWS = {Direction.INCOMING: "←", Direction.OUTGOING: "→"}
_STYLES = ("name", "quiet", "time", "text", "hit", "head", "exploring", "interested", "evaluating", "ready", "warning")


def person_line(person: PersonHit, width: int) -> Line:
    """Name, @username, Telegram id."""
    name: list[Piece] = [("   ", ""), (fit(person.name, max(8, min(30, width - 20)), fill=width >= 50), "name")]
    named = f"@{person.username}" if person.username else ""
    more = "  " + (fit(named, 24) + "  " if width >= 70 else f"{named}  " if named else "") + str(person.telegram_id)
    more += "" if person.conversation_id else "  " + _("no conversation")
    return cropped([[*name, (fit(more, max(0, width - cells_of(name)), fill=False), "quiet")]], width)[0]


def hit_lines(hit: Hit, width: int, now: datetime) -> tuple[Line, Line]:
    """When, which way and whose conversation; the text around the hit."""
    at = hit.created_at
    when, cells = (f"{day(at, now)} {hours(at)}", 21) if width >= 60 and at is not None else (short(at, now), 6)
    head: list[Piece] = [(" ", ""), (fit(when, cells), "time"), (" ", "")]
    head += [(_ARROWS.get(hit.direction, "?") + " ", "quiet")]
    mark: list[Piece] = padded([score(hit.score)], 4) if width >= 40 else []
    head.append((fit(hit.name, max(0, width - cells_of(head) - cells_of(mark) - 1)), "name"))
    first, second = cropped([[*head, *mark], [("   ", ""), *_text(hit, width - 4)]], width)
    return first, second


def _text(hit: Hit, room: int) -> list[Piece]:
    """The pieces in `room` cells, the first hit among them."""
    pieces = [(clean(text), "hit" if is_hit else "text") for text, is_hit in hit.pieces]
    before = 0
    while before < len(pieces) and pieces[before][1] != "hit":
        before += 1
    lead = "".join(text for text, _style in pieces[:before])
    marked = pieces[before][0] if before < len(pieces) else ""
    most = max(0, min(room - cell_len(marked) - 1, room // 3))
    if before < len(pieces) and cells_of(pieces) > room and cell_len(lead) > most:
        while lead and cell_len(lead) > most:
            lead = lead[1:]
        pieces = [("…" + lead, "text"), *pieces[before:]]
    line = list(cropped([pieces], room)[0])
    if cells_of(pieces) > room and line:
        text, style = line[-1]
        line[-1] = (text[:-1] + "…" if cell_len(text[-1:]) == 1 else text, style)
    return line


class HitList(ScrollView, can_focus=True):
    """Shows what it is handed; says what is opened and when more is wanted."""

    CONTEXTS = (Context.LIST,)
    BINDINGS = bindings(Context.LIST)
    ALLOW_SELECT = False
    COMPONENT_CLASSES = {f"hits--{name}" for name in (*_STYLES, "cursor")}
    DEFAULT_CSS = """
    HitList {
        scrollbar-size-vertical: 1; scrollbar-size-horizontal: 0; overflow-x: hidden;
        scrollbar-background: $background; scrollbar-color: $panel;
        .hits--name { color: $foreground; text-style: bold; }
        .hits--quiet, .hits--time { color: $foreground-muted; }
        .hits--text { color: $foreground; }
        .hits--hit { background: $warning; color: $background; }
        .hits--head { color: $accent; }
        .hits--exploring { color: $foreground-muted; }
        .hits--interested { color: $text-primary; }
        .hits--evaluating { color: $text-warning; }
        .hits--ready { color: $text-success; }
        .hits--warning { color: $text-warning; }
        .hits--cursor { background: $panel; }
    }
    """

    class Opened(Message):
        """This row is to be opened: a person, or the hit at this place."""

        def __init__(self, person: PersonHit | None, hit: int) -> None:
            super().__init__()
            self.person = person
            self.hit = hit

    class MoreWanted(Message):
        """The end is near."""

    def __init__(self, clock: Callable[[], datetime], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._clock = clock
        self.people: tuple[PersonHit, ...] = ()
        self.hits: tuple[Hit, ...] = ()
        self._empty = Content("")
        self.cursor = 0
        self._lines: list[tuple[int | None, Line]] = []
        self._starts: list[int] = []

    def show(self, people: Sequence[PersonHit], hits: Sequence[Hit], empty: Content, *, cursor: int = 0) -> None:
        """Other rows; `empty` is what no row at all says, `cursor` counts people first."""
        self.people, self.hits, self._empty = tuple(people), tuple(hits), empty
        self._lay_out()
        self.put_cursor(cursor)

    def add(self, hits: Sequence[Hit]) -> None:
        """More rows below."""
        self.hits = tuple(hits)
        self._lay_out()

    def put_cursor(self, row: int) -> None:
        """The cursor on a row, in sight."""
        last = len(self._starts) - 1
        self.cursor = max(0, min(row, last))
        if last >= 0:
            top, height = self._starts[self.cursor], self.size.height
            bottom = top + (1 if self.cursor < len(self.people) else 2)
            if self.cursor == 0:
                top = 0
            if top < self.scroll_offset.y:
                self.scroll_to(y=top, animate=False, immediate=True, force=True)
            elif bottom > self.scroll_offset.y + height:
                self.scroll_to(y=bottom - height, animate=False, immediate=True, force=True)
            if self.cursor >= last - NEAR:
                self.post_message(self.MoreWanted())
        self.refresh()

    def _lay_out(self) -> None:
        width = self.scrollable_content_region.width or self.size.width
        now = self._clock()
        self._lines, self._starts = [], []
        if self.people:
            self._lines.append((None, ((" " + _("People"), "head"),)))
        for row, person in enumerate(self.people):
            self._starts.append(len(self._lines))
            self._lines.append((row, person_line(person, width)))
        if self.people and self.hits:
            self._lines += [(None, ()), (None, ((" " + _("Messages"), "head"),))]
        for row, hit in enumerate(self.hits, len(self.people)):
            self._starts.append(len(self._lines))
            self._lines += [(row, line) for line in hit_lines(hit, width, now)]
        self.virtual_size = Size(width, len(self._lines))
        self.refresh()

    def on_resize(self) -> None:
        self._lay_out()
        self.put_cursor(self.cursor)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self.refresh()

    # Drawing

    def render_line(self, y: int) -> Strip:
        width, base = self.scrollable_content_region.width, self.rich_style
        if not self._starts:
            words = Visual.to_strips(self, self._empty, max(1, width - 2), None, self.visual_style)
            at = y - max(0, (self.size.height - len(words)) // 3)
            if not 0 <= at < len(words):
                return Strip.blank(width, base)
            return Strip([Segment(" ", base), *words[at]]).adjust_cell_length(width, base)
        at = y + self.scroll_offset.y
        if not 0 <= at < len(self._lines):
            return Strip.blank(width, base)
        row, line = self._lines[at]
        chosen = row is not None and row == self.cursor
        under = base + self._style("cursor") if chosen else base
        segments = [Segment(text, under + self._style(style)) for text, style in line]
        if chosen and self.has_focus and segments:
            segments[0] = Segment("▌" + segments[0].text[1:], under + self._style("head"))
        return Strip(segments).adjust_cell_length(width, under)

    def _style(self, name: str) -> Style:
        if not name:
            return Style.null()
        partial = name not in ("hit", "cursor")
        return self.get_component_rich_style(f"hits--{name}", partial=partial)

    # Keys

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def on_click(self, event: Click) -> None:
        at = event.y + int(self.scroll_offset.y)
        row = self._lines[at][0] if 0 <= at < len(self._lines) else None
        if row is not None:
            self.put_cursor(row)
            self.action_open()

    def action_cursor_down(self) -> None:
        self.put_cursor(self.cursor + 1)

    def action_cursor_up(self) -> None:
        self.put_cursor(self.cursor - 1)

    def action_cursor_first(self) -> None:
        self.put_cursor(0)

    def action_cursor_last(self) -> None:
        self.put_cursor(len(self._starts) - 1)

    def action_cursor_middle(self) -> None:
        self.put_cursor((len(self._starts) - 1) // 2)

    def action_page_down(self) -> None:
        self._page(1)

    def action_page_up(self) -> None:
        self._page(-1)

    def _page(self, direction: int) -> None:
        if self._starts:
            line = self._starts[self.cursor] + direction * max(1, self.size.height - 2)
            self.put_cursor(max(0, bisect_right(self._starts, line) - 1))

    def action_open(self) -> None:
        if not self._starts:
            return
        many = len(self.people)
        person = self.people[self.cursor] if self.cursor < many else None
        self.post_message(self.Opened(person, self.cursor - many))


def tips() -> Content:
    """What an empty search says."""
    rows = (
        ("оплата", _("any part of a word; е is ё, case aside")),
        ('"добрый день"', _("words that follow each other")),
        ("from:us   from:person   from:anna", _("we, the person, somebody of that name")),
        ("score:>85   score:61-85", _("how ready the lead is")),
        ("is:paid   is:unread   is:admin", _("whose conversation it is")),
        ("before:2026-10-01   after:2026-09-01", _("when it was written")),
        ("in:42", _("in one conversation")),
    )
    width = max(cell_len(example) for example, _meaning in rows) + 2
    lines = [plain(_("Search all messages and people, newest first:"), "bold"), Content("")]
    for example, meaning in rows:
        lines.append(
            plain(example + " " * (width - cell_len(example)), "$accent") + plain(meaning, "$foreground-muted")
        )
    return Content("\n").join(lines)
