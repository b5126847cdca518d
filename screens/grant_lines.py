"""A list of grants as it is read: lines that were pasted, resolved to people, mended in place."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.content import Content
from textual.events import Paste, Resize
from textual.widgets import ProgressBar, Static, TextArea

from models.errors import Refused
from models.rules.access_lines import GrantLine, parse_lines
from models.rules.expiry import Term
from models.rules.text import one_line
from models.views.access import BatchResult, BatchRow, LineState
from screens.access_words import LINE_WORDS
from screens.actions import Action
from screens.base import BaseScreen
from screens.dialogs.grant_lines import LineDialog, Mended, WhoDialog
from screens.i18n import _, ngettext
from screens.keymap import key_for
from screens.services import Services
from screens.text import plain
from screens.widgets.composer_text import ComposerText
from screens.widgets.grant_table import OPEN, GrantTable, remark
from screens.widgets.status_bar import StatusBar
from screens.wording import words
from screens.work import start

if TYPE_CHECKING:
    pass

#: Lines that the screen takes, and characters of a file; the command line takes more.
MOST, LARGEST = 2000, 1_000_000


class LinesBox(TextArea):
    """The lines as text. Control characters are shown as what they are not; a paste is looked at, at once."""

    get_line = ComposerText.get_line

    async def _on_paste(self, event: Paste) -> None:
        event.prevent_default()
        event.stop()
        self.replace(event.text.replace("\r\n", "\n").replace("\r", "\n")[:LARGEST], *self.selection)
        self.app.call_later(self.run_action, "screen.do")


class LinesScreen(BaseScreen):
    """Two steps: the text, then the table."""

    def __init__(self, services: Services) -> None:
        super().__init__(services, id="grants")
        self.rows: tuple[BatchRow, ...] = ()
        self.results: dict[int, BatchResult] = {}
        self._back = "inbox"
        self._telling = True
        self._busy = self._stop = False

    def compose(self) -> ComposeResult:
        yield Static(id="title", markup=False)
        yield LinesBox(id="lines", soft_wrap=False, tab_behavior="focus", highlight_cursor_line=False)
        yield Static(self._how(), id="how", markup=False)
        yield GrantTable(id="table")
        yield Static(id="line", markup=False)
        yield ProgressBar(id="progress", show_eta=False)
        yield StatusBar()

    def _how(self) -> Content:
        lines = [
            _("Paste a list: a line a person, @name or id, tier, amount, receipt. Tabs and semicolons do as well."),
            "    @anna_k, vip, 38000, 4711-88",
            _("Or the path of a CSV file. Nothing is granted yet: Ctrl+S shows what each line comes to."),
        ]
        return plain("\n".join(lines), multiline=True)

    def on_mount(self) -> None:
        self._draw()

    @property
    def table(self) -> GrantTable:
        return self.query_one(GrantTable)

    @property
    def lines(self) -> LinesBox:
        return self.query_one(LinesBox)

    def on_resize(self, event: Resize) -> None:
        width, height = event.size
        self.set_class(width < 40 or height < 12, "-tiny")

    def came_from(self, mode: str) -> None:
        """Where Esc leads."""
        self._back = mode

    # Drawing

    def _draw(self) -> None:
        self.query_one("#title", Static).update(plain(f" {self._title()}", "bold"))
        self._draw_line()
        self.refresh_bar()

    def _title(self) -> str:
        if not self.rows:
            return _("Access by a list")
        counts = Counter(row.state for place, row in enumerate(self.rows) if not self._granted(place))
        parts = [f"{counts[state]} {_(LINE_WORDS[state])}" for state in LineState if counts[state]]
        if done := len(self.rows) - counts.total():
            parts.insert(0, _("{count} granted").format(count=done))
        head = ngettext("{count} line", "{count} lines", len(self.rows)).format(count=len(self.rows))
        tell = _("the people are told") if self._telling else _("nobody is told")
        return f"{head}: {' · '.join(parts)} · {tell}"

    def _draw_line(self) -> None:
        """The line under the cursor, whole: a cell of the table may be cut."""
        place = self.table.cursor_row
        if not 0 <= place < len(self.rows):
            self.query_one("#line", Static).update("")
            return
        row = self.rows[place]
        said = remark(row, self.results.get(place))
        content = plain(one_line(row.line.text, 300), "$foreground-muted")
        self.query_one("#line", Static).update(content + plain(f"\n{said}", multiline=True) if said else content)

    def _granted(self, place: int) -> bool:
        result = self.results.get(place)
        return result is not None and result.granted is not None

    def on_data_table_row_highlighted(self) -> None:
        self._draw_line()

    def why_dim(self, action: Action) -> str | None:
        why = super().why_dim(action)
        if action.id == "batch.do":
            desk = self.services.desk
            if why is None and desk is not None and not desk.features.paid:
                return words(Refused("no-paid-column"))
        elif action.id in ("batch.save", "batch.leave-out", "batch.open", "batch.open-back") and not self.rows:
            return _("There are no lines yet.")
        return why

    # From text to rows

    def action_do(self) -> None:
        """Looks at the text; in the table asks for the count."""
        if self._busy or not self.allowed("batch.do"):
            return
        if self.has_class("-table"):
            self._ask()
            return
        self._begin(self._understand, "lines")

    def _begin(self, work: Callable[[], Any], name: str) -> None:
        """One piece of work at a time: a mended line may not meet a list that is being granted."""

        async def run() -> None:
            try:
                await work()
            finally:
                self._busy = False

        if not self._busy:
            self._busy = True
            start(self, run, name=name, group="lines")

    async def _understand(self) -> None:
        text = await self._text()
        if text is None:
            return
        lines = await asyncio.to_thread(parse_lines, text)
        if not lines:
            self.status(_("There is nothing to grant yet: paste a list."))
            return
        if len(lines) > MOST:
            said = _("{count:,} lines: here at most {most:,}; `frontdesk grant --csv FILE` takes more.")
            self.status(said.format(count=len(lines), most=MOST))
            return
        self.status(_("Looking…"))
        term_of = self._term_of
        self.rows = await self.services.call(lambda desk: desk.batch.resolve(lines, term_of))
        self.results = {}
        self.add_class("-table")
        self.table.show(self.rows, self.results)
        self.table.focus()
        first = next((place for place, row in enumerate(self.rows) if row.state in OPEN), 0)
        self.table.move_cursor(row=first)
        self._draw()
        waiting = sum(row.state in OPEN for row in self.rows)
        said = ngettext("{count} line waits to be mended.", "{count} lines wait to be mended.", waiting)
        self.status(said.format(count=waiting) if waiting else _("Every line is understood: Ctrl+S grants."))

    async def _text(self) -> str | None:
        """What was pasted, or what the file holds whose path was; None: it can't be read."""
        text = self.lines.text
        named = text.strip().strip("'\"")
        if not named or "\n" in named or "," in named or not named.casefold().endswith((".csv", ".txt", ".tsv")):
            return text
        try:
            return await asyncio.to_thread(_read, Path(named).expanduser())
        except OSError as error:
            self.status(_("{path} can't be read: {why}").format(path=one_line(named, 120), why=error.strerror or "?"))
        except UnicodeDecodeError:
            self.status(_("{path} is not UTF-8.").format(path=one_line(named, 120)))
        return None

    def _term_of(self, tier: str) -> Term:
        return self.services.presets.terms_of(tier)[0]

    # Mending

    def action_open(self, step: int) -> None:
        """The next line that waits for a person."""
        waiting = [at for at, row in enumerate(self.rows) if row.state in OPEN and not self._granted(at)]
        here = self.table.cursor_row
        there = [at for at in waiting if at > here] if step > 0 else [at for at in reversed(waiting) if at < here]
        if there or waiting:
            self.table.move_cursor(row=(there or (waiting if step > 0 else waiting[::-1]))[0])
        else:
            self.status(_("No line waits to be mended."))

    def on_grant_table_opened(self, event: GrantTable.Opened) -> None:
        event.stop()
        # A key that was pressed before Esc may arrive after it.
        if self._busy or event.place >= len(self.rows):
            return
        if self._granted(event.place):
            self.status(
                _("This line is granted: {key} in the inbox takes the newest grant back.").format(
                    key=key_for("inbox.take-back")
                )
            )
            return
        row = self.rows[event.place]
        if row.state is LineState.TWO:
            self.app.push_screen(WhoDialog(row), lambda answer: self._chosen(event.place, answer))
        else:
            self._edit(event.place)

    def _chosen(self, place: int, answer: object) -> None:
        if answer == "edit":
            self._edit(place)
        elif isinstance(answer, int):
            line = self.rows[place].line
            amount = " ".join(str(line.money).split())
            text = f"#{answer}, {line.tier}, {amount}, {line.receipt}"
            self._mend(place, replace(line, user=f"#{answer}", text=text))

    def _edit(self, place: int) -> None:
        def answered(answer: Mended | None) -> None:
            if answer is None:
                return
            number = self.rows[place].line.number
            found = parse_lines(answer.text)
            line = found[0] if found else GrantLine(number, answer.text, left_out=True)
            self._mend(place, replace(line, number=number, override=answer.why))

        self.app.push_screen(LineDialog(self.rows[place]), answered)

    def action_leave_out(self) -> None:
        """Not this line; once more takes it in again."""
        place = self.table.cursor_row
        if self.allowed("batch.leave-out") and place < len(self.rows) and not self._granted(place):
            line = self.rows[place].line
            self._mend(place, replace(line, left_out=not line.left_out))

    def _mend(self, place: int, line: GrantLine) -> None:
        async def mend() -> None:
            rows, term_of = self.rows, self._term_of
            self.rows = await self.services.call(lambda desk: desk.batch.mend(rows, place, line, term_of))
            for at, row in enumerate(self.rows):
                if row is not rows[at]:
                    self.results.pop(at, None)
                    self.table.update_line(at, row, None)
            self._draw()
            if self.rows[place].state not in OPEN and any(row.state in OPEN for row in self.rows):
                self.action_open(1)

        self._begin(mend, "mend")

    def action_notify_person(self) -> None:
        self._telling = not self._telling
        self._draw()

    def _ask(self) -> None:
        """The table is to be granted."""
        raise NotImplementedError


def written(line: GrantLine) -> str:
    """A line as text again, with what was mended in it."""
    return f"# {line.text}" if line.left_out else line.text


def _read(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(LARGEST).decode("utf-8-sig")
