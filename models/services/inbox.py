"""The inbox: pages of conversations, their counts, one lead, and what marks a conversation read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, bindparam, case, func, literal, select, update
from sqlmodel import Session

from models.errors import NotFound
from models.rules.access import full_name, has_dashboard_access
from models.rules.bands import band
from models.rules.clock import Clock
from models.rules.delivery import IN_LINE, NOT_DELIVERED, State
from models.services.channels import Channels, channels_of
from models.services.inbox_counts import counts_of
from models.services.inbox_few import few_page, is_of_few
from models.services.inbox_ids import ids_page
from models.services.inbox_kept import kept_counts
from models.services.inbox_pages import is_ours, serves, table_page
from models.services.inbox_table import touch
from models.services.inbox_triage import triaged_of, with_triage
from models.services.lead_facts import facts_of
from models.services.lead_totals import LeadTotals, Totals
from models.services.reach import came_back, reach_table, to_reach
from models.services.thread import direction_of, newer_than, page_after, page_around, thread_page
from models.store.database import Database
from models.tables.console_drafts import DraftRow
from models.tables.console_outbox import OutboxRow
from models.tables.conversation import mark_all_read
from models.tables.extended import conversations, messages, users
from models.tables.message import MessageDirection
from models.views import (
    ConversationRow,
    Counts,
    Cursor,
    Direction,
    Features,
    Field,
    IdPage,
    Lead,
    LeadFacts,
    MessageView,
    Operator,
    Order,
    ThreadPage,
    View,
)

#: Characters of the last message that a row may show; a huge body is not fetched for one line.
PREVIEW = 300

_outbox = OutboxRow.__table__  # type: ignore[attr-defined]
_drafts = DraftRow.__table__  # type: ignore[attr-defined]
_reach = reach_table


class Inbox:
    """`operator` returns who looks, or None; `may_write` is called before each write and raises when nobody may;
    `looked_at` hears of whose lead is shown; `kept` says whether `console_inbox` can be relied on just now."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        operator: Callable[[], Operator | None],
        may_write: Callable[[], object],
        looked_at: Callable[[int], None] = lambda conversation_id: None,
        kept: Callable[[], bool] = lambda: False,
    ) -> None:
        self.database = database
        self.clock = clock
        self._operator = operator
        self._may_write = may_write
        self._looked_at = looked_at
        self._kept = kept
        self._totals = LeadTotals()

    def ids(
        self,
        view: View,
        order: Order = Order.RECENT,
        *,
        after: Cursor | None = None,
        limit: int = 200,
        tag: str | None = None,
    ) -> IdPage:
        """One keyset page of a view; `tag`: of View.TAGGED only those that carry it."""
        features, operator, now = self.database.features, self._operator(), self.clock()
        with self.database.read() as session:
            kept = after is None and self._kept()
            if is_ours(after) or (kept and tag is None and serves(view, order)):
                return table_page(session, view, order, after, limit)
            if is_of_few(after) or kept:
                page = few_page(session, operator, view, order, after, limit, now=now, tag=tag)
                if page is not None:
                    return page
            return ids_page(session, features, operator, view, order, after, limit, now=now, tag=tag)

    def rows(self, ids: Sequence[int]) -> tuple[ConversationRow, ...]:
        """Rows in the order of `ids`; vanished ones are left out. The number of statements does not depend on `ids`."""
        if not ids:
            return ()
        with self.database.read() as session:
            query = _row_query(self.database.features)
            found = {row[0]: row for row in session.execute(query, {"ids": list(ids)}).all()}
            counts = self._reply_counts(session, ids)
            drafts = self._draft_ids(session, ids)
            triaged = triaged_of(session, self.database.features, self._operator(), ids, self.clock())
        rows = (_to_row(found[id], id in drafts, counts.get(id, (0, 0))) for id in ids if id in found)
        return tuple(with_triage(row, triaged.get(row.id)) for row in rows)

    def counts(self) -> Counts:
        """How many conversations each view holds, and since when the longest waiting one waits."""
        with self.database.read() as session:
            features, operator, now = self.database.features, self._operator(), self.clock()
            return (kept_counts if self._kept() else counts_of)(session, features, operator, now)

    def thread(
        self, conversation_id: int, *, before: Cursor | None = None, limit: int = 100, channel: str | None = None
    ) -> ThreadPage:
        """A page of a thread, oldest first; of one channel only if named. Raises NotFound('conversation-not-found')."""
        features, operator = self.database.features, self._operator()
        with self.database.read() as session:
            page = thread_page(session, features, operator, conversation_id, before, limit, channel)
            if not page.messages:
                self._must_exist(session, conversation_id)
            return page

    def thread_after(
        self, conversation_id: int, after: Cursor, *, limit: int = 100, channel: str | None = None
    ) -> ThreadPage:
        """The page below: what was written after the cursor, oldest first."""
        features, operator = self.database.features, self._operator()
        with self.database.read() as session:
            return page_after(session, features, operator, conversation_id, after, limit, channel)

    def thread_around(
        self, conversation_id: int, message_id: int, *, limit: int = 100, channel: str | None = None
    ) -> ThreadPage:
        """A page around a message, however old. Raises NotFound('message-not-found', 'conversation-not-found')."""
        features, operator = self.database.features, self._operator()
        with self.database.read() as session:
            self._must_exist(session, conversation_id)
            page = page_around(session, features, operator, conversation_id, message_id, limit, channel)
            if page is None:
                raise NotFound("message-not-found", id=message_id)
            return page

    def channels(self, conversation_id: int) -> Channels | None:
        """The channels of a conversation, and which of them are open; None where there is but one."""
        with self.database.read() as session:
            return channels_of(session, self.database.features, conversation_id)

    def newer(self, conversation_id: int, after_message_id: int) -> tuple[MessageView, ...]:
        """Messages written after the one with this id, oldest first."""
        with self.database.read() as session:
            features = self.database.features
            return newer_than(session, features, self._operator(), conversation_id, after_message_id)

    def lead(self, conversation_id: int, *, whole: bool = True) -> Lead:
        """What is known of the person; not `whole`: as much as can be counted at once. Never creates a conversation.
        Raises NotFound('conversation-not-found')."""
        with self.database.read() as session:
            values = {"conversation": conversation_id}
            row = session.execute(_lead_query(self.database.features), values).mappings().first()
            if row is None:
                raise NotFound("conversation-not-found", id=conversation_id)
            totals = self._totals.of(session, conversation_id, whole=whole)
            facts = LeadFacts()
            if self.database.features.console_tables:
                facts = facts_of(session, conversation_id, {field: row[field.column] for field in Field})
        self._looked_at(conversation_id)
        return _to_lead(row, totals, facts)

    def mark_read(self, conversation_id: int) -> None:
        """Exactly the seed's mark-all-read, in one transaction. Nothing to do: nothing is locked.

        Raises Refused, NotFound, DatabaseProblem.
        """
        self._may_write()
        with self.database.read() as session:
            self._must_exist(session, conversation_id)
            counter = (conversations.c.unread_count != 0) | conversations.c.unread_count.is_(None)
            query = select(conversations.c.id).where(conversations.c.id == conversation_id, counter)
            theirs = (messages.c.conversation_id == conversation_id) & messages.c.read.is_(False)
            if session.execute(query).first() is None:
                unread = select(messages.c.id).where(theirs).limit(1)
                if session.execute(unread).first() is None:
                    return
        with self.database.write() as session:
            mark_all_read(session.connection(), conversation_id, self.clock())
            touch(session, self.database.features, self.clock(), [conversation_id])

    def mark_unread(self, conversation_id: int) -> None:
        """The counter becomes 1 if it was 0, and the newest incoming message unread. Raises as `mark_read`."""
        self._may_write()
        with self.database.write() as session:
            self._must_exist(session, conversation_id)
            none = func.coalesce(conversations.c.unread_count, 0) == 0
            session.execute(
                update(conversations)
                .where(conversations.c.id == conversation_id, none)
                .values(unread_count=1, updated_at=self.clock())
            )
            newest = (
                select(messages.c.id)
                .where(
                    messages.c.conversation_id == conversation_id,
                    messages.c.direction == int(MessageDirection.INCOMING),
                )
                .order_by(messages.c.created_at.desc(), messages.c.id.desc())
                .limit(1)
            )
            session.execute(update(messages).where(messages.c.id == newest.scalar_subquery()).values(read=False))
            touch(session, self.database.features, self.clock(), [conversation_id])

    def _must_exist(self, session: Session, conversation_id: int) -> None:
        query = select(conversations.c.id).where(conversations.c.id == conversation_id)
        if session.execute(query).first() is None:
            raise NotFound("conversation-not-found", id=conversation_id)

    def _reply_counts(self, session: Session, ids: Sequence[int]) -> dict[int, tuple[int, int]]:
        if not self.database.features.console_tables:
            return {}
        return {int(row[0]): (int(row[1]), int(row[2])) for row in session.execute(_reply_query(), {"ids": list(ids)})}

    def _draft_ids(self, session: Session, ids: Sequence[int]) -> frozenset[int]:
        operator = self._operator()
        if not self.database.features.console_tables or operator is None:
            return frozenset()
        return frozenset(session.execute(_draft_query(), {"operator": operator.id, "ids": list(ids)}).scalars())


