"""The lead by keys: corrected in place, brought back, its AI paused and reset, the message behind a score."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from models.rules.bands import band
from models.rules.clock import utc_now
from models.views import Correction, Field, LeadFacts, ScoreChange
from screens.widgets.lead_lines import details, lead_lines, sparkline, summary
from screens.widgets.lead_panel import LeadPanel
from screens.widgets.thread_lines import key
from tests.conftest import copy_of
from tests.console.test_app import Running, add_tables, running, with_desk
from tests.screens.test_panels import LEAD, NOW
from tests.seed import raw


def lead_of(path: Path) -> tuple[object, ...]:
    [row] = raw.rows(path, "SELECT ai_real_name, ai_query, ai_ready_score, ai_processing, ai_paused FROM conversations"
                     " WHERE id = 2")  # fmt: skip
    return row


async def test_a_lead_is_looked_after_by_keys(tmp_path: Path) -> None:
    path = copy_of("O", tmp_path)
    add_tables(path)
    raw.write(
        path,
        "UPDATE conversations SET ai_real_name = 'Anya', ai_query = 'old', ai_ready_score = 40, ai_processing = 0,"
        " ai_paused = 0 WHERE id = 2",
    )
    async with running(path) as app:
        await app.ready()
        app.inbox.show_conversation(2)
        await app.until(lambda: app.inbox._lead is not None and app.inbox._lead.conversation_id == 2)
        panel = app.inbox.query_one(LeadPanel)
        app.inbox.set_focus(panel)
        await app.press("enter")
        await app.until(lambda: panel.editing is Field.SCORE)
        await app.press("1", "0", "1", "enter")
        await app.until(lambda: "0 to 100" in app.said)
        await app.press("enter")
        await app.until(lambda: panel.editing is Field.SCORE and panel._area.text == "101")
        await app.press("backspace", "backspace", "backspace", "9", "0", "enter")
        await app.until(lambda: lead_of(path)[2] == 90)
        await app.until(lambda: "40 → " in app.text() and "the AI said: 40" in app.text())
        # Esc leaves a field as it was; letters are text, not commands.
        await app.press("j", "j", "enter")
        await app.until(lambda: panel.editing is Field.REAL_NAME)
        await app.press("q", "e", "escape")
        await app.until(lambda: panel.editing is None and app.app.focused is panel)
        assert lead_of(path)[0] == "Anya"
        # The change of the score leads to what the person had written before it.
        await app.press("g", "j", "enter")
        await app.until(lambda: app.app.focused is app.thread)
        found = with_desk(path, lambda desk: desk.inbox.lead(2).facts.changes[0].message_id)
        assert app.thread.current is not None
        assert key(app.thread.current) == f"m{found}"
        # The AI writes over it, from another program: told by itself, one key brings it back.
        raw.write(path, "UPDATE conversations SET ai_ready_score = 3 WHERE id = 2")
        await app.until(lambda: wrote_over(app) and "! the AI wrote over" in app.text())
        await app.press("B")
        await app.until(lambda: lead_of(path)[2] == 90)
        await app.press("p")
        await app.until(lambda: lead_of(path)[4] == 1)
        await app.until(lambda: app.inbox._lead is not None and app.inbox._lead.ai_paused is True)
        # z takes back at once what was just told: the pause; then the correction.
        await app.until(lambda: "z takes it back" in app.said and "paused" in app.said)
        await app.press("z")
        await app.until(lambda: lead_of(path)[4] == 0)
        await app.until(lambda: "Taken back: the AI paused" in app.said and "Next z: a correction" in app.said)
        await app.press("z")
        await app.until(lambda: lead_of(path)[2] == 3)
        await app.press("Z")
        await app.until(lambda: lead_of(path)[2] == 90)
        long_ago = (utc_now() - timedelta(minutes=11)).strftime("%Y-%m-%d %H:%M:%S")
        await app.press("exclamation_mark")
        await app.until(lambda: "not stuck" in app.said)
        raw.write(path, f"UPDATE conversations SET ai_processing = 1, updated_at = '{long_ago}' WHERE id = 2")
        await app.until(lambda: "AI!" in app.text() and "stuck since" in app.text())
        await app.press("exclamation_mark")
        await app.until(lambda: lead_of(path)[3] == 0)
    moves = with_desk(path, lambda desk: [each.score for each in desk.inbox.lead(2).facts.changes])
    assert moves[-1] == 90, "the console kept what it saw"


def wrote_over(app: Running) -> bool:
    lead = app.inbox._lead
    return lead is not None and bool(lead.facts.overwritten)


def change(before: int | None, score: int | None) -> ScoreChange:
    return ScoreChange(NOW - timedelta(minutes=5), before, score, 7, "vera\x1b[2J" if score == 90 else None)


def test_history_in_lines() -> None:
    changes = (change(0, 40), change(40, None), change(None, 137), change(137, 100), change(100, 90))
    assert sparkline(changes, 40).plain == "▁▄··██"
    assert sparkline(changes, 2).plain == "██"
    facts = LeadFacts(changes=changes, messages_since=12)
    lead = replace(LEAD, score=90, band=band(90), facts=facts)
    lines = lead_lines(lead, NOW, 36, history=2)
    assert [line.item for line in lines if line.item is not None] == [
        Field.SCORE, 4, 3, Field.REAL_NAME, Field.BACKGROUND, Field.QUERY,
    ]  # fmt: skip
    text = details(lead, NOW, 36).plain
    assert "scored 12 messages ago" in text
    assert "100 → █ 90  11:55 vera␛[2J" in text
    assert "scored 12 messages ago" in summary(lead, NOW).plain
    assert "ago" not in details(replace(lead, facts=replace(facts, messages_since=4)), NOW, 36).plain


def test_corrections_and_a_stuck_ai_in_words() -> None:
    kept = Correction(Field.QUERY, "mine", "the AI's\x9b", "vera", NOW, overwritten=False)
    lead = replace(LEAD, facts=LeadFacts(corrections=(kept,)), ai_processing_since=NOW - timedelta(minutes=11))
    text = details(lead, NOW, 36).plain
    assert r"✎ vera; the AI said: the AI's\x9b" in text
    assert "stuck since 11:49" in text
    lost = replace(lead, facts=LeadFacts(corrections=(replace(kept, overwritten=True, value=None),)))
    assert "the AI wrote over vera's “nothing”: B brings it back" in details(lost, NOW, 36).plain
    assert "AI stuck: ! resets it" in summary(lost, NOW).plain
    assert "B brings it back" in summary(lost, NOW).plain
