"""The views of triage against the rules, read row by row, while time goes on and people write."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from models.rules.bands import BOUNDS, Band
from models.rules.triage import Deed, Kind, Outcome, is_away, is_waiting
from models.services.desk import Desk
from models.services.standing import standing_in
from models.services.triage_facets import triage_table
from models.tables.types import parse_rails_text
from models.views import WORKING, Order, View
from tests.conftest import FixedClock
from tests.models.services.statements import count
from tests.seed import raw

pytestmark = pytest.mark.both_engines
INCOMING = 0


@pytest.fixture
def colleague(desk: Desk, shape_file: Path, clock: FixedClock) -> Iterator[Desk]:
    opened = Desk.open(str(shape_file), operator="@colleague", clock=clock)
    yield opened
    opened.close()


class Truth:
    """Each conversation's messages and triage, and what the rules make of them."""

    def __init__(self, desk: Desk, place: Path | str, now: datetime) -> None:
        self.now = now
        self.messages: dict[int, list[tuple[int, int, Any]]] = {}
        for id, conversation, direction, at in raw.rows(
            place, "SELECT id, conversation_id, direction, created_at FROM messages ORDER BY created_at, id"
        ):
            self.messages.setdefault(conversation, []).append((id, direction, at))
        self.rows = {
            id: (unread, score)
            for id, unread, score in raw.rows(place, "SELECT id, unread_count, ai_ready_score FROM conversations")
        }
        with desk.database.read() as session:
            found = session.execute(triage_table.select()).mappings().all()
        self.triage = {int(row["conversation_id"]): row for row in found}

    def facts(self, id: int) -> tuple[Any, bool, int | None, int | None]:
        said = self.messages.get(id, [])
        row = self.triage.get(id)
        theirs = [each[0] for each in said if each[1] == INCOMING]
        last = bool(said) and said[-1][1] == INCOMING
        newest = max((each[0] for each in said), default=None)
        return (standing_in(row) if row is not None else None), last, newest, max(theirs, default=None)

    def away(self, id: int) -> bool:
        standing, _last, _newest, theirs = self.facts(id)
        return is_away(standing, theirs, self.now)

    def waiting(self, id: int) -> bool:
        standing, last, newest, theirs = self.facts(id)
        return is_waiting(standing, last_incoming=last, newest_id=newest, newest_incoming_id=theirs, now=self.now)

    def holds(self, view: View, id: int, operator_id: int) -> bool:
        row = self.triage.get(id)
        unread, score = self.rows[id]
        known = isinstance(score, int) and 0 <= score <= 100
        bands = {View[band.name]: BOUNDS[band] for band in Band}
        if view in WORKING and self.away(id):
            return False
        if view in bands:
            return known and bands[view][0] <= score <= bands[view][1]
        match view:
            case View.ALL:
                return True
            case View.WAITING:
                return self.waiting(id)
            case View.UNREAD:
                return bool((unread or 0) > 0)
            case View.UNSCORED:
                return not known
            case View.MINE:
                return bool(
                    row is not None
                    and row["claimed_by"] == operator_id
                    and (row["claimed_until"] or self.now) > self.now
                )
            case _:
                standing = self.facts(id)[0]
                return standing is not None and standing.place.value == view.value and self.away(id)


VIEWS = [view for view in View if view not in (View.DRAFTS, View.NOT_DELIVERED, View.TAGGED)]


def agree(desk: Desk, place: Path | str, now: datetime) -> None:
    truth = Truth(desk, place, now)
    counts = desk.inbox.counts()
    assert desk.operator is not None
    for view in VIEWS:
        expected = {id for id in truth.rows if truth.holds(view, id, desk.operator.id)}
        for order in Order:
            assert set(desk.inbox.ids(view, order, limit=1000).ids) == expected, (view, order)
        assert counts.by_view[view] == len(expected), view
    for row in desk.inbox.rows(sorted(truth.rows)):
        assert (row.waiting_since is not None) == truth.waiting(row.id), row
        assert (row.place is not None) == truth.away(row.id), row
    waits = [at for id in truth.rows if truth.waiting(id) and truth.facts(id)[1] for at in [last_at(place, id)] if at]
    assert counts.oldest_waiting_at == min(waits, default=None)


def last_at(place: Path | str, id: int) -> datetime | None:
    return parse_rails_text(raw.one(place, f"SELECT last_message_at FROM conversations WHERE id = {id}"))