@cache
def _reply_query() -> Select[Any]:
    def how_many(states: frozenset[State]) -> ColumnElement[int]:
        return func.sum(case((_outbox.c.state.in_(sorted(states)), 1), else_=0))

    return (
        select(_outbox.c.conversation_id, how_many(NOT_DELIVERED), how_many(IN_LINE))
        .where(_outbox.c.conversation_id.in_(bindparam("ids", expanding=True)))
        .where(_outbox.c.state.in_(sorted(NOT_DELIVERED | IN_LINE)))
        .group_by(_outbox.c.conversation_id)
    )


@cache
def _draft_query() -> Select[Any]:
    theirs = _drafts.c.conversation_id.in_(bindparam("ids", expanding=True))
    return select(_drafts.c.conversation_id).where(_drafts.c.operator_id == bindparam("operator"), theirs)


def _joined(*columns: Any) -> Select[Any]:
    """A conversation whose person is gone still shows."""
    return select(*columns).select_from(conversations.outerjoin(users, users.c.id == conversations.c.user_id))


@lru_cache(maxsize=16)
def _row_query(features: Features) -> Select[Any]:
    """Rows of the parameter `ids`. Built once: building it takes longer than SQLite takes to answer it."""

    def last(column: ColumnElement[Any]) -> ColumnElement[Any]:
        query = select(column).where(messages.c.conversation_id == conversations.c.id).correlate(conversations)
        return query.order_by(messages.c.created_at.desc(), messages.c.id.desc()).limit(1).scalar_subquery()

    rows = (
        _joined(
            conversations.c.id,
            conversations.c.user_id,
            conversations.c.last_message_at,
            conversations.c.unread_count,
            conversations.c.ai_ready_score,
            conversations.c.ai_processing,
            conversations.c.updated_at,
            (conversations.c.ai_paused if features.ai_paused else literal(False)).label("ai_paused"),
            *(users.c[name] for name in ("telegram_id", "username", "first_name", "last_name", "admin")),
            (users.c.paid if features.paid else literal(False)).label("paid"),
            last(messages.c.id).label("newest_id"),
        )
        .where(conversations.c.id.in_(bindparam("ids", expanding=True)))
        .subquery()
    )
    # The newest id stays inside: named out here too, SQLite would look for it twice.
    joined = rows.outerjoin(messages, messages.c.id == rows.c.newest_id)
    if features.console_tables:
        joined = joined.outerjoin(_reach, _reach.c.telegram_id == rows.c.telegram_id)
    return select(
        *(column for column in rows.c if column.name != "newest_id"),
        messages.c.id.label("last_id"),
        func.substr(messages.c.body, 1, PREVIEW).label("last_body"),
        messages.c.direction.label("last_direction"),
        messages.c.created_at.label("last_at"),
        *_reach_columns(features),
    ).select_from(joined)


