"""People: search, filters, pages, and one person's page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, String, cast, exists, func, literal, or_, select, true

from models.errors import NotFound
from models.rules.access import NAMELESS, full_name
from models.rules.text import fold_text, for_storage
from models.services.journal import entries_of
from models.services.keyset import above, page
from models.services.reach import MOVED, came_back, reach_table
from models.store.database import Database
from models.tables.extended import conversations, messages, users
from models.tables.functions import fold
from models.tables.message import MessageDirection
from models.views import Cursor, Features, IdPage, PeopleFilter, PeopleSort, Person, PersonRow

_ESCAPE = "\\"


class People:
    """Reads only."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def ids(
        self,
        *,
        search: str = "",
        filter: PeopleFilter = PeopleFilter.ALL,
        sort: PeopleSort = PeopleSort.NEWEST,
        after: Cursor | None = None,
        limit: int = 200,
    ) -> IdPage:
        """One keyset page of people, newest first or by name. `search` finds names (case-blind, ё as е), @usernames
        and Telegram ids, in any part."""
        name = _folded_name()
        query: Select[Any] = select(users.c.id, name if sort is PeopleSort.NAME else literal(None))
        query = query.where(self._matches(search), self._passes(filter))
        if sort is PeopleSort.NAME:
            if after is not None:
                query = query.where(above(name, users.c.id, after.key, after.id))
            query = query.order_by(name, users.c.id)
        else:
            if after is not None:
                query = query.where(users.c.id < after.id)
            query = query.order_by(users.c.id.desc())
        with self.database.read() as session:
            return page(session.execute(query.limit(limit)).all(), limit)

    def rows(self, ids: Sequence[int]) -> tuple[PersonRow, ...]:
        """Rows in the order of `ids`; vanished ones are left out. One statement."""
        if not ids:
            return ()
        with self.database.read() as session:
            query = self._row_query().where(users.c.id.in_(list(ids)))
            found = {row["id"]: _to_row(row) for row in session.execute(query).mappings()}
        return tuple(found[id] for id in ids if id in found)

    def counts(self) -> dict[PeopleFilter, int]:
        """How many people each filter passes."""
        with self.database.read() as session:
            return {
                filter: int(
                    session.execute(select(func.count()).select_from(users).where(self._passes(filter))).scalar_one()
                )
                for filter in PeopleFilter
            }

    def person(self, user_id: int) -> Person:
        """A person's page. Raises NotFound('user-not-found')."""
        incoming = int(MessageDirection.INCOMING)
        with self.database.read() as session:
            theirs = select(func.min(conversations.c.id)).where(conversations.c.user_id == users.c.id)
            # Two floors down, only an explicit correlate keeps the subquery from reading all users.
            first = theirs.correlate(users).scalar_subquery()
            count = select(func.count()).where(messages.c.conversation_id == first, messages.c.direction == incoming)
            query = self._row_query().add_columns(
                users.c.updated_at,
                users.c.session_token.is_not(None).label("has_session_token"),
                count.correlate(users).scalar_subquery().label("messages_count"),
            )
            row = session.execute(query.where(users.c.id == user_id)).mappings().first()
            if row is None:
                raise NotFound("user-not-found", id=user_id)
            journal = entries_of(session, self.database.features, user_id)
        return Person(
            row=_to_row(row),
            first_name=row["first_name"],
            last_name=row["last_name"],
            updated_at=row["updated_at"],
            messages_count=int(row["messages_count"]),
            has_session_token=bool(row["has_session_token"]),
            journal=journal,
        )

    def resolve(self, text: str) -> PersonRow:
        """The person of '@name', a Telegram id or our id (a Telegram id wins). Raises NotFound('user-not-found')."""
        wanted = for_storage(text).strip()
        condition: ColumnElement[bool]
        if wanted.isascii() and wanted.isdigit() and len(wanted) < 19:
            number = int(wanted)
            condition = or_(users.c.telegram_id == number, users.c.id == number)
            order = [(users.c.telegram_id == number).desc()]
        else:
            condition = fold(users.c.username) == fold_text(wanted.removeprefix("@"))
            order = [users.c.id.asc()]
        with self.database.read() as session:
            row = session.execute(self._row_query().where(condition).order_by(*order).limit(1)).mappings().first()
        if row is None:
            raise NotFound("user-not-found", id=wanted)
        return _to_row(row)

    def _row_query(self) -> Select[Any]:
        features = self.database.features

        def first(column: ColumnElement[Any]) -> ColumnElement[Any]:
            query = select(column).where(conversations.c.user_id == users.c.id).correlate(users)
            return query.order_by(conversations.c.id).limit(1).scalar_subquery()

        names = ("id", "telegram_id", "username", "first_name", "last_name", "admin", "authenticated", "created_at")
        return select(
            *(users.c[name] for name in names),
            (users.c.paid if features.paid else literal(False)).label("paid"),
            first(conversations.c.id).label("conversation_id"),
            first(conversations.c.last_message_at).label("last_message_at"),
            first(conversations.c.ai_ready_score).label("score"),
            _blocked(features),
        )

    def _matches(self, search: str) -> ColumnElement[bool]:
        wanted = fold_text(for_storage(search).strip())
        if not wanted:
            return true()
        pattern = f"%{_escaped(wanted)}%"
        name = f"%{_escaped(wanted.removeprefix('@'))}%"
        conditions = [fold(users.c.username).like(name, escape=_ESCAPE)]
        if not wanted.startswith("@"):
            conditions.append(_folded_name().like(pattern, escape=_ESCAPE))
        if wanted.isdigit():
            conditions.append(cast(users.c.telegram_id, String).like(pattern, escape=_ESCAPE))
        return or_(*conditions)

    def _passes(self, filter: PeopleFilter) -> ColumnElement[bool]:
        match filter:
            case PeopleFilter.ADMIN:
                return users.c.admin.is_(True)
            case PeopleFilter.PAID:
                return users.c.paid.is_(True) if self.database.features.paid else ~true()
            case PeopleFilter.SIGNED_IN:
                return users.c.authenticated.is_(True)
            case PeopleFilter.NEVER_WROTE:
                incoming = messages.c.direction == int(MessageDirection.INCOMING)
                return ~exists(select(messages.c.id).where(messages.c.user_id == users.c.id, incoming).correlate(users))
        return true()


