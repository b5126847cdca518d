"""Lists as CSV, and whole conversations, to be taken out of the database. Reads only, a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, fields
from itertools import islice
from typing import Any

from models.rules.csv_text import csv_lines
from models.services.inbox import Inbox
from models.services.journal import Journal
from models.services.outbox import Outbox
from models.services.payments import Payments
from models.services.people import People
from models.services.records import ConversationRecord, UserRecord, conversation_records, user_records
from models.store.database import Database
from models.views import (
    Cursor,
    IdPage,
    JournalEntry,
    JournalFilter,
    MessageView,
    Order,
    PeopleFilter,
    PeopleSort,
    Reply,
    View,
)
from models.views.access import Paid, PaymentFilter
from models.views.transcript import Transcript

#: Rows that are read at a time.
_PAGE = 500
_EVERY = 2**31 - 1
_EVERYTHING = JournalFilter()
#: The columns of each list; the first two are the records' own.
CONVERSATIONS = tuple(field.name for field in fields(ConversationRecord))
USERS = tuple(field.name for field in fields(UserRecord))
OUTBOX = (
    *("id", "conversation_id", "name", "telegram_id", "state", "operator", "body", "error_code", "error"),
    *("part_no", "part_of", "message_id", "telegram_message_id", "channel", "created_at", "updated_at"),
)
PAYMENTS = (
    *("id", "user_id", "name", "username", "tier", "payment_processor", "transaction_id", "amount", "currency"),
    *("status", "created_at", "corrects", "orphan"),
)
JOURNAL = (
    *("id", "at", "operator", "source", "action", "subject_type", "subject_id", "person", "username", "tier"),
    *("receipt", "amount", "currency", "expires_at", "refers_to", "before", "after", "reason"),
)


class Exports:
    """Each list gives the lines of a CSV file (see `models.rules.csv_text`); `limit` None: all of it. Raise
    DatabaseProblem while they are read."""

    def __init__(
        self, database: Database, inbox: Inbox, people: People, outbox: Outbox, payments: Payments, journal: Journal
    ) -> None:
        self.database = database
        self._inbox = inbox
        self._people = people
        self._outbox = outbox
        self._payments = payments
        self._journal = journal

    def conversations(
        self,
        view: View = View.ALL,
        order: Order = Order.RECENT,
        *,
        limit: int | None = None,
        tag: str | None = None,
    ) -> Iterator[str]:
        """A view of the inbox; `tag` as in `Inbox.ids`."""
        pages = _pages(lambda after, many: self._inbox.ids(view, order, after=after, limit=many, tag=tag), limit)
        records = (record for ids in pages for record in conversation_records(self.database, ids))
        return csv_lines(CONVERSATIONS, map(asdict, records))

    def users(
        self,
        search: str = "",
        filter: PeopleFilter = PeopleFilter.ALL,
        sort: PeopleSort = PeopleSort.NEWEST,
        *,
        limit: int | None = None,
    ) -> Iterator[str]:
        """A view of the people."""
        pages = _pages(
            lambda after, many: self._people.ids(search=search, filter=filter, sort=sort, after=after, limit=many),
            limit,
        )
        records = (record for ids in pages for record in user_records(self.database, ids))
        return csv_lines(USERS, map(asdict, records))

    def outbox(self) -> Iterator[str]:
        """Every reply that is not delivered yet."""
        return csv_lines(OUTBOX, map(_reply, self._outbox.list(limit=_EVERY)))

    def payments(self, wanted: PaymentFilter | None = None, *, limit: int | None = None) -> Iterator[str]:
        """Newest first."""
        asked = wanted or PaymentFilter()
        found = _chain(lambda before, many: self._payments.page(asked, before=before, limit=many))
        return csv_lines(PAYMENTS, map(_paid, islice(found, limit)))

    def journal(self, *, search: str = "", user_id: int | None = None, limit: int | None = None) -> Iterator[str]:
        """Newest first."""
        found = _chain(
            lambda before, many: self._journal.page(search=search, user_id=user_id, before=before, limit=many)
        )
        return csv_lines(JOURNAL, map(_entry, islice(found, limit)))

    def whole_journal(self, wanted: JournalFilter = _EVERYTHING) -> Iterator[str]:
        """Every entry that is wanted, oldest first."""
        return csv_lines(JOURNAL, map(_entry, self._journal.export(wanted)))

    def transcript(self, conversation_id: int) -> Transcript:
        """All of a conversation. Raises NotFound('conversation-not-found'), DatabaseProblem."""
        lead = self._inbox.lead(conversation_id)
        pages: list[tuple[MessageView, ...]] = []
        replies: tuple[Reply, ...] = ()
        before: Cursor | None = None
        while True:
            page = self._inbox.thread(conversation_id, before=before, limit=_PAGE)
            if before is None:
                replies = page.replies
            pages.append(page.messages)
            before = page.older
            if before is None:
                break
        return Transcript(lead, tuple(message for each in reversed(pages) for message in each), replies)


def _pages(page: Callable[[Cursor | None, int], IdPage], limit: int | None) -> Iterator[tuple[int, ...]]:
    after: Cursor | None = None
    left = _EVERY if limit is None else limit
    while left > 0:
        found = page(after, min(_PAGE, left))
        yield found.ids
        left -= len(found.ids)
        after = found.next
        if after is None:
            return


def _chain(page: Callable[[int | None, int], Iterable[Any]]) -> Iterator[Any]:
    before: int | None = None
    while True:
        found = list(page(before, _PAGE))
        yield from found
        if len(found) < _PAGE:
            return
        before = found[-1].id


def _reply(reply: Reply) -> dict[str, object]:
    values: dict[str, object] = {
        "name": reply.person_name,
        "operator": reply.operator_name,
        "state": reply.state.value,
    }
    return {name: values[name] if name in values else getattr(reply, name) for name in OUTBOX}


def _paid(paid: Paid) -> dict[str, object]:
    values: dict[str, object] = {
        "name": paid.person_name,
        "payment_processor": paid.processor,
        "transaction_id": paid.receipt,
        "amount": None if paid.price is None else str(paid.price.amount),
        "currency": None if paid.price is None else paid.price.currency,
        "created_at": paid.at,
    }
    return {name: values[name] if name in values else getattr(paid, name) for name in PAYMENTS}


def _entry(entry: JournalEntry) -> dict[str, object]:
    values: dict[str, object] = {
        "operator": entry.operator_name,
        "person": entry.person_name,
        "amount": None if entry.amount is None else str(entry.amount.amount),
        "currency": None if entry.amount is None else entry.amount.currency,
    }
    return {name: values[name] if name in values else getattr(entry, name) for name in JOURNAL}
