"""People: search, filters, pages, and one person's page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, func, literal, or_, select

from models.errors import NotFound, Refused
from models.rules.access import full_name
from models.rules.text import fold_text, for_storage
from models.services.drift import ending, why_given
from models.services.journal import entries_of
from models.services.people_ids import blocked, ids_page, passes
from models.services.people_slices import SLICE, Passes, count_slice
from models.services.slices import Walk
from models.store.database import Database
from models.tables.extended import conversations, messages, users
from models.tables.functions import fold
from models.tables.message_codes import MessageDirection
from models.views import AccessGlance, Cursor, IdPage, PeopleFilter, PeopleSort, Person, PersonRow


class People:
    """Reads only."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._passes = Passes()

    def ids(
        self,
        *,
        search: str = "",
        filter: PeopleFilter = PeopleFilter.ALL,
        sort: PeopleSort = PeopleSort.NEWEST,
        after: Cursor | None = None,
        limit: int = 200,
        seconds: float | None = None,
    ) -> IdPage:
        """One keyset page of people. `search` finds names (case-blind, ё as е, in either alphabet), @usernames and
        Telegram ids, in any part; behind them those who wrote the words. It may be a short one where so many `seconds`
        are not enough to fill it: see IdPage."""
        features, now = self.database.features, self.database.clock()
        if sort is PeopleSort.NAME and self.database.engine != "sqlite":
            seconds = None  # a server puts names in the order of its own language
        walk = None if seconds is None else Walk(seconds)
        with self.database.read() as session:
            return ids_page(
                session, features, now, search, filter, sort, after, limit, walk=walk, passes_under_way=self._passes
            )

    def rows(self, ids: Sequence[int], *, access: bool = False) -> tuple[PersonRow, ...]:
        """Rows in the order of `ids`, with their `access` if asked for; vanished ones are left out. One statement."""
        if not ids:
            return ()
        with self.database.read() as session:
            query = self._row_query().where(users.c.id.in_(list(ids)))
            if access:
                features = self.database.features
                query = query.add_columns(*ending(features), *why_given(features))
            found = {row["id"]: _to_row(row) for row in session.execute(query).mappings()}
        return tuple(found[id] for id in ids if id in found)

    def counts(self, filters: Iterable[PeopleFilter] = tuple(PeopleFilter)) -> dict[PeopleFilter, int]:
        """How many people each filter passes."""
        features, now = self.database.features, self.database.clock()
        with self.database.read() as session:
            return {
                filter: int(
                    session.execute(
                        select(func.count()).select_from(users).where(passes(filter, features, now))
                    ).scalar_one()
                )
                for filter in filters
            }

    def count(self, filter: PeopleFilter, after: int = 0, *, seconds: float) -> tuple[int, int | None]:
        """How many people above the id `after` a filter passes, as far as so many `seconds` reach, and up to which id
        that is, None: all are counted."""
        with self.database.read() as session:
            condition = passes(filter, self.database.features, self.database.clock(), only=SLICE)
            return count_slice(session, condition, after, seconds)

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
        found = self.matches(text)
        if not found:
            raise NotFound("user-not-found", id=for_storage(text).strip())
        return found[0]

    def resolve_one(self, text: str) -> PersonRow:
        """As `resolve`, and nobody is guessed. Raises NotFound('user-not-found'), Refused('two-match')."""
        found = self.matches(text)
        if len(found) > 1:
            people = tuple(f"#{row.id} {row.name}" + (f" @{row.username}" if row.username else "") for row in found)
            raise Refused("two-match", text=text, people=people)
        return self.resolve(text)

    def matches(self, text: str, limit: int = 10) -> tuple[PersonRow, ...]:
        """Everybody whom '@name', a Telegram id, '#id' or a bare id of ours may mean, a Telegram id first."""
        wanted = for_storage(text).strip()
        number = wanted.removeprefix("#")
        condition: ColumnElement[bool]
        order: list[ColumnElement[Any]] = [users.c.id.asc()]
        if number.isascii() and number.isdigit() and len(number) < 19:
            condition = users.c.id == int(number)
            if number == wanted:
                condition = or_(users.c.telegram_id == int(number), condition)
                order.insert(0, (users.c.telegram_id == int(number)).desc())
        else:
            condition = fold(users.c.username) == fold_text(wanted.removeprefix("@"))
        with self.database.read() as session:
            rows = session.execute(self._row_query().where(condition).order_by(*order).limit(limit)).mappings()
            return tuple(_to_row(row) for row in rows)

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
            (blocked(features) if features.console_tables else literal(False)).label("blocked"),
        )


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
        access=_glance(row) if "tiers" in row else None,
    )


def _glance(row: RowMapping) -> AccessGlance:
    return AccessGlance(bool(row["tiers"]), row["expires_at"], row.get("given_why"), row.get("given_by"))
