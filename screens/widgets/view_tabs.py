"""The views with their live counts, as one line."""

from __future__ import annotations

from datetime import datetime

from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widget import Widget

from models.rules.bands import GLYPHS, Band
from models.rules.clock import Clock
from models.rules.waiting import Pressure, Targets
from models.views import Counts, Order, View
from screens.i18n import N_, _, number
from screens.text import cut, plain
from screens.times import waited_long
from screens.view_words import VIEW_WORDS

#: Seconds between two looks at how long the oldest has waited.
TICK = 15.0

ORDER_WORDS: dict[Order, str] = {
    Order.RECENT: N_("recent first"),
    Order.WAITING: N_("waiting longest first"),
    Order.SCORE: N_("highest score first"),
    Order.PRESSING: N_("score × waiting first"),
}
_BANDS = {
    View.READY: Band.READY,
    View.EVALUATING: Band.EVALUATING,
    View.INTERESTED: Band.INTERESTED,
    View.EXPLORING: Band.EXPLORING,
}


#: A view, and which tag of View.TAGGED.
Tab = tuple[View, str | None]
#: Tags that have a tab of their own.
TAGS = 12


def tabs_of(counts: Counts | None, current: Tab) -> list[Tab]:
    """Every view, then the tags that are most used; the current one whatever its use."""
    tags = list(counts.tags)[:TAGS] if counts is not None else []
    tabs: list[Tab] = [(view, None) for view in View]
    tabs += [(View.TAGGED, tag) for tag in tags]
    return tabs if current in tabs else [*tabs, current]


def _count(tab: Tab, counts: Counts | None) -> int | None:
    if counts is None:
        return None
    return counts.by_view.get(tab[0]) if tab[1] is None else counts.tags.get(tab[1], 0)


def tab(tab: Tab, counts: Counts | None, *, chosen: bool, short: int) -> Content:
    """`2 Waiting 14`. From 1 on a band is its glyph alone, at 2 spaces go too."""
    view, tag = tab
    place = list(View).index(view) + 1
    count = _count(tab, counts)
    bare = not chosen and short >= 1 and view in _BANDS
    word = "" if bare else _(VIEW_WORDS[view]) if tag is None else f"#{cut(tag, 16)}"
    glyph = GLYPHS[_BANDS[view]] if view in _BANDS else ""
    gap = "" if short >= 2 and bare else " "
    digit = f"{place}{gap}" if place <= 9 else ""
    tail = "" if count is None else number(count)
    named = " ".join(part for part in (glyph, word) if part)
    space = " " if named and tail and gap else ""
    quiet = "$foreground-muted" if not count else ""
    end = " " if short < 2 or chosen else ""
    return (
        plain(f" {digit}", "bold $accent reverse" if chosen else "$foreground-muted")
        + plain(named, "bold $accent reverse" if chosen else quiet)
        + plain(f"{space}{tail}{end}", "bold $accent reverse" if chosen else quiet or "bold")
    )


def tab_line(
    current: View,
    counts: Counts | None,
    order: Order,
    width: int,
    *,
    tag: str | None = None,
    wait: Content | None = None,
) -> tuple[Content, list[tuple[int, Tab]]]:
    """The line, and where each tab ends. Where it is narrow words go, then empty views, then those far off; `wait`, how
    long the longest has waited, stays at the right."""
    here = (current, tag)
    every = tabs_of(counts, here)
    wait = wait or Content("")
    room = width - wait.cell_length
    if room < 20:
        room, wait = width, Content("")
    for short in range(3):
        if short == 2 and counts is not None:
            stay = {here, (View.ALL, None), (View.WAITING, None)}
            every = [each for each in every if _count(each, counts) or each in stay]
        tabs = [(each, tab(each, counts, chosen=each == here, short=short)) for each in every]
        if sum(each.cell_length for _tab, each in tabs) <= room:
            break
    at = every.index(here)
    first, last, used = at, at, tabs[at][1].cell_length
    while True:
        after = tabs[last + 1][1].cell_length if last + 1 < len(tabs) else None
        before = tabs[first - 1][1].cell_length if first > 0 else None
        if before is not None and used + before <= room:
            first, used = first - 1, used + before
        elif after is not None and used + after <= room:
            last, used = last + 1, used + after
        else:
            break
    line, ends = Content(""), []
    for each, words in tabs[first : last + 1]:
        line = line + words
        ends.append((line.cell_length, each))
    words = plain(f" {_(ORDER_WORDS[order])} ", "$foreground-muted")
    right = wait + words if line.cell_length + words.cell_length <= room else wait
    if right.cell_length and line.cell_length + right.cell_length <= width:
        line = line.pad_right(width - line.cell_length - right.cell_length) + right
    return line, ends


def longest_wait(counts: Counts | None, targets: Targets, now: datetime) -> Content:
    """`◆ 2 h 14 min`: how long the one who waits longest has waited; nothing when nobody does."""
    since = counts.oldest_waiting_at if counts is not None else None
    if since is None:
        return Content("")
    glyph, style = {
        Pressure.FINE: ("·", "$foreground-muted"),
        Pressure.SOON: ("◷", "$text-warning"),
        Pressure.LATE: ("◆", "bold $text-error"),
    }[targets.pressure(since, now)]
    return plain(" " + _("{glyph} oldest {time}").format(glyph=glyph, time=waited_long(since, now)) + " ", style)


class ViewTabs(Widget):
    """Digits and `[ ]` choose; so does a click."""

    DEFAULT_CSS = "ViewTabs { height: 1; width: 1fr; background: $surface; }"

    class Chosen(Message):
        """A click on a view, or on a tag."""

        def __init__(self, view: View, tag: str | None) -> None:
            super().__init__()
            self.view = view
            self.tag = tag

    def __init__(self, clock: Clock, targets: Targets, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._clock, self._targets = clock, targets
        self._shown: tuple[View, str | None, Order, Counts | None] = (View.ALL, None, Order.RECENT, None)
        self._wait = Content("")

    def on_mount(self) -> None:
        self.set_interval(TICK, self._look_at_clock)

    def show(self, view: View, order: Order, counts: Counts | None, tag: str | None = None) -> None:
        """Draws again only what differs."""
        if (view, tag, order, counts) != self._shown:
            self._shown = (view, tag, order, counts)
            self._look_at_clock()
            self.refresh()

    def _look_at_clock(self) -> None:
        wait = longest_wait(self._shown[3], self._targets, self._clock())
        if (wait.plain, wait.spans) != (self._wait.plain, self._wait.spans):
            self._wait = wait
            self.refresh()

    def _line(self) -> tuple[Content, list[tuple[int, Tab]]]:
        view, tag, order, counts = self._shown
        return tab_line(view, counts, order, self.size.width, tag=tag, wait=self._wait)

    def render(self) -> Content:
        return self._line()[0]

    def on_click(self, event: Click) -> None:
        for end, (view, tag) in self._line()[1]:
            if event.x < end:
                self.post_message(self.Chosen(view, tag))
                return
