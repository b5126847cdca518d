"""What one console does is on the screen of another after its next look, and not before: nothing else asks for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.rules.triage import Deed, Kind, Outcome, Place
from models.services.desk import Desk
from models.views import ConversationRow
from tests.console.test_app import Running, add_tables, running

#: What a colleague does, and how its row tells of it.
ACTS: dict[str, tuple[Callable[[Desk, int], object], Callable[[ConversationRow], bool]]] = {
    "done": (lambda desk, id: desk.triage.apply(Deed(Kind.DONE), [id]), lambda row: row.place is Place.DONE),
    "snooze": (
        lambda desk, id: desk.triage.apply(Deed(Kind.SNOOZE, datetime(2030, 1, 1, tzinfo=UTC)), [id]),
        lambda row: row.place is Place.SNOOZED,
    ),
    "claim": (lambda desk, id: desk.triage.apply(Deed(Kind.CLAIM), [id]), lambda row: row.claimed_by == "@ben"),
    "tag": (lambda desk, id: desk.triage.apply(Deed(Kind.TAG, tag="vip"), [id]), lambda row: row.tags == ("vip",)),
    "outcome": (
        lambda desk, id: desk.triage.apply(Deed(Kind.OUTCOME, outcome=Outcome.BOUGHT), [id]),
        lambda row: row.outcome is Outcome.BOUGHT,
    ),
    "done, taken back": (
        lambda desk, id: (desk.triage.apply(Deed(Kind.DONE), [id]), desk.undo.undo(), desk.inbox.mark_unread(id)),
        lambda row: row.place is None and row.unread_count > 0,
    ),
}


def row_of(app: Running, id: int) -> ConversationRow:
    row = app.inbox.conversations.row(id)
    assert row is not None
    return row


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """After its first look a console looks only when it is told to."""
    monkeypatch.setattr("console.app.POLL", 3600)


@pytest.mark.usefixtures("still")
@pytest.mark.parametrize("act", list(ACTS))
async def test_an_act_on_a_row(seed_file: Path, act: str) -> None:
    add_tables(seed_file)
    do, told = ACTS[act]
    ben = Desk.open(str(seed_file), operator="@ben")
    try:
        async with running(seed_file) as app:
            await app.ready()
            id = next(id for id in app.inbox.conversations.ids.tolist() if not told(row_of(app, id)))
            await app.pilot.pause(0.2)  # what the opening began is over
            do(ben, id)
            await app.pilot.pause(0.2)
            assert not told(row_of(app, id))
            await app.app._look()
            await app.until(lambda: told(row_of(app, id)))
    finally:
        ben.close()


@pytest.mark.usefixtures("still")
async def test_a_note_and_who_is_there(seed_file: Path) -> None:
    add_tables(seed_file)
    ben = Desk.open(str(seed_file), operator="@ben")
    try:
        async with running(seed_file) as app:
            await app.ready()
            id = app.thread.conversation_id
            assert id is not None
            await app.pilot.pause(0.2)
            ben.triage.note(id, "asked for a discount")
            ben.colleagues.here("ben", id, typing=True)
            await app.pilot.pause(0.2)
            assert "asked for a discount" not in app.text()
            await app.app._look()
            await app.until(lambda: "asked for a discount" in app.text() and "⌂…" in app.text())
    finally:
        ben.close()