def _blocked(features: Features) -> ColumnElement[bool]:
    if not features.console_tables:
        return literal(False).label("blocked")
    marked = select(reach_table.c.telegram_id).where(
        reach_table.c.telegram_id == users.c.telegram_id,
        reach_table.c.kind != MOVED,
        ~came_back(features, reach_table.c.telegram_id, reach_table.c.since),
    )
    return marked.correlate(users).exists().label("blocked")


def _folded_name() -> ColumnElement[str]:
    """The full name as shown, for searching and sorting."""
    both = func.coalesce(users.c.first_name, "") + " " + func.coalesce(users.c.last_name, "")
    return fold(func.coalesce(func.nullif(func.trim(both), ""), NAMELESS))


def _escaped(text: str) -> str:
    return text.replace(_ESCAPE, _ESCAPE * 2).replace("%", _ESCAPE + "%").replace("_", _ESCAPE + "_")


def _to_row(row: RowMapping) -> PersonRow:
    return PersonRow(
        id=row["id"],
        telegram_id=row["telegram_id"],
        name=full_name(row["first_name"], row["last_name"]),
        username=row["username"],
        admin=bool(row["admin"]),
        paid=bool(row["paid"]),
        authenticated=bool(row["authenticated"]),
        created_at=row["created_at"],
        conversation_id=row["conversation_id"],
        last_message_at=row["last_message_at"],
        score=row["score"],
        blocked=bool(row["blocked"]),
    )
