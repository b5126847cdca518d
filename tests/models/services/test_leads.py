"""The lead, corrected and written: the application's columns as it would write them, what the AI said beside them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from models.errors import NotFound, Refused
from models.services.desk import Desk
from models.views import Correction, Field, LeadFacts
from tests.conftest import FixedClock
from tests.models.services.statements import sent
from tests.seed import raw

pytestmark = pytest.mark.both_engines

#: The four columns of conversation 1 before each test.
BEFORE = "ai_real_name = 'Anya', ai_background = NULL, ai_query = 'Price', ai_ready_score = 40"
Changed = Callable[[Callable[[], object]], dict[tuple[str, object], dict[str, str] | None]]


@pytest.fixture
def lead(desk: Desk, shape_file: Path) -> Desk:
    raw.write(shape_file, f"UPDATE conversations SET {BEFORE} WHERE id = 1")
    return desk


@pytest.fixture
def changed(shape_file: Path) -> Changed:
    """What an act changes in the application's tables."""

    def run(act: Callable[[], object]) -> dict[tuple[str, object], dict[str, str] | None]:
        before = raw.stored(shape_file)
        act()
        found = raw.changes(before, raw.stored(shape_file))
        return {key: columns for key, columns in found.items() if not key[0].startswith("console_")}

    return run


def stamp(clock: FixedClock) -> str:
    return f"text:'{clock.now.replace(tzinfo=None).isoformat(' ')}'"


def facts(desk: Desk) -> LeadFacts:
    return desk.inbox.lead(1).facts


def journal(path: Path) -> list[tuple[object, ...]]:
    found = raw.rows(
        path,
        "SELECT action, before, after, reason FROM console_journal LEFT JOIN console_journal_texts ON entry_id = id"
        " ORDER BY id",
    )
    return [(action, json.loads(str(was)), json.loads(str(becomes)), why) for action, was, becomes, why in found]


def test_a_correction_is_the_column_and_the_ai_is_remembered(
    lead: Desk, shape_file: Path, clock: FixedClock, changed: Changed
) -> None:
    corrected = changed(lambda: lead.leads.correct(1, Field.REAL_NAME, "  Anna  Berg "))
    assert corrected == {("conversations", 1): {"ai_real_name": "text:'Anna Berg'", "updated_at": stamp(clock)}}
    assert facts(lead).corrections == (
        Correction(Field.REAL_NAME, "Anna Berg", "Anya", "tester", clock.now, overwritten=False),
    )
    assert not lead.leads.correct(1, Field.REAL_NAME, "Anna Berg")
    assert lead.leads.correct(1, Field.REAL_NAME, "Anna")
    assert facts(lead).corrections[0].said == "Anya", "the AI's word, not the first correction"
    assert lead.leads.correct(1, Field.REAL_NAME, "Anya")
    assert facts(lead).corrections == (), "what the AI had said ends the correction"
    assert journal(shape_file) == [
        ("lead.correct", {"real_name": True}, {"real_name": True}, "Anya → Anna Berg"),
        ("lead.correct", {"real_name": True}, {"real_name": True}, "Anna Berg → Anna"),
        ("lead.correct", {"real_name": True}, {"real_name": True}, "Anna → Anya"),
    ]


def test_the_ai_writes_over_it_and_one_act_brings_it_back(lead: Desk, shape_file: Path, clock: FixedClock) -> None:
    lead.leads.correct(1, Field.SCORE, "90")
    lead.leads.correct(1, Field.BACKGROUND, "cook")
    lead.leads.correct(1, Field.QUERY, "")
    assert facts(lead).overwritten == ()
    clock.advance(60)
    # As a poor answer of the application's AI does.
    raw.write(
        shape_file, "UPDATE conversations SET ai_ready_score = 0, ai_background = '', ai_query = 'x' WHERE id = 1"
    )
    assert {each.field: each.value for each in facts(lead).overwritten} == {
        Field.SCORE: "90",
        Field.BACKGROUND: "cook",
        Field.QUERY: None,
    }
    assert set(lead.leads.bring_back(1)) == {Field.SCORE, Field.BACKGROUND, Field.QUERY}
    found = lead.inbox.lead(1)
    assert (found.score, found.background, found.query) == (90, "cook", None)
    assert {each.field: each.said for each in found.facts.corrections} == {
        Field.SCORE: "0",
        Field.BACKGROUND: None,
        Field.QUERY: "x",
    }
    assert found.facts.overwritten == ()
    assert lead.leads.bring_back(1) == ()
    assert journal(shape_file)[-3:][0] == ("lead.restore", {"score": 0}, {"score": 90}, None)


