"""Tabs, lead, composer's head, times: words and cells."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from models.rules.bands import band
from models.views import Counts, Lead, Order, Reach, Unreachable, View
from screens.help import GLOSSARY, glossary_text
from screens.reach import cant_reach
from screens.times import countdown, day, hours, stamp
from screens.widgets.composer_head import Target, addressed, counter
from screens.widgets.lead_panel import details, meter, score_words, summary
from screens.widgets.status_bar import State, key_line, live, state_line, telegram
from screens.widgets.view_tabs import tab_line
from tests.screens.running import console, shown
from tests.screens.widgets.window_source import until

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


LEAD = Lead(
    conversation_id=1,
    user_id=1,
    telegram_id=5,
    name="Anna [/]\x1b[2J",
    username="anna",
    real_name=None,
    background="cook\nin Bali",
    query=" ",
    score=72,
    band=band(72),
    ai_processing=True,
    ai_processing_since=NOW - timedelta(minutes=3),
    ai_paused=None,
    admin=False,
    paid=True,
    authenticated=False,
    has_dashboard_access=True,
    created_at=NOW - timedelta(days=400),
    incoming_count=1204,
    outgoing_count=3,
    first_message_at=NOW - timedelta(days=1),
    last_message_at=NOW,
    unread_count=2,
    newest_message_id=9,
    can_reply=True,
)


@pytest.mark.parametrize(
    ("score", "words"),
    [
        (None, "not scored yet"),
        (0, "▂ 0 exploring"),
        (30, "▂ 30 exploring"),
        (31, "▄ 31 interested"),
        (60, "▄ 60 interested"),
        (61, "▆ 61 evaluating"),
        (85, "▆ 85 evaluating"),
        (86, "█ 86 ready to buy"),
        (100, "█ 100 ready to buy"),
        (137, "unknown (137)"),
        (-1, "unknown (-1)"),
    ],
)
def test_a_band_is_a_glyph_a_word_and_a_colour_and_nothing_is_clamped(score: int | None, words: str) -> None:
    assert score_words(score, band(score)).plain == words


@pytest.mark.parametrize("width", [8, 20, 36, 40])
def test_the_meter_has_three_ticks(width: int) -> None:
    for score in (None, 0, 50, 100, 137):
        assert meter(score, band(score), width).cell_length == width
        assert meter(score, band(score), width).plain.count("┃") == 3


def test_the_lead_says_what_is_known_and_what_is_not() -> None:
    text = details(LEAD, NOW, 36).plain
    assert "Anna [/]␛[2J" in text
    assert "@anna" in text
    assert "cook\nin Bali" in text
    assert text.count("not known") == 2  # the real name and a blank query
    assert "at work since 11:57" in text
    assert "$ paid" in text
    assert "1,204 from them, 3 from us" in text
    assert "2 unread" in text
    assert "known since Sun 19 Oct 2025" in text


def test_the_lead_in_one_line() -> None:
    assert summary(replace(LEAD, query="asks"), NOW).plain == "▆ 72 evaluating · $ paid · AI at work · asks"


@pytest.mark.parametrize("width", range(1, 220, 3))
@pytest.mark.parametrize("view", [View.ALL, View.READY, View.NOT_DELIVERED])
def test_tabs_fit_and_always_show_the_chosen_one(width: int, view: View) -> None:
    counts = Counts(by_view=dict.fromkeys(View, 12345))
    line, ends = tab_line(view, counts, Order.RECENT, width)
    assert (view, None) in [each for _end, each in ends]
    if width > 40:
        assert line.cell_length <= width


def test_tabs_carry_their_digits_and_counts() -> None:
    counts = Counts(by_view={View.ALL: 1204, View.WAITING: 7})
    assert tab_line(View.WAITING, counts, Order.SCORE, 200)[0].plain.startswith(" 1 All 1,204  2 Waiting 7 ")
    assert "highest score first" in tab_line(View.WAITING, counts, Order.SCORE, 200)[0].plain


def test_the_counter_previews_the_split() -> None:
    assert counter("abc").plain == "3/4096"
    assert counter("🙂").plain == "2/4096"
    assert counter("word " * 1000).plain == "5000/4096 · 2 parts"


def test_the_composer_names_whom_it_goes_to() -> None:
    target = Target(1, "Anna\x1b[2J", "anna", 5, 0)
    assert addressed(target).plain == addressed(target, 40).plain == "→ Anna␛[2J  @anna  id 5"
    assert addressed(target, 20).plain == "→ Anna␛[2J  id 5"


def test_times_are_local_and_short() -> None:
    assert hours(NOW) == "12:00"
    assert hours(None) == ""
    assert stamp(None, NOW) == "—"
    assert stamp(NOW - timedelta(days=1), NOW) == "Yesterday 12:00"
    assert day(NOW - timedelta(days=30), NOW) == "Sat 24 Oct"
    assert stamp(datetime.min.replace(tzinfo=UTC), NOW).startswith("Mon 1 Jan 1")
    assert stamp(datetime.max.replace(tzinfo=UTC), NOW)


def test_the_picture_is_live_or_says_its_age() -> None:
    assert live(None)[0] == "Opening…"
    assert live(0.2)[0] == "● live"
    assert live(12.3)[0] == "○ picture is 12 s old"
    assert live(600)[0] == "○ picture is 10 min old"


@pytest.mark.parametrize(
    ("trouble", "words"),
    [(None, "Telegram ok"), ("unauthorized", "refuses"), ("unreachable", "can't be reached"), ("database", "outbox")],
)
def test_telegrams_state_in_words(trouble: str | None, words: str) -> None:
    assert words in telegram(State(can_send=True, trouble=trouble))[0]
    assert telegram(State(not_sending="no bot token"))[0] == "no bot token"


@pytest.mark.parametrize("width", [1, 10, 24, 40, 80, 200])
def test_the_bottom_lines_fit(width: int) -> None:
    from screens.actions import ACTIONS

    state = State(age=0.1, operator="x" * 30 + "\x1b[2J", warning="not an admin", can_send=True)
    assert state_line(state, None, width).cell_length <= width
    assert state_line(state, "said " * 50, width).cell_length <= width
    if width >= 10:
        assert key_line(ACTIONS, {}, set(), width).cell_length <= width


def test_the_glossary_has_the_ten_words_a_line_each() -> None:
    assert [word for word, _meaning in GLOSSARY] == (
        ["attached", "standalone", "waiting", "held", "queued", "not known", "claim", "band", "drift", "grant"]
    )
    assert all(len(line) <= 72 for line in glossary_text({}).plain.splitlines())


@pytest.mark.parametrize("kind", Unreachable)
def test_who_can_not_be_reached_is_said_with_the_day(kind: Unreachable) -> None:
    lead = replace(LEAD, reach=Reach(kind, NOW - timedelta(days=2), "Forbidden"))
    words = cant_reach(lead, NOW)
    assert words is not None
    assert "21 Nov:" in words or "21 Nov)" in words
    assert "Anna [/]␛[2J" in words
    assert "21 Nov" in details(lead, NOW, 30).plain
    assert summary(lead, NOW).plain.startswith("⊘ ")
    assert "12:00" in str(cant_reach(replace(LEAD, reach=Reach(kind, NOW, "")), NOW))
    assert cant_reach(LEAD, NOW) is None


def test_a_countdown_ends_at_nothing() -> None:
    def left(seconds: float) -> str | None:
        return countdown(NOW + timedelta(seconds=seconds), NOW)

    assert [left(seconds) for seconds in (-1, 0, 0.4, 34, 99.5, 125, 10_072)] == [
        None, None, "1 s", "34 s", "1:40 min", "2:05 min", "2:47 h"
    ]  # fmt: skip
    assert countdown(None, NOW) is None
    assert telegram(State(can_send=True, pause=left(34)))[0] == "Telegram asks to wait 34 s"


def test_the_status_line_says_how_far_the_views_are_made() -> None:
    line = state_line(State(age=0.1, can_send=True, preparing=34), None, 80).plain
    assert "● live  ·  Preparing the views: 34 %  ·  Telegram ok" in line
    assert "Preparing" not in state_line(State(age=0.1, can_send=True), None, 80).plain
    assert "Preparing the views: 0 %" in state_line(State(preparing=0), None, 80).plain


async def test_it_says_so_until_they_are(seed_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with console(seed_file, "inbox") as (app, pilot):
        desk = app.services.desk
        assert desk is not None
        monkeypatch.setattr(desk.keeper, "step", lambda: 60.0)
        desk.keeper.progress = (34_100, 100_000)
        await until(pilot, lambda: "Preparing the views: 34 %" in shown(app))
        desk.keeper.progress = None
        await until(pilot, lambda: "Preparing" not in shown(app))
