"""Every statement of the reading services and of access is written for PostgreSQL too: compiled for it, one by one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql import ClauseElement

from models.services.desk import Desk
from models.views import Cursor, IdPage, Order, PeopleFilter, PeopleSort, View

POSTGRESQL = postgresql.dialect()
ONLY_SQLITE = re.compile(r"\b(sqlite_\w+|rowid|PRAGMA|ifnull|GLOB|frontdesk_fold|OFFSET|REPLACE INTO)\b", re.IGNORECASE)


@contextmanager
def compiled(desk: Desk) -> Iterator[list[str]]:
    """Collects each statement in PostgreSQL's words; text that is no expression would be named as it is."""
    found: list[str] = []

    def note(connection: Any, element: Any, many: Any, parameters: Any, options: Any) -> None:
        assert isinstance(element, ClauseElement), element
        options = {"render_postcompile": False}
        found.append(" ".join(str(element.compile(dialect=POSTGRESQL, compile_kwargs=options)).split()))

    engines = (desk.database.reader_engine, desk.database.writer_engine)
    for engine in engines:
        event.listen(engine, "before_execute", note)
    try:
        yield found
    finally:
        for engine in engines:
            event.remove(engine, "before_execute", note)


def to_the_end(page: IdPage, more: Any) -> None:
    while page.next is not None:
        page = more(page.next)


def test_every_statement(desk: Desk) -> None:
    inbox, people = desk.inbox, desk.people
    with compiled(desk) as found:
        for order in Order:
            for view in View:

                def ids(after: Cursor | None, view: View = view, order: Order = order) -> IdPage:
                    return inbox.ids(view, order, after=after, limit=7)

                to_the_end(ids(None), ids)
        inbox.rows([1, 2])
        inbox.counts()
        inbox.lead(1)
        inbox.thread(1, before=inbox.thread(1, limit=1).older)
        inbox.newer(1, 0)
        inbox.mark_unread(1)
        inbox.mark_read(1)
        for sort in PeopleSort:
            for filter in PeopleFilter:
                page = people.ids(search="а", filter=filter, sort=sort, limit=2)
                people.ids(search="@a_5", filter=filter, sort=sort, limit=2, after=page.next)
        people.ids(search="500")
        people.rows([1, 2])
        people.counts()
        people.person(1)
        people.resolve("@user_500000001")
        people.resolve("1")
        desk.access.set_paid(4, not people.person(4).row.paid)
        desk.access.set_admin(5, True)
        desk.access.set_admin(5, False)
        desk.drafts.save(1, "text", "key")
        desk.drafts.save(1, "other", "key")
        desk.drafts.discard(1)
        desk.feed.poll()
    assert len(found) > 100
    for statement in found:
        assert ONLY_SQLITE.search(statement) is None, statement
