"""Acts on a whole person: ending a web session, taking everything out for an export, deleting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    TableClause,
    delete,
    func,
    inspect,
    literal_column,
    or_,
    select,
    table,
    update,
)
from sqlalchemy.sql.expression import column
from sqlmodel import Session

from models.errors import DatabaseProblem, Refused
from models.rules.clock import Clock, iso_z
from models.rules.delivery import State as Delivery
from models.services import access_facts as facts
from models.services.journal import USER, drop_texts, journal_table, texts_table, write_entry
from models.store.database import Database
from models.store.turns import take_turn
from models.tables.console_messages import EditRow, MessageKeyRow, ReactionRow
from models.tables.console_outbox import OutboxRow
from models.tables.console_reach import ReachRow
from models.tables.console_search import SearchPersonRow
from models.tables.extended import conversations, messages, users
from models.tables.whole import TABLES
from models.views import Operator

#: Columns that leave the database for nobody.
_SECRET = frozenset({"session_token", "avatar_url"})
#: The application's tables that point at a person, in the order of its own deletes; each where it exists.
_POINTING = ("payments", "lesson_progress", "enrollments", "business_connections", "traffic_clicks")


class PersonActs:
    """`operator` raises Refused when nobody may write."""

    def __init__(self, database: Database, clock: Clock, operator: Callable[[], Operator], source: str) -> None:
        self.database = database
        self.clock = clock
        self.source = source
        self._operator = operator

    def end_session(self, user_id: int, *, reason: str | None = None) -> bool:
        """Signs a person out on the web: no token, not authenticated. False when there was no session.

        Raises NotFound, Refused, DatabaseProblem.
        """
        operator = self._operator()
        with self.database.write() as session:
            facts.state_of(session, self.database.features, user_id, self.clock(), lock=True)
            signed_in = or_(users.c.session_token.is_not(None), users.c.authenticated.is_(True))
            ended = update(users).where(users.c.id == user_id, signed_in)
            values = {"session_token": None, "authenticated": False, "updated_at": self.clock()}
            if session.execute(ended.values(**values).returning(users.c.id)).first() is None:
                return False
            self._note(session, operator, user_id, "session.end", {"session": True}, {"session": False}, reason)
            return True

    def export(self, user_id: int) -> dict[str, list[dict[str, Any]]]:
        """Everything that `delete` would take, by table, as stored, and what the journal says of the person; no session
        token, no avatar. Raises NotFound, DatabaseProblem."""
        with self.database.read() as session:
            facts.state_of(session, self.database.features, user_id, self.clock())
            wanted = self._everything(session, user_id)
            if self.database.features.console_tables:
                wanted |= self._ours(user_id)
            return {name: _rows(session, query) for name, query in wanted.items()}

    def delete(self, user_id: int, *, confirm: str) -> dict[str, int]:
        """Deletes a person with everything, in the application's own order; returns how many rows went, by table. The
        journal keeps its facts about the person and loses the words. `confirm` is the person's name, typed.

        Raises NotFound, Refused('name-differs', 'last-admin', 'not-yourself', 'on-its-way', 'still-needed', …),
        DatabaseProblem.
        """
        operator, features = self._operator(), self.database.features
        try:
            with self.database.write() as session:
                state = facts.state_of(session, features, user_id, self.clock(), lock=True)
                if confirm.strip() != state.name.strip():
                    raise Refused("name-differs", name=state.name)
                if operator.user_id == user_id:
                    raise Refused("not-yourself")
                if state.admin and not self._another_admin(session, user_id):
                    raise Refused("last-admin", id=user_id)
                gone = self._delete(session, user_id, state.telegram_id)
                drop_texts(session, user_id)
                before = {"paid": state.paid, "admin": state.admin, **gone}
                self._note(session, operator, user_id, "delete", before, {"paid": False, "admin": False}, None)
        except DatabaseProblem as problem:
            if "Integrity" in str(problem.values.get("kind", "")):
                raise Refused("still-needed", id=user_id) from None
            raise
        return gone

    def _delete(self, session: Session, user_id: int, telegram_id: int | None) -> dict[str, int]:
        theirs = select(conversations.c.id).where(conversations.c.user_id == user_id)
        self._forget(session, theirs, telegram_id)
        found_by = _table_of(SearchPersonRow)
        session.execute(delete(found_by).where(found_by.c.user_id == user_id))
        gone = {}
        spoken = delete(messages).where(messages.c.conversation_id.in_(theirs))
        for name, statement in {
            "messages": spoken,
            "conversations": delete(conversations).where(conversations.c.user_id == user_id),
            **{name: delete(each).where(each.c.user_id == user_id) for name, each in self._pointing(session).items()},
            "users": delete(users).where(users.c.id == user_id),
        }.items():
            gone[name] = int(getattr(session.execute(statement), "rowcount", 0))
        return gone

    def _forget(self, session: Session, theirs: Any, telegram_id: int | None) -> None:
        """What our own tables hold of a person: texts on their way and changed ones, drafts, keys, reactions."""
        outbox = _table_of(OutboxRow)
        edits, keys, reactions = (_table_of(each) for each in (EditRow, MessageKeyRow, ReactionRow))
        reach = _table_of(ReachRow)
        moving = outbox.c.state.in_((Delivery.CLAIMED, Delivery.SENDING))
        if session.execute(select(outbox.c.id).where(outbox.c.conversation_id.in_(theirs), moving)).first():
            raise Refused("on-its-way")
        spoken = select(messages.c.id).where(messages.c.conversation_id.in_(theirs))
        session.execute(delete(edits).where(edits.c.message_id.in_(spoken)))
        for each in (_table_of(row) for row in TABLES):
            if "conversation_id" in each.c:
                session.execute(delete(each).where(each.c.conversation_id.in_(theirs)))
        if telegram_id is not None:
            for each in (keys, reactions):
                session.execute(delete(each).where(each.c.chat_id == telegram_id))
            session.execute(delete(reach).where(reach.c.telegram_id == telegram_id))

    def _everything(self, session: Session, user_id: int) -> dict[str, Select[Any]]:
        theirs = select(conversations.c.id).where(conversations.c.user_id == user_id)
        everything: ColumnElement[Any] = literal_column("*")
        found = {
            "users": select(everything).select_from(users).where(users.c.id == user_id),
            "conversations": select(everything).select_from(conversations).where(conversations.c.user_id == user_id),
            "messages": select(everything).select_from(messages).where(messages.c.conversation_id.in_(theirs)),
        }
        for name, each in self._pointing(session).items():
            found[name] = select(everything).select_from(each).where(each.c.user_id == user_id)
        return found

    def _ours(self, user_id: int) -> dict[str, Select[Any]]:
        theirs = select(conversations.c.id).where(conversations.c.user_id == user_id)
        spoken = select(messages.c.id).where(messages.c.conversation_id.in_(theirs))
        tables = {each.name: each for each in (_table_of(row) for row in TABLES)}
        found = {
            name: select(each).where(each.c.conversation_id.in_(theirs))
            for name, each in tables.items()
            if "conversation_id" in each.c
        }
        edits = _table_of(EditRow)
        found[edits.name] = select(edits).where(edits.c.message_id.in_(spoken))
        about = (journal_table.c.subject_type == USER) & (journal_table.c.subject_id == user_id)
        found[journal_table.name] = select(journal_table).where(about)
        said = texts_table.c.entry_id.in_(select(journal_table.c.id).where(about))
        found[texts_table.name] = select(texts_table).where(said)
        return found

    def _pointing(self, session: Session) -> dict[str, TableClause]:
        names = set(inspect(session.connection()).get_table_names())
        return {name: table(name, column("user_id")) for name in _POINTING if name in names}

    def _another_admin(self, session: Session, user_id: int) -> bool:
        query = select(func.count()).select_from(users).where(users.c.admin.is_(True), users.c.id != user_id)
        take_turn(session, "admins")
        return bool(session.execute(query).scalar_one())

    def _note(
        self,
        session: Session,
        operator: Operator,
        user_id: int,
        action: str,
        before: dict[str, Any],
        after: dict[str, Any],
        reason: str | None,
    ) -> None:
        write_entry(
            session, self.clock, operator, self.source,
            action=action, user_id=user_id, before=before, after=after, reason=reason,
        )  # fmt: skip


def _table_of(row: Any) -> Any:
    return row.__table__


def _rows(session: Session, query: Select[Any]) -> list[dict[str, Any]]:
    def plain(value: Any) -> Any:
        return iso_z(value) if isinstance(value, datetime) else value

    rows = session.execute(query).mappings()
    return [{name: plain(value) for name, value in row.items() if name not in _SECRET} for row in rows]
