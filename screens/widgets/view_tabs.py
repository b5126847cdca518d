"""The views with their live counts, as one line."""

from __future__ import annotations

from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widget import Widget

from models.rules.bands import GLYPHS, Band
from models.views import Counts, Order, View
from screens.i18n import N_, _, number
from screens.text import plain

VIEW_WORDS: dict[View, str] = {
    View.ALL: N_("All"),
    View.WAITING: N_("Waiting"),
    View.UNREAD: N_("Unread"),
    View.READY: N_("Ready"),
    View.EVALUATING: N_("Evaluating"),
    View.INTERESTED: N_("Interested"),
    View.EXPLORING: N_("Exploring"),
    View.UNSCORED: N_("Unscored"),
    View.MINE: N_("Mine"),
    View.SNOOZED: N_("Snoozed"),
    View.DONE: N_("Done"),
    View.DRAFTS: N_("Drafts"),
    View.NOT_DELIVERED: N_("Not delivered"),
    View.TAGGED: N_("Tagged"),
}
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


def tab(view: View, counts: Counts | None, *, chosen: bool, short: int) -> Content:
    """`2 Waiting 14`. From 1 on a band is its glyph alone, at 2 spaces go too."""
    place = list(View).index(view) + 1
    count = counts.by_view.get(view) if counts is not None else None
    bare = not chosen and short >= 1 and view in _BANDS
    word = "" if bare else _(VIEW_WORDS[view])
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


def tab_line(current: View, counts: Counts | None, order: Order, width: int) -> tuple[Content, list[tuple[int, View]]]:
    """The line, and where each tab ends. Where it is narrow words go, then empty views, then those far off."""
    views = list(View)
    for short in range(3):
        if short == 2 and counts is not None:
            views = [view for view in View if counts.by_view.get(view) or view in (current, View.ALL, View.WAITING)]
        tabs = [(view, tab(view, counts, chosen=view is current, short=short)) for view in views]
        if sum(each.cell_length for _view, each in tabs) <= width:
            break
    at = views.index(current)
    first, last, used = at, at, tabs[at][1].cell_length
    while True:
        after = tabs[last + 1][1].cell_length if last + 1 < len(tabs) else None
        before = tabs[first - 1][1].cell_length if first > 0 else None
        if before is not None and used + before <= width:
            first, used = first - 1, used + before
        elif after is not None and used + after <= width:
            last, used = last + 1, used + after
        else:
            break
    line, ends = Content(""), []
    for view, each in tabs[first : last + 1]:
        line = line + each
        ends.append((line.cell_length, view))
    words = plain(f" {_(ORDER_WORDS[order])} ", "$foreground-muted")
    if line.cell_length + words.cell_length <= width:
        line = line.pad_right(width - line.cell_length - words.cell_length) + words
    return line, ends


class ViewTabs(Widget):
    """Digits and `[ ]` choose; so does a click."""

    DEFAULT_CSS = "ViewTabs { height: 1; width: 1fr; background: $surface; }"

    class Chosen(Message):
        """A click on a view."""

        def __init__(self, view: View) -> None:
            super().__init__()
            self.view = view

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._view, self._order, self._counts = View.ALL, Order.RECENT, None

    _counts: Counts | None

    def show(self, view: View, order: Order, counts: Counts | None) -> None:
        """Draws again only what differs."""
        if (view, order, counts) != (self._view, self._order, self._counts):
            self._view, self._order, self._counts = view, order, counts
            self.refresh()

    def render(self) -> Content:
        return tab_line(self._view, self._counts, self._order, self.size.width)[0]

    def on_click(self, event: Click) -> None:
        _line, ends = tab_line(self._view, self._counts, self._order, self.size.width)
        for end, view in ends:
            if event.x < end:
                self.post_message(self.Chosen(view))
                return
