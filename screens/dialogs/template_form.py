"""One template, made or changed: name, digit, text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Input, Static

from models.errors import FrontdeskError
from models.rules.templates import FIELDS, LONGEST_NAME, Text
from models.rules.text import one_line
from screens.base import BaseDialog
from screens.i18n import _
from screens.text import plain
from screens.widgets.clean_area import CleanArea
from screens.wording import words

if TYPE_CHECKING:
    from models.views.templates import Template
    from screens.services import Services


class TemplateForm(BaseDialog):
    """Dismissed with the template that was saved, or with None by Esc: a second Esc when something was typed."""

    DEFAULT_CSS = """
    TemplateForm {
        align: center middle;
        & > VerticalScroll {
            width: 84; max-width: 100%; height: auto; max-height: 100%; padding: 0 1;
            border: round $border; border-title-color: $accent; background: $surface; scrollbar-size-vertical: 1;
        }
        Static { height: auto; width: 100%; color: $foreground-muted; }
        Horizontal { height: 1; margin-bottom: 1; }
        Input { height: 1; border: none; padding: 0; background: $panel; &:focus { border: none; } }
        #form-name { width: 1fr; margin-right: 2; }
        #form-digit { width: 8; }
        CleanArea { height: 8; min-height: 3; border: none; padding: 0; background: $panel; }
        CleanArea:focus { border: none; }
        #form-problem { color: $text-error; }
    }
    """
    BINDINGS = [
        Binding("escape", "cancel", show=False, priority=True),
        Binding("ctrl+s", "save", show=False, priority=True),
        Binding("tab", "app.focus_next", show=False, priority=True),
        Binding("shift+tab", "app.focus_previous", show=False, priority=True),
    ]

    def __init__(self, services: Services, template: Template | None) -> None:
        super().__init__()
        self._services = services
        self._template = template
        self._warned = False

    def compose(self) -> ComposeResult:
        known = self._template
        with VerticalScroll(can_focus=False) as box:
            box.border_title = plain(_("A new template") if known is None else _("Change the template"))
            with Horizontal():
                name = one_line(known.name, LONGEST_NAME) if known is not None else ""
                digit = str(known.digit) if known is not None and known.digit is not None else ""
                yield Input(name, id="form-name", placeholder=_("Name"), max_length=LONGEST_NAME)
                yield Input(digit, id="form-digit", placeholder=_("Key 1–9"), max_length=1, restrict="[1-9]?")
            yield CleanArea(known.body if known is not None else "", id="form-body", soft_wrap=True)
            yield Static(id="form-problem", markup=False)
            yield Static(plain(_("Filled by itself: {names}").format(names=" ".join(f"{{{name}}}" for name in FIELDS))))
            yield Static(plain(_("Any other {word} is asked for before the reply goes. Ctrl+S saves, Esc leaves.")))

    def on_mount(self) -> None:
        self.query_one("#form-name" if self._template is None else "#form-body").focus()

    def _typed(self) -> Text:
        digit = self.query_one("#form-digit", Input).value
        name, body = self.query_one("#form-name", Input).value, self.query_one(CleanArea).text
        known = self._template
        if known is not None and name == one_line(known.name, LONGEST_NAME):
            name = known.name
        return Text(name, body, int(digit) if digit else None)

    async def action_save(self) -> None:
        known, typed = self._template, self._typed()
        id = known.id if known is not None else None
        try:
            saved = await self._services.call(lambda desk: desk.templates.save(typed, id=id, seen=known))
        except FrontdeskError as error:
            self.query_one("#form-problem", Static).update(plain(words(error)))
            return
        self.dismiss(saved)

    def action_cancel(self) -> None:
        known = self._template
        before = Text("", "") if known is None else Text(known.name, known.body, known.digit)
        if self._typed() != before and not self._warned:
            self._warned = True
            self.query_one("#form-problem", Static).update(plain(_("Not saved: Esc again leaves it so, Ctrl+S saves.")))
            return
        self.dismiss(None)