def test_taking_the_ais_word_over_ends_the_correction(lead: Desk, shape_file: Path) -> None:
    lead.leads.correct(1, Field.QUERY, "Discount")
    raw.write(shape_file, "UPDATE conversations SET ai_query = 'When' WHERE id = 1")
    assert lead.leads.correct(1, Field.QUERY, "When")
    assert facts(lead).corrections == ()
    assert lead.inbox.lead(1).query == "When"
    assert journal(shape_file)[-1][0] == "lead.accept"


@pytest.mark.parametrize("value", ["101", "-1", "7.9", "high", "٥", "9" * 30])
def test_a_score_outside_its_range_is_refused(lead: Desk, value: str) -> None:
    with sent(lead.database) as statements, pytest.raises(Refused, match="bad-score"):
        lead.leads.correct(1, Field.SCORE, value)
    with pytest.raises(Refused, match="bad-score"):
        lead.leads.write(1, {Field.SCORE: value, Field.QUERY: "y"})
    assert statements == []
    assert lead.inbox.lead(1).score == 40
    with pytest.raises(Refused, match="too-long-field"):
        lead.leads.correct(1, Field.QUERY, "x" * 10_001)


def test_a_script_writes_and_empty_values_erase_nothing(
    lead: Desk, shape_file: Path, clock: FixedClock, changed: Changed
) -> None:
    lead.leads.correct(1, Field.REAL_NAME, "Anna")
    clock.advance(5)
    empty = {Field.REAL_NAME: "", Field.QUERY: "  ", Field.SCORE: "", Field.BACKGROUND: None}
    assert changed(lambda: lead.leads.write(1, empty)) == {}
    written = changed(lambda: lead.leads.write(1, {Field.SCORE: "0", Field.BACKGROUND: "a\nb", Field.QUERY: "Price"}))
    assert written == {
        ("conversations", 1): {
            "ai_ready_score": "integer:0",
            "ai_background": written[("conversations", 1)]["ai_background"],  # type: ignore[index]
            "updated_at": stamp(clock),
        }
    }
    found = lead.inbox.lead(1)
    assert (found.real_name, found.background, found.query, found.score) == ("Anna", "a\nb", "Price", 0)
    assert [each.field for each in found.facts.corrections] == [Field.REAL_NAME], "a script corrects nothing"
    assert lead.leads.write(1, {Field.REAL_NAME: "Bot"}) == (Field.REAL_NAME,)
    assert facts(lead).overwritten[0].value == "Anna"


def test_a_stuck_ai_is_reset_and_a_working_one_is_not(
    lead: Desk, shape_file: Path, clock: FixedClock, changed: Changed
) -> None:
    raw.write(shape_file, "UPDATE conversations SET ai_processing = NULL WHERE id = 1")
    with pytest.raises(Refused, match="ai-not-stuck"):
        lead.leads.reset_ai(1)
    since = clock.now.replace(tzinfo=None).isoformat(" ")
    true = "TRUE" if isinstance(shape_file, str) else "1"
    raw.write(shape_file, f"UPDATE conversations SET ai_processing = {true}, updated_at = '{since}' WHERE id = 1")
    clock.advance(600)
    with pytest.raises(Refused, match="ai-not-stuck"):
        lead.leads.reset_ai(1)
    assert lead.inbox.rows([1])[0].ai_processing_since == lead.inbox.lead(1).ai_processing_since
    clock.advance(1)
    [(key, columns)] = changed(lambda: lead.leads.reset_ai(1)).items()
    assert key == ("conversations", 1)
    assert set(columns or ()) == {"ai_processing", "updated_at"}
    assert not lead.inbox.lead(1).ai_processing
    assert journal(shape_file)[-1][:3] == ("ai.reset", {"ai_processing": True}, {"ai_processing": False})