def write(place: Path | str, conversation_id: int, direction: int, clock: FixedClock) -> None:
    at = clock.now.strftime("%Y-%m-%d %H:%M:%S")
    columns = "conversation_id, body, direction, read, created_at, updated_at"
    flag = "false" if isinstance(place, str) else "0"
    raw.write(
        place,
        f"INSERT INTO messages ({columns}) VALUES ({conversation_id}, 'x', {direction}, {flag}, '{at}', '{at}')",
        f"UPDATE conversations SET last_message_at = '{at}' WHERE id = {conversation_id}",
    )


def test_the_views_are_what_the_rules_say(desk: Desk, colleague: Desk, shape_file: Path, clock: FixedClock) -> None:
    """Thirty steps of two operators, of people who write and of time."""
    chance = random.Random(11)
    for step in range(30):
        clock.advance(chance.choice([1, 600, 4000]))
        ids = chance.sample(range(1, 13), 3)
        actor = chance.choice([desk, colleague])
        match chance.choice(["done", "snooze", "until-reply", "claim", "release", "reopen", "write", "answer", "undo"]):
            case "done":
                actor.triage.apply(Deed(Kind.DONE), ids)
            case "snooze":
                wakes = chance.random() < 0.5
                actor.triage.apply(Deed(Kind.SNOOZE, clock.now + timedelta(seconds=900), wakes=wakes), ids)
            case "until-reply":
                actor.triage.apply(Deed(Kind.SNOOZE), ids)
            case "claim":
                actor.triage.apply(Deed(Kind.CLAIM), ids)
            case "release":
                actor.triage.apply(Deed(Kind.RELEASE), ids)
            case "reopen":
                actor.triage.apply(Deed(Kind.REOPEN), ids)
            case "write":
                write(shape_file, ids[0], INCOMING, clock)
            case "answer":
                write(shape_file, ids[0], 1, clock)
            case _:
                actor.undo.undo()
        if step % 3 == 0 and not isinstance(shape_file, str):
            agree(desk, shape_file, clock.now)
    if not isinstance(shape_file, str):
        agree(colleague, shape_file, clock.now)
    else:  # leases run by the server's clock, which is none of ours
        truth = Truth(desk, shape_file, clock.now)
        for view in (View.WAITING, View.DONE, View.SNOOZED, View.UNREAD, View.READY):
            expected = {id for id in truth.rows if truth.holds(view, id, 0)}
            assert set(desk.inbox.ids(view, Order.PRESSING, limit=1000).ids) == expected
            assert desk.inbox.counts().by_view[view] == len(expected)


def test_who_writes_is_back_by_himself(desk: Desk, shape_file: Path, clock: FixedClock) -> None:
    write(shape_file, 3, INCOMING, clock)
    assert 3 in desk.inbox.ids(View.WAITING).ids
    desk.triage.apply(Deed(Kind.DONE), [3])
    desk.triage.apply(Deed(Kind.SNOOZE, clock.now + timedelta(days=1)), [4])
    assert {3, 4}.isdisjoint(desk.inbox.ids(View.WAITING).ids)
    assert desk.inbox.counts().next_snooze_at == clock.now + timedelta(days=1)
    clock.advance(60)
    for id in (3, 4):
        write(shape_file, id, INCOMING, clock)
    assert {3, 4} <= set(desk.inbox.ids(View.WAITING).ids)
    assert desk.inbox.ids(View.DONE).ids == desk.inbox.ids(View.SNOOZED).ids == ()
    assert [row.waiting_since for row in desk.inbox.rows([3])] == [clock.now]


def test_tags_have_views(desk: Desk) -> None:
    desk.triage.apply(Deed(Kind.TAG, tag="vip"), [1, 2])
    desk.triage.apply(Deed(Kind.TAG, tag="later"), [2])
    assert set(desk.inbox.ids(View.TAGGED).ids) == {1, 2}
    assert desk.inbox.ids(View.TAGGED, tag="later").ids == (2,)
    counts = desk.inbox.counts()
    assert (counts.by_view[View.TAGGED], counts.tags) == (2, {"vip": 2, "later": 1})
    [row] = desk.inbox.rows([2])
    assert row.tags == ("later", "vip")


def test_rows_say_who_has_them(desk: Desk, colleague: Desk) -> None:
    desk.triage.apply(Deed(Kind.CLAIM), [1])
    desk.triage.apply(Deed(Kind.OUTCOME, outcome=Outcome.BOUGHT), [1])
    [mine], [theirs] = desk.inbox.rows([1]), colleague.inbox.rows([1])
    assert (mine.claimed_by, mine.claimed_by_me, mine.outcome) == (None, True, Outcome.BOUGHT)
    assert (theirs.claimed_by, theirs.claimed_by_me) == ("tester", False)
    assert count(desk.database, lambda: desk.inbox.rows([1])) == count(
        desk.database, lambda: desk.inbox.rows(range(1, 13))
    )
