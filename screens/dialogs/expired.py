"""Access that has run out: whose, since when, and one button that ends all of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static

from models.rules.text import one_line
from models.views.access import DriftRow
from screens.access_words import until
from screens.dialogs.confirm import ConfirmDialog
from screens.i18n import _, ngettext
from screens.text import plain
from screens.widgets.choice_row import ChoiceRow


@dataclass(frozen=True, slots=True)
class EndAll:
    """A yes, and whether the people are told."""

    tell: bool


class ExpiredDialog(ConfirmDialog):
    """Dismissed with `EndAll`, or with None. `rows` are the first of `count` people."""

    DEFAULT_CSS = """
    ExpiredDialog {
        #who { height: auto; max-height: 12; margin-bottom: 1; }
        #who > Static { height: auto; width: 100%; }
        #tell-row { height: 1; margin-bottom: 1; }
        #tell-row > Static { width: 14; height: 1; color: $foreground-muted; }
    }
    """

    def __init__(self, count: int, rows: Sequence[DriftRow], *, tell: bool) -> None:
        title = ngettext("End {count} access that has run out?", "End {count} accesses that have run out?", count)
        super().__init__(title.format(count=count), Content(""), _("End all"))
        lines = [_line(row) for row in rows]
        if count > len(rows):
            more = ngettext("… and {count} more", "… and {count} more", count - len(rows))
            lines.append(plain(more.format(count=count - len(rows)), "$foreground-muted"))
        self._list = Content("\n").join(lines)
        self._tell = "yes" if tell else "no"

    def compose(self) -> ComposeResult:
        title, _body, yes = self._words
        with VerticalScroll(can_focus=False):
            yield Static(plain(title), id="title")
            stays = _("Only the paid mark goes; enrollments and payments stay.")
            yield Static(plain(stays, "$foreground-muted"), id="body")
            with VerticalScroll(id="who"):
                yield Static(self._list, markup=False)
            with Horizontal(id="tell-row"):
                yield Static(plain(_("tell")))
                yield ChoiceRow([("no", _("nobody")), ("yes", _("the people"))], self._tell, id="tell")
            with Horizontal():
                yield Button(plain(_("Cancel")), id="cancel", variant="primary")
                yield Button(plain(yes), id="confirm", variant="error")

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.prevent_default()
        sure = event.button.id == "confirm"
        self.dismiss(EndAll(self.query_one("#tell", ChoiceRow).value == "yes") if sure else None)


def _line(row: DriftRow) -> Content:
    line = plain(until(row.expires_at).ljust(20), "$foreground-muted") + plain(one_line(row.person_name, 60))
    if row.username:
        line = line + plain(f"  @{one_line(row.username, 64)}", "$foreground-muted")
    return line
