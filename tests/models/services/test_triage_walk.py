"""Random sequences of acts by two operators, taken back and done again, while the AI writes, too: the state is always
the replay of what was not taken back, in the order in which it was done."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.rules.triage import Deed, Kind, Outcome
from models.services.desk import Desk
from models.views import Field
from tests.conftest import FixedClock
from tests.seed import raw

pytestmark = pytest.mark.both_engines
CONVERSATIONS, STEPS = 6, 130
LATER = datetime(2030, 1, 1, tzinfo=UTC)
KINDS = ("done", "snooze", "reopen", "claim", "release", "tag", "outcome", "note", *("undo", "redo") * 3)
KINDS += ("correct", "correct", "pause", "written")

#: Conversation and facet, and its value in our own words.
State = dict[tuple[int, str], object]


@dataclass
class Act:
    operator: int
    changes: State
    undone: int = 0  # when it was taken back, 0: it was not


@dataclass
class Replay:
    """What the services must agree with; it knows nothing of tables."""

    acts: list[Act] = field(default_factory=list)
    moment: int = 0

    def state(self) -> State:
        found: State = {}
        for act in self.acts:
            if not act.undone:
                found |= act.changes
        return {key: value for key, value in found.items() if value is not None}

    def do(self, operator: int, changes: State) -> None:
        now = self.state()
        real = {key: value for key, value in changes.items() if now.get(key) != value}
        if real:
            self.acts.append(Act(operator, real))

    def undo(self, operator: int) -> bool:
        self.moment += 1
        mine = [act for act in self.acts if act.operator == operator]
        for act in reversed(mine[-50:]):
            if not act.undone:
                act.undone = self.moment
                return True
        return False

    def redo(self, operator: int, since: int) -> bool:
        mine = [act for act in self.acts if act.operator == operator][-50:]
        undone = [act for act in mine if act.undone > since]
        if not undone:
            return False
        max(undone, key=lambda act: act.undone).undone = 0
        return True


@pytest.fixture
def desks(desk: Desk, shape_file: Path, clock: FixedClock) -> Iterator[list[Desk]]:
    colleague = Desk.open(str(shape_file), operator="@colleague", clock=clock)
    yield [desk, colleague]
    colleague.close()


def stored(place: Path | str, *, paused: bool) -> State:
    found: State = {}
    columns = "conversation_id, place, place_until IS NOT NULL, wakes, outcome, claimed_by"
    for id, put, until, wakes, outcome, claimed_by in raw.rows(place, f"SELECT {columns} FROM console_triage"):
        if put is not None:
            found[id, "place"] = (put, bool(until), bool(wakes))
        if outcome is not None:
            found[id, "outcome"] = outcome
        if claimed_by is not None:
            found[id, "claim"] = claimed_by
    for id, tag in raw.rows(place, "SELECT conversation_id, tag FROM console_tags"):
        found[id, f"tag {tag}"] = True
    for id, note in raw.rows(place, "SELECT conversation_id, id FROM console_notes WHERE removed_at IS NULL"):
        found[id, f"note {note}"] = True
    query = f"SELECT id, ai_query FROM conversations WHERE id <= {CONVERSATIONS} AND ai_query IS NOT NULL"
    found |= {(id, "query"): said for id, said in raw.rows(place, query)}
    if paused:
        rows = raw.rows(place, f"SELECT id, ai_paused FROM conversations WHERE id <= {CONVERSATIONS}")
        found |= {(id, "paused"): True for id, is_so in rows if is_so}
    return found


def step(chance: random.Random, desk: Desk, replay: Replay, since: dict[int, int]) -> None:
    assert desk.operator is not None
    me = desk.operator.id
    ids = chance.sample(range(1, CONVERSATIONS + 1), chance.choice([1, 1, 1, 3]))
    what = chance.choice(KINDS)
    before = len(replay.acts)
    match what:
        case "undo":
            assert (desk.undo.undo() is not None) == replay.undo(me)
            return
        case "redo":
            assert (desk.undo.redo() is not None) == replay.redo(me, since.get(me, 0))
            return
        case "note":
            note = desk.triage.note(ids[0], "x")
            replay.do(me, {(ids[0], f"note {note}"): True})
        case "correct":
            query = chance.choice(["Price", "Discount", None])
            desk.leads.correct(ids[0], Field.QUERY, query)
            replay.do(me, {(ids[0], "query"): query})
        case "pause":
            if desk.features.ai_paused:
                paused = chance.random() < 0.6
                desk.leads.pause_ai(ids[0], paused)
                replay.do(me, {(ids[0], "paused"): paused or None})
        case "written":
            # The AI's own word is nobody's act: it stays whatever is taken back around it.
            word = f"said {len(replay.acts)} {chance.random()}"
            desk.leads.write(ids[0], {Field.QUERY: word})
            replay.do(0, {(ids[0], "query"): word})
            return
        case "done":
            desk.triage.apply(Deed(Kind.DONE), ids)
            replay.do(me, {(id, "place"): ("done", False, True) for id in ids})
        case "snooze":
            wakes = chance.random() < 0.5
            desk.triage.apply(Deed(Kind.SNOOZE, LATER, wakes=wakes), ids)
            replay.do(me, {(id, "place"): ("snoozed", True, wakes) for id in ids})
        case "reopen":
            desk.triage.apply(Deed(Kind.REOPEN), ids)
            replay.do(me, {(id, "place"): None for id in ids})
        case "claim":
            desk.triage.apply(Deed(Kind.CLAIM), ids)
            replay.do(me, {(id, "claim"): me for id in ids})
        case "release":
            desk.triage.apply(Deed(Kind.RELEASE), ids)
            mine = {key for key, value in replay.state().items() if key[1] == "claim" and value == me}
            replay.do(me, {(id, "claim"): None for id in ids if (id, "claim") in mine})
        case "tag":
            tag, there = chance.choice(["vip", "later"]), chance.random() < 0.7
            desk.triage.apply(Deed(Kind.TAG if there else Kind.UNTAG, tag=tag), ids)
            replay.do(me, {(id, f"tag {tag}"): True if there else None for id in ids})
        case _:
            outcome = chance.choice([*Outcome, None])
            desk.triage.apply(Deed(Kind.OUTCOME, outcome=outcome), ids)
            replay.do(me, {(id, "outcome"): outcome.value if outcome else None for id in ids})
    if len(replay.acts) > before:
        since[me] = replay.moment


@pytest.mark.parametrize("seed", [1, 2])
def test_the_state_is_the_replay_of_what_was_not_taken_back(
    desks: list[Desk], shape_file: Path, clock: FixedClock, seed: int
) -> None:
    chance, replay = random.Random(seed), Replay()
    since: dict[int, int] = {}
    raw.write(shape_file, "UPDATE conversations SET ai_query = NULL")
    for number in range(STEPS):
        clock.advance(chance.choice([0, 1]))
        step(chance, chance.choice(desks), replay, since)
        assert stored(shape_file, paused=desks[0].features.ai_paused) == replay.state(), number