def _to_row(row: Sequence[Any], draft: bool, counts: tuple[int, int]) -> ConversationRow:
    # By position, as `_row_query` names them: by name, reading a row takes longer than fetching it.
    id, user_id, last_message_at, unread_count, score, ai_processing, changed_at, ai_paused, *more = row
    telegram_id, username, first_name, last_name, admin, paid, last_id, last_body, last_direction, last_at, *mark = more
    direction = None if last_id is None else direction_of(last_direction)
    reach = to_reach(*mark)
    back = direction is Direction.INCOMING and reach is not None and last_at is not None and last_at > reach.since
    return ConversationRow(
        id=id,
        user_id=user_id,
        telegram_id=telegram_id,
        name=full_name(first_name, last_name),
        username=username,
        last_message_at=last_message_at,
        unread_count=unread_count or 0,
        last_body=last_body,
        last_direction=direction,
        last_at=last_at,
        score=score,
        band=band(score),
        admin=bool(admin),
        paid=bool(paid),
        ai_processing=bool(ai_processing),
        ai_paused=bool(ai_paused),
        draft=draft,
        not_delivered=counts[0],
        pending=counts[1],
        blocked=reach is not None and not back,
        ai_processing_since=changed_at if ai_processing else None,
    )


def _reach_columns(features: Features) -> tuple[ColumnElement[Any], ...]:
    if not features.console_tables:
        return literal(None).label("reach_kind"), literal(None).label("reach_since"), literal(None).label("reach_said")
    return _reach.c.kind.label("reach_kind"), _reach.c.since.label("reach_since"), _reach.c.said.label("reach_said")


