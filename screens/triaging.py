"""The inbox as it is worked off: done, snoozed, claimed, tagged, noted, with an outcome; one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from textual.content import Content

from models.errors import FrontdeskError
from models.rules.moments import EVENING, MORNING, moment_of
from models.rules.text import one_line
from models.rules.triage import Deed, Kind, Outcome, tag_of
from models.views import WORKING, Changes, ConversationRow, NoteView, View
from screens.actions import Action
from screens.company import CompanyScreen
from screens.i18n import _
from screens.keymap import key_for
from screens.text import plain
from screens.times import local, stamp
from screens.triage_words import NAME, OUTCOME_WORDS, deed_words, whom
from screens.widgets.thread import Thread

if TYPE_CHECKING:
    from screens.services import Services

#: Seconds for which a row that left by an act of ours is kept out of pages that were read before it.
SETTLED = 1.0
_ACTIONS = frozenset({"inbox.done", "inbox.snooze", "inbox.claim", "inbox.tag", "inbox.note", "inbox.outcome"})


def snooze_choices(now: datetime) -> list[tuple[datetime | None, str]]:
    """Moments that are usual, in local time; None: until they write."""
    evening = now.replace(hour=EVENING, minute=0, second=0, microsecond=0)
    morning = now.replace(hour=MORNING, minute=0, second=0, microsecond=0)
    monday = morning + timedelta(days=7 - now.weekday())
    found: list[tuple[datetime | None, str]] = [(now + timedelta(hours=1), _("in 1 hour"))]
    if evening - now > timedelta(minutes=30):
        found.append((evening, _("tonight")))
    else:
        found.append((now + timedelta(hours=3), _("in 3 hours")))
    found += [(morning + timedelta(days=1), _("tomorrow")), (monday, _("Monday")), (None, _("until they write"))]
    return found


class TriagingScreen(CompanyScreen):
    """An act is on what the cursor or the thread shows; it never waits for the database before the next key."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        #: Acts one after the other, in the order of the keys: so they lie on the stack.
        self._acting = asyncio.Lock()
        #: What `v` does again.
        self._last_deed: Deed | None = None
        #: What the status line said z would take back (source, key); it may do so without asking.
        self._announced: tuple[str, str] | None = None

    def why_dim(self, action: Action) -> str | None:
        why = super().why_dim(action)
        if action.id in _ACTIONS and why is None and self._wanted is None:
            return _("No conversation is chosen.")
        return why

    def _row(self, id: int) -> ConversationRow | None:
        return self.conversations.row(id)

    def _seen(self, id: int) -> dict[int, int] | None:
        """The newest message that stood on the screen: what came since is not meant by an act."""
        lead = self._lead
        if lead is None or lead.conversation_id != id or lead.newest_message_id is None:
            return None
        return {id: lead.newest_message_id}

    # The keys

    def action_done(self) -> None:
        """Done, and on to the next; what is done or snoozed comes back."""
        self._catch_up()
        if not self.allowed("inbox.done") or self._wanted is None:
            return
        row = self._row(self._wanted)
        away = row is not None and row.place is not None and not self.many()
        self.do(Deed(Kind.REOPEN if away else Kind.DONE), onward=not away)

    def action_snooze(self) -> None:
        self._catch_up()
        if not self.allowed("inbox.snooze"):
            return
        from screens.dialogs.pick import PickDialog, Typed

        now = self.console.clock()
        choices = snooze_choices(local(now))

        def meaning(typed: str) -> str | None:
            moment = moment_of(typed, local(now))
            return None if moment is None else stamp(moment, now)

        dialog = PickDialog(
            self._asking(_("Snooze")),
            [(at, plain(words) + self._when(moment, now)) for at, (moment, words) in enumerate(choices)],
            words=_("or in words: in 3 days, fri 14:00, 25.12"),
            check=meaning,
            switch=(_("wakes when they write (w changes it)"), _("stays asleep even if they write (w changes it)")),
        )

        def answered(answer: object) -> None:
            if answer is None:
                return
            typed = moment_of(answer.text, local(now)) if isinstance(answer, Typed) else None
            until = choices[answer][0] if isinstance(answer, int) else typed
            self.do(Deed(Kind.SNOOZE, until=until, wakes=until is None or not dialog.switched), onward=True)

        self.app.push_screen(dialog, answered)

    def action_claim(self) -> None:
        self._catch_up()
        if not self.allowed("inbox.claim") or self._wanted is None:
            return
        row = self._row(self._wanted)
        self.do(Deed(Kind.RELEASE if row is not None and row.claimed_by_me and not self.many() else Kind.CLAIM))

    def action_outcome(self) -> None:
        self._catch_up()
        if not self.allowed("inbox.outcome"):
            return
        from screens.dialogs.pick import PickDialog

        choices: list[tuple[object, Content]] = [(each, plain(_(OUTCOME_WORDS[each]))) for each in Outcome]
        choices.append(("none", plain(_("no outcome"))))

        def answered(answer: object) -> None:
            if answer is not None:
                self.do(Deed(Kind.OUTCOME, outcome=answer if isinstance(answer, Outcome) else None))

        self.app.push_screen(PickDialog(self._asking(_("Outcome")), choices), answered)

    def action_tag(self) -> None:
        self._catch_up()
        if not self.allowed("inbox.tag") or self._wanted is None:
            return
        from screens.dialogs.pick import PickDialog, Typed

        row = self._row(self._wanted)
        carried = row.tags if row is not None and not self.many() else ()
        known = [*carried, *(tag for tag in (self._counts.tags if self._counts else ()) if tag not in carried)]
        choices: list[tuple[object, Content]] = [
            (
                tag,
                plain(f"#{tag}") + plain(_("  takes it off") if tag in carried else "", "$foreground-muted"),
            )
            for tag in known[:40]
        ]

        def answered(answer: object) -> None:
            if answer is None:
                return
            tag = tag_of(answer.text) if isinstance(answer, Typed) else str(answer)
            self.do(Deed(Kind.UNTAG if tag in carried else Kind.TAG, tag=tag))

        dialog = PickDialog(
            self._asking(_("Tag")),
            choices,
            words=_("a new tag"),
            check=lambda typed: f"#{tag_of(typed)}" if tag_of(typed) else None,
        )
        self.app.push_screen(dialog, answered)

    def action_note(self) -> None:
        self._catch_up()
        if not self.allowed("inbox.note") or self._wanted is None:
            return
        from screens.dialogs.note import NoteDialog

        id = self._wanted

        def answered(text: str | None) -> None:
            if text is not None:
                self.console.write(lambda: self._note(id, text), name="note")

        self.app.push_screen(NoteDialog(self._name_of(id)), answered)

    def sent_and_done(self, conversation_id: int, client_key: str) -> None:
        """One act with the reply: z takes both back while it is held."""
        self.do_to(conversation_id, Deed(Kind.DONE), onward=True, client_key=client_key)

    async def _note(self, id: int, text: str) -> None:
        async with self._acting:
            await self.services.call(lambda desk: desk.triage.note(id, text))
            await self._announce(_("Noted for colleagues: {name}.").format(name=self._name_of(id)))
        self._acted([id])

    def on_thread_asked(self, event: Thread.Asked) -> None:
        # Textual asks every class for its handler: messages are the other ones' affair.
        note = event.item
        if event.what != "delete" or not isinstance(note, NoteView):
            return
        if (why := self.console.why_not_write()) is not None:
            self.status(why)
            return

        async def remove() -> None:
            async with self._acting:
                await self.services.call(lambda desk: desk.triage.remove_note(note.id))
                await self._announce(_("The note is taken away."))
            self._acted([note.conversation_id])

        self.console.write(remove, name="note")

    def action_repeat(self) -> None:
        """The last act once more, on what is shown now."""
        self._catch_up()
        if not self.allowed("inbox.repeat") or self._wanted is None:
            return
        if self._last_deed is None:
            self.status(_("Nothing was done yet that could be repeated here."))
            return
        self.do(self._last_deed, onward=self._last_deed.kind in (Kind.DONE, Kind.SNOOZE))

    # Doing it

    def many(self) -> Sequence[int]:
        """The marked conversations; none: the act is on the one that is shown."""
        return ()

    def do(self, deed: Deed, *, onward: bool = False, client_key: str | None = None) -> None:
        """An act on the conversation that is shown; `onward` goes to the next; `client_key`: of the reply before it."""
        if self._wanted is not None:
            self.do_to(self._wanted, deed, onward=onward, client_key=client_key)

    def do_to(self, id: int, deed: Deed, *, onward: bool = False, client_key: str | None = None) -> None:
        """The same to this one."""
        seen, name = self._seen(id), self._name_of(id)
        if deed.kind is not Kind.NOTE:
            self._last_deed = deed
        leaves = deed.kind in (Kind.DONE, Kind.SNOOZE) and self._view in WORKING
        leaves = leaves or (deed.kind is Kind.REOPEN and self._view in (View.DONE, View.SNOOZED))
        if leaves:
            self.conversations.let_go([id])
        elif onward and self.conversations.current_id == id:
            self.conversations.move(1)
        if onward or leaves:
            self._go_on()

        async def act() -> None:
            try:
                async with self._acting:
                    applied = await self.services.call(
                        lambda desk: desk.triage.apply(deed, [id], seen=seen, client_key=client_key)
                    )
                    said = f"{deed_words(deed, self.console.clock())}: {whom(1, name)}."
                    if applied.changed:
                        await self._announce(said[:1].upper() + said[1:])
                    else:
                        self.status(_("{name}: it was so already.").format(name=name))
                self._acted([id])
            except FrontdeskError:
                self._settled([id])
                raise
            if leaves:
                self.set_timer(SETTLED, lambda: self._settled([id]))

        self.console.write(act, name=deed.kind.value)

    def _settled(self, ids: Sequence[int]) -> None:
        self.conversations.settled(ids)
        self.conversations.changed(Changes(conversations=frozenset(ids), triage=True))

    def _go_on(self) -> None:
        """The thread follows the list; where nothing is left, back to the list."""
        self._follow(self.conversations.current_id)
        if self.conversations.current_id is None:
            self.remove_class("-reading")
            self.set_focus(self.conversations, scroll_visible=False)

    def _acted(self, ids: Sequence[int]) -> None:
        self.console.publish(Changes(conversations=frozenset(ids), triage=True))

    async def _announce(self, said: str) -> None:
        """Says what was done, and that z takes it back: the newest act is the one just done."""
        newest = await self.services.call(lambda desk: desk.undo.peek())
        self._announced = None if newest is None else (newest.source, newest.key)
        self.status(_("{said} {key} takes it back.").format(key=key_for("inbox.take-back"), said=said))

    async def told(self, done: str) -> None:
        await self._announce(done)

    def _name_of(self, conversation_id: int) -> str:
        if self._lead is not None and self._lead.conversation_id == conversation_id:
            return one_line(self._lead.name, NAME)
        row = self._row(conversation_id)
        return one_line(row.name, NAME) if row is not None else ""

    def _asking(self, what: str) -> str:
        """A dialog's title: what, and whom."""
        many = len(self.many())
        return f"{what} · {whom(many, '') if many else self._name_of(self._wanted or 0)}"

    def _when(self, moment: datetime | None, now: datetime) -> Content:
        return plain("" if moment is None else f"  {stamp(moment, now)}", "$foreground-muted")
