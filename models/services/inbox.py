"""The inbox: pages of conversations, their counts, one lead, and what marks a conversation read.

What the first page of rows does not need is imported by the method that does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import func, select, update
from sqlmodel import Session

from models.errors import NotFound
from models.rules.clock import Clock
from models.services.inbox_counts import counts_of
from models.services.inbox_few import few_page, is_of_few
from models.services.inbox_ids import ids_page
from models.services.inbox_kept import kept_counts
from models.services.inbox_pages import is_ours, serves, table_page
from models.services.inbox_rows import rows_of
from models.services.inbox_table import touch
from models.services.once import once
from models.services.slices import Walk
from models.store.database import Database
from models.tables.extended import conversations, messages
from models.tables.message_codes import MessageDirection
from models.views import (
    ConversationRow,
    Counts,
    Cursor,
    IdPage,
    Lead,
    MessageView,
    Operator,
    Order,
    ThreadPage,
    View,
)

if TYPE_CHECKING:
    from models.services.channels import Channels
    from models.services.inbox_lead import LeadReader


class Inbox:
    """`operator` returns who looks, or None; `may_write` is called before each write and raises when nobody may;
    `looked_at` hears of whose lead is shown; `kept` says whether `console_inbox` can be relied on just now;
    `made`, while it is being made, of how many conversations it tells already."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        operator: Callable[[], Operator | None],
        may_write: Callable[[], object],
        looked_at: Callable[[int], None] = lambda conversation_id: None,
        kept: Callable[[], bool] = lambda: False,
        made: Callable[[], int | None] = lambda: None,
    ) -> None:
        self.database = database
        self.clock = clock
        self._operator = operator
        self._may_write = may_write
        self._looked_at = looked_at
        self._kept = kept
        self._made = made

    def ids(
        self,
        view: View,
        order: Order = Order.RECENT,
        *,
        after: Cursor | None = None,
        limit: int = 200,
        tag: str | None = None,
        seconds: float | None = None,
    ) -> IdPage:
        """One keyset page of a view; `tag`: of View.TAGGED only those that carry it. It may be a short one where so
        many `seconds` are not enough to fill it: see IdPage."""
        features, operator, now = self.database.features, self._operator(), self.clock()
        with self.database.read() as session:
            kept = after is None and self._kept()
            if is_ours(after) or (kept and tag is None and serves(view, order)):
                return self._so_far(table_page(session, view, order, after, limit, now=now))
            if after is None and seconds is not None and tag is None and self._by_score_so_far(view, order):
                return self._so_far(table_page(session, view, order, after, limit, now=now))
            if is_of_few(after) or kept:
                page = few_page(session, operator, view, order, after, limit, now=now, tag=tag)
                if page is not None:
                    return page
            walk = None if seconds is None else Walk(seconds)
            return ids_page(session, features, operator, view, order, after, limit, now=now, tag=tag, walk=walk)

    def _by_score_so_far(self, view: View, order: Order) -> bool:
        """Whether only a table that is being made has this order: the application's would all have to be sorted."""
        return order in (Order.SCORE, Order.PRESSING) and serves(view, order) and self._made() is not None

    def _so_far(self, page: IdPage) -> IdPage:
        made = self._made()
        return page if made is None or page.next is not None else replace(page, walked=max(1, made))

    def rows(self, ids: Sequence[int]) -> tuple[ConversationRow, ...]:
        """Rows in the order of `ids`; vanished ones are left out. The number of statements does not depend on `ids`."""
        if not ids:
            return ()
        features, operator, now = self.database.features, self._operator(), self.clock()
        with self.database.read() as session:
            return rows_of(session, features, operator, ids, now)

    def counts(self) -> Counts:
        """How many conversations each view holds, and since when the longest waiting one waits."""
        with self.database.read() as session:
            features, operator, now = self.database.features, self._operator(), self.clock()
            return (kept_counts if self._kept() else counts_of)(session, features, operator, now)

    def thread(
        self, conversation_id: int, *, before: Cursor | None = None, limit: int = 100, channel: str | None = None
    ) -> ThreadPage:
        """A page of a thread, oldest first; of one channel only if named. Raises NotFound('conversation-not-found')."""
        from models.services.thread import thread_page

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
        from models.services.thread import page_after

        features, operator = self.database.features, self._operator()
        with self.database.read() as session:
            return page_after(session, features, operator, conversation_id, after, limit, channel)

    def thread_around(
        self, conversation_id: int, message_id: int, *, limit: int = 100, channel: str | None = None
    ) -> ThreadPage:
        """A page around a message, however old. Raises NotFound('message-not-found', 'conversation-not-found')."""
        from models.services.thread import page_around

        features, operator = self.database.features, self._operator()
        with self.database.read() as session:
            self._must_exist(session, conversation_id)
            page = page_around(session, features, operator, conversation_id, message_id, limit, channel)
            if page is None:
                raise NotFound("message-not-found", id=message_id)
            return page

    def channels(self, conversation_id: int) -> Channels | None:
        """The channels of a conversation, and which of them are open; None where there is but one."""
        from models.services.channels import channels_of

        with self.database.read() as session:
            return channels_of(session, self.database.features, conversation_id)

    def newer(self, conversation_id: int, after_message_id: int) -> tuple[MessageView, ...]:
        """Messages written after the one with this id, oldest first."""
        from models.services.thread import newer_than

        with self.database.read() as session:
            features = self.database.features
            return newer_than(session, features, self._operator(), conversation_id, after_message_id)

    def lead(self, conversation_id: int, *, whole: bool = True) -> Lead:
        """What is known of the person; not `whole`: as much as can be counted at once. Never creates a conversation.
        Raises NotFound('conversation-not-found')."""
        with self.database.read() as session:
            lead = self._leads.of(session, self.database.features, conversation_id, whole=whole)
        self._looked_at(conversation_id)
        return lead

    def mark_read(self, conversation_id: int) -> None:
        """Exactly the seed's mark-all-read, in one transaction. Nothing to do: nothing is locked.

        Raises Refused, NotFound, DatabaseProblem.
        """
        from models.tables.conversation import mark_all_read

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

    @once
    def _leads(self) -> LeadReader:
        from models.services.inbox_lead import LeadReader

        return LeadReader()

    def _must_exist(self, session: Session, conversation_id: int) -> None:
        query = select(conversations.c.id).where(conversations.c.id == conversation_id)
        if session.execute(query).first() is None:
            raise NotFound("conversation-not-found", id=conversation_id)
