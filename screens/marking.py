"""The inbox as many are worked off at once: marks, a preview, progress, what became of each."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING
from uuid import uuid4

from models.errors import FrontdeskError
from models.rules.text import one_line
from models.rules.triage import Deed, Kind
from models.views import WORKING, View
from models.views.templates import Template
from screens.i18n import _, ngettext
from screens.keymap import key_for
from screens.text import plain
from screens.triage_words import RESULT_WORDS, deed_words, whom
from screens.undoing import UndoingScreen
from screens.wording import words
from screens.work import start

if TYPE_CHECKING:
    from models.services.desk import Desk
    from screens.services import Services

#: Conversations of one transaction; ids of one page of `*`; seconds between two transactions, for those who write.
CHUNK, PAGE, PAUSE = 200, 2000, 0.02
#: Conversations whose results are listed.
LISTED = 500

#: What a step did to its conversations: what became of each, by id.
Step = Callable[[Sequence[int]], Awaitable[Mapping[int, str]]]


class MarkingScreen(UndoingScreen):
    """Marks belong to conversations and survive a change of view; Esc takes them off."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._marks: dict[int, None] = {}
        self._last_mark: int | None = None
        self._stop = False
        #: What is running on many, in words; None: nothing.
        self._at_work: str | None = None

    def many(self) -> Sequence[int]:
        return list(self._marks)

    # Marking

    def action_mark(self) -> None:
        id = self.conversations.current_id
        if id is None:
            return
        if id in self._marks:
            del self._marks[id]
        else:
            self._marks[id] = None
        self._last_mark = id
        self._show_marks()
        if self.focused is self.conversations:
            self.conversations.move(1)

    def action_mark_range(self) -> None:
        """Everything between the last mark and the cursor, in the order of the list."""
        here, ids = self.conversations.current_id, self.conversations.ids.tolist()
        if here is None or self._last_mark not in ids:
            self.action_mark()
            return
        first, last = sorted((ids.index(self._last_mark), ids.index(here)))
        self._marks |= dict.fromkeys(ids[first : last + 1])
        self._last_mark = here
        self._show_marks()

    def action_mark_all(self) -> None:
        if self._marks:
            self.unmark()
            self.status(_("Nothing is marked any more."))
            return
        view, order, tag = self._view, self._order, self._tag

        async def load() -> None:
            found: list[int] = []
            after = None
            while True:
                page = await self.services.call(
                    lambda desk, after=after: desk.inbox.ids(view, order, after=after, limit=PAGE, tag=tag)  # type: ignore[misc]
                )
                found += page.ids
                after = page.next
                if after is None or (view, tag) != (self._view, self._tag):
                    break
                self.status(_("Marking… {count:,}").format(count=len(found)))
            if (view, tag) == (self._view, self._tag):
                self._marks = dict.fromkeys(found)
                self._last_mark = found[-1] if found else None
                self._show_marks()

        start(self, load, name="mark all", group="mark all", exclusive=True)

    def unmark(self) -> None:
        self._marks = {}
        self._last_mark = None
        self.conversations.mark(frozenset())

    def _show_marks(self) -> None:
        self.conversations.mark(frozenset(self._marks))
        many = len(self._marks)
        marked = ngettext("{count:,} marked: an act is on it now", "{count:,} marked: an act is on all", many)
        self.status(marked.format(count=many))

    def step_out(self) -> bool:
        """Esc: stops what is running, else takes the marks off; False when there is neither."""
        if self._at_work is not None:
            self._stop = True
            self.status(_("Stopping…"))
        elif self._marks and not self.composer.writing and self.focused is self.conversations:
            self.unmark()
            self.status(_("Nothing is marked any more."))
        else:
            return False
        return True

    # Acting on all of them

    def do(self, deed: Deed, *, onward: bool = False, client_key: str | None = None) -> None:
        ids = self.many()
        if not ids or client_key is not None:
            super().do(deed, onward=onward, client_key=client_key)
            return
        self._last_deed = deed
        said = deed_words(deed, self.console.clock())
        act: dict[str, int | None] = {"id": None}
        seen: dict[int, int] = {}

        async def look(desk_ids: Sequence[int]) -> None:
            seen.update(await self.services.call(lambda desk: desk.triage.newest(desk_ids)))

        async def step(some: Sequence[int]) -> Mapping[int, str]:
            known = {id: seen[id] for id in some if id in seen}
            applied = await self.services.call(lambda desk: desk.triage.apply(deed, some, seen=known, act_id=act["id"]))
            act["id"] = applied.act_id
            return {each.conversation_id: each.what for each in applied.results}

        leaves = deed.kind in (Kind.DONE, Kind.SNOOZE) and self._view in WORKING
        leaves = leaves or (deed.kind is Kind.REOPEN and self._view in (View.DONE, View.SNOOZED))
        self.ask_many(said[:1].upper() + said[1:], ids, step, before=look, leaves=leaves)

    def ask_many(
        self,
        title: str,
        ids: Sequence[int],
        step: Step,
        *,
        before: Callable[[Sequence[int]], Awaitable[None]] | None = None,
        detail: str = "",
        leaves: bool = False,
    ) -> None:
        """A preview with the first names, then `step` on a chunk after the other; `before` sees the same chunks while
        the preview is made; `leaves`: what is done leaves the view."""
        if self._at_work is not None:
            self.status(_("Still at work: {act}").format(act=self._at_work))
            return

        from screens.dialogs.many import SHOWN, ManyDialog

        async def preview() -> None:
            if before is not None:
                for at in range(0, len(ids), CHUNK):
                    await before(ids[at : at + CHUNK])
            rows = await self.services.call(lambda desk: desk.inbox.rows(ids[:SHOWN]))
            named = f"{title} · {whom(len(ids), rows[0].name if rows else '')}?"
            shown = plain(detail, multiline=True) if detail else None
            dialog = ManyDialog(named, [row.name for row in rows], len(ids), _("Do it"), detail=shown)
            if await self.app.push_screen_wait(dialog):
                self.console.write(lambda: self._do_many(title, ids, step, leaves=leaves), name="many")

        start(self, preview, name="preview", group="preview", exclusive=True)

    async def _do_many(self, title: str, ids: Sequence[int], step: Step, *, leaves: bool) -> None:
        self._at_work, self._stop = title, False
        found: dict[int, str] = {}
        why = ""
        try:
            for at in range(0, len(ids), CHUNK):
                if self._stop:
                    break
                some = ids[at : at + CHUNK]
                async with self._acting:
                    found |= await step(some)
                self.status(
                    _("{act}: {done:,} of {total:,} ({key} stops)").format(
                        key=key_for("inbox.out"), act=title, done=len(found), total=len(ids)
                    )
                )
                await asyncio.sleep(PAUSE)
        except FrontdeskError as error:
            why = words(error)
        finally:
            self._at_work = None
        changed = [id for id, what in found.items() if what == "changed"]
        if leaves and not why:
            self.conversations.let_go(changed)
            self._go_on()
            self._settled(changed)
        self.unmark()
        self._acted(changed[:1000] if len(changed) <= 1000 else [])
        self.services.kick()
        said = _("{act}: {done:,} of {total:,}.").format(act=title, done=len(changed), total=len(ids))
        await self._announce(said)
        if len(changed) < len(ids):
            await self._show_results(said, ids, found, why)

    async def _show_results(self, title: str, ids: Sequence[int], found: Mapping[int, str], why: str) -> None:
        """What became of each; those that differ from what was wanted first."""
        listed = sorted(ids, key=lambda id: found.get(id) == "changed")[:LISTED]

        def names(desk: Desk) -> dict[int, str]:
            return {row.id: row.name for row in desk.inbox.rows(listed)}

        known = await self.services.call(names)
        lines = [plain(why, "$text-error")] if why else []
        for id in listed:
            what = found.get(id, "")
            said = _(RESULT_WORDS.get(what, what)) if what else _("not begun")
            style = "$text-success" if what == "changed" else "$text-warning"
            lines.append(plain(f"{one_line(known.get(id, str(id)), 40)}: ") + plain(one_line(said, 100), style))
        from screens.dialogs.many import ResultsDialog

        self.app.push_screen(ResultsDialog(title, lines))

    # One reply to all of them

    def action_reply_many(self) -> None:
        ids = self.many()
        if not ids:
            self.status(
                _("Nothing is marked: {one} marks one, {all} all of the view.").format(
                    one=key_for("inbox.mark"), all=key_for("inbox.mark-all")
                )
            )
            return
        if not self.allowed("inbox.reply-many"):
            return
        if (why := self.services.why_not_send) is not None:
            self.status(why)
            return
        from screens.dialogs.note import NoteDialog

        dialog = NoteDialog(whom(len(ids), ""), reply=True)

        def answered(text: str | None) -> None:
            if text is not None:
                self.reply_to_many(dict.fromkeys(ids, text), detail=text)

        self.app.push_screen(dialog, answered)

    async def action_templates(self) -> None:
        """With marks: a template to all of them, filled for each."""
        ids = self.many()
        if not ids or self.composer.writing:
            await super().action_templates()
            return
        why = self.console.why_not_write() or self.services.why_not_send
        if why is not None:
            self.status(why)
            return
        templates = await self.services.call(lambda desk: desk.templates.list())
        if not templates:
            self.status(
                _("No templates yet: {key} on one conversation makes them.").format(key=key_for("inbox.templates"))
            )
            return
        choices = [(each, plain(one_line(f"{each.name}  {each.body}", 56))) for each in templates]

        from screens.dialogs.pick import PickDialog

        def answered(answer: object) -> None:
            if isinstance(answer, Template):
                self._template_to_many(answer, ids)

        self.app.push_screen(PickDialog(self._asking(_("Template")), choices), answered)

    def _template_to_many(self, template: Template, ids: Sequence[int]) -> None:
        from screens.access_words import tier_word, until

        batch, hold = uuid4().hex, max(self.services.undo_seconds, 10.0)

        def one(desk: Desk, id: int) -> str:
            try:
                filled = desk.templates.filled(template.id, id, tier=tier_word, until=until)
            except FrontdeskError as error:
                return words(error)
            if filled.missing:
                missing = ", ".join(one_line(name, 40) for name in filled.missing)
                return _("not known: {missing}").format(missing=missing)
            return _enqueue(desk, id, filled.text, batch, hold)

        async def step(some: Sequence[int]) -> Mapping[int, str]:
            return await self.services.call(lambda desk: {id: one(desk, id) for id in some})

        self.ask_many(_("Template"), ids, step, detail=one_line(template.body, 300))

    def reply_to_many(self, texts: Mapping[int, str], *, detail: str) -> None:
        """A text for each conversation, queued with one undo window for all; `detail` is shown in the preview."""
        batch, hold = uuid4().hex, max(self.services.undo_seconds, 10.0)

        async def step(some: Sequence[int]) -> Mapping[int, str]:
            return await self.services.call(
                lambda desk: {id: _enqueue(desk, id, texts[id], batch, hold) for id in some}
            )

        self.ask_many(_("Reply"), list(texts), step, detail=one_line(detail, 300))


def _enqueue(desk: Desk, id: int, text: str, batch: str, hold: float) -> str:
    """Queues one of many; what a rule forbids is its result, in words."""
    try:
        desk.outbox.enqueue(id, text, client_key=f"many-{batch}-{id}", hold=hold)
    except FrontdeskError as error:
        return words(error)
    return "changed"
