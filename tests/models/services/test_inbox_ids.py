"""Which conversations each view holds and in which order: against a plain reading of the file, page by page."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from models.rules.bands import BOUNDS, Band
from models.rules.delivery import State
from models.rules.triage import Deed, Kind
from models.services import slices
from models.services.desk import Desk
from models.tables.types import parse_rails_text
from models.views import Cursor, Order, View
from tests.conftest import FixedClock
from tests.models.services.nasty import add_nasty_rows
from tests.models.services.statements import count, plans
from tests.seed import raw

pytestmark = pytest.mark.both_engines

BANDS = {View[band.name]: band for band in Band}
#: Nobody has put anything away here: see test_inbox_triage for these.
OF_TRIAGE = (View.MINE, View.SNOOZED, View.DONE, View.TAGGED)
VIEWS_OF_THE_DATE_INDEX = [view for view in View if view not in (View.DRAFTS, View.NOT_DELIVERED, *OF_TRIAGE)]
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # the clock's
DATE_INDEX = "index_conversations_on_last_message_at"


@pytest.fixture
def nasty(desk: Desk, shape_file: Path) -> Desk:
    """A desk on real rows and the rows of `add_nasty_rows`, with drafts and with replies in every state."""
    add_nasty_rows(shape_file)
    for id in (3, 201, 206, 210):
        desk.drafts.save(id, "draft", uuid.uuid4().hex)
    for id, state in ((2, State.FAILED), (5, State.UNKNOWN), (8, State.SENT), (9, State.QUEUED), (202, State.FAILED)):
        [reply] = desk.outbox.enqueue(id, "reply", client_key=uuid.uuid4().hex)
        raw.write(shape_file, f"UPDATE console_outbox SET state = '{state}' WHERE id = {reply.id}")
    raw.write(
        shape_file,
        "INSERT INTO console_drafts SELECT 77, 30, body, client_key, updated_at FROM console_drafts LIMIT 1",
    )
    return desk


class Oracle:
    """The views read row by row, with no SQL worth the name."""

    def __init__(self, path: Path) -> None:
        self.rows = {
            row[0]: row[1:]
            for row in raw.rows(path, "SELECT id, last_message_at, unread_count, ai_ready_score FROM conversations")
        }
        self.last: dict[int, int] = {}
        for conversation_id, direction in raw.rows(
            path, "SELECT conversation_id, direction FROM messages ORDER BY created_at, id"
        ):
            self.last[conversation_id] = direction

    def score(self, id: int) -> int | None:
        score = self.rows[id][2]
        return score if isinstance(score, int) and 0 <= score <= 100 else None

    def holds(self, view: View, id: int) -> bool:
        if view in BANDS:
            low, high = BOUNDS[BANDS[view]]
            score = self.score(id)
            return score is not None and low <= score <= high
        return {
            View.ALL: True,
            View.WAITING: self.last.get(id) == 0,
            View.UNREAD: (self.rows[id][1] or 0) > 0,
            View.UNSCORED: self.score(id) is None,
            View.DRAFTS: id in (3, 201, 206, 210),
            View.NOT_DELIVERED: id in (2, 5, 202),
            **dict.fromkeys(OF_TRIAGE, False),
        }[view]

    @staticmethod
    def _stored(at: Any) -> tuple[bool, Any]:
        """SQLite's order: numbers before text."""
        return (isinstance(at, str), at)

    def pressing(self, id: int) -> int:
        """Score × seconds waited; a time that is none has not been waited for."""
        at = parse_rails_text(self.rows[id][0])
        waited = 0 if at is None else round((NOW - at).total_seconds())
        return (self.score(id) or 0) * waited

    def recent(self, ids: list[int]) -> list[int]:
        dated = [id for id in ids if self.rows[id][0] is not None]
        undated = [id for id in ids if self.rows[id][0] is None]
        dated.sort(key=lambda id: (self._stored(self.rows[id][0]), id), reverse=True)
        return dated + sorted(undated, reverse=True)

    def order(self, view: View, order: Order) -> list[int]:
        ids = [id for id in self.rows if self.holds(view, id)]
        if order is Order.RECENT:
            return self.recent(ids)
        if order in (Order.WAITING, Order.PRESSING):
            waiting = [id for id in ids if self.last.get(id) == 0 and self.rows[id][0] is not None]
            waiting.sort(key=lambda id: (self._stored(self.rows[id][0]), id))
            if order is Order.PRESSING:
                scored = [id for id in waiting if self.score(id) is not None]
                scored.sort(key=lambda id: (-self.pressing(id), self._stored(self.rows[id][0]), id))
                waiting = scored + [id for id in waiting if self.score(id) is None]
            return waiting + self.recent([id for id in ids if id not in waiting])
        scored = [id for id in self.recent(ids) if self.score(id) is not None]
        scored.sort(key=lambda id: -(self.score(id) or 0))
        return scored + self.recent([id for id in ids if self.score(id) is None])


