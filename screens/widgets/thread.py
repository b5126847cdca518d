"""One conversation's messages: a Line API widget over the pages loaded so far, anchored at the bottom."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import datetime

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.timer import Timer

from models.rules.delivery import Choice, choices
from models.rules.text import fold_text
from models.views import Cursor, Reply, ThreadPage
from screens.actions import Context, bindings
from screens.i18n import _
from screens.painter import set_virtual_size
from screens.widgets.thread_layout import ThreadLayout, marked
from screens.widgets.thread_lines import Item, Look, key
from screens.widgets.thread_pages import ThreadPages

#: Lines from the top at which older messages are asked for; seconds between two looks at a countdown.
NEAR, TICK = 5, 0.5

_STYLES = (
    *("text", "author", "us", "quiet", "rule", "day", "bar", "ours", "our-bar"),
    *("held", "sent", "failed", "unknown", "hit", "cursor", "empty", "note", "note-head"),
)


class Thread(ScrollView, can_focus=True):
    """Shows pages handed to it; asks for older ones and for decisions by messages. Draws nothing it was not given."""

    CONTEXTS = (Context.THREAD,)
    BINDINGS = bindings(Context.THREAD)
    ALLOW_SELECT = False
    COMPONENT_CLASSES = {f"thread--{name}" for name in _STYLES}
    DEFAULT_CSS = """
    Thread {
        scrollbar-size-vertical: 1; scrollbar-size-horizontal: 0; overflow-x: hidden; overflow-y: scroll;
        scrollbar-background: $background; scrollbar-color: $panel;
        .thread--author { color: $foreground; text-style: bold; }
        .thread--us { color: $foreground; text-style: bold; }
        .thread--quiet, .thread--empty { color: $foreground-muted; }
        .thread--rule { color: $panel; }
        .thread--day { color: $foreground-muted; }
        .thread--bar { color: $foreground-muted; }
        .thread--ours { background: $panel; }
        .thread--our-bar { color: $foreground-muted; }
        .thread--held { color: $text-warning; }
        .thread--sent { color: $text-success; }
        .thread--failed { color: $text-error; text-style: bold; }
        .thread--unknown { color: $text-warning; text-style: bold; }
        .thread--hit { background: $warning; color: $background; }
        .thread--cursor { color: $accent; text-style: bold; }
        .thread--note { color: $text-warning; text-style: italic; }
        .thread--note-head { color: $text-warning; text-style: bold; }
    }
    """

    class OlderWanted(Message):
        """The top is near: load the page before this cursor."""

        def __init__(self, conversation_id: int, before: Cursor) -> None:
            super().__init__()
            self.conversation_id = conversation_id
            self.before = before

    class NewerWanted(Message):
        """The bottom of what is loaded is near, and it is not the end: load the page after this cursor."""

        def __init__(self, conversation_id: int, after: Cursor) -> None:
            super().__init__()
            self.conversation_id = conversation_id
            self.after = after

    class NewestWanted(Message):
        """The end of the thread is wanted, and it is not loaded."""

    class Asked(Message):
        """Something is wanted of this item: "copy", "edit" or "delete"."""

        def __init__(self, what: str, item: Item | None) -> None:
            super().__init__()
            self.what = what
            self.item = item

    class Undecided(Message):
        """A person wants to decide about this reply."""

        def __init__(self, reply: Reply, options: tuple[Choice, ...]) -> None:
            super().__init__()
            self.reply = reply
            self.options = options

    def __init__(self, clock: Callable[[], datetime], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._clock = clock
        self._pages = ThreadPages()
        self._person = ""
        self._operator_id: int | None = None
        self._channel: str | None = None
        self._several = False
        self._unfolded: set[str] = set()
        self._cursor: str | None = None
        self._words: tuple[str, ...] = ()
        self._finding = False
        self.items: tuple[Item, ...] = ()
        self._laid = ThreadLayout()
        self._hues: dict[str, Style] = {}
        self._counting: Timer | None = None
        self._empty = ""
        self._stick = True

    def on_mount(self) -> None:
        self._counting = self.set_interval(TICK, self._count_down, pause=True)

    # What is shown

    @property
    def conversation_id(self) -> int | None:
        return self._pages.conversation_id

    def show(
        self,
        page: ThreadPage,
        *,
        person: str,
        operator_id: int | None,
        channel: str | None = None,
        several: bool = False,
    ) -> None:
        """Another conversation or channel, at its end; or the newest page of this one again, where the person was
        reading. `several`: each message says which channel it used."""
        same = (page.conversation_id, channel) == (self.conversation_id, self._channel)
        stay = same and not self.at_end
        if not same:
            self._forget()
            self._pages.open(page)
        else:
            self._pages.renew(page)
        self._pages.keep_local(keep=stay)
        self._set_look(person, operator_id, channel, several)
        self._lay_out(end=not stay)

    def show_around(
        self,
        page: ThreadPage,
        message_id: int,
        *,
        person: str,
        operator_id: int | None,
        channel: str | None = None,
        several: bool = False,
        words: Sequence[str] = (),
    ) -> None:
        """A page around this message, the cursor on it in the middle, `words` (folded) marked."""
        self._forget()
        self._pages.open(page)
        self._set_look(person, operator_id, channel, several)
        self._lay_out(end=False)
        self.go_to(message_id, words)

    def _set_look(self, person: str, operator_id: int | None, channel: str | None, several: bool) -> None:
        self._person, self._operator_id = person, operator_id
        self._channel, self._several = channel, several
        self._empty = _("No messages yet.")

    def go_to(self, message_id: int, words: Sequence[str] = ()) -> bool:
        """The cursor on a message that is loaded, in the middle, `words` marked; False when it is not loaded."""
        at = next((at for at, item in enumerate(self.items) if key(item) == f"m{message_id}"), None)
        if at is None:
            return False
        self._words, self._finding = tuple(words), False
        self._cursor = key(self.items[at])
        first, last = self._laid.starts[at], self._laid.starts[at + 1]
        height = self.scrollable_content_region.height
        middle = first if last - first >= height else first - (height - (last - first)) // 2
        self.scroll_to(y=max(0, middle), animate=False, immediate=True, force=True)
        self.refresh()
        return True

    def mark(self, words: Sequence[str]) -> None:
        """Sets these words (folded) apart; none: nothing is."""
        self._words, self._finding = tuple(words), False
        self.refresh()

    @property
    def detached(self) -> bool:
        """Whether newer messages are there below what is loaded."""
        return self._pages.newer is not None

    def clear(self, words: str = "") -> None:
        """Nothing is open."""
        self._forget(words)
        self._lay_out(end=True)

    def _forget(self, words: str = "") -> None:
        self._pages.clear()
        self.items, self._cursor, self._words, self._finding = (), None, (), False
        self._unfolded.clear()
        self._laid.clear()
        self._empty = words

    def add_older(self, page: ThreadPage) -> None:
        """A page before what is loaded; the lines on the screen stay where they are."""
        if not self._pages.add_older(page):
            return
        from_end = self.virtual_size.height - self.scroll_offset.y
        self._lay_out(end=False)
        self.scroll_to(y=self.virtual_size.height - from_end, animate=False, immediate=True, force=True)

    def add_newer(self, page: ThreadPage) -> None:
        """A page below what is loaded; the lines on the screen stay where they are."""
        if self._pages.add_newer(page):
            self._lay_out(end=False)
            self._stick = self.scroll_offset.y >= self.max_scroll_y - 1

    def add_local(self, reply: Reply) -> None:
        """A bubble before the database has it; the next page replaces it."""
        self._pages.local = (*self._pages.local, reply)
        self._lay_out(end=True)

    def drop_local(self) -> None:
        """Takes bubbles of `add_local` away."""
        self._pages.local = ()
        self._lay_out(end=self.at_end)

    def show_message(self, message_id: int) -> bool:
        """The cursor on this message; False when it is not among those loaded."""
        at = next((at for at, item in enumerate(self.items) if key(item) == f"m{message_id}"), None)
        if at is not None:
            self._put_cursor(at)
        return at is not None

    @property
    def older(self) -> Cursor | None:
        """Where the page before what is loaded ends; None at the beginning of the thread."""
        return self._pages.older

    @property
    def newest_id(self) -> int:
        """Id of the newest message that is shown; 0 without one."""
        return self._pages.newest_id

    @property
    def at_end(self) -> bool:
        """Whether the newest line is meant to be seen; a smaller pane does not change that."""
        return self._stick and not self.detached

    @property
    def current(self) -> Item | None:
        """The item under the cursor."""
        return next((item for item in self.items if key(item) == self._cursor), None)

    # Layout

    def _look(self) -> Look:
        width = max(2, self.scrollable_content_region.width or self.size.width)
        return Look(width, self._clock(), self._person, self._operator_id, several=self._several)

    def _lay_out(self, *, end: bool) -> None:
        look = self._look()
        self.items = self._pages.items
        self._laid.lay_out(self.items, look, self._unfolded)
        self._watch_countdowns()
        set_virtual_size(self, Size(look.width, len(self._laid.lines)))
        if end:
            self._stick = True
            self.scroll_to(
                y=max(0, len(self._laid.lines) - self.size.height), animate=False, immediate=True, force=True
            )
        self.refresh()

    def on_resize(self) -> None:
        self._lay_out(end=self.at_end)

    def _count_down(self) -> None:
        self._lay_out(end=self.at_end)

    def _watch_countdowns(self) -> None:
        """The clock runs only while something is counted down."""
        if self._counting is not None:
            held = any(reply.not_before is not None for reply in (*self._pages.replies, *self._pages.local))
            (self._counting.resume if held else self._counting.pause)()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._hues.clear()
        self.refresh()

    # Drawing

    def render_lines(self, crop: Region) -> list[Strip]:
        """As Textual's, without its cache: all lines are others for each conversation, and none has a border."""
        guards, background = self.get_line_filters(), self.background_colors[1]
        strips = []
        for y in range(crop.y, crop.bottom):
            strip = self.render_line(y).adjust_cell_length(self.size.width, self._style("base"))
            for guard in guards:
                strip = strip.apply_filter(guard, background)
            strips.append(strip.crop(crop.x, crop.right))
        return strips

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        base = self._style("base")
        row = y + self.scroll_offset.y - max(0, self.scrollable_content_region.height - len(self._laid.lines))
        if not self.items and self._empty and y == self.size.height // 2:
            words = Segment(f" {self._empty}", base + self._style("empty"))
            return Strip([words]).adjust_cell_length(width, base)
        if not 0 <= row < len(self._laid.lines):
            return Strip.blank(width, base)
        line = self._laid.lines[row]
        chosen = line.item is not None and self.has_focus and key(self.items[line.item]) == self._cursor
        segments = [Segment(text, base + self._style(style)) for text, style in marked(line, self._words)]
        if chosen and segments:
            bar = base + self._style("cursor")
            if segments[-1].text == "▕":
                segments[-1] = Segment("▐", bar)
            elif segments[0].text in ("▏", " ", "┊ "):
                segments[0] = Segment("▌ " if len(segments[0].text) == 2 else "▌", bar)
        return Strip(segments).adjust_cell_length(width, base)

    def _style(self, name: str) -> Style:
        style = self._hues.get(name)
        if style is None:
            # Blended over this widget's own background: a colour may be a share of the foreground.
            if name == "base":
                style = self.rich_style
            else:
                style = self.get_visual_style(f"thread--{name}").rich_style if name else Style.null()
            self._hues[name] = style
        return style

    # The cursor

    def _index(self) -> int | None:
        return next((at for at, item in enumerate(self.items) if key(item) == self._cursor), None)

    def _put_cursor(self, index: int) -> None:
        if not self.items:
            return
        index = max(0, min(index, len(self.items) - 1))
        self._cursor = key(self.items[index])
        top, bottom = self._laid.starts[index], self._laid.starts[index + 1]
        height = self.scrollable_content_region.height
        if bottom > self.scroll_offset.y + height:
            self.scroll_to(y=min(top, bottom - height) if bottom - top <= height else top, animate=False, force=True)
        elif top < self.scroll_offset.y:
            self.scroll_to(y=top, animate=False, force=True)
        if index == 0:
            self._ask_for_older()
        elif index == len(self.items) - 1:
            self._ask_for_newer()
        self.refresh()

    def on_focus(self) -> None:
        if self._index() is None:
            self._put_cursor(len(self.items) - 1)
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def action_cursor_down(self) -> None:
        at = self._index()
        self._put_cursor(len(self.items) - 1 if at is None else at + 1)

    def action_cursor_up(self) -> None:
        at = self._index()
        self._put_cursor(len(self.items) - 1 if at is None else at - 1)

    def action_cursor_first(self) -> None:
        self._put_cursor(0)

    def action_cursor_last(self) -> None:
        if self.detached:
            self.post_message(self.NewestWanted())
        else:
            self._put_cursor(len(self.items) - 1)

    def action_page_down(self) -> None:
        self._page(1)

    def action_page_up(self) -> None:
        self._page(-1)

    def _page(self, direction: int) -> None:
        height = max(1, self.scrollable_content_region.height - 2)
        self.scroll_to(y=self.scroll_offset.y + direction * height, animate=False, immediate=True, force=True)
        edge = self.scroll_offset.y + (height if direction > 0 else 1)
        if self.items:
            self._cursor = key(self.items[min(bisect_right(self._laid.starts, edge) - 1, len(self.items) - 1)])
        self.refresh()

    def action_enter(self) -> None:
        """Unfolds a long message; asks about a reply that needs a person."""
        item = self.current
        if isinstance(item, Reply) and (options := choices(item.state)):
            self.post_message(self.Undecided(item, options))
        elif item is not None:
            self._unfolded ^= {key(item)}
            self._lay_out(end=False)

    def action_ask(self, what: str) -> None:
        self.post_message(self.Asked(what, self.current))

    # Finding

    def find(self, words: str) -> int:
        """Marks the messages that hold `words`, case and ё aside; how many do. Empty words end the search."""
        folded = fold_text(words.strip())
        self._words, self._finding = (folded,) if folded else (), bool(folded)
        hits = self._hits()
        if hits:
            self._put_cursor(hits[-1])
        self.refresh()
        return len(hits)

    @property
    def finding(self) -> bool:
        return self._finding

    def next_hit(self, direction: int) -> bool:
        """The cursor on the next (1) or previous (-1) hit; False when there is none that way."""
        at = self._index()
        hits = self._hits()
        there = [hit for hit in hits if at is None or (hit > at if direction > 0 else hit < at)]
        if not there:
            if direction < 0:
                self._ask_for_older()
            return False
        self._put_cursor(there[0] if direction > 0 else there[-1])
        return True

    def _hits(self) -> list[int]:
        return [
            at
            for at, item in enumerate(self.items)
            if self._words and any(each in fold_text(item.body) for each in self._words)
        ]

    # Older messages

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._stick = new_value >= self.max_scroll_y - 1
        if new_value <= NEAR and self.items:
            self._ask_for_older()
        if new_value >= self.max_scroll_y - NEAR and self.items:
            self._ask_for_newer()

    def _ask_for_older(self) -> None:
        if self.conversation_id is not None and (before := self._pages.ask_for_older()) is not None:
            self.post_message(self.OlderWanted(self.conversation_id, before))

    def _ask_for_newer(self) -> None:
        if self.conversation_id is not None and (after := self._pages.ask_for_newer()) is not None:
            self.post_message(self.NewerWanted(self.conversation_id, after))
