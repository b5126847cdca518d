"""The Outbox: every reply that is not delivered yet, what is known of it, and the choices it leaves."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.widgets import Static

from models.rules.delivery import NOT_DELIVERED, Choice, State
from models.rules.text import one_line
from models.views import Changes, Reply
from screens.actions import BY_ID, Action, Context, bindings, display
from screens.base import BaseScreen
from screens.dialogs.confirm import ConfirmDialog, Confirmed
from screens.evidence import spoken
from screens.i18n import _, ngettext
from screens.saving import Command, list_command
from screens.services import Services
from screens.text import plain
from screens.times import stamp
from screens.widgets.outbox_list import CHOICE_WORDS, STYLES, OutboxList, error_words, state_words, why_not
from screens.widgets.status_bar import StatusBar
from screens.work import start

if TYPE_CHECKING:
    from models.services.evidence import Evidence

#: In the order in which they are offered.
_ACTIONS = {f"outbox.{choice.value}": choice for choice in (Choice.DELIVERED, Choice.RETRY, Choice.CANCEL)}
_HUES = {"danger": "bold $text-error", "warning": "bold $text-warning"}


def choice_dialog(reply: Reply, choice: Choice) -> ConfirmDialog:
    """Asks before a choice that can't be taken back."""
    body: list[Content] = [
        plain(one_line(reply.person_name, 120), "bold")
        + plain("\n" + _("Telegram id {id}").format(id=reply.telegram_id), "$foreground-muted", multiline=True),
        plain(one_line(reply.body, 300)),
    ]
    match choice:
        case Choice.DELIVERED:
            title = _("It arrived?")
            body.append(plain(_("The reply is written into the conversation as sent. Look at Telegram first.")))
        case Choice.RETRY:
            title = _("Send again?")
            body.append(plain(_("Telegram did not answer: it may arrive twice."), "bold $text-warning"))
        case _:
            title = _("Give up?")
            words = _("It will not be sent.")
            if reply.state is State.UNKNOWN:
                words = _("It will not be sent again; it may have arrived already.")
            elif reply.part_no < reply.part_of:
                words = _("It will not be sent, nor will the later parts of the same text.")
            body.append(plain(words))
    return ConfirmDialog(title, Content("\n\n").join(body), _(CHOICE_WORDS[choice]), reason=True)


