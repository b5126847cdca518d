"""Who has which conversation open, and what an operator chose last: small facts that consoles share."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlmodel import Session

from models.rules.clock import Clock
from models.store.database import Database
from models.tables.conflicts import insert_or_ignore
from models.tables.console_operators import OperatorRow
from models.tables.console_presence import ChoiceRow, PresenceRow
from models.views import Colleague, Operator

_presence = PresenceRow.__table__  # type: ignore[attr-defined]
_choices = ChoiceRow.__table__  # type: ignore[attr-defined]
_operators = OperatorRow.__table__  # type: ignore[attr-defined]

#: A console says where it is at most this often; silent for `GONE`, it is not there any more.
BEAT = 10.0
GONE = timedelta(seconds=35)


class Colleagues:
    """`operator` returns who is here; it raises Refused when nobody may write. `seat` names one console."""

    def __init__(self, database: Database, clock: Clock, operator: Callable[[], Operator]) -> None:
        self.database = database
        self.clock = clock
        self._operator = operator

    def here(self, seat: str, conversation_id: int | None, *, typing: bool = False) -> None:
        """This console has a conversation open (None: none). Whoever calls it keeps BEAT. Raises Refused."""
        operator = self._operator()
        values = {"operator_id": operator.id, "conversation_id": conversation_id, "typing": typing}
        with self.database.write() as session:
            now = self.database.time(session)
            mine = _presence.c.seat == seat
            changed = session.execute(update(_presence).where(mine).values(**values, updated_at=now))
            if not getattr(changed, "rowcount", 0):
                insert = insert_or_ignore(session, _presence)
                session.execute(insert.values(seat=seat, **values, updated_at=now))
            session.execute(delete(_presence).where(_presence.c.updated_at < now - GONE * 10))

    def leave(self, seat: str) -> None:
        """This console is closing."""
        self._operator()
        with self.database.write() as session:
            session.execute(delete(_presence).where(_presence.c.seat == seat))

    def others(self, seat: str) -> tuple[Colleague, ...]:
        """What the other consoles have open, by name; those of this operator, too."""
        if not self.database.features.console_tables:
            return ()
        with self.database.read() as session:
            there = (_presence.c.seat != seat) & (_presence.c.updated_at > self.database.time(session) - GONE)
            query = select(_presence.c.conversation_id, _presence.c.typing, _operators.c.handle)
            joined = _presence.outerjoin(_operators, _operators.c.id == _presence.c.operator_id)
            rows = session.execute(query.select_from(joined).where(there).order_by(_operators.c.handle)).all()
        return tuple(Colleague(str(row[2] or "?"), row[0], bool(row[1])) for row in rows)

    def choose(self, name: str, value: Any) -> None:
        """Remembers a choice of this operator; `value` is anything JSON holds. Raises Refused."""
        operator, now, text = self._operator(), self.clock(), json.dumps(value)
        with self.database.write() as session:
            if self._chosen(session, operator, name) == text:
                return
            mine = (_choices.c.operator_id == operator.id) & (_choices.c.name == name)
            session.execute(delete(_choices).where(mine))
            row = {"operator_id": operator.id, "name": name, "value": text, "updated_at": now}
            session.execute(insert_or_ignore(session, _choices).values(**row))

    def chosen(self, name: str, operator: Operator | None) -> Any:
        """What this operator chose last; None without."""
        if not self.database.features.console_tables or operator is None:
            return None
        with self.database.read() as session:
            found = self._chosen(session, operator, name)
        return None if found is None else json.loads(found)

    def _chosen(self, session: Session, operator: Operator, name: str) -> str | None:
        mine = (_choices.c.operator_id == operator.id) & (_choices.c.name == name)
        found = session.execute(select(_choices.c.value).where(mine)).scalar()
        return None if found is None else str(found)
