"""How access ends: taken away with a reason, or run out. Nothing else in the system ends `paid`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlmodel import Session

from models.errors import FrontdeskError, Refused
from models.rules.clock import Clock
from models.services import access_facts as facts
from models.services.access_facts import State, enrollments_table
from models.services.drift import in_drift
from models.services.grants import Grants, as_facts, set_paid
from models.services.journal import Facts, write_entry
from models.store.database import Database
from models.store.turns import take_turn
from models.tables.extended import users
from models.views import Operator
from models.views.access import MENDS, Drift, Ended, Enrolled, Mend

#: How a notice is made of a person's name and the tier that ends; None tells nobody.
Notice = Callable[[str, str], str | None]


def silent(name: str, tier: str) -> None:
    """Tells nobody."""
    del name, tier


class Endings:
    """`operator` raises Refused when nobody may write."""

    def __init__(
        self, database: Database, clock: Clock, operator: Callable[[], Operator], grants: Grants, source: str
    ) -> None:
        self.database = database
        self.clock = clock
        self.source = source
        self._operator = operator
        self._grants = grants

    def revoke(self, user_id: int, reason: str, *, notice: str | None = None, hold: float = 0.0) -> Ended:
        """Ends every tier of a person now, and `paid` with them. No payment changes: a refund is another act.

        Raises NotFound, Refused('reason-needed', 'admin-stays-paid', 'nothing-to-revoke', …), DatabaseProblem.
        """
        operator = self._operator()
        if not reason.strip():
            raise Refused("reason-needed")
        with self.database.write() as session:
            state = self._begin(session, user_id)
            if state.admin:
                raise Refused("admin-stays-paid", id=user_id)
            current = [each for each in state.enrolled if each.current]
            if not (current or state.paid):
                raise Refused("nothing-to-revoke", id=user_id)
            now = self.clock()
            entries: list[int] = []
            tiers: list[Enrolled | None] = [*current] or [None]
            if self.database.features.planned:
                e = enrollments_table
                lasting = or_(e.c.expires_at.is_(None), e.c.expires_at > now)
                ended = update(e).where(e.c.user_id == user_id, lasting)
                session.execute(ended.values(expires_at=now, updated_at=now))
            if state.paid:
                set_paid(session, self.database.features, self.clock, user_id, False)
            for each in tiers:
                # One entry a tier: each tier's last entry says until when it lasts.
                before = {"paid": state.paid and not entries, "enrollment": as_facts(each)}
                entries.append(
                    write_entry(
                        session, self.clock, operator, self.source,
                        action="revoke", user_id=user_id, before=before, after={"paid": False}, reason=reason,
                        facts=Facts(each.tier, expires_at=now) if each else Facts(),
                    )
                )  # fmt: skip
            why = self._grants.notify(session, operator, user_id, notice, f"revoke-{entries[0]}", hold)
            return self._ended(state, entries[0], tuple(each.tier for each in current), notice, why)

    def expire(self, user_id: int, *, notice: Notice = silent) -> Ended | None:
        """Ends `paid` of a person whose every tier has run out; None when that is not so any more.

        Raises NotFound, Refused, DatabaseProblem.
        """
        operator = self._operator()
        with self.database.write() as session:
            state = self._begin(session, user_id)
            over = in_drift(Drift.EXPIRED_BUT_PAID, self.database.features, self.clock(), only=user_id)
            if session.execute(select(users.c.id).where(users.c.id == user_id, over)).first() is None:
                return None
            last = max(state.enrolled, key=lambda each: each.expires_at or datetime.max)
            set_paid(session, self.database.features, self.clock, user_id, False)
            entry_id = write_entry(
                session, self.clock, operator, self.source,
                action="expire", user_id=user_id, before={"paid": True, "enrollment": as_facts(last)},
                after={"paid": False}, reason=None,
            )  # fmt: skip
            text = notice(state.name, last.tier)
            why = self._grants.notify(session, operator, user_id, text, f"expire-{entry_id}", 0.0)
            return self._ended(state, entry_id, (last.tier,), text, why)

    def expire_all(self, *, notice: Notice = silent, limit: int = 1000) -> tuple[Ended, ...]:
        """Ends all access that has run out, a person a transaction; run again it goes on where it stopped."""
        with self.database.read() as session:
            over = in_drift(Drift.EXPIRED_BUT_PAID, self.database.features, self.clock())
            ids = session.execute(select(users.c.id).where(over).order_by(users.c.id).limit(limit)).scalars().all()
        ended = (self.expire(int(id), notice=notice) for id in ids)
        return tuple(each for each in ended if each is not None)

    def restore(self, user_id: int, *, reason: str | None = None) -> bool:
        """Switches `paid` on again for a person with a tier that lasts; False when it is on, or none lasts.

        Raises NotFound, Refused, DatabaseProblem.
        """
        operator = self._operator()
        with self.database.write() as session:
            state = self._begin(session, user_id)
            if state.paid or not any(each.current for each in state.enrolled):
                return False
            set_paid(session, self.database.features, self.clock, user_id, True)
            write_entry(
                session, self.clock, operator, self.source,
                action="paid.on", user_id=user_id, before={"paid": False}, after={"paid": True}, reason=reason,
            )  # fmt: skip
            return True

    def mend(self, kind: Drift, user_id: int, *, reason: str = "") -> bool:
        """Puts a person's drift right where that needs no grant sheet: `MENDS` says which kinds those are. False: it
        was right already. Raises what the act raises, Refused('needs-grant')."""
        match MENDS[kind]:
            case Mend.EXPIRE:
                return self.expire(user_id) is not None
            case Mend.SET_PAID:
                return self.restore(user_id, reason=reason or None)
            case Mend.REVOKE:
                return bool(self.revoke(user_id, reason).entry_id)
        raise Refused("needs-grant", id=user_id)

    def _begin(self, session: Session, user_id: int) -> State:
        if not self.database.features.paid:
            raise Refused("no-paid-column")
        take_turn(session, "grants")
        return facts.state_of(session, self.database.features, user_id, self.clock(), lock=True)

    def _ended(
        self, state: State, entry_id: int, tiers: tuple[str, ...], notice: str | None, why: FrontdeskError | None
    ) -> Ended:
        told = notice is not None and why is None
        return Ended(entry_id, state.user_id, state.name, tiers, paid=False, notified=told, why_not_notified=why)