class OutboxScreen(BaseScreen):
    """The selection belongs to a reply."""

    CONTEXTS = (Context.OUTBOX,)
    BINDINGS = bindings(Context.OUTBOX)
    CSS_PATH = "outbox.tcss"
    AUTO_FOCUS = "#replies"

    def __init__(self, services: Services) -> None:
        super().__init__(services, id="outbox")
        self._evidence: dict[int, Evidence] = {}

    def compose(self) -> ComposeResult:
        clock = self.console.clock
        yield Static(id="title", markup=False)
        with Horizontal(id="panes"):
            yield OutboxList(self.services, clock, id="replies")
            with VerticalScroll(id="reply", can_focus=False):
                yield Static(id="reply-details", markup=False)
        yield StatusBar()

    def on_mount(self) -> None:
        self.set_interval(1.0, self._count_down)
        self._draw()

    def _count_down(self) -> None:
        reply = self.replies.current_row
        if reply is not None and reply.not_before is not None:
            self._draw()

    @property
    def replies(self) -> OutboxList:
        return self.query_one(OutboxList)

    def savings(self) -> list[Command]:
        return [list_command(self, "outbox", lambda desk: desk.exports.outbox())]

    def on_resize(self, event: Resize) -> None:
        width, height = event.size
        self.set_class(width < 100, "-one")
        self.set_class(width < 40 or height < 14, "-tiny")

    def show_reply(self, reply_id: int | None) -> None:
        """The cursor on this reply, where it is still open."""
        self.replies.focus()
        if reply_id is not None:
            self.replies.select(reply_id)

    def on_outbox_list_highlighted(self, event: OutboxList.Highlighted) -> None:
        event.stop()
        self._draw()
        self._gather(event.reply_id)

    def on_outbox_list_updated(self, event: OutboxList.Updated) -> None:
        event.stop()
        self._draw()
        self._gather(self.replies.current_id)

    def on_news(self, changes: Changes) -> None:
        self.replies.refresh_from(changes)
        self.call_after_refresh(self._draw)
        self._gather(self.replies.current_id)

    def _gather(self, reply_id: int | None) -> None:
        """What speaks for its having arrived: somebody may have written meanwhile."""
        if reply_id is not None:
            start(self, partial(self._look, reply_id), name="evidence", group="evidence", exclusive=True)

    async def _look(self, reply_id: int) -> None:
        self._evidence = await self.services.call(lambda desk: desk.outbox.evidence([reply_id]))
        self._draw()

    def _draw(self) -> None:
        count = len(self.replies.ids)
        words = ngettext("{count:,} reply not delivered yet", "{count:,} replies not delivered yet", count)
        title = words.format(count=count) if count else _("Nothing waits in the outbox")
        self.query_one("#title", Static).update(plain(f" {title}", "bold"))
        reply = self.replies.current_row
        self.query_one("#reply-details", Static).update(self._details(reply) if reply is not None else Content(""))
        self.refresh_bar()

    def _details(self, reply: Reply) -> Content:
        now = self.console.clock()
        lines = [
            plain(one_line(reply.person_name, 120), "bold")
            + plain(f"  {_('Telegram id {id}').format(id=reply.telegram_id)}", "$foreground-muted"),
            plain(state_words(reply, now), _HUES.get(STYLES.get(reply.state, ""), "$foreground-muted")),
        ]
        if (why := error_words(reply)) is not None:
            lines.append(plain(why))
        written = _("{operator}, {when}").format(
            operator=one_line(reply.operator_name, 60), when=stamp(reply.created_at, now)
        )
        if reply.attempt:
            tried = ngettext("tried {count} time", "tried {count} times", reply.attempt).format(count=reply.attempt)
            written = f"{written} · {tried}"
        lines.append(plain(written, "$foreground-muted"))
        if reply.state in NOT_DELIVERED and (evidence := self._evidence.get(reply.id)) is not None:
            lines.extend(plain(f"· {fact}") for fact in spoken(evidence, now))
        lines.append(self._choices(reply))
        lines.append(Content(""))
        lines.append(plain(reply.body[:5000], multiline=True))
        return Content("\n").join(lines)

    def _choices(self, reply: Reply) -> Content:
        parts: list[Content] = []
        for id, choice in _ACTIONS.items():
            dim = why_not(choice, reply) is not None
            key = display(self.console.keys.get(id, BY_ID[id].keys)[:1])
            words = plain(f" {_(CHOICE_WORDS[choice])}", "$foreground-disabled" if dim else "")
            parts.append(plain(key, "$foreground-disabled" if dim else "bold $accent") + words)
        return Content("   ").join(parts)

    # Choices

    def why_dim(self, action: Action) -> str | None:
        why = super().why_dim(action)
        if why is None and action.id in _ACTIONS:
            return why_not(_ACTIONS[action.id], self.replies.current_row)
        return why

    def action_decide(self, name: str) -> None:
        choice = Choice(name)
        reply = self.replies.current_row
        if not self.allowed(f"outbox.{name}") or reply is None:
            return
        if choice is Choice.RETRY and reply.state is State.FAILED:
            # Telegram refused it: sending again can't double it.
            self._decide(reply, choice, None)
            return

        def answered(answer: Confirmed | None) -> None:
            if answer is not None:
                self._decide(reply, choice, answer.reason)

        self.app.push_screen(choice_dialog(reply, choice), answered)

    def _decide(self, reply: Reply, choice: Choice, reason: str | None) -> None:
        console, services = self.console, self.services
        said = {
            Choice.DELIVERED: _("Written down as sent."),
            Choice.RETRY: _("Queued again."),
            Choice.CANCEL: _("Given up: it will not be sent."),
        }

        async def decide() -> None:
            await services.call(lambda desk: desk.outbox.decide(reply.id, choice, reason=reason))
            console.say(said[choice])
            services.kick()
            console.publish(Changes(conversations=frozenset({reply.conversation_id}), outbox=True))

        console.write(decide, name="decide")

    def on_outbox_list_opened(self, event: OutboxList.Opened) -> None:
        event.stop()
        reply = self.replies.row(event.reply_id)
        if reply is not None:
            self.console.show_conversation(reply.conversation_id)

    def action_out(self) -> None:
        """One step out: the inbox."""
        self.app.switch_mode("inbox")
