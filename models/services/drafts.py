"""Drafts, one for each operator and conversation: never dropped by leaving, failing or switching."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from sqlalchemy import delete, insert, select, update
from sqlmodel import Session

from models.rules.clock import Clock
from models.rules.text import for_storage
from models.store.database import Database
from models.store.turns import take_turn
from models.tables.console_drafts import DraftRow
from models.tables.console_outbox import OutboxRow
from models.views import Draft, Operator

_drafts = DraftRow.__table__  # type: ignore[attr-defined]
_outbox = OutboxRow.__table__  # type: ignore[attr-defined]


class Drafts:
    """`operator` returns who writes; it raises Refused when nobody may."""

    def __init__(self, database: Database, clock: Clock, operator: Callable[[], Operator]) -> None:
        self.database = database
        self.clock = clock
        self._operator = operator

    def get(self, conversation_id: int) -> Draft | None:
        """This operator's draft, or None. Raises Refused, DatabaseProblem."""
        mine = self._mine(conversation_id)
        with self.database.read() as session:
            row = session.execute(select(_drafts).where(mine)).first()
        return None if row is None else Draft(conversation_id, row.body, row.client_key, row.updated_at)

    def save(self, conversation_id: int, body: str, client_key: str, *, behind: bool = False) -> Draft | None:
        """Keeps the text; an empty one deletes the draft and returns None. So does nothing, and returns None, a save
        that comes after the text with this key was queued. `behind`: behind what the draft holds, under its key.
        Raises Refused, DatabaseProblem."""
        if not body:
            self.discard(conversation_id)
            return None
        operator, mine, now = self._operator(), self._mine(conversation_id), self.clock()
        values = {"body": for_storage(body), "client_key": client_key, "updated_at": now}
        with self.database.write() as session:
            take_turn(session, f"text {client_key}")
            take_turn(session, f"draft {operator.id} {conversation_id}")
            # Late by a moment: kept, it would be offered again under a key that sends nothing any more.
            if session.execute(select(_outbox.c.id).where(_outbox.c.client_key == client_key).limit(1)).first():
                return None
            if behind and (kept := session.execute(select(_drafts).where(mine)).first()) is not None:
                client_key, body = kept.client_key, kept.body + body
                values |= {"body": for_storage(body), "client_key": client_key}
            found = session.execute(update(_drafts).where(mine).values(**values).returning(_drafts.c.operator_id))
            if found.first() is None:
                key = {"operator_id": operator.id, "conversation_id": conversation_id}
                session.execute(insert(_drafts).values(**key, **values))
        return Draft(conversation_id, values["body"], client_key, now)  # type: ignore[arg-type]

    def discard(self, conversation_id: int) -> None:
        """Deletes the draft, if there is one."""
        if self.get(conversation_id) is None:
            return
        with self.database.write() as session:
            session.execute(delete(_drafts).where(self._mine(conversation_id)))

    def _mine(self, conversation_id: int):  # type: ignore[no-untyped-def]
        return (_drafts.c.operator_id == self._operator().id) & (_drafts.c.conversation_id == conversation_id)


def put_before(session: Session, clock: Clock, operator: Operator, conversation_id: int, body: str) -> None:
    """A text before what the operator's draft holds, in a write session of somebody else's; under a new key when there
    was no draft."""
    take_turn(session, f"draft {operator.id} {conversation_id}")
    mine = (_drafts.c.operator_id == operator.id) & (_drafts.c.conversation_id == conversation_id)
    kept = session.execute(select(_drafts.c.body).where(mine)).scalar()
    if kept is not None:
        session.execute(update(_drafts).where(mine).values(body=f"{body}\n{kept}", updated_at=clock()))
        return
    key = {"operator_id": operator.id, "conversation_id": conversation_id}
    values = {"body": body, "client_key": uuid4().hex, "updated_at": clock()}
    session.execute(insert(_drafts).values(**key, **values))
