"""Replies that are not delivered yet, and what is known of each, in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from textual.message import Message

from models.rules.clock import Clock
from models.rules.delivery import BY_HAND, Choice, Reason, State
from models.rules.text import one_line
from models.views import Cursor, IdPage, Reply
from screens.i18n import N_, _
from screens.text import plain
from screens.times import countdown, short
from screens.widgets.row_lines import Line, Look, Piece, cells_of, cropped, fit
from screens.widgets.window_list import WindowList

if TYPE_CHECKING:
    from screens.services import Services

#: Replies read at once; more than anybody decides by hand.
MOST = 1000

_GLYPHS = {State.QUEUED: "…", State.CLAIMED: "→", State.SENDING: "→", State.FAILED: "✗", State.UNKNOWN: "?"}
STYLES: dict[State, str] = {State.FAILED: "danger", State.UNKNOWN: "warning"}

#: One choice, one name, on the screen and on the command line.
CHOICE_WORDS: dict[Choice, str] = {
    Choice.DELIVERED: N_("It arrived"),
    Choice.RETRY: N_("Send again"),
    Choice.CANCEL: N_("Give up"),
}


def state_words(reply: Reply, now: datetime) -> str:
    """What is known of a reply: the state, why it waits, and how long still."""
    left = countdown(reply.not_before, now)
    match reply.state:
        case State.QUEUED if reply.reason == Reason.UNDO and left is not None:
            return _("held: sends in {left}").format(left=left)
        case State.QUEUED if reply.reason == Reason.RATE and left is not None:
            return _("queued: Telegram asks to wait {left}").format(left=left)
        case State.QUEUED if reply.reason == Reason.UNREACHABLE:
            return _("queued: Telegram can't be reached, it tries again")
        case State.QUEUED if reply.reason == Reason.UNAUTHORIZED:
            return _("queued: Telegram refuses the token")
        case State.QUEUED:
            return _("queued")
        case State.CLAIMED | State.SENDING:
            return _("being sent")
        case State.FAILED if reply.reason == Reason.UNREACHABLE_CHAT:
            return _("not delivered: it goes out when they come back")
        case State.FAILED:
            return _("not delivered")
        case State.UNKNOWN:
            return _("Telegram did not answer: it may have arrived")
        case State.SENT:
            return _("sent")
        case _:
            return _("given up")


def error_words(reply: Reply) -> str | None:
    """What Telegram said, foreign; None when it said nothing."""
    if not reply.error:
        return None
    code = f" ({reply.error_code})" if reply.error_code else ""
    return one_line(reply.error, 300) + code


def why_not(choice: Choice, reply: Reply | None) -> str | None:
    """Why a choice is not offered for this reply, in words; None when it is."""
    if reply is None:
        return _("No reply is chosen.")
    if reply.state in BY_HAND[choice][0]:
        return None
    if reply.state in (State.CLAIMED, State.SENDING):
        return _("It is being sent right now: wait for the outcome.")
    if reply.state is State.QUEUED:
        return _("It has not been sent yet: it goes out by itself, or give it up.")
    if reply.state is State.FAILED:
        return _("Telegram refused it: it did not arrive.")
    return _("It is settled already.")


def paint(reply: Reply, look: Look) -> tuple[Line, ...]:
    """Person and state; text; with three lines what Telegram said."""
    style = STYLES.get(reply.state, "quiet")
    mark: list[Piece] = [(_GLYPHS.get(reply.state, " "), style), (" ", "")]
    age: list[Piece] = [(fit(short(reply.created_at, look.now), 6), "time"), (" ", "")]
    words = state_words(reply, look.now)
    if reply.part_of > 1:
        words = _("{words} · part {no} of {of}").format(words=words, no=reply.part_no, of=reply.part_of)
    if look.width < 20:
        return cropped([(*mark, (fit(reply.person_name, look.width - 2), "name"))], look.width)
    left = [*mark, *age]
    used = cells_of(left)
    if look.height <= 1:
        return ((*left, (fit(reply.person_name, look.width - used), "name")),)
    room = look.width - used
    name = min(24, room // 2)
    first: Line = (*left, (fit(reply.person_name, name), "unread"), ("  ", ""), (fit(words, room - name - 2), style))
    body: Line = (("  ", ""), (fit(reply.body, look.width - 2), "text"))
    why = error_words(reply)
    if look.height == 2:
        return (first, body)
    return (first, body, (("  ", ""), (fit(why or "", look.width - 2), "quiet")))


class OutboxList(WindowList[Reply]):
    """Everything a person may still have to look at, oldest first."""

    class Highlighted(Message):
        """The cursor is on another reply; None: there is none."""

        def __init__(self, reply_id: int | None) -> None:
            super().__init__()
            self.reply_id = reply_id

    class Opened(Message):
        """The conversation of this reply is to be opened."""

        def __init__(self, reply_id: int) -> None:
            super().__init__()
            self.reply_id = reply_id

    class Updated(Message):
        """The current reply reads differently now."""

    def __init__(self, services: Services, clock: Clock, *, id: str | None = None) -> None:
        nothing = _(
            "Nothing is on its way: every reply was delivered.\nWhat you send stands here until Telegram has it."
        )
        super().__init__(clock, idle=2.0, empty=plain(nothing, multiline=True), id=id)
        self.stable = False
        self._services = services

    def on_mount(self) -> None:
        self.set_interval(1.0, self._look_at_clock)

    def _now_minute(self) -> datetime:
        # A countdown is read to the second.
        return self._clock().replace(microsecond=0)

    async def load_ids(self, after: Cursor | None, limit: int) -> IdPage:
        replies = await self._services.call(lambda desk: desk.outbox.list(limit=MOST))
        return IdPage(tuple(reply.id for reply in replies), None)

    async def load_rows(self, ids: Sequence[int]) -> Sequence[Reply]:
        wanted = set(ids)
        replies = await self._services.call(lambda desk: desk.outbox.list(limit=MOST))
        return [reply for reply in replies if reply.id in wanted]

    def rows_changed(self, ids: set[int]) -> None:
        if self.current_id in ids:
            self.post_message(self.Updated())

    def paint(self, row: Reply, look: Look) -> Sequence[Line]:
        return paint(row, look)

    def lines_for(self, width: int, height: int) -> int:
        return 1 if width < 24 or height < 8 else 2

    def highlighted(self, row_id: int | None) -> None:
        self.post_message(self.Highlighted(row_id))

    def opened(self, row_id: int) -> None:
        self.post_message(self.Opened(row_id))
