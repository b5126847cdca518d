"""`frontdesk lead`: a script reads and writes the four fields; `run` sees scores move."""

from __future__ import annotations

from pathlib import Path

from console.watching import LOOK, Watching
from models.services.desk import Desk
from models.views import Field
from tests.conftest import FixedClock, with_our_tables
from tests.console.command import frontdesk, frontdesk_json
from tests.console.test_expiring import AtOnce
from tests.seed.raw import rows, write

HOSTILE = "Anna\x1b]52;c;eA==\x07\u202e [/]"


def test_a_script_writes_the_four_fields(seed_file: Path) -> None:
    write(
        seed_file, "UPDATE conversations SET ai_query = 'old', ai_background = 'cook', ai_ready_score = 40 WHERE id = 1"
    )
    lead = ("--database", seed_file, "lead", "1")
    assert "db upgrade" in frontdesk(*lead, "--score", "72", code=4).stderr
    assert frontdesk_json(*lead)["ai_ready_score"] == 40, "looking needs no tables of ours"
    with_our_tables(seed_file)
    found = frontdesk_json(*lead, "--real-name", HOSTILE, "--query", "new", "--background", "", "--score", "72")
    assert (found["ai_real_name"], found["ai_query"], found["ai_background"]) == (HOSTILE, "new", "cook")
    assert (found["ai_ready_score"], found["band"], found["corrections"]) == (72, "evaluating", [])
    assert [(each["before"], each["score"]) for each in found["score_changes"]] == [(40, 72)]
    for score in ("101", "-1", "7.5"):
        assert "0 to 100" in frontdesk(*lead, "--query", "x", f"--score={score}", code=4).stderr
    assert rows(seed_file, "SELECT ai_query, ai_ready_score FROM conversations WHERE id = 1") == [("new", 72)]
    assert "4242" in frontdesk("--database", seed_file, "lead", "4242", code=3).stderr
    assert "read-only" in frontdesk(*lead, "--read-only", "--query", "x", code=4).stderr
    plain = frontdesk(*lead).stdout
    assert "72 evaluating" in plain
    assert "40 → 72" in plain
    assert not {"\x1b", "\x07", "\u202e"} & set(plain)


def test_what_people_corrected_is_told(seed_file: Path, clock: FixedClock) -> None:
    with_our_tables(seed_file)
    write(seed_file, "UPDATE conversations SET ai_query = 'old' WHERE id = 1")
    desk = Desk.open(str(seed_file), operator="vera", clock=clock)
    desk.leads.correct(1, Field.QUERY, "mine")
    desk.close()
    found = frontdesk_json("--database", seed_file, "lead", "1", "--query", "of the AI")
    [correction] = found["corrections"]
    assert (correction["field"], correction["value"], correction["ai_said"]) == ("ai_query", "mine", "old")
    assert (correction["operator"], correction["overwritten"]) == ("vera", True)
    assert "written over it" in frontdesk("--database", seed_file, "lead", "1").stdout


def test_run_sees_scores_move(seed_file: Path, clock: FixedClock) -> None:
    with_our_tables(seed_file)
    desk = Desk.open(str(seed_file), operator="run", clock=clock)
    now = [0.0]
    watching = Watching(desk, AtOnce(), now=lambda: now[0])
    watching.look()
    watching.look()
    write(
        seed_file,
        "UPDATE conversations SET ai_ready_score = 99 WHERE id = 1",
        "INSERT INTO messages (conversation_id, body, direction, created_at, updated_at)"
        " VALUES (1, 'x', 1, '2026-11-23 11:00:00', '2026-11-23 11:00:00')",
    )
    for _ in range(2):
        now[0] += LOOK
        watching.look()
        watching.look()
    assert [each.score for each in desk.inbox.lead(1).facts.changes] == [99]
    desk.close()