def everything(desk: Desk, view: View, order: Order, limit: int) -> list[int]:
    ids: list[int] = []
    after: Cursor | None = None
    while True:
        page = desk.inbox.ids(view, order, after=after, limit=limit)
        assert len(page.ids) <= limit
        assert len(page.ids) == limit or page.next is None
        ids += page.ids
        assert len(ids) < 1000, "pages go round in circles"
        if page.next is None:
            return ids
        after = page.next


@pytest.mark.parametrize("order", Order)
def test_every_view_in_pages_of_any_size(nasty: Desk, shape_file: Path, order: Order) -> None:
    """One page ends where the next begins, over dated and undated, equal and broken values."""
    oracle = Oracle(shape_file)
    for view in View:
        expected = oracle.order(view, order)
        assert expected or view in OF_TRIAGE, view
        for limit in (1, 7, len(expected) or 2, 1000):
            assert everything(nasty, view, order, limit) == expected, (view, limit)


@pytest.mark.parametrize("order", Order)
def test_short_pages_lead_to_the_same_list(
    nasty: Desk, shape_file: Path, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the length of a slice: of equal and broken times none is passed over, and none comes twice."""
    oracle = Oracle(shape_file)
    for size in (2, 50):
        monkeypatch.setattr(slices, "FIRST", size)
        monkeypatch.setattr(slices, "MOST", size)
        for view in View:
            ids: list[int] = []
            after: Cursor | None = None
            while True:
                page = nasty.inbox.ids(view, order, after=after, limit=7, seconds=0.0)
                assert page.next is not None or not page.walked
                ids += page.ids
                if (after := page.next) is None:
                    break
            assert ids == oracle.order(view, order), (view, size)


def test_the_views_of_the_score_share_out_all_conversations(nasty: Desk) -> None:
    parts = [everything(nasty, view, Order.RECENT, 100) for view in (*BANDS, View.UNSCORED)]
    together = sorted(id for part in parts for id in part)
    assert together == sorted(everything(nasty, View.ALL, Order.RECENT, 100))


def test_counts_are_the_lengths_of_the_views(nasty: Desk) -> None:
    counts = nasty.inbox.counts()
    assert list(counts.by_view) == list(View)
    assert counts.by_view == {view: len(everything(nasty, view, Order.RECENT, 1000)) for view in View}


def test_the_oldest_wait(desk: Desk, shape_file: Path) -> None:
    oracle = Oracle(shape_file)
    oldest = oracle.order(View.WAITING, Order.WAITING)[0]
    [row] = desk.inbox.rows([oldest])
    assert row.last_message_at is not None
    assert desk.inbox.counts().oldest_waiting_at == row.last_message_at
    raw.write(shape_file, "UPDATE messages SET direction = 1")
    assert desk.inbox.counts().oldest_waiting_at is None


def test_an_empty_database(owned_file: Path, clock: FixedClock) -> None:
    desk = Desk.open(str(owned_file), operator="tester", clock=clock)
    try:
        for order in Order:
            for view in View:
                page = desk.inbox.ids(view, order)
                assert (page.ids, page.next) == ((), None)
        counts = desk.inbox.counts()
        assert set(counts.by_view.values()) == {0}
        assert counts.oldest_waiting_at is None
        assert desk.inbox.rows([]) == desk.inbox.rows([1, 2]) == ()
    finally:
        desk.close()


def test_without_our_tables_everything_readable_reads(shape_file: Path, clock: FixedClock) -> None:
    add_nasty_rows(shape_file)
    oracle = Oracle(shape_file)
    desk = Desk.open(str(shape_file), operator="tester", clock=clock)
    try:
        ours = (View.DRAFTS, View.NOT_DELIVERED, *OF_TRIAGE)
        for order in Order:
            for view in View:
                assert everything(desk, view, order, 50) == ([] if view in ours else oracle.order(view, order))
        assert [desk.inbox.counts().by_view[view] for view in ours] == [0] * len(ours)
    finally:
        desk.close()


def test_a_draft_is_of_one_operator(nasty: Desk, shape_file: Path, clock: FixedClock) -> None:
    colleague = Desk.open(str(shape_file), operator="colleague", clock=clock)
    try:
        assert colleague.inbox.ids(View.DRAFTS).ids == ()
        colleague.drafts.save(12, "mine", "key")
        assert colleague.inbox.ids(View.DRAFTS).ids == (12,)
        assert 12 not in nasty.inbox.ids(View.DRAFTS).ids
    finally:
        colleague.close()


def _two_pages(desk: Desk, view: View, order: Order) -> Callable[[], object]:
    def work() -> None:
        page = desk.inbox.ids(view, order, limit=3)
        desk.inbox.ids(view, order, after=page.next, limit=3)
        desk.inbox.ids(view, order, after=Cursor(key=None, second="1", id=210), limit=3)

    return work


@pytest.mark.sqlite_only("asks SQLite's planner")
@pytest.mark.parametrize("view", VIEWS_OF_THE_DATE_INDEX)
def test_recent_pages_follow_the_date_index(nasty: Desk, shape_file: Path, view: View) -> None:
    """First page, next page, undated tail: no sort, even with an index on the score that invites to one."""
    raw.write(
        shape_file,
        "CREATE INDEX tempting ON conversations(ai_ready_score)",
        "CREATE INDEX tempting_too ON conversations(unread_count)",
        "ANALYZE",
    )
    for plan in plans(nasty.database, shape_file, _two_pages(nasty, view, Order.RECENT)):
        assert plan.startswith("SEARCH conversations USING"), plan
        assert DATE_INDEX in plan.splitlines()[0], plan
        assert "TEMP B-TREE" not in plan, plan


@pytest.mark.sqlite_only("asks SQLite's planner")
def test_pages_by_longest_wait_follow_the_date_index(nasty: Desk, shape_file: Path) -> None:
    for view in VIEWS_OF_THE_DATE_INDEX:
        for plan in plans(nasty.database, shape_file, lambda view=view: nasty.inbox.ids(view, Order.WAITING)):
            assert DATE_INDEX in plan.splitlines()[0], plan
            assert "TEMP B-TREE" not in plan, plan


def test_a_full_page_is_one_statement(nasty: Desk) -> None:
    for order in set(Order) - {Order.PRESSING}:  # nobody ready may wait: then the page goes on with others
        for view in (View.ALL, View.WAITING, View.UNREAD, View.READY, View.UNSCORED):
            for limit in (1, 2):
                assert count(nasty.database, lambda: nasty.inbox.ids(view, order, limit=limit)) == 1  # noqa: B023
    assert count(nasty.database, nasty.inbox.counts) == 4
    nasty.triage.apply(Deed(Kind.DONE), [1, 2, 3])
    assert count(nasty.database, nasty.inbox.counts) == 4
