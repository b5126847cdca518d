"""The questions of a list of grants: whom a line means, what it should say, and how many are granted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from models.rules.text import for_storage, one_line
from models.views.access import BatchRow, LineState
from screens.base import BaseDialog
from screens.i18n import _
from screens.text import plain
from screens.widgets.grant_table import remark

#: Of a dialog with a field to fill in.
FIELD_KEYS: list[BindingType] = [
    Binding("escape", "out", show=False),
    Binding("ctrl+s", "take", show=False),
]
_CSS = """
    {name} {{
        align: center middle;
        & > VerticalScroll {{
            width: 84; max-width: 100%; height: auto; max-height: 100%; padding: 0 2;
            border: round $border; border-title-color: $accent; background: $surface;
        }}
        Static {{ height: auto; width: 100%; margin-bottom: 1; }}
        Input, Input:focus {{ height: 1; border: none; padding: 0 1; margin-bottom: 1; background: $panel; }}
        OptionList {{ height: auto; max-height: 12; min-width: 12; border: none; padding: 0; margin-bottom: 1; }}
    }}
"""


@dataclass(frozen=True, slots=True)
class Mended:
    """A line's new text, and why its receipt is all right."""

    text: str
    why: str = ""


class WhoDialog(BaseDialog):
    """Several people match: dismissed with the id of the one, "edit", or None."""

    BINDINGS = [
        Binding("escape", "out", show=False),
        Binding("j,о", "step(1)", show=False),
        Binding("k,л", "step(-1)", show=False),
        *(Binding(str(number), f"person({number})", show=False) for number in range(1, 10)),
    ]
    DEFAULT_CSS = _CSS.format(name="WhoDialog")

    def __init__(self, row: BatchRow) -> None:
        super().__init__()
        self._row = row

    def compose(self) -> ComposeResult:
        with VerticalScroll(can_focus=False) as box:
            box.border_title = _("Who is meant?")
            yield Static(plain(one_line(self._row.line.text, 300)), markup=False)
            options = [
                Option(_named(number, id, name, username), id=str(id))
                for number, (id, name, username) in enumerate(self._row.people, start=1)
            ]
            options.append(Option(plain(_("somebody else: edit the line")), id="edit"))
            yield OptionList(*options, markup=False)
            yield Static(plain(_("j k or a digit, Enter; Esc leaves the line as it is"), "$foreground-muted"))

    def on_mount(self) -> None:
        self.query_one(OptionList).focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        chosen = event.option.id
        self.dismiss("edit" if chosen == "edit" else int(chosen or 0))

    def action_person(self, number: int) -> None:
        if number <= len(self._row.people):
            self.dismiss(self._row.people[number - 1][0])

    def action_step(self, step: int) -> None:
        options = self.query_one(OptionList)
        (options.action_cursor_down if step > 0 else options.action_cursor_up)()

    def action_out(self) -> None:
        self.dismiss(None)


def _named(number: int, id: int, name: str, username: str | None) -> Content:
    line = plain(f"{number}  ", "bold $accent") + plain(one_line(name, 60), "bold")
    if username:
        line = line + plain(f"  @{one_line(username, 64)}", "$foreground-muted")
    return line + plain(f"  #{id}", "$foreground-muted")


class LineDialog(BaseDialog):
    """A line to be written differently: dismissed with `Mended`, or None."""

    BINDINGS = FIELD_KEYS
    DEFAULT_CSS = _CSS.format(name="LineDialog")

    def __init__(self, row: BatchRow) -> None:
        super().__init__()
        self._row = row
        self._like = row.state is LineState.LIKE or bool(row.line.override)

    def compose(self) -> ComposeResult:
        row = self._row
        with VerticalScroll(can_focus=False) as box:
            box.border_title = _("Line {number}").format(number=row.line.number)
            yield Static(plain(remark(row, None) or _("@name or id, tier, amount, receipt"), "bold"), markup=False)
            yield Input(one_line(row.line.text, 500), id="line", max_length=500)
            if self._like:
                yield Input(row.line.override, id="why", placeholder=_("why this receipt is another one"))
            yield Static(plain(_("Enter takes it over, Esc leaves the line as it is"), "$foreground-muted"))

    def on_mount(self) -> None:
        self.query_one("#why" if self._like else "#line").focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_take()

    def action_take(self) -> None:
        why = self.query_one("#why", Input).value if self._like else ""
        self.dismiss(Mended(self.query_one("#line", Input).value, for_storage(why).strip()))

    def action_out(self) -> None:
        self.dismiss(None)


class CountDialog(BaseDialog):
    """Asks for the number of people that are granted: dismissed with True, or None."""

    BINDINGS = FIELD_KEYS
    DEFAULT_CSS = _CSS.format(name="CountDialog")

    def __init__(self, count: int, facts: Sequence[str]) -> None:
        super().__init__()
        self._count = count
        self._facts = tuple(facts)

    def compose(self) -> ComposeResult:
        with VerticalScroll(can_focus=False) as box:
            box.border_title = _("Grant the list?")
            yield Static(Content("\n").join(plain(line) for line in self._facts), markup=False)
            yield Input(id="count", placeholder=_("type {count}").format(count=self._count), max_length=8)
            yield Static(
                plain(_("Type {count} and Enter; Esc grants nothing").format(count=self._count), "$foreground-muted"),
                id="how",
                markup=False,
            )

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_take()

    def action_take(self) -> None:
        if self.query_one(Input).value.strip() == str(self._count):
            self.dismiss(True)
        else:
            line = _("That is not {count}: nothing is granted.").format(count=self._count)
            self.query_one("#how", Static).update(plain(line, "bold $text-error"))

    def action_out(self) -> None:
        self.dismiss(None)


class SaveDialog(BaseDialog):
    """Where the report goes: dismissed with a path as it was typed, or None."""

    BINDINGS = FIELD_KEYS
    DEFAULT_CSS = _CSS.format(name="SaveDialog")

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    def compose(self) -> ComposeResult:
        with VerticalScroll(can_focus=False) as box:
            box.border_title = _("Save the report")
            yield Static(plain(_("A CSV file that only you can read; nothing is overwritten.")), markup=False)
            yield Input(self._path, id="path", max_length=500)
            yield Static(plain(_("Enter saves it, Esc does not"), "$foreground-muted"), markup=False)

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_take()

    def action_take(self) -> None:
        self.dismiss(self.query_one(Input).value.strip() or None)

    def action_out(self) -> None:
        self.dismiss(None)