@lru_cache(maxsize=16)
def _lead_query(features: Features) -> Select[Any]:
    query = _joined(
        conversations.c.id,
        conversations.c.user_id,
        *(conversations.c[name] for name in ("ai_real_name", "ai_background", "ai_query", "ai_ready_score")),
        conversations.c.ai_processing,
        (conversations.c.ai_paused if features.ai_paused else literal(None)).label("ai_paused"),
        conversations.c.updated_at.label("changed_at"),
        conversations.c.last_message_at,
        conversations.c.unread_count,
        *(users.c[name] for name in ("telegram_id", "username", "first_name", "last_name", "admin")),
        (users.c.paid if features.paid else literal(False)).label("paid"),
        users.c.authenticated,
        users.c.created_at.label("user_created_at"),
        *_reach_columns(features),
    ).where(conversations.c.id == bindparam("conversation"))
    if not features.console_tables:
        return query
    # Who has written since is back, whoever received it.
    mark = (_reach.c.telegram_id == users.c.telegram_id) & ~came_back(features, _reach.c.telegram_id, _reach.c.since)
    return query.outerjoin(_reach, mark)


def _to_lead(row: RowMapping, totals: Totals, facts: LeadFacts) -> Lead:
    score, processing = row["ai_ready_score"], bool(row["ai_processing"])
    return Lead(
        conversation_id=row["id"],
        user_id=row["user_id"],
        telegram_id=row["telegram_id"],
        name=full_name(row["first_name"], row["last_name"]),
        username=row["username"],
        real_name=row["ai_real_name"],
        background=row["ai_background"],
        query=row["ai_query"],
        score=score,
        band=band(score),
        ai_processing=processing,
        ai_processing_since=row["changed_at"] if processing else None,
        ai_paused=None if row["ai_paused"] is None else bool(row["ai_paused"]),
        admin=bool(row["admin"]),
        paid=bool(row["paid"]),
        authenticated=bool(row["authenticated"]),
        has_dashboard_access=has_dashboard_access(admin=row["admin"], paid=row["paid"]),
        created_at=row["user_created_at"],
        incoming_count=totals.incoming,
        outgoing_count=totals.outgoing,
        first_message_at=totals.first_at,
        last_message_at=row["last_message_at"],
        unread_count=row["unread_count"] or 0,
        newest_message_id=totals.newest_id,
        counted=totals.whole,
        can_reply=row["telegram_id"] is not None,
        reach=to_reach(row["reach_kind"], row["reach_since"], row["reach_said"]),
        facts=facts,
    )
