"""What the screen waits for, on both planners: searches in an order that an index has, and never more rows than fit.

On PostgreSQL the database is filled and analysed first: over a handful of rows it would read all of them anyway.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import CursorResult, Result

from models.services import inbox_keeper
from models.services.desk import Desk
from models.services.inbox_keeper import InboxKeeper
from models.services.inbox_pages import serves, table_page
from models.views import Order, View
from tests.conftest import FixedClock, with_our_tables
from tests.models.services.test_inbox_table import in_each_run
from tests.postgresql import Server
from tests.seed import raw

MANY, PAGE = 6_000, 20
FILL = (
    "INSERT INTO users (id, telegram_id, first_name, created_at, updated_at)"
    f" SELECT n, 100000 + n, 'Person ' || n, '2025-01-01', '2025-01-01' FROM generate_series(1, {MANY}) n",
    "INSERT INTO conversations (id, user_id, last_message_at, unread_count, ai_ready_score, created_at, updated_at)"
    " SELECT n, n, timestamp '2025-01-01' + (n * 7919 % 500000) * interval '1 minute',"
    f" CASE WHEN n % 7 = 0 THEN 1 ELSE 0 END, CASE WHEN n % 3 = 0 THEN n % 101 END, '2025-01-01', '2025-01-01'"
    f" FROM generate_series(1, {MANY}) n",
    "INSERT INTO messages (conversation_id, body, direction, read, created_at, updated_at)"
    " SELECT 1 + n % 3 * n % 6000, 'body ' || n, n % 2, true, timestamp '2025-01-01' + n * interval '1 minute',"
    f" '2025-01-01' FROM generate_series(1, {MANY * 3}) n",
    "INSERT INTO messages (conversation_id, body, direction, read, created_at, updated_at)"
    " SELECT 7, 'long ' || n, n % 2, true, timestamp '2025-01-01' + n * interval '1 minute', '2025-01-01'"
    " FROM generate_series(1, 600) n",
)
SORT = re.compile(r"(?:^|->) *Sort +\(", re.MULTILINE)
SCAN = re.compile(r"Seq Scan on (conversations|messages|users|console_inbox)\b")


@pytest.fixture
def filled(owned_url: str, server: Server, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    for statement in FILL:
        raw.write(owned_url, statement)
    desk = Desk.open(str(with_our_tables(owned_url)), operator="tester", clock=clock)
    for name in ("SOON", "LATER", "SLOWLY", "SHORTEST"):
        monkeypatch.setattr(inbox_keeper, name, 0.0)
    desk.keeper = InboxKeeper(desk.database, clock, "tester", breath=0.0)
    for _ in range(500):
        desk.keeper.step()
        if desk.keeper.usable:
            break
    raw.write(owned_url, "ANALYZE")
    yield desk
    desk.close()


def asked(desk: Desk) -> Iterator[tuple[str, Callable[[], object]]]:
    """Every call of the inbox that the screen waits for, by name; each order at its head and in its middle."""
    inbox = desk.inbox
    for order in Order:
        for view in View:
            if serves(view, order):

                def deep(view: View = view, order: Order = order) -> None:
                    with desk.database.read() as session:
                        for after in in_each_run(view, order):
                            table_page(session, view, order, after, PAGE, now=desk.clock())

                yield f"{view} {order}", lambda view=view, order=order: inbox.ids(view, order, limit=PAGE)
                yield f"{view} {order}, its middle", deep
    page = inbox.ids(View.ALL, limit=PAGE)
    yield "all", lambda: inbox.ids(View.ALL, limit=PAGE)
    yield "all, the next page", lambda: inbox.ids(View.ALL, after=page.next, limit=PAGE)
    yield "rows", lambda: inbox.rows(page.ids)
    yield "a thread", lambda: inbox.thread(7)
    yield "its older part", lambda: inbox.thread(7, before=inbox.thread(7).older)
    yield "the lead", lambda: inbox.lead(7, whole=False)
    yield "the counts", inbox.counts


def test_nothing_sorts_or_reads_a_table_on_a_server(filled: Desk, owned_url: str) -> None:
    for name, ask in asked(filled):
        with noted(filled) as statements:
            ask()
        for statement, parameters in statements:
            if "set_config" in statement or "FROM console_inbox_state" in statement:
                continue
            plan = "\n".join(row[0] for row in explained(filled, statement, parameters))
            assert not SCAN.search(plan), f"{name}\n{statement}\n{plan}"
            found = SORT.search(plan)
            assert found is None or bounded(plan, found.start()), f"{name}\n{statement}\n{plan}"


def bounded(plan: str, at: int) -> bool:
    """A sort of what a LIMIT or a key has cut down already: as many rows as are counted at once at most."""
    rows = re.search(r"rows=(\d+)", plan[at:])
    return rows is not None and int(rows[1]) <= 600


def explained(desk: Desk, statement: str, parameters: Any) -> list[Any]:
    with desk.database.reader_engine.connect() as connection:
        return list(connection.exec_driver_sql(f"EXPLAIN {statement}", parameters).all())


@contextmanager
def noted(desk: Desk) -> Iterator[list[tuple[str, Any]]]:
    """Statements and their parameters as the server gets them."""
    found: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        found.append((statement, parameters))

    event.listen(desk.database.reader_engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(desk.database.reader_engine, "before_cursor_execute", note)


@contextmanager
def fetched(desk: Desk) -> Iterator[list[int]]:
    """How many rows each statement returned."""
    found: list[int] = []
    whole = Result.all

    def counted(self: Any) -> Any:
        rows = whole(self)
        found.append(len(rows))
        return rows

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CursorResult, "all", counted)
        yield found


def test_no_call_of_the_screen_fetches_more_than_a_page(filled: Desk) -> None:
    for name, ask in asked(filled):
        with fetched(filled) as found:
            ask()
        assert all(many <= 200 for many in found), (name, found)


def test_a_long_thread_is_counted_later(filled: Desk) -> None:
    lead = filled.inbox.lead(7, whole=False)
    assert not lead.counted
    whole = filled.inbox.lead(7)
    assert (whole.counted, whole.incoming_count + whole.outgoing_count) == (True, lead_size(filled))
    # From then on only what came since is counted.
    again = filled.inbox.lead(7, whole=False)
    assert (again.counted, again.incoming_count, again.outgoing_count) == (
        True,
        whole.incoming_count,
        whole.outgoing_count,
    )


def lead_size(desk: Desk) -> int:
    many, page = 0, desk.inbox.thread(7, limit=1000)
    while True:
        many += len(page.messages)
        if page.older is None:
            return many
        page = desk.inbox.thread(7, before=page.older, limit=1000)
