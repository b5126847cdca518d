"""The inbox among colleagues: who has this conversation open, who types, whose it is."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
from typing import TYPE_CHECKING

from textual.content import Content
from textual.timer import Timer

from models.errors import FrontdeskError
from models.rules.clock import monotonic
from models.rules.text import one_line
from models.views import Changes, Colleague, Order, View
from screens.i18n import _
from screens.keymap import key_for
from screens.templating import TemplatingScreen
from screens.text import plain
from screens.widgets.composer import Composer
from screens.work import start

if TYPE_CHECKING:
    from screens.services import Services

#: Seconds between two words about where this console is; between two looks whether there is one to say.
BEAT, LOOK = 10.0, 1.0
#: Seconds that leaving waits for the word that this console is gone.
PATIENCE = 1.0
#: Seconds after which a chosen view is kept for the next time.
CHOSEN = 1.0
#: Seconds after the last key in which somebody still types; between two lengthenings of a claim.
TYPING, CLAIM = 8.0, 60.0


class CompanyScreen(TemplatingScreen):
    """Only what is opened is told of: moving over a row writes nothing."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        #: Names this console beside others of the same process and operator.
        self.seat = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._others: tuple[Colleague, ...] = ()
        self._told: tuple[int | None, bool] = (None, False)
        self._told_at: float | None = None
        self._typed_at = -TYPING
        self._claimed: tuple[int, float] | None = None
        self._chose = False
        self._choosing: Timer | None = None

    def on_mount(self) -> None:
        self.set_interval(LOOK, self._tell_where)
        start(self, self._last_view, name="last view", group="last view")

    # Where this console is

    def _open_here(self) -> int | None:
        """The conversation that somebody reads or answers here; a row that the cursor is on is not opened."""
        opened = self.composer.writing or self.focused is self.thread
        return self._wanted if opened and self.app.screen is self else None

    def _tell_where(self) -> None:
        """At most every BEAT seconds; while nothing is open only once that nothing is."""
        if not self._whole or self.services.desk is None or self.console.why_not_write() is not None:
            return
        now = monotonic()
        here = (self._open_here(), self.composer.writing and now - self._typed_at < TYPING)
        if self._told_at is not None and now - self._told_at < BEAT:
            return
        if here == self._told and (here[0] is None or self._told_at is None):
            return
        self._told, self._told_at = here, now

        async def tell() -> None:
            try:
                await self.services.call(lambda desk: desk.colleagues.here(self.seat, here[0], typing=here[1]))
            except FrontdeskError:
                self._told_at = None  # the next look tries again; a banner says what is wrong

        start(self, tell, name="presence", group="presence")

    def on_composer_typed(self, event: Composer.Typed) -> None:
        # Textual asks every class for its handler: "typing…" to the person is the other one's affair.
        self._typed_at = now = monotonic()
        here = event.target.conversation_id
        if self._claimed is not None and self._claimed[0] == here and now - self._claimed[1] < CLAIM:
            return
        self._claimed = (here, now)

        async def claim() -> None:
            whose = await self.services.call(lambda desk: desk.triage.claim_while_typing(here))
            if whose is not None:
                self.status(_("{name} has claimed this conversation.").format(name=one_line(whose, 40)))
            else:
                self.console.publish(Changes(conversations=frozenset({here}), triage=True))

        self.console.write(claim, name="claim")

    async def leave_seat(self) -> None:
        """This console closes; the App calls it."""
        if self._told_at is not None and self.console.why_not_write() is None:
            # Nobody waits for it: a console that says nothing any more counts as gone after a while.
            leaving = self.services.call(lambda desk: desk.colleagues.leave(self.seat))
            with contextlib.suppress(FrontdeskError, TimeoutError):
                await asyncio.wait_for(leaving, PATIENCE)

    # The view that was last chosen

    async def _last_view(self) -> None:
        """The operator's last view and order, unless another one was chosen since the screen opened."""
        chosen = await self.services.call(lambda desk: desk.colleagues.chosen("inbox", desk.operator))
        if self._chose or not isinstance(chosen, dict):
            return
        view, order, tag = chosen.get("view"), chosen.get("order"), chosen.get("tag")
        if view in set(View) and order in set(Order):
            self._view, self._order, self._tag = View(view), Order(order), tag if isinstance(tag, str) else None
            self._show_list()

    def view_chosen(self) -> None:
        self._chose = True
        if self.services.desk is not None and self.console.why_not_write() is None:
            if self._choosing is not None:
                self._choosing.stop()
            self._choosing = self.set_timer(CHOSEN, self._remember_view)

    def _remember_view(self) -> None:
        value = {"view": self._view.value, "order": self._order.value, "tag": self._tag}

        async def remember() -> None:
            await self.services.call(lambda desk: desk.colleagues.choose("inbox", value))

        self.console.write(remember, name="view")

    # Where the others are

    def on_news(self, changes: Changes) -> None:
        super().on_news(changes)
        if changes.presence or changes.everything or self._others:
            start(self, self._look_around, name="colleagues", group="colleagues", exclusive=True)

    async def _look_around(self) -> None:
        others = await self.services.call(lambda desk: desk.colleagues.others(self.seat))
        if others != self._others:
            self._others = others
            # Of several in one conversation whoever types.
            there = sorted((each for each in others if each.conversation_id is not None), key=lambda each: each.typing)
            here = {each.conversation_id or 0: (each.name, each.typing) for each in there}
            self.conversations.accompany(here)
            self._draw_lead()

    def company(self) -> Content:
        """Who else is here, for the thread's title."""
        here = [each for each in self._others if each.conversation_id == self._wanted and self._wanted is not None]
        # Somebody at two consoles is one colleague.
        typing = {each.name: False for each in here} | {each.name: True for each in here if each.typing}
        words = [
            (_("{name} is typing") if types else _("{name} is here")).format(name=one_line(name, 24))
            for name, types in typing.items()
        ]
        return plain("  ⌂ " + ", ".join(words), "$text-warning") if words else Content("")

    # Whose it is

    def _why_dare(self) -> str | None:
        """A colleague's claim is told of once, before the composer opens."""
        why = super()._why_dare()
        if why is not None or self._dared == self._wanted or self._wanted is None:
            return why
        row = self.conversations.row(self._wanted)
        if row is None or row.claimed_by is None:
            return None
        return _("{name} has claimed it: {key} again writes all the same.").format(
            key=key_for("inbox.reply"), name=one_line(row.claimed_by, 40)
        )