def test_the_ai_is_paused_where_the_column_is(lead: Desk, shape_file: Path, changed: Changed) -> None:
    if not lead.features.ai_paused:
        with pytest.raises(Refused, match="no-pause"):
            lead.leads.pause_ai(1, True)
        return
    lead.leads.pause_ai(1, False)
    lead.clock.advance(1)  # type: ignore[attr-defined]
    [(key, columns)] = changed(lambda: lead.leads.pause_ai(1, True)).items()
    assert (key, set(columns or ())) == (("conversations", 1), {"ai_paused", "updated_at"})
    assert lead.inbox.lead(1).ai_paused is True
    assert not lead.leads.pause_ai(1, True)
    assert lead.leads.pause_ai(1, False)
    assert [action for action, *_ in journal(shape_file)][-2:] == ["ai.pause", "ai.resume"]


def test_a_correction_is_taken_back_with_what_was_kept_beside_it(lead: Desk, shape_file: Path) -> None:
    lead.leads.correct(1, Field.SCORE, 90)
    first = facts(lead).corrections
    lead.leads.correct(1, Field.SCORE, 70)
    assert lead.undo.undo() is not None
    assert (lead.inbox.lead(1).score, facts(lead).corrections[0].said) == (90, "40")
    assert [each.value for each in facts(lead).corrections] == [each.value for each in first]
    assert lead.undo.undo() is not None
    assert (lead.inbox.lead(1).score, facts(lead).corrections) == (40, ())
    assert journal(shape_file)[-1][:3] == ("lead.correct", {"score": 90}, {"score": 40})
    assert lead.undo.redo() is not None
    assert (lead.inbox.lead(1).score, facts(lead).corrections[0].said) == (90, "40")


def test_what_the_ai_wrote_over_a_correction_stays(lead: Desk, shape_file: Path) -> None:
    lead.leads.correct(1, Field.QUERY, "Discount")
    raw.write(shape_file, "UPDATE conversations SET ai_query = 'When' WHERE id = 1")
    undone = lead.undo.undo()
    assert undone is not None
    assert undone.changed == ()
    assert lead.inbox.lead(1).query == "When"
    lead.leads.correct(1, Field.QUERY, "Where")
    assert lead.undo.undo() is not None
    assert lead.inbox.lead(1).query == "When"


def test_a_pause_of_the_ai_is_taken_back(lead: Desk) -> None:
    if lead.features.ai_paused:
        lead.leads.pause_ai(1, True)
        what = lead.undo.peek()
        assert what is not None
        assert (what.kind, what.total, what.conversation_id) == ("pause", 1, 1)
        assert lead.undo.undo(what) is not None
        assert lead.inbox.lead(1).ai_paused is False


def test_nobody_and_nothing_to_write_to(lead: Desk, shape_file: Path, clock: FixedClock) -> None:
    for act in (
        lambda desk: desk.leads.correct(4242, Field.QUERY, "x"),
        lambda desk: desk.leads.bring_back(4242),
        lambda desk: desk.leads.write(4242, {Field.QUERY: "x"}),
        lambda desk: desk.leads.reset_ai(4242),
    ):
        with pytest.raises(NotFound, match="conversation-not-found"):
            act(lead)
        reader = Desk.open(str(shape_file), operator="tester", clock=clock, read_only=True)
        with pytest.raises(Refused, match="read-only-session"):
            act(reader)
        reader.close()
    assert journal(shape_file) == []


def test_corrections_go_with_the_person(lead: Desk) -> None:
    lead.leads.correct(1, Field.SCORE, 90)
    with lead.database.read() as session:
        from models.tables.whole import TABLES

        holding = [table for table in TABLES if "conversation_id" in table.__table__.c]  # type: ignore[attr-defined]
        assert {str(each.__tablename__) for each in holding} >= {"console_lead_corrections", "console_lead_scores"}
        assert session is not None
