"""Done, snoozed, claimed, tagged, noted: what two operators do to the same conversations, on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from models.errors import NotFound, Refused
from models.rules.triage import CLAIM, Deed, Kind, Outcome
from models.services.desk import Desk
from tests.conftest import FixedClock
from tests.seed import raw

pytestmark = pytest.mark.both_engines
DONE = Deed(Kind.DONE)


@pytest.fixture
def colleague(desk: Desk, shape_file: Path, clock: FixedClock) -> Iterator[Desk]:
    opened = Desk.open(str(shape_file), operator="@colleague", clock=clock)
    yield opened
    opened.close()


def state(place: Path | str, conversation_id: int) -> tuple[object, ...]:
    columns = "place, seen_id, wakes, outcome, claimed_by IS NOT NULL"
    found = raw.rows(place, f"SELECT {columns} FROM console_triage WHERE conversation_id = {conversation_id}")
    return tuple(found[0]) if found else ()


def test_an_act_on_many_says_what_became_of_each(desk: Desk, shape_file: Path) -> None:
    newest = desk.triage.newest([1, 2, 99_999])
    assert set(newest) == {1, 2}
    applied = desk.triage.apply(DONE, [1, 2, 99_999])
    assert [(each.conversation_id, each.what) for each in applied.results] == [
        (1, "changed"),
        (2, "changed"),
        (99_999, "gone"),
    ]
    assert state(shape_file, 1)[:3] == ("done", newest[1], 1)
    again = desk.triage.apply(DONE, [1, 2])
    assert {each.what for each in again.results} == {"same"}
    assert again.act_id is None
    assert raw.one(shape_file, "SELECT total FROM console_triage_acts") == 2


def test_what_was_not_seen_is_not_done(desk: Desk, shape_file: Path) -> None:
    desk.triage.apply(DONE, [1], seen={1: 1})
    assert state(shape_file, 1)[:2] == ("done", 1)


def test_chunks_are_one_act(desk: Desk, shape_file: Path) -> None:
    first = desk.triage.apply(DONE, [1])
    second = desk.triage.apply(DONE, [2], act_id=first.act_id)
    assert second.act_id == first.act_id
    undone = desk.undo.undo()
    assert undone is not None
    assert undone.what.total == 2
    assert sorted(undone.changed) == [1, 2]
    assert state(shape_file, 1)[0] is None
    assert desk.undo.peek() is None


def test_undo_never_takes_a_colleagues_act_with_it(desk: Desk, colleague: Desk, shape_file: Path) -> None:
    desk.triage.apply(Deed(Kind.OUTCOME, outcome=Outcome.LOST), [1])
    colleague.triage.apply(Deed(Kind.OUTCOME, outcome=Outcome.BOUGHT), [1])
    undone = desk.undo.undo()
    assert undone is not None
    assert undone.changed == ()
    assert state(shape_file, 1)[3] == "bought"
    colleague.undo.undo()
    assert state(shape_file, 1)[3] is None
    redone = desk.undo.redo()
    assert redone is not None
    assert redone.changed == (1,)
    assert state(shape_file, 1)[3] == "lost"
    assert desk.undo.redo() is None


def test_undo_only_of_what_was_announced(desk: Desk, clock: FixedClock) -> None:
    desk.triage.apply(DONE, [1])
    announced = desk.undo.peek()
    assert announced is not None
    assert (announced.kind, announced.total, announced.conversation_id) == ("done", 1, 1)
    assert announced.name
    clock.advance(1)
    desk.triage.apply(Deed(Kind.TAG, tag="VIP"), [2])
    assert desk.undo.undo(announced) is None
    newest = desk.undo.peek()
    assert newest is not None
    assert newest.deed == Deed(Kind.TAG, tag="VIP")


def test_a_new_act_ends_what_could_be_redone(desk: Desk) -> None:
    desk.triage.apply(DONE, [1])
    desk.triage.apply(DONE, [2])
    desk.undo.undo()
    desk.undo.undo()
    redo = desk.undo.peek_redo()
    assert redo is not None
    assert redo.conversation_id == 1
    desk.triage.apply(Deed(Kind.CLAIM), [2])
    assert desk.undo.redo() is None


def test_a_held_reply_is_on_the_same_stack(desk: Desk, clock: FixedClock) -> None:
    desk.triage.apply(DONE, [1])
    clock.advance(1)
    desk.outbox.enqueue(2, "soon", client_key="held", hold=5)
    what = desk.undo.peek()
    assert what is not None
    assert (what.kind, what.conversation_id) == ("reply", 2)
    undone = desk.undo.undo(what)
    assert undone is not None
    assert undone.text == "soon"
    assert desk.undo.peek().kind == "done"  # type: ignore[union-attr]


def test_sent_and_done_come_back_together(desk: Desk, shape_file: Path, clock: FixedClock) -> None:
    desk.outbox.enqueue(1, "bye", client_key="both", hold=5)
    desk.triage.apply(DONE, [1], client_key="both")
    what = desk.undo.peek()
    assert what is not None
    assert (what.kind, what.reply) == ("done", True)
    undone = desk.undo.undo(what)
    assert undone is not None
    assert (undone.text, undone.changed) == ("bye", (1,))
    assert desk.undo.peek() is None
    desk.outbox.enqueue(1, "bye", client_key="late", hold=5)
    desk.triage.apply(DONE, [1], client_key="late")
    clock.advance(6)
    late = desk.undo.undo()
    assert late is not None
    assert (late.what.reply, late.text, late.changed) == (False, None, (1,))


@pytest.mark.sqlite_only("the server's clock does not stand still")
def test_a_lease_ends_by_itself_and_a_colleague_is_named(
    desk: Desk, colleague: Desk, shape_file: Path, clock: FixedClock
) -> None:
    assert desk.triage.claim_while_typing(1) is None
    assert desk.triage.claim_while_typing(1) is None
    assert colleague.triage.claim_while_typing(1) == "tester"
    clock.advance(CLAIM.total_seconds() - 1)
    assert colleague.triage.claim_while_typing(1) == "tester"
    desk.triage.claim_while_typing(1)
    clock.advance(2)
    assert colleague.triage.claim_while_typing(1) == "tester"
    clock.advance(CLAIM.total_seconds())
    assert colleague.triage.claim_while_typing(1) is None
    assert desk.triage.claim_while_typing(1) == "@colleague"
    assert desk.undo.peek() is None
    assert raw.one(shape_file, "SELECT count(*) FROM console_triage_acts") == 2
    assert desk.triage.apply(Deed(Kind.RELEASE), [1]).results[0].what == "same"
    assert desk.triage.apply(Deed(Kind.CLAIM), [1]).changed == (1,)


def test_notes_and_tags(desk: Desk, shape_file: Path) -> None:
    id = desk.triage.note(1, "  met at the fair\0 ")
    assert raw.one(shape_file, "SELECT body FROM console_notes") == "met at the fair\N{SYMBOL FOR NULL}"
    desk.undo.undo()
    assert raw.one(shape_file, "SELECT removed_at IS NULL FROM console_notes") == 0
    desk.undo.redo()
    desk.triage.remove_note(id)
    with pytest.raises(NotFound):
        desk.triage.remove_note(id)
    with pytest.raises(Refused, match="blank-note"):
        desk.triage.note(1, " \n")
    with pytest.raises(NotFound):
        desk.triage.note(99_999, "nobody")
    with pytest.raises(Refused, match="bad-tag"):
        desk.triage.apply(Deed(Kind.TAG, tag=" # "), [1])
    desk.triage.apply(Deed(Kind.TAG, tag="#Горячий лид"), [1, 2])
    desk.triage.apply(Deed(Kind.TAG, tag="vip"), [1])
    assert desk.triage.tags() == {"горячий-лид": 2, "vip": 1}
    desk.triage.apply(Deed(Kind.UNTAG, tag="vip"), [1, 2])
    assert desk.triage.tags() == {"горячий-лид": 2}


def test_fifty_deep(desk: Desk, clock: FixedClock) -> None:
    for number in range(52):
        desk.triage.apply(Deed(Kind.TAG, tag=f"t{number}"), [1])
        clock.advance(1)
    for _ in range(50):
        assert desk.undo.undo() is not None
    assert desk.undo.undo() is None
    assert set(desk.triage.tags()) == {"t0", "t1"}
    for _ in range(50):
        assert desk.undo.redo() is not None
    assert len(desk.triage.tags()) == 52


def test_a_deleted_person_leaves_nothing(desk: Desk, shape_file: Path) -> None:
    user_id = raw.one(shape_file, "SELECT user_id FROM conversations WHERE id = 2")
    desk.triage.apply(Deed(Kind.SNOOZE, until=desk.clock() + timedelta(days=1)), [2])
    desk.triage.apply(Deed(Kind.TAG, tag="vip"), [2])
    desk.triage.note(2, "a note")
    desk.person_acts.delete(user_id, confirm=desk.inbox.lead(2).name)
    for table in ("triage", "tags", "notes", "triage_log"):
        assert raw.one(shape_file, f"SELECT count(*) FROM console_{table}") == 0
    undone = desk.undo.undo()
    assert undone is None or undone.changed == ()
