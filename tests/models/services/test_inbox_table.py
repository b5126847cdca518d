"""`console_inbox`: its pages and counts are those of the application's tables, whoever writes what, and stay so."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from models.rules.triage import Deed, Kind
from models.services import inbox_few, inbox_keeper
from models.services.desk import Desk
from models.services.inbox_keeper import InboxKeeper
from models.services.inbox_pages import _runs, serves, table_page
from models.services.inbox_table import empty, inbox_table, state_table
from models.services.recording import record_incoming
from models.views import Cursor, IdPage, Order, View
from tests.conftest import FixedClock, with_our_tables
from tests.models.services.nasty import add_nasty_rows
from tests.models.services.statements import count, plans
from tests.seed import raw

pytestmark = pytest.mark.both_engines

KINDS = [(view, order) for order in Order for view in View]


def settle(desk: Desk) -> None:
    """Everything that anybody has written is in the table."""
    for _ in range(2_000):
        desk.keeper.step()
        if desk.keeper.at_rest:
            return
    raise AssertionError("the table never came to rest")


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sweeps don't wait, and small slices make many of them."""
    for name in ("SOON", "LATER", "SLOWLY", "SHORTEST"):
        monkeypatch.setattr(inbox_keeper, name, 0.0)
    for name in ("BUILD", "QUICK", "THOROUGH"):
        monkeypatch.setattr(inbox_keeper, name, 60)


def keep(desk: Desk) -> Desk:
    desk.keeper = InboxKeeper(desk.database, desk.clock, "tester", least=0, breath=0.0)
    settle(desk)
    return desk


