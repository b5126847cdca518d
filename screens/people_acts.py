"""What can be done about the person under the cursor: mended, made an admin, signed out, deleted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from models.errors import Refused
from models.rules.clock import iso_z
from models.rules.text import one_line
from models.views import Changes, Person, PersonRow
from models.views.access import MENDS, Drift, Mend, PersonAccess
from screens.actions import Action
from screens.base import BaseScreen
from screens.dialogs.confirm import Confirmed
from screens.dialogs.deletion import delete_dialog, session_dialog
from screens.dialogs.grant_sheet import Who
from screens.dialogs.mending import mend_dialog
from screens.dialogs.switches import admin_dialog
from screens.granting import open_revoke, open_sheet
from screens.i18n import _
from screens.wording import words
from screens.work import start

if TYPE_CHECKING:
    from models.services.desk import Desk

Known = tuple[Person, PersonAccess]


def whom(row: PersonRow) -> Who:
    """The person as the grant sheet knows them."""
    return Who(row.id, row.name, row.username, row.telegram_id)


def known(desk: Desk, user_id: int) -> Known:
    """A person's page. Raises NotFound, DatabaseProblem."""
    return desk.people.person(user_id), desk.people_access.of(user_id)


def export_of(desk: Desk, user_id: int) -> Iterator[str]:
    """All that is known of a person, as one JSON object: tables, their rows as stored."""
    yield json.dumps(desk.person_acts.export(user_id), ensure_ascii=False, indent=1, default=_plainly)


def _plainly(value: object) -> str | None:
    return iso_z(value) if isinstance(value, datetime) else str(value)


class ActsOnPeople(BaseScreen):
    """A screen with a person under its cursor. Every act is asked about with fresh facts, not with what is drawn."""

    def person_here(self) -> PersonRow | None:
        """The person under the cursor."""
        raise NotImplementedError

    def access_here(self) -> PersonAccess | None:
        """What is known of that person's access, if it was read already."""
        raise NotImplementedError

    def drift_here(self) -> Drift | None:
        """The kind of drift that is looked at."""
        raise NotImplementedError

    def why_dim(self, action: Action) -> str | None:
        why = super().why_dim(action)
        if why is not None or action.id not in ("users.mend", "users.session", "users.delete", "users.who"):
            return why
        row, access = self.person_here(), self.access_here()
        if row is None:
            return _("Nobody is chosen.")
        if action.id == "users.mend" and access is not None and not access.drift:
            return _("Nothing to fix: payments, enrollments and access agree.")
        desk = self.services.desk
        if action.id == "users.delete" and desk is not None and desk.operator and desk.operator.user_id == row.id:
            return words(Refused("not-yourself"))
        return None

    # Mending

    def action_mend(self) -> None:
        row = self.person_here()
        if self.allowed("users.mend") and row is not None:
            start(self, partial(self._ask_mend, row), name="mend", group="asking", exclusive=True)

    async def _ask_mend(self, row: PersonRow) -> None:
        person, access = await self.services.call(lambda desk: known(desk, row.id))
        wanted = self.drift_here()
        if not access.drift:
            self.status(_("Nothing to fix: payments, enrollments and access agree."))
            return
        kind = wanted if wanted in access.drift else access.drift[0]
        mend = MENDS[kind]
        if mend in (Mend.GRANT, Mend.RENEW, Mend.REVOKE):
            (open_revoke if mend is Mend.REVOKE else open_sheet)(self, whom(person.row))
            return
        answer: Confirmed | None = await self.app.push_screen_wait(mend_dialog(kind, person.row, access))
        if answer is not None:
            self.console.write(partial(self._mend, kind, person.row, answer.reason or ""), name="mend")

    async def _mend(self, kind: Drift, row: PersonRow, reason: str) -> None:
        console, name = self.console, one_line(row.name, 60)
        if await self.services.call(lambda desk: desk.endings.mend(kind, row.id, reason=reason)):
            said = _("{name}: access ended") if MENDS[kind] is Mend.EXPIRE else _("{name}: access is on again")
            console.say(said.format(name=name))
        else:
            console.say(_("{name}: it was right already").format(name=name))
        console.publish(Changes(people=True))

    # Admin rights

    def action_admin(self) -> None:
        row = self.person_here()
        if not self.allowed("users.admin") or row is None:
            return
        value = not row.admin

        def answered(answer: Confirmed | None) -> None:
            if answer is not None:
                self._switch(row, value, answer.reason)

        self.app.push_screen(admin_dialog(row), answered)

    def _switch(self, row: PersonRow, value: bool, reason: str | None) -> None:
        console = self.console

        async def switch() -> None:
            person = await self.services.call(lambda desk: desk.access.set_admin(row.id, value, reason=reason))
            name = one_line(person.row.name, 60)
            said = _("{name} is an admin now, and paid.") if value else _("{name} is no admin any more; paid stays.")
            console.say(said.format(name=name))
            console.publish(Changes(people=True))

        console.write(switch, name="switch admin")

    # Signing out

    def action_end_session(self) -> None:
        row = self.person_here()
        if not self.allowed("users.session") or row is None:
            return

        def answered(answer: Confirmed | None) -> None:
            if answer is not None:
                self.console.write(partial(self._end_session, row, answer.reason), name="end session")

        self.app.push_screen(session_dialog(row), answered)

    async def _end_session(self, row: PersonRow, reason: str | None) -> None:
        ended = await self.services.call(lambda desk: desk.person_acts.end_session(row.id, reason=reason))
        said = _("{name} is signed out on the web.") if ended else _("{name} was not signed in on the web.")
        self.console.say(said.format(name=one_line(row.name, 60)))
        self.console.publish(Changes(people=True))

    # Deleting

    def action_delete(self) -> None:
        row = self.person_here()
        if self.allowed("users.delete") and row is not None:
            start(self, partial(self._ask_delete, row), name="delete", group="asking", exclusive=True)

    async def _ask_delete(self, row: PersonRow) -> None:
        person, access = await self.services.call(lambda desk: known(desk, row.id))
        dialog = delete_dialog(person, access, self.services.exports)
        answer: Confirmed | None = await self.app.push_screen_wait(dialog)
        if answer is not None:
            self.console.write(partial(self._delete, person.row), name="delete")

    async def _delete(self, row: PersonRow) -> None:
        """Saved first: without the file nothing is deleted."""
        console = self.console
        stamp = console.clock().strftime("%Y%m%d-%H%M%S")
        path = await self.services.export(f"person-{row.id}-{stamp}.json", lambda desk: export_of(desk, row.id))
        await self.services.call(lambda desk: desk.person_acts.delete(row.id, confirm=row.name))
        console.say(_("{name} is deleted.").format(name=one_line(row.name, 60)))
        self.notify(_("All of it is saved in {path}").format(path=path), timeout=30)
        console.publish(Changes(everything=True))
