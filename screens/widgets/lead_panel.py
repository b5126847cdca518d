"""What is known of the person behind a conversation: a sidebar or a drawer, in which the four fields are corrected."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Region
from textual.message import Message
from textual.widgets import Static

from models.views import Field, Lead
from screens.actions import Context, bindings
from screens.widgets.clean_area import CleanArea
from screens.widgets.lead_lines import Item, Line, details, lead_lines, meter, score_words, summary

__all__ = ["LeadPanel", "details", "meter", "score_words", "summary"]

#: Seconds between two looks at how long the AI has been at work; rows from which the history stands open, and how much.
LOOK, TALL, OPEN, FEW = 15.0, 44, 12, 3


class FieldText(CleanArea):
    """A field while it is corrected."""

    CONTEXTS = (Context.FIELD,)
    BINDINGS = bindings(Context.FIELD)

    class Done(Message):
        """Enter, or Esc."""

        def __init__(self, *, save: bool) -> None:
            super().__init__()
            self.save = save

    def action_save_field(self) -> None:
        self.post_message(self.Done(save=True))

    def action_leave_field(self) -> None:
        self.post_message(self.Done(save=False))

    def action_line(self) -> None:
        self.replace("\n", *self.selection, maintain_selection_offset=False)


class LeadPanel(VerticalScroll, can_focus=True, inherit_bindings=False):
    """Shows what it is given; a cursor stands on fields and on changes of the score while it has focus."""

    CONTEXTS = (Context.LEAD,)
    BINDINGS = bindings(Context.LEAD)
    DEFAULT_CSS = """
    LeadPanel {
        padding: 0 1; scrollbar-size-vertical: 1; scrollbar-gutter: stable;
        scrollbar-background: $background; scrollbar-color: $panel;
        Static { height: auto; width: 100%; }
        #lead-details { min-height: 100%; }
        &.-editing #lead-details { min-height: 0; }
        FieldText {
            height: auto; min-height: 1; max-height: 8; border: none; padding: 0; display: none; background: $panel;
            scrollbar-size-vertical: 1;
            &:focus { border: none; }
        }
    }
    """

    class Chosen(Message):
        """Enter on a field or on a change of the score."""

        def __init__(self, lead: Lead, item: Item) -> None:
            super().__init__()
            self.lead = lead
            self.item = item

    class Corrected(Message):
        """A field was typed anew."""

        def __init__(self, conversation_id: int, field: Field, text: str) -> None:
            super().__init__()
            self.conversation_id = conversation_id
            self.field = field
            self.text = text

    def __init__(self, clock: Callable[[], datetime], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._clock = clock
        self._lead: Lead | None = None
        self._cursor: Item = Field.SCORE
        self._heights = (-1, -1)
        self._editing: tuple[int, Field] | None = None
        #: What was typed when another conversation came in between: it is there again when its field is opened.
        self._left: dict[tuple[int, Field], str] = {}

    def compose(self) -> ComposeResult:
        yield Static(id="lead-details", markup=False)
        yield FieldText(id="lead-field", soft_wrap=True, tab_behavior="focus", highlight_cursor_line=False)
        yield Static(id="lead-rest", markup=False)

    def on_mount(self) -> None:
        self.set_interval(LOOK, self._look_at_ai)

    @property
    def _area(self) -> FieldText:
        return self.query_one(FieldText)

    @property
    def editing(self) -> Field | None:
        """The field that is being typed."""
        return None if self._editing is None else self._editing[1]

    def show(self, lead: Lead | None) -> None:
        """Shows this lead, or nothing."""
        if lead is None or self._lead is None or lead.conversation_id != self._lead.conversation_id:
            self.scroll_home(animate=False)
            self._cursor = Field.SCORE
            if self._editing is not None:
                self._left[self._editing] = self._area.text
                self._close()
        self._lead = lead
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def on_focus(self) -> None:
        self._draw()

    def on_blur(self) -> None:
        self._draw()

    def _look_at_ai(self) -> None:
        if self._lead is not None and self._lead.ai_processing:
            self._draw()

    # Drawing

    def _lines(self) -> list[Line]:
        if self._lead is None:
            return []
        history = OPEN if self.size.height >= TALL else FEW
        chosen = self._cursor if self.has_focus else None
        return lead_lines(self._lead, self._clock(), self._width, history=history, chosen=chosen)

    @property
    def _width(self) -> int:
        return max(8, self.size.width - 3)

    def _draw(self) -> None:
        lines = self._lines()
        at = next((place for place, line in enumerate(lines) if line.edited == self.editing), None)
        cut = len(lines) if self._editing is None or at is None else at
        above, below = lines[:cut], lines[cut + 1 :]
        heights = []
        for id, part, before in (("#lead-details", above, self._heights[0]), ("#lead-rest", below, self._heights[1])):
            content = Content("\n").join([line.content for line in part])
            self.query_one(id).styles.display = "block" if part else "none"
            # Laid out again only when the number of lines changes: the screen's layout is the dearest part of a key
            # press.
            height = content.get_height({}, self._width) if part else 0
            if self._editing is None and part:
                height = max(height, self.size.height)  # as the style fills it
            self.query_one(id, Static).update(content, layout=height != before)
            heights.append(height)
        self._heights = (heights[0], heights[1])
        self.set_class(self._editing is not None, "-editing")

    # The cursor

    def _items(self) -> list[tuple[Item, int]]:
        """What the cursor can stand on, each with the row it begins at."""
        found: list[tuple[Item, int]] = []
        row = 0
        for line in self._lines():
            if line.item is not None:
                found.append((line.item, row))
            row += max(1, line.content.get_height({}, self._width))
        return found

    def _move(self, step: int) -> None:
        items = self._items()
        if not items:
            return
        places = [item for item, _row in items]
        at = places.index(self._cursor) if self._cursor in places else 0
        self._cursor, row = items[max(0, min(len(items) - 1, at + step))]
        self._draw()
        self.scroll_to_region(Region(0, max(0, row - 1), 1, 4), animate=False, force=True)

    def action_cursor_down(self) -> None:
        self._move(1)

    def action_cursor_up(self) -> None:
        self._move(-1)

    def action_cursor_first(self) -> None:
        self._move(-100)

    def action_cursor_last(self) -> None:
        self._move(100)
        self.scroll_end(animate=False)

    def action_enter(self) -> None:
        if self._lead is not None:
            self.post_message(self.Chosen(self._lead, self._cursor))

    # Correcting

    def edit(self, field: Field) -> None:
        """The field becomes a text to type."""
        lead = self._lead
        if lead is None or self._editing is not None:
            return
        values = {
            Field.SCORE: None if lead.score is None else str(lead.score),
            Field.REAL_NAME: lead.real_name,
            Field.BACKGROUND: lead.background,
            Field.QUERY: lead.query,
        }
        self._editing = (lead.conversation_id, field)
        area = self._area
        area.load_text(self._left.pop(self._editing, values[field] or ""))
        area.select_all()
        area.styles.display = "block"
        self.screen.set_focus(area, scroll_visible=True)
        self._draw()

    def on_field_text_done(self, event: FieldText.Done) -> None:
        event.stop()
        if self._editing is None:
            return
        (conversation_id, field), text = self._editing, self._area.text
        self._close()
        self.screen.set_focus(self, scroll_visible=False)
        self._draw()
        if event.save:
            self.post_message(self.Corrected(conversation_id, field, text))

    def keep(self, conversation_id: int, field: Field, text: str) -> None:
        """A text that could not be written: it is there again when the field is opened."""
        self._left[conversation_id, field] = text

    def _close(self) -> None:
        self._editing = None
        self._area.styles.display = "none"
