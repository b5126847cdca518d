"""Paid access and admin rights under the seed's rules, each switch with its journal entry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import RowMapping, exists, select, update
from sqlmodel import Session

from models.errors import NotFound, Refused
from models.rules.clock import Clock
from models.services.grants import set_paid
from models.services.journal import write_entry
from models.services.people import People
from models.store.database import Database
from models.store.turns import take_turn
from models.tables.extended import users
from models.views import Operator, Person


class Access:
    """`operator` raises Refused when nobody may write; `source` is where from, as the journal tells it."""

    def __init__(
        self, database: Database, clock: Clock, operator: Callable[[], Operator], people: People, source: str
    ) -> None:
        self.database = database
        self.clock = clock
        self.source = source
        self._operator = operator
        self._people = people

    def set_paid(self, user_id: int, value: bool, *, reason: str | None = None) -> Person:
        """Grants or takes away paid access; no change writes nothing.

        Raises NotFound, Refused('admin-stays-paid', 'no-paid-column', …), DatabaseProblem.
        """
        operator = self._operator()
        self._need_paid()
        with self.database.write() as session:
            row = self._locked(session, user_id)
            if bool(row["paid"]) == value:
                return self._people.person(user_id)
            if row["admin"] and not value:
                raise Refused("admin-stays-paid", id=user_id)
            set_paid(session, self.database.features, self.clock, user_id, value)
            self._journal(session, operator, row, "paid.on" if value else "paid.off", {"paid": value}, reason)
        return self._people.person(user_id)

    def set_admin(self, user_id: int, value: bool, *, reason: str | None = None) -> Person:
        """Makes an admin, who is then always paid, or unmakes one, who stays paid; never the last one.

        Raises NotFound, Refused('last-admin', 'not-yourself', …), DatabaseProblem.
        """
        operator = self._operator()
        self._need_paid()
        if operator.user_id == user_id and not value:
            raise Refused("not-yourself")
        with self.database.write() as session:
            if not value:
                self._hold_admins(session)
            row = self._locked(session, user_id)
            if bool(row["admin"]) == value:
                return self._people.person(user_id)
            if value:
                self._save(session, user_id, admin=True)
            elif not self._unmake(session, user_id):
                raise Refused("last-admin", id=user_id)
            after: dict[str, Any] = {"admin": value}
            if value and not row["paid"]:
                # The application's after-save callback: a direct write that leaves updated_at and counters alone.
                session.execute(update(users).where(users.c.id == user_id).values(paid=True))
                after["paid"] = True
            self._journal(session, operator, row, "admin.on" if value else "admin.off", after, reason)
        return self._people.person(user_id)

    def _hold_admins(self, session: Session) -> None:
        """Whoever else unmakes an admin meanwhile, the application included, waits: two may not unmake each other."""
        session.execute(select(users.c.id).where(users.c.admin.is_(True)).order_by(users.c.id).with_for_update())

    def _unmake(self, session: Session, user_id: int) -> bool:
        """Whether there was another admin: asked and done in one statement."""
        take_turn(session, "admins")
        others = users.alias("others")
        another = exists(select(others.c.id).where(others.c.admin.is_(True), others.c.id != user_id))
        query = update(users).where(users.c.id == user_id, another).values(admin=False, updated_at=self.clock())
        return session.execute(query.returning(users.c.id)).first() is not None

    def _need_paid(self) -> None:
        if not self.database.features.paid:
            raise Refused("no-paid-column")

    def _locked(self, session: Session, user_id: int) -> RowMapping:
        query = select(users.c.id, users.c.admin, users.c.paid).where(users.c.id == user_id)
        row = session.execute(query.with_for_update()).mappings().first()
        if row is None:
            raise NotFound("user-not-found", id=user_id)
        return row

    def _save(self, session: Session, user_id: int, **values: Any) -> None:
        session.execute(update(users).where(users.c.id == user_id).values(**values, updated_at=self.clock()))

    def _journal(
        self,
        session: Session,
        operator: Operator,
        row: RowMapping,
        action: str,
        after: dict[str, Any],
        reason: str | None,
    ) -> None:
        before = {name: bool(row[name]) for name in after}
        write_entry(
            session,
            self.clock,
            operator,
            self.source,
            action=action,
            user_id=row["id"],
            before=before,
            after=after,
            reason=reason,
        )
