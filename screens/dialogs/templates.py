"""Templates: chosen by a digit or by a few letters of their text, put into the reply; made and changed here too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.fuzzy import Matcher
from textual.widgets import Input, Static

from models.errors import FrontdeskError
from models.rules.text import fold_text, one_line
from models.views.templates import Template
from screens.access_words import tier_word, until
from screens.base import BaseDialog
from screens.dialogs.confirm import ConfirmDialog, Confirmed
from screens.dialogs.template_form import TemplateForm
from screens.i18n import _
from screens.text import plain

if TYPE_CHECKING:
    from models.rules.templates import Filled
    from screens.services import Services

#: Rows of the list; characters of a body that are looked through and shown.
ROWS, SHOWN = 9, 1200


@dataclass(frozen=True, slots=True)
class Picked:
    """A template filled for a conversation."""

    conversation_id: int
    filled: Filled


def matching(templates: Sequence[Template], words: str) -> list[Template]:
    """Those whose name or text holds these letters in this order, the best first; all for no letters."""
    wanted = fold_text(words.strip())
    if not wanted:
        return list(templates)
    matcher = Matcher(wanted)
    scores = [(matcher.match(fold_text(f"{each.name} {each.body[:SHOWN]}")), each) for each in templates]
    return [each for score, each in sorted(scores, key=lambda found: -found[0]) if score > 0]


def row_of(template: Template, width: int, *, here: bool) -> Content:
    """`▌1  price  It is …` on one line."""
    mark = plain("▌" if here else " ", "bold $accent") + plain(f"{template.digit or ' '}  ", "bold $accent")
    name = one_line(template.name, 24)
    text = one_line(template.body, max(8, width - len(name) - 8))
    return mark + plain(name, "bold") + plain(f"  {text}", "$foreground-muted")


class Search(Input):
    """A digit in it is a letter only after another one: the first one chooses."""

    def check_consume_key(self, key: str, character: str | None) -> bool:
        return (bool(self.value) or not key.isdigit()) and super().check_consume_key(key, character)


class TemplatesDialog(BaseDialog):
    """`picked` is called when the dialog is gone, by the key itself: a digit and the Enter after it may come in one
    packet, and the Enter is the composer's."""

    DEFAULT_CSS = """
    TemplatesDialog {
        align: center middle;
        & > VerticalScroll {
            width: 84; max-width: 100%; height: auto; max-height: 100%; padding: 0 1;
            border: round $border; border-title-color: $accent; background: $surface; scrollbar-size-vertical: 1;
        }
        Static { height: auto; width: 100%; }
        Input { height: 1; border: none; padding: 0; margin-bottom: 1; background: $panel; &:focus { border: none; } }
        #template-rows { text-wrap: nowrap; text-overflow: ellipsis; }
        #template-body { margin: 1 0; max-height: 8; color: $foreground; }
        #template-keys { color: $foreground-muted; }
    }
    """
    BINDINGS = [
        Binding("escape", "cancel", show=False),
        *(Binding(str(digit), f"digit({digit})", show=False, priority=True) for digit in range(1, 10)),
        Binding("enter", "choose", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("ctrl+n", "new", show=False, priority=True),
        Binding("ctrl+e", "change", show=False, priority=True),
        Binding("ctrl+d", "delete", show=False, priority=True),
    ]

    def __init__(
        self,
        services: Services,
        templates: Sequence[Template],
        conversation_id: int,
        name: str,
        picked: Callable[[Picked], None],
    ) -> None:
        """`name` is whom the reply goes to, foreign."""
        super().__init__()
        self._picked = picked
        self._services = services
        self._templates = list(templates)
        self._conversation_id = conversation_id
        self._to = name
        self._at = 0

    def compose(self) -> ComposeResult:
        with VerticalScroll(can_focus=False) as box:
            box.border_title = plain(_("Templates for {name}").format(name=one_line(self._to, 40)))
            yield Search(id="template-search", placeholder=_("A digit, or letters of the text"))
            yield Static(id="template-rows", markup=False)
            yield Static(id="template-body", markup=False)
            yield Static(id="template-keys", markup=False)

    def on_mount(self) -> None:
        self.query_one(Input).focus()
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    @property
    def _search(self) -> str:
        return self.query_one("#template-search", Input).value

    @property
    def found(self) -> list[Template]:
        """What the letters typed so far leave, the best first."""
        return matching(self._templates, self._search)

    @property
    def current(self) -> Template | None:
        """What Enter takes."""
        found = self.found
        return found[min(self._at, len(found) - 1)] if found else None

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._at = 0
        self._draw()

    def _draw(self) -> None:
        found, here = self.found, self.current
        at = found.index(here) if here is not None else 0
        first = max(0, min(at - ROWS // 2, len(found) - ROWS))
        width = max(20, min(84, self.size.width) - 6)
        rows = [row_of(each, width, here=each is here) for each in found[first : first + ROWS]]
        if not found:
            none = _("No templates yet: Ctrl+N makes one, `frontdesk templates import FILE` brings some.")
            rows = [plain(_("No template holds these letters.") if self._templates else none, "$foreground-muted")]
        self.query_one("#template-rows", Static).update(Content("\n").join(rows))
        body = "" if here is None else here.body[:SHOWN]
        self.query_one("#template-body", Static).update(plain(body, multiline=True))
        keys = _("Enter insert · Ctrl+N new · Ctrl+E change · Ctrl+D delete · Esc")
        self.query_one("#template-keys", Static).update(plain(keys))

    # Keys

    def action_move(self, step: int) -> None:
        self._at = max(0, min(len(self.found) - 1, self._at + step))
        self._draw()

    async def action_digit(self, digit: int) -> None:
        chosen = next((each for each in self._templates if each.digit == digit), None)
        if chosen is None:
            self.console.say(_("No template has the key {digit}.").format(digit=digit))
        else:
            await self._pick(chosen)

    async def action_choose(self) -> None:
        if (here := self.current) is not None:
            await self._pick(here)

    async def _pick(self, template: Template) -> None:
        id, conversation_id = template.id, self._conversation_id
        try:
            filled = await self._services.call(
                lambda desk: desk.templates.filled(id, conversation_id, tier=tier_word, until=until)
            )
        except FrontdeskError as error:
            self.explain(error)
            return
        if not self.answered and self.is_current:
            self.dismiss(None)
            self._picked(Picked(conversation_id, filled))

    def action_cancel(self) -> None:
        self.dismiss(None)

    # Making and changing

    def action_new(self) -> None:
        self._form(None)

    def action_change(self) -> None:
        if (here := self.current) is not None:
            self._form(here)

    def _form(self, template: Template | None) -> None:
        why = self.console.why_not_write()
        if why is not None:
            self.console.say(why)
            return
        self.app.push_screen(TemplateForm(self._services, template), self._again)

    async def _again(self, saved: Template | None) -> None:
        """The list anew, on what was saved."""
        self._templates = list(await self._services.call(lambda desk: desk.templates.list()))
        if saved is not None:
            self.query_one("#template-search", Input).value = ""
            self._at = next((at for at, each in enumerate(self._templates) if each.id == saved.id), 0)
        self._draw()

    def action_delete(self) -> None:
        here, why = self.current, self.console.why_not_write()
        if why is not None:
            self.console.say(why)
        elif here is not None:
            body = plain(one_line(here.name, 60), "bold") + plain("\n" + one_line(here.body, 300), multiline=True)

            async def answered(answer: Confirmed | None) -> None:
                if answer is None:
                    return
                try:
                    await self._services.call(lambda desk: desk.templates.delete(here.id))
                except FrontdeskError as error:
                    self.explain(error)
                await self._again(None)

            self.app.push_screen(ConfirmDialog(_("Delete this template for everybody?"), body, _("Delete")), answered)
