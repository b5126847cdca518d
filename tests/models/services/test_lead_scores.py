"""Scores move: each change that is seen is kept once, whoever sees it, with what the person had just written."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from models.services import lead_scores
from models.services.desk import Desk
from models.services.lead_scores import LeadScores
from models.views import Changes, Field
from tests.conftest import FixedClock
from tests.models.services.statements import plans, sent
from tests.seed import raw

pytestmark = pytest.mark.both_engines

NEWS = Changes(conversations=frozenset({1}))


def at(clock: FixedClock) -> str:
    return clock.now.replace(tzinfo=None).isoformat(" ")


def scored(path: Path, score: int | None, clock: FixedClock, conversation_id: int = 1) -> None:
    """As the application's AI writes it."""
    value = "NULL" if score is None else score
    raw.write(
        path,
        f"UPDATE conversations SET ai_ready_score = {value}, updated_at = '{at(clock)}' WHERE id = {conversation_id}",
    )


def wrote(path: Path, clock: FixedClock, *, times: int = 1) -> int:
    """The person writes; the last message's id."""
    raw.write(
        path,
        *(
            "INSERT INTO messages (conversation_id, user_id, body, direction, created_at, updated_at)"
            f" VALUES (1, 1, 'x', 0, '{at(clock)}', '{at(clock)}')"
            for _ in range(times)
        ),
    )
    found: int = raw.one(path, "SELECT max(id) FROM messages")
    return found


@pytest.fixture
def watched(desk: Desk, shape_file: Path, clock: FixedClock) -> Desk:
    """Conversation 1 has been seen at 40."""
    scored(shape_file, 40, clock)
    clock.advance(60)
    desk.scores.see(Changes(everything=True))
    assert desk.inbox.lead(1).facts.changes == ()
    return desk


def moves(desk: Desk) -> list[tuple[int | None, int | None]]:
    return [(each.before, each.score) for each in desk.inbox.lead(1).facts.changes]


def test_a_change_is_kept_with_its_time_and_what_was_written_before(
    watched: Desk, shape_file: Path, clock: FixedClock
) -> None:
    written = wrote(shape_file, clock)
    clock.advance(3)
    scored(shape_file, 72, clock)
    changed_at = clock.now
    clock.advance(2)
    wrote(shape_file, clock, times=2)
    assert watched.scores.see(NEWS) == 1
    assert watched.scores.see(NEWS) == 0
    facts = watched.inbox.lead(1).facts
    [change] = facts.changes
    assert (change.before, change.score, change.message_id, change.operator_name) == (40, 72, written, None)
    assert change.at == changed_at
    assert facts.messages_since == 2
    wrote(shape_file, clock, times=120)
    assert watched.inbox.lead(1).facts.messages_since == 100
    clock.advance(1)
    scored(shape_file, None, clock)
    assert watched.scores.see(Changes()) == 1, "this lead was looked at"
    assert moves(watched) == [(40, 72), (72, None)]


def test_several_consoles_keep_it_once(watched: Desk, shape_file: Path, clock: FixedClock) -> None:
    others = [LeadScores(watched.database, clock, lambda: None) for _ in range(4)]
    for other in others:
        assert other.see(Changes(everything=True)) == 0
    scored(shape_file, 72, clock)
    threads = [threading.Thread(target=each.see, args=(NEWS,)) for each in (*others, watched.scores)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert moves(watched) == [(40, 72)]
    scored(shape_file, 40, clock)
    assert sum(each.see(NEWS) for each in others) == 1
    assert moves(watched) == [(40, 72), (72, 40)]
    late = LeadScores(watched.database, clock, lambda: None)
    scored(shape_file, 12, clock)
    assert late.see(NEWS) == 1, "the last one kept tells a console that has just begun"


def test_a_correction_is_a_change_with_a_name(watched: Desk, shape_file: Path, clock: FixedClock) -> None:
    watched.leads.correct(1, Field.SCORE, 95)
    assert watched.scores.see(NEWS) == 0
    [change] = watched.inbox.lead(1).facts.changes
    assert (change.before, change.score, change.operator_name) == (40, 95, "tester")
    watched.leads.write(1, {Field.SCORE: 96})
    assert watched.inbox.lead(1).facts.changes[-1].operator_name is None


def test_who_may_not_write_looks_at_nothing(watched: Desk, shape_file: Path, clock: FixedClock) -> None:
    reader = Desk.open(str(shape_file), operator="tester", clock=clock, read_only=True)
    scored(shape_file, 72, clock)
    with sent(reader.database) as statements:
        assert reader.scores.see(Changes(everything=True)) == 0
    assert statements == []
    reader.close()


@pytest.mark.sqlite_only
def test_looking_is_cheap(watched: Desk, shape_file: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys and one ordered index, never a table; nothing is written while nothing moved; old ones rest a while."""
    moment = [0.0]
    scores = LeadScores(watched.database, clock, lambda: None, now=lambda: moment[0])
    monkeypatch.setattr(lead_scores, "NEWEST", 2)
    for plan in plans(watched.database, shape_file, lambda: scores.see(Changes(everything=True))):
        assert "SCAN" not in plan.replace("SCAN conversations USING INDEX index_conversations_on_last_message_at", "")
        assert "SCAN conversations\n" not in plan
    with sent(watched.database) as statements:
        scores.see(Changes())
    assert statements == []
    moment[0] = lead_scores.PAUSE
    with sent(watched.database) as statements:
        scores.see(Changes())
    assert len(statements) == 2


def test_what_could_not_be_kept_is_looked_at_again(
    watched: Desk, shape_file: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    scored(shape_file, 72, clock)
    with monkeypatch.context() as patched:
        patched.setattr(watched.database, "write", lambda: (_ for _ in ()).throw(RuntimeError("full")))
        with pytest.raises(RuntimeError):
            watched.scores.see(NEWS)
    assert watched.scores.see(Changes()) == 1
