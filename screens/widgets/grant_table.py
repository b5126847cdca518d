"""A list of grants as a table: whom each line means, what it comes to, and what stands against it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.style import Style
from rich.text import Text
from textual.message import Message
from textual.widgets import DataTable

from models.rules.access_lines import GrantLine
from models.rules.text import one_line
from models.views.access import BatchResult, BatchRow, GrantPreview, LineState
from screens.access_words import LINE_WORDS, tier_word, until
from screens.actions import Context, bindings
from screens.i18n import _
from screens.money import money
from screens.text import cut
from screens.wording import words

#: What a line comes to: never told by its colour alone.
GLYPHS: dict[LineState, str] = {
    LineState.NEW: "+",
    LineState.RENEWAL: "↻",
    LineState.DONE: "=",
    LineState.DUPLICATE: "!",
    LineState.LIKE: "≈",
    LineState.TWO: "?",
    LineState.NOBODY: "∅",
    LineState.WRONG: "×",
    LineState.LEFT: "–",
}
#: Lines that will be granted, and lines that wait for a person.
GRANTED = frozenset({LineState.NEW, LineState.RENEWAL})
OPEN = frozenset({LineState.DUPLICATE, LineState.LIKE, LineState.TWO, LineState.NOBODY, LineState.WRONG})


def state_word(row: BatchRow, result: BatchResult | None) -> str:
    """A line's state with its glyph; 'granted' once it is."""
    if result is not None and result.granted is not None:
        return f"✓ {_('granted')}"
    if result is not None and result.error is not None:
        return f"× {_('not granted')}"
    return f"{GLYPHS[row.state]} {_(LINE_WORDS[row.state])}"


def terms(preview: GrantPreview | None, line: GrantLine) -> str:
    """What is bought: tier, amount, until when; of a renewal both ends."""
    if line.money is None:
        return one_line(line.text, 80)
    parts = [tier_word(line.tier), money(line.money)]
    if preview is not None and preview.refused is None:
        old, new = until(preview.expires_before), until(preview.expires_at)
        parts.append(f"{old} → {new}" if preview.renewal else _("until {date}").format(date=new))
        if preview.expires_at is None and not preview.renewal:
            parts[-1] = new
    return ", ".join(parts)


def remark(row: BatchRow, result: BatchResult | None) -> str:
    """What stands against a line, or what else is to know; foreign in parts."""
    problem = result.error if result is not None and result.error is not None else row.problem
    if result is not None and result.granted is not None:
        why = result.granted.why_not_notified
        return _("not told: {why}").format(why=words(why)) if why is not None else ""
    if row.state is LineState.TWO:
        return ", ".join(f"#{id} {one_line(name, 30)}" for id, name, _username in row.people)
    if problem is not None:
        return words(problem)
    if row.state is LineState.DUPLICATE:
        return _("an earlier line has this receipt")
    if row.state in GRANTED and row.blocked:
        return _("blocked the bot: can't be told")
    if row.line.override:
        return _("said: {why}").format(why=one_line(row.line.override, 80))
    return ""


class GrantTable(DataTable[Text], inherit_bindings=False):
    """Keeps its cursor on its line whatever is drawn again."""

    CONTEXTS = (Context.LIST,)
    BINDINGS = bindings(Context.LIST)
    DEFAULT_CSS = """
    GrantTable { height: 1fr; width: 100%; scrollbar-size-vertical: 1; scrollbar-size-horizontal: 1; }
    """

    class Opened(Message):
        """Somebody wants to mend this line (its place, from 0)."""

        def __init__(self, place: int) -> None:
            super().__init__()
            self.place = place

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, cursor_type="row", zebra_stripes=False)

    def on_mount(self) -> None:
        for name in (_("line"), _("who"), _("state"), _("what"), _("receipt"), _("remark")):
            self.add_column(Text(name))

    def show(self, rows: Sequence[BatchRow], results: Mapping[int, BatchResult]) -> None:
        """These lines; the cursor stays where it is."""
        at = self.cursor_row
        self.clear()
        self.add_rows([self._cells(row, results.get(place)) for place, row in enumerate(rows)])
        if rows:
            self.move_cursor(row=min(at, len(rows) - 1))

    def update_line(self, place: int, row: BatchRow, result: BatchResult | None) -> None:
        """One line again, while the list is worked through."""
        key = list(self.rows)[place]
        for column, cell in zip(self.columns, self._cells(row, result), strict=True):
            self.update_cell(key, column, cell)

    def _cells(self, row: BatchRow, result: BatchResult | None) -> list[Text]:
        done = result is not None and result.granted is not None
        style = Style()
        if row.state in OPEN and not done:
            style = Style(bold=True)
        elif row.state in (LineState.LEFT, LineState.DONE) and not done:
            style = Style(dim=True)
        name = row.person_name or row.line.user or row.line.text
        return [
            Text(str(row.line.number), style),
            Text(cut(name, 24), style),
            Text(state_word(row, result), style),
            Text(cut(terms(row.preview, row.line), 52), style),
            Text(cut(row.line.receipt, 22), style),
            Text(cut(remark(row, result), 90), style),
        ]

    def action_cursor_first(self) -> None:
        self.move_cursor(row=0)

    def action_cursor_last(self) -> None:
        self.move_cursor(row=max(0, self.row_count - 1))

    def action_cursor_middle(self) -> None:
        self.move_cursor(row=max(0, self.row_count - 1) // 2)

    def action_open(self) -> None:
        if self.row_count:
            self.post_message(self.Opened(self.cursor_row))

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """A click on the line that the cursor is on already."""
        event.stop()
        self.action_open()