@pytest.fixture
def seed_desk(seed_file: Path, clock: FixedClock) -> Iterator[Desk]:
    opened = Desk.open(str(with_our_tables(seed_file)), operator="tester", clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def kept(seed_desk: Desk, seed_file: Path) -> Desk:
    """A desk on real and on nasty rows, some put away, some tagged, whose table is there."""
    desk = seed_desk
    add_nasty_rows(seed_file)
    desk.drafts.save(3, "draft", "key one")
    desk.drafts.save(201, "draft", "key two")
    [failed] = desk.outbox.enqueue(5, "reply", client_key="key three")
    raw.write(seed_file, f"UPDATE console_outbox SET state = 'failed' WHERE id = {failed.id}")
    desk.triage.apply(Deed(Kind.DONE), [1, 8, 203])
    desk.triage.apply(Deed(Kind.SNOOZE, until=desk.clock() + timedelta(hours=1)), [2, 9])
    desk.triage.apply(Deed(Kind.CLAIM), [1, 4, 6])
    desk.triage.apply(Deed(Kind.TAG, tag="vip"), [4, 7, 206])
    return keep(desk)


def every(ask: Callable[[Cursor | None], IdPage]) -> list[int]:
    ids: list[int] = []
    page = ask(None)
    while True:
        ids += page.ids
        assert len(ids) < 1_000, "pages go round in circles"
        if page.next is None:
            return ids
        page = ask(page.next)


def told(desk: Desk, view: View, order: Order, ids: list[int]) -> list[int]:
    """Of all by the wait, and by score × wait, those without a date have no order that anybody could tell."""
    if view is not View.ALL or order not in (Order.WAITING, Order.PRESSING):
        return ids
    dated = {row.id for row in desk.inbox.rows(ids) if row.last_message_at is not None}
    end = max(at for at, id in enumerate(ids) if id in dated) + 1
    return ids[:end] + sorted(ids[end:])


def compare(desk: Desk, *limits: int) -> None:
    """Pages and counts out of the table are those without it."""
    plain = Desk(desk.database, handle="tester", clock=desk.clock)
    for view, order in KINDS:
        for tag in (None, "vip") if view is View.TAGGED else (None,):

            def ids(desk: Desk, after: Cursor | None, limit: int, kind: Any = (view, order), tag: Any = tag) -> IdPage:
                return desk.inbox.ids(*kind, after=after, limit=limit, tag=tag)

            expected = told(desk, view, order, every(lambda after: ids(plain, after, 500)))
            for limit in limits or (500,):
                found = told(desk, view, order, every(lambda after: ids(desk, after, limit)))  # noqa: B023
                assert found == expected, (view, order, tag, limit)
    assert desk.inbox.counts() == plain.inbox.counts()


def test_pages_and_counts_are_those_of_the_application_s_tables(kept: Desk) -> None:
    assert kept.keeper.usable
    assert kept.inbox.counts().by_view[View.DONE] == 3
    compare(kept, 3, 500)


WRITES: list[Callable[[random.Random], str]] = [
    lambda dice: f"UPDATE conversations SET unread_count = {dice.randrange(3)} WHERE id = {dice.randrange(12)}",
    lambda dice: f"UPDATE conversations SET ai_ready_score = {dice.randrange(-9, 109)} WHERE id = {dice.randrange(12)}",
    lambda dice: f"UPDATE conversations SET ai_ready_score = NULL WHERE id = {dice.randrange(12)}",
    lambda dice: f"UPDATE conversations SET last_message_at = NULL WHERE id = {dice.randrange(12)}",
    lambda dice: f"UPDATE messages SET direction = 1 - direction WHERE conversation_id = {dice.randrange(12)}",
    lambda dice: f"DELETE FROM messages WHERE conversation_id = {dice.randrange(12)} AND direction = 0",
    lambda dice: f"DELETE FROM console_triage WHERE conversation_id = {dice.randrange(12)}",
    lambda dice: f"DELETE FROM console_tags WHERE conversation_id = {dice.randrange(12)}",
]


def test_while_it_is_made_it_tells_as_far_as_it_goes(kept: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """By score, which the application's tables could only sort; by time they are read on, in slices."""
    monkeypatch.setattr(inbox_keeper, "BUILD", 10)
    with kept.database.write() as session:
        empty(session)
    kept.keeper = InboxKeeper(kept.database, kept.clock, "tester", least=0, breath=0.0)
    kept.keeper.begin()
    assert kept.keeper.progress is not None
    assert kept.keeper.progress[0] == 0
    plain = Desk(kept.database, handle="tester", clock=kept.clock)
    for _ in range(3):
        kept.keeper.step()
    made = kept.inbox.ids(View.ALL, Order.SCORE, limit=1_000, seconds=1.0)
    assert not kept.keeper.usable
    # How far it goes was said before the last step; whoever wrote meanwhile is in it too.
    assert made.walked == kept.keeper.progress[0]
    assert 20 <= made.walked <= len(made.ids) < len(plain.inbox.ids(View.ALL, limit=1_000).ids)
    assert set(plain.inbox.ids(View.ALL, limit=20).ids) <= set(made.ids)
    there = set(made.ids)
    assert list(made.ids) == [id for id in plain.inbox.ids(View.ALL, Order.SCORE, limit=1_000).ids if id in there]
    assert kept.inbox.ids(View.ALL, Order.SCORE).ids == plain.inbox.ids(View.ALL, Order.SCORE).ids
    for view in View:
        assert kept.inbox.ids(view, limit=500, seconds=1.0) == plain.inbox.ids(view, limit=500)
    with kept.database.write() as session:
        body = {"body": "x", "telegram_message_id": None}
        [written] = plain.inbox.ids(View.ALL, limit=1).ids
        record_incoming(session, kept.features, kept.clock, conversation_id=written, user_id=1, **body)
    kept.keeper.step()
    assert not kept.keeper.usable
    assert written in kept.inbox.ids(View.WAITING, Order.SCORE, seconds=1.0).ids
    settle(kept)
    assert kept.keeper.progress is None
    assert kept.inbox.ids(View.ALL, Order.SCORE, limit=1_000, seconds=1.0).walked == 0
    compare(kept)


def test_whatever_is_written_comes_into_the_table(kept: Desk, seed_file: Path) -> None:
    """By the application, behind our back, with and without a new message, and by us."""
    dice = random.Random(7)
    for turn in range(4):
        for write in dice.sample(WRITES, 3):
            raw.write(seed_file, write(dice))
        with kept.database.write() as session:
            body = {"body": "x", "telegram_message_id": None}
            record_incoming(session, kept.features, kept.clock, conversation_id=1 + turn, user_id=1 + turn, **body)
        if turn % 2:
            kept.triage.apply(Deed(Kind.DONE), [dice.randrange(1, 12)])
            kept.inbox.mark_unread(dice.randrange(1, 12))
        settle(kept)
        compare(kept)


def test_score_times_waiting_is_one_order_of_all_scores(kept: Desk, seed_file: Path) -> None:
    """However many of a score, of an hour and of one second there are, and of times to come; page by page."""
    dice = random.Random(5)
    rows, said = [], []
    for id in range(1_000, 1_500):
        at = kept.clock() - timedelta(seconds=dice.choice([0, 1, 2, 60, 3_600, -5, dice.randrange(10**6)]))
        fraction = dice.choice(["", "", ".25", ".75", f".{dice.randrange(1, 10**6):06}"])
        score = dice.choice(["NULL", "0", "1", "50", "100", str(dice.randrange(-3, 104))])
        moment = f"'{at:%Y-%m-%d %H:%M:%S}{fraction}'"
        rows.append(f"({id}, 1, {moment}, {dice.randrange(2)}, {score}, {moment}, {moment})")
        said.append(f"({id}, 'x', {0 if dice.random() < 0.9 else 1}, {moment}, {moment})")
    names = "id, user_id, last_message_at, unread_count, ai_ready_score, created_at, updated_at"
    raw.write(
        seed_file,
        f"INSERT INTO conversations ({names}) VALUES {', '.join(rows)}",
        f"INSERT INTO messages (conversation_id, body, direction, created_at, updated_at) VALUES {', '.join(said)}",
    )
    kept.triage.apply(Deed(Kind.TAG, tag="vip"), range(1_000, 1_500, 7))
    settle(kept)
    plain = Desk(kept.database, handle="tester", clock=kept.clock)
    for view in View:

        def ids(desk: Desk, after: Cursor | None, limit: int, view: View = view) -> IdPage:
            return desk.inbox.ids(view, Order.PRESSING, after=after, limit=limit)

        expected = told(plain, view, Order.PRESSING, every(lambda after: ids(plain, after, 500)))
        for limit in (3, 40, 1_000):
            found = every(lambda after: ids(kept, after, limit))  # noqa: B023
            assert told(kept, view, Order.PRESSING, found) == expected, (view, limit)


def test_conversations_come_and_go(kept: Desk, seed_file: Path) -> None:
    total = kept.inbox.counts().by_view[View.ALL]
    raw.write(
        seed_file,
        "DELETE FROM messages WHERE conversation_id = 206",
        "DELETE FROM conversations WHERE id = 206",
    )
    settle(kept)
    assert kept.inbox.counts().by_view[View.ALL] == total - 1
    compare(kept)


def test_what_is_done_here_counts_at_once(kept: Desk) -> None:
    """In the same transaction: no look is taken in between."""
    [unread, *_] = kept.inbox.ids(View.UNREAD).ids
    before = kept.inbox.counts().by_view[View.UNREAD]
    kept.inbox.mark_read(unread)
    assert kept.inbox.counts().by_view[View.UNREAD] == before - 1
    assert unread not in kept.inbox.ids(View.UNREAD).ids
    kept.inbox.mark_unread(unread)
    assert kept.inbox.counts().by_view[View.UNREAD] == before
    done = kept.inbox.counts().by_view[View.DONE]
    kept.triage.apply(Deed(Kind.DONE), [unread])
    assert kept.inbox.counts().by_view[View.DONE] == done + 1


def test_a_snooze_ends_without_a_write(kept: Desk, clock: FixedClock) -> None:
    assert set(kept.inbox.ids(View.SNOOZED).ids) == {2, 9}
    clock.advance(3_700)
    settle(kept)
    assert kept.inbox.ids(View.SNOOZED).ids == ()
    compare(kept)


def test_counting_reads_no_conversations(kept: Desk) -> None:
    assert count(kept.database, kept.inbox.counts) <= 6
    for view, order in KINDS:
        if serves(view, order):
            # Score × waiting asks for the head of each score's run.
            most = 104 if order is Order.PRESSING else 2
            assert count(kept.database, lambda: kept.inbox.ids(view, order, limit=1)) <= most  # noqa: B023


def test_many_are_not_put_in_order_here(kept: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox_few, "FEW", 1)
    compare(kept)


def test_two_keepers_and_a_writer(kept: Desk, seed_file: Path) -> None:
    """Totals are exact whoever of them writes what; the lease leaves the work to one."""
    other = keep(Desk(kept.database, handle="other", clock=kept.clock))
    other.keeper.owner = "other"
    stop = threading.Event()

    def work(desk: Desk) -> None:
        while not stop.is_set():
            desk.keeper.step()

    threads = [threading.Thread(target=work, args=(desk,)) for desk in (kept, other)]
    for thread in threads:
        thread.start()
    dice = random.Random(11)
    try:
        for turn in range(15):
            with kept.database.write() as session:
                body = {"body": "x", "telegram_message_id": None}
                id = dice.randrange(1, 12)
                record_incoming(session, kept.features, kept.clock, conversation_id=id, user_id=id, **body)
            kept.inbox.mark_read(1 + turn % 11)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    settle(kept)
    compare(kept)


def test_small_databases_have_none(seed_desk: Desk) -> None:
    for _ in range(3):
        seed_desk.keeper.step()
    assert not seed_desk.keeper.usable
    with seed_desk.database.read() as session:
        assert session.execute(select(inbox_table.c.conversation_id).limit(1)).first() is None
        assert session.execute(select(state_table.c.name).limit(1)).first() is None


def test_read_only_consoles_ask_the_application_s_tables(kept: Desk, seed_file: Path, clock: FixedClock) -> None:
    reader = Desk.open(str(seed_file), operator="tester", read_only=True, clock=clock)
    try:
        reader.keeper.step()
        assert not reader.keeper.usable
        there = kept.inbox.counts().by_view
        # Whoever can't write is no operator: nothing is theirs.
        ours = {View.MINE: 0, View.DRAFTS: 0}
        assert reader.inbox.counts().by_view == there | ours
    finally:
        reader.close()


def in_each_run(view: View, order: Order) -> Iterator[Cursor]:
    """A cursor in the middle of each run of an order."""
    at = "2025-11-01 00:00:00"
    for number, run in enumerate(_runs(view, order)):
        if run.pressing:
            yield Cursor(key=50_000_000, second=f"t{number} 2026-11-23 12:00:00|{at}", id=5)
        else:
            yield Cursor(key=50, second=f"t{number} {at}", id=5)


def _deep(desk: Desk) -> Iterator[Callable[[], object]]:
    for view, order in KINDS:
        if not serves(view, order):
            continue

        def work(view: View = view, order: Order = order) -> None:
            with desk.database.read() as session:
                for after in (None, *in_each_run(view, order)):
                    table_page(session, view, order, after, 200, now=desk.clock())

        yield work


@pytest.mark.sqlite_only("asks SQLite's planner")
@pytest.mark.parametrize("analysed", [False, True])
def test_every_page_is_a_search_in_its_own_order(kept: Desk, seed_file: Path, analysed: bool) -> None:
    if analysed:
        raw.write(seed_file, "ANALYZE")
    for work in _deep(kept):
        for plan in plans(kept.database, seed_file, work):
            assert "TEMP B-TREE" not in plan, plan
            for step in plan.splitlines():
                assert "console_inbox" not in step or "INDEX index_console_inbox" in step, plan


@pytest.mark.sqlite_only("asks SQLite's planner")
def test_counts_are_searches(kept: Desk, seed_file: Path) -> None:
    for plan in plans(kept.database, seed_file, kept.inbox.counts):
        scans = [step for step in plan.splitlines() if step.startswith("SCAN")]
        # The state is a few rows, the tags in use are grouped along their index.
        assert all(
            "console_inbox_state" in step or "console_tags" in step or "CONSTANT ROW" in step for step in scans
        ), plan
