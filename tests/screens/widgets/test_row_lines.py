"""Painting rows: nothing is wider than its cells, nothing hostile gets through."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from models.rules.bands import band
from models.rules.delivery import State
from models.views import ConversationRow, Direction, PersonRow, Reply
from screens.text import forbid
from screens.times import short
from screens.widgets import conversation_list, outbox_list, user_list
from screens.widgets.row_lines import Line, Look, count, fit, initials, score

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CORPUS = Path(__file__).parents[2] / "data" / "corpus" / "hostile_updates.json"


def hostile() -> list[str]:
    """Every string anywhere in the corpus."""
    found: list[str] = []

    def walk(value: Any) -> None:
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, dict):
            for each in value.values():
                walk(each)
        elif isinstance(value, list):
            for each in value:
                walk(each)

    walk(json.loads(CORPUS.read_text(encoding="utf-8", errors="surrogatepass")))
    return list(dict.fromkeys(found))


def conversation(**changed: Any) -> ConversationRow:
    values: dict[str, Any] = {
        "id": 1,
        "user_id": 1,
        "telegram_id": 42,
        "name": "Анна Петрова",
        "username": "anna",
        "last_message_at": NOW - timedelta(minutes=5),
        "unread_count": 0,
        "last_body": "Сколько стоит курс?",
        "last_direction": Direction.INCOMING,
        "last_at": NOW - timedelta(minutes=5),
        "score": 72,
        "band": band(72),
        "admin": False,
        "paid": False,
        "ai_processing": False,
        "ai_paused": False,
        "draft": False,
        "not_delivered": 0,
        "pending": 0,
    }
    values |= changed
    return ConversationRow(**values)


def person(**changed: Any) -> PersonRow:
    values: dict[str, Any] = {
        "id": 1,
        "telegram_id": 42,
        "name": "Анна",
        "username": "anna",
        "admin": False,
        "paid": True,
        "authenticated": True,
        "created_at": NOW,
        "conversation_id": 1,
        "last_message_at": NOW,
        "score": 72,
    }
    return PersonRow(**(values | changed))


def reply(**changed: Any) -> Reply:
    values: dict[str, Any] = {
        "id": 1,
        "conversation_id": 1,
        "state": State.FAILED,
        "body": "Добрый день",
        "created_at": NOW,
        "operator_id": 1,
        "operator_name": "me",
        "person_name": "Анна",
        "telegram_id": 42,
        "attempt": 1,
        "error": "Bad Request: chat not found",
        "error_code": 400,
    }
    return Reply(**(values | changed))


def text(lines: Any) -> str:
    return "\n".join("".join(part for part, _style in line) for line in lines)


def check(lines: Any, look: Look) -> None:
    assert len(lines) <= look.height
    for line in lines:
        joined = "".join(part for part, _style in line)
        assert cell_len(joined) <= look.width, joined
        assert forbid(joined)[1] == 0
        assert "\n" not in joined


@given(st.text(max_size=80), st.integers(0, 40))
def test_a_text_fits_its_cells_exactly(foreign: str, cells: int) -> None:
    fitted = fit(foreign, cells)
    assert cell_len(fitted) == cells
    assert forbid(fitted)[1] == 0


@given(st.text(max_size=40))
def test_initials_are_two_cells(name: str) -> None:
    assert cell_len(initials(name)) == 2
    assert forbid(initials(name))[1] == 0


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Анна Петрова", "АП"),
        ("anna", "A "),
        ("李 小龙", "李"),
        ("", "??"),
        ("👨‍👩‍👧", "??"),
        ("[bold]Bob[/] O'Hara", "BO"),
        ("ß tt", "ßT"),
    ],
)
def test_initials(name: str, expected: str) -> None:
    assert initials(name) == expected


def test_counts_and_scores() -> None:
    assert [count(number) for number in (-1, 0, 3, 99, 999, 1000)] == ["   ", "   ", "  3", " 99", "999", "99+"]
    assert score(None) == ("—", "quiet")
    assert score(0) == ("▂0", "exploring")
    assert score(86) == ("█86", "ready")
    assert score(101) == ("?", "warning")
    assert score(-1) == ("?", "warning")


@pytest.mark.parametrize(
    ("ago", "expected"),
    [
        (timedelta(seconds=5), "now"),
        (timedelta(seconds=-30), "now"),
        (timedelta(minutes=5), "5m"),
        (timedelta(minutes=59, seconds=59), "59m"),
        (timedelta(days=20), "3 Nov"),
        (timedelta(days=700), "2024"),
    ],
)
def test_a_time_in_six_cells(ago: timedelta, expected: str) -> None:
    assert short(NOW - ago, NOW) == expected


def test_no_time_is_a_dash_and_a_weekday_is_a_word() -> None:
    assert short(None, NOW) == "—"
    assert short(NOW - timedelta(days=3), NOW) in ("Fri", "Thu", "Sat")


@pytest.mark.parametrize("height", [1, 2, 3])
@pytest.mark.parametrize("width", [0, 1, 2, 5, 11, 12, 20, 27, 33, 45, 71, 120])
def test_every_hostile_text_stays_inside_its_row(width: int, height: int) -> None:
    for foreign in hostile():
        look = Look(width, height, NOW, company={1: (foreign, True)})
        row = conversation(name=foreign, last_body=foreign, username=foreign, unread_count=7, draft=True, paid=True)
        check(conversation_list.paint(row, look), look)
        check(user_list.paint(person(name=foreign, username=foreign), look), look)
        check(outbox_list.paint(reply(person_name=foreign, body=foreign, error=foreign), look), look)


def test_a_colleague_who_is_there_is_a_mark_and_a_name_where_there_is_room() -> None:
    for typing, glyph in ((False, "⌂ "), (True, "⌂… ")):
        for width, height in ((33, 2), (60, 1)):
            look = Look(width, height, NOW, company={1: ("[red]Ben\x1b Longname", typing)})
            assert glyph in text(conversation_list.paint(conversation(id=1), look))
            assert "⌂" not in text(conversation_list.paint(conversation(id=2), look))
        look = Look(80, 3, NOW, company={1: ("[red]Ben\x1b Longname", typing)})
        lines = conversation_list.paint(conversation(id=1), look)
        check(lines, look)
        assert f"{glyph}[red]Ben" in text(lines)


def test_a_row_says_everything_in_each_layout() -> None:
    busy = {"ai_processing": True, "ai_processing_since": NOW}
    row = conversation(unread_count=3, paid=True, draft=True, not_delivered=1, **busy)
    two = text(conversation_list.paint(row, Look(33, 2, NOW)))
    for part in ("АП", "5m", "Анна Петрова", "3", "▆72", "!", "✎", "AI", "$", "← "):
        assert part in two
    three = text(conversation_list.paint(row, Look(80, 3, NOW)))
    for part in ("▆72 evaluating", "! not delivered", "✎ draft", "AI at work", "$ paid", "← Сколько стоит курс?"):
        assert part in three
    one = text(conversation_list.paint(row, Look(24, 1, NOW)))
    assert "5m" in one
    assert "Анна" in one


def test_foreign_text_comes_last_in_its_line() -> None:
    for height in (1, 2, 3):
        for line in conversation_list.paint(conversation(), Look(40, height, NOW)):
            body: Line = line
            places = [index for index, (part, _style) in enumerate(body) if "Анна" in part or "Сколько" in part]
            assert not places or places == [len(body) - 1]


def test_unread_is_bold_and_the_hue_of_a_band_has_its_glyph() -> None:
    styles = {
        style for line in conversation_list.paint(conversation(unread_count=1), Look(33, 2, NOW)) for _t, style in line
    }
    assert "unread" in styles
    for value, glyph in ((0, "▂"), (45, "▄"), (72, "▆"), (90, "█")):
        assert glyph in text(conversation_list.paint(conversation(score=value, band=band(value)), Look(33, 2, NOW)))


def test_directions_have_their_arrows() -> None:
    for direction, arrow in ((Direction.INCOMING, "←"), (Direction.OUTGOING, "→"), (Direction.UNKNOWN, "?")):
        assert f"{arrow} С" in text(conversation_list.paint(conversation(last_direction=direction), Look(40, 2, NOW)))
    assert "no messages" in text(
        conversation_list.paint(conversation(last_direction=None, last_body=None), Look(40, 2, NOW))
    )


@pytest.mark.parametrize("width", [0, 1, 9, 34, 52, 60, 84, 200])
def test_the_heading_stands_over_its_columns(width: int) -> None:
    head = user_list.heading(width)
    assert cell_len(head) <= width
    line = " " + text(user_list.paint(person(), Look(max(0, width - 1), 1, NOW)))
    if width >= 34:
        assert head.index("name", head.rfind("  ")) == line.index("Анна")


def test_the_states_of_a_reply_in_words() -> None:
    later = NOW + timedelta(seconds=34)
    assert "may have arrived" in outbox_list.state_words(reply(state=State.UNKNOWN), NOW)
    held = reply(state=State.QUEUED, reason="undo", not_before=later)
    assert outbox_list.state_words(held, NOW) == "held: sends in 34 s"
    assert outbox_list.state_words(held, later) == "queued"
    rate = reply(state=State.QUEUED, reason="rate", not_before=later)
    assert outbox_list.state_words(rate, NOW) == "queued: Telegram asks to wait 34 s"
    assert all(outbox_list.state_words(reply(state=state), NOW) for state in State)
    assert outbox_list.error_words(reply()) == "Bad Request: chat not found (400)"
    assert outbox_list.error_words(reply(error=None)) is None
