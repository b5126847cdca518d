"""Drafts: one for each operator and conversation, kept until sent or emptied."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.errors import Refused
from models.services.desk import Desk
from models.views import Draft
from tests.conftest import FixedClock
from tests.models.services.statements import sent
from tests.models.store.processes import Process, together
from tests.seed import raw


@pytest.fixture
def colleague(desk: Desk, shape_file: Path, clock: FixedClock) -> Iterator[Desk]:
    opened = Desk.open(str(shape_file), operator="@colleague", clock=clock)
    yield opened
    opened.close()


def test_kept_and_changed_and_discarded(desk: Desk, shape_file: Path, clock: FixedClock) -> None:
    assert desk.drafts.get(1) is None
    first = desk.drafts.save(1, "one", "key")
    assert first == Draft(1, "one", "key", clock.now) == desk.drafts.get(1)
    clock.advance(5)
    second = desk.drafts.save(1, "two", "other")
    assert second == Draft(1, "two", "other", clock.now) == desk.drafts.get(1)
    assert raw.one(shape_file, "SELECT count(*) FROM console_drafts") == 1
    assert desk.drafts.get(2) is None
    desk.drafts.discard(1)
    assert desk.drafts.get(1) is None


@pytest.mark.parametrize("body", [" ", "\n", "  два\n\nслова  ", "[bold]", "\x1b[31m", "👨‍👩‍👧", "x" * 100_000])
def test_any_text_comes_back_as_it_was(desk: Desk, body: str) -> None:
    desk.drafts.save(1, body, "key")
    draft = desk.drafts.get(1)
    assert draft is not None
    assert draft.body == body


def test_what_a_database_can_not_hold(desk: Desk) -> None:
    saved = desk.drafts.save(1, "a\0b\ud800c", "key")
    assert saved == desk.drafts.get(1)
    assert saved is not None
    assert saved.body == "a\N{SYMBOL FOR NULL}b\N{REPLACEMENT CHARACTER}c"


def test_an_empty_text_is_no_draft(desk: Desk, shape_file: Path) -> None:
    desk.drafts.save(1, "text", "key")
    assert desk.drafts.save(1, "", "key") is None
    assert raw.rows(shape_file, "SELECT * FROM console_drafts") == []


def test_nothing_to_discard_locks_nothing(desk: Desk) -> None:
    with sent(desk.database) as found:
        desk.drafts.discard(1)
        desk.drafts.save(1, "", "key")
    assert all(statement.startswith("SELECT") for statement, _ in found)


def test_each_operator_has_a_draft_of_his_own(desk: Desk, colleague: Desk) -> None:
    desk.drafts.save(1, "mine", "key")
    colleague.drafts.save(1, "theirs", "key 2")
    assert [opened.drafts.get(1).body for opened in (desk, colleague)] == ["mine", "theirs"]  # type: ignore[union-attr]
    colleague.drafts.discard(1)
    assert colleague.drafts.get(1) is None
    assert desk.drafts.get(1) is not None


def test_it_is_there_for_the_same_operator_next_time(desk: Desk, shape_file: Path, clock: FixedClock) -> None:
    draft = desk.drafts.save(1, "later", "key")
    desk.close()
    again = Desk.open(str(shape_file), operator="tester", clock=clock)
    assert again.drafts.get(1) == draft
    again.close()


def test_a_save_that_comes_after_the_sending_is_dropped(desk: Desk, colleague: Desk) -> None:
    """Its key is used up: offered again and sent again under it, the text would go nowhere."""
    desk.drafts.save(1, "he", "key")
    desk.outbox.enqueue(1, "hello", client_key="key")
    assert desk.drafts.get(1) is None
    assert desk.drafts.save(1, "hell", "key") is None
    assert desk.drafts.get(1) is None
    assert desk.outbox.take_back("key") == "hello"
    assert desk.drafts.save(1, "hello", "a new key") is not None
    assert colleague.drafts.get(1) is None


def test_sending_leaves_the_drafts_of_others(desk: Desk, colleague: Desk) -> None:
    colleague.drafts.save(1, "theirs", "their key")
    desk.drafts.save(2, "elsewhere", "another")
    desk.outbox.enqueue(1, "hello", client_key="key")
    assert colleague.drafts.get(1) is not None
    assert desk.drafts.get(2) is not None


def test_a_reply_under_another_key_leaves_what_is_being_written(desk: Desk) -> None:
    """One to many, or one from a script: the draft was never sent."""
    desk.drafts.save(1, "half a sent", "key")
    desk.outbox.enqueue(1, "to everybody", client_key="many-1-1")
    draft = desk.drafts.get(1)
    assert draft is not None
    assert (draft.body, draft.client_key) == ("half a sent", "key")


def test_what_was_typed_before_the_draft_was_read_follows_it(desk: Desk) -> None:
    desk.drafts.save(1, "before", "key")
    saved = desk.drafts.save(1, ", and after", "other", behind=True)
    assert saved == desk.drafts.get(1)
    assert saved is not None
    assert (saved.body, saved.client_key) == ("before, and after", "key")
    assert desk.drafts.save(2, "alone", "another", behind=True) == desk.drafts.get(2)


@pytest.mark.parametrize("kept", ["", "and more"])
def test_a_reply_that_is_taken_back_is_a_draft_in_the_same_transaction(
    desk: Desk, kept: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.outbox.enqueue(1, "hello", client_key="key", hold=60)
    desk.drafts.save(1, kept, "its own")

    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("killed here")

    with monkeypatch.context() as patched:
        patched.setattr("models.services.outbox.put_before", fails)
        with pytest.raises(RuntimeError):
            desk.undo.undo()
    assert [reply.state for reply in desk.outbox.by_key("key")] == ["queued"]
    undone = desk.undo.undo()
    assert undone is not None
    draft = desk.drafts.get(1)
    assert draft is not None
    assert draft.body == ("hello\nand more" if kept else "hello")
    # Under a key that is not used up.
    desk.outbox.enqueue(1, draft.body, client_key=draft.client_key)
    assert desk.drafts.get(1) is None


def test_who_may_not(shape_file: Path, clock: FixedClock) -> None:
    without = Desk.open(str(shape_file), operator="tester", clock=clock)
    looking = Desk.open(str(shape_file), operator="tester", clock=clock, read_only=True)
    for desk, id in ((without, "no-console-tables"), (looking, "read-only-session")):
        with pytest.raises(Refused, match=id):
            desk.drafts.save(1, "text", "key")
        desk.close()


SAVING = """
import sys
from models.services.desk import Desk
desk = Desk.open(sys.argv[1], operator="one", timeout_ms=20000)
print("ready", flush=True)
sys.stdin.readline()
for number in range(10):
    desk.drafts.save(1, f"{sys.argv[2]} {number}", sys.argv[2])
desk.close()
"""


@pytest.mark.one_shape
def test_one_operator_at_several_terminals_makes_no_second_draft(desk: Desk, shape_file: Path) -> None:
    together(*(Process(SAVING, shape_file, name) for name in "abc"))
    [[body]] = raw.rows(shape_file, "SELECT body FROM console_drafts")
    assert body.endswith(" 9")
