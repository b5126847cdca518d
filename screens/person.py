"""A person's page, in a pane: it shows the person it is given."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.message import Message
from textual.widgets import Static

from models.views import Person
from models.views.access import PersonAccess
from screens.actions import Context, bindings
from screens.person_lines import details
from screens.text import plain


class PersonPane(VerticalScroll, can_focus=True, inherit_bindings=False):
    """Shows the person it is given; asks for the conversation by a message."""

    CONTEXTS = (Context.PERSON,)
    BINDINGS = bindings(Context.PERSON)
    DEFAULT_CSS = """
    PersonPane {
        padding: 0 1; scrollbar-size-vertical: 1; scrollbar-background: $background; scrollbar-color: $panel;
        Static { height: auto; width: 100%; }
    }
    """

    class ThreadWanted(Message):
        """The conversation of this person is to be opened; None: there is none yet."""

        def __init__(self, conversation_id: int | None) -> None:
            super().__init__()
            self.conversation_id = conversation_id

    def __init__(self, clock: Callable[[], datetime], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._clock = clock
        self.person: Person | None = None
        self.access: PersonAccess | None = None

    def compose(self) -> ComposeResult:
        yield Static(id="person-details", markup=False)

    def show(self, person: Person | None, access: PersonAccess | None = None, words: str = "") -> None:
        """This person, or nobody with a word why."""
        if person is None or self.person is None or person.row.id != self.person.row.id:
            self.scroll_home(animate=False)
        self.person, self.access = person, access
        content = details(person, access, self._clock()) if person is not None else plain(words, "$foreground-muted")
        self.query_one("#person-details", Static).update(content)

    def action_thread(self) -> None:
        if self.person is not None:
            self.post_message(self.ThreadWanted(self.person.row.conversation_id))
