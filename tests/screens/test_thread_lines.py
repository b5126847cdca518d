"""Messages as lines of cells."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from models.rules.delivery import Reason, State
from models.views import Author, Direction, MessageView, Reply
from screens.widgets.thread_lines import BUBBLE, FOLD, Item, Look, lay_out, state, wrap

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


def message(id: int, body: str, direction: Direction = Direction.INCOMING, **values: object) -> MessageView:
    author = Author.PERSON if direction is Direction.INCOMING else Author.ELSEWHERE
    made = MessageView(id, 1, 1, body, direction, id, True, NOW - timedelta(minutes=60 - id), None, author)
    return replace(made, **values)  # type: ignore[arg-type]


def reply(state: State, **values: object) -> Reply:
    made = Reply(1, 1, state, "text", NOW, 7, "Olga", "Anna", 5, 0)
    return replace(made, **values)  # type: ignore[arg-type]


def drawn(items: list[Item], width: int = 60, **values: object) -> list[str]:
    look = Look(width, NOW, "Anna", 7, **values)  # type: ignore[arg-type]
    return [
        "".join(text for text, _style in line.pieces) for at in range(len(items)) for line in lay_out(items, at, look)
    ]


@given(st.text(max_size=400), st.integers(2, 120))
def test_wrapping_keeps_within_the_cells_and_loses_no_words(text: str, width: int) -> None:
    from models.rules.text import clean

    cleaned = clean(text, multiline=True)
    lines = wrap(cleaned, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(cleaned.split())


def test_wide_characters_are_never_cut_in_half() -> None:
    assert wrap("漢字漢字", 5) == ["漢字", "漢字"]


def test_a_person_stands_left_and_we_stand_right() -> None:
    lines = drawn([message(1, "hello"), message(2, "hi", Direction.OUTGOING)])
    assert "▏hello" in lines
    assert any(line.endswith(" hi ▕") and cell_len(line) == 60 for line in lines)


def test_the_author_of_what_was_not_sent_from_here_is_not_guessed() -> None:
    assert any("bot, AI or web · 11:02" in line for line in drawn([message(2, "hi", Direction.OUTGOING)]))


def test_who_wrote_is_said_in_words() -> None:
    lines = drawn(
        [
            message(1, "a"),
            message(2, "b", Direction.OUTGOING, author=Author.YOU),
            message(3, "c", Direction.OUTGOING, author=Author.COLLEAGUE, author_name="Olga"),
        ]
    )
    text = "\n".join(lines)
    assert "Anna · 11:01" in text
    assert "you · 11:02" in text
    assert "✓ sent 11:02" in text
    assert "Olga · 11:03" in text


def test_a_ruler_for_each_day() -> None:
    items: list[Item] = [
        message(1, "old", created_at=NOW - timedelta(days=40)),
        message(2, "eve", created_at=NOW - timedelta(days=1)),
        message(3, "now"),
    ]
    rulers = [line for line in drawn(items) if "──" in line]
    assert [ruler.strip("─ ") for ruler in rulers] == ["Wed 14 Oct", "Yesterday", "Today"]


def test_messages_in_a_row_share_one_header() -> None:
    lines = drawn([message(1, "a"), message(2, "b"), message(30, "c")])
    assert sum("Anna" in line for line in lines) == 2


def test_an_unknown_direction_is_shown_as_such() -> None:
    assert "direction not known" in "\n".join(drawn([message(1, "?", Direction.UNKNOWN)]))


def test_channel_repetition_and_news_are_marked() -> None:
    text = "\n".join(drawn([message(1, "x", channel="business", duplicate=True, read=False)]))
    assert "by business account · came twice · new" in text


def test_edits_deletions_and_reactions_are_marked() -> None:
    text = "\n".join(drawn([message(1, "x", edited=True, deleted=True, reactions="👍 \x1b[2J")]))
    assert "edited · deleted in Telegram" in text
    assert "👍 ␛[2J" in text


def test_a_message_without_a_date_says_so() -> None:
    assert "no date" in "\n".join(drawn([message(1, "x", created_at=None)]))


def test_long_bodies_are_folded_and_unfold() -> None:
    body = "\n".join(str(line) for line in range(100))
    lines = drawn([message(1, body)])
    assert len(lines) == 2 + FOLD + 1
    assert lines[-1].strip() == "… 60 more lines (Enter)"
    assert len(drawn([message(1, body)], unfolded=frozenset({"m1"}))) == 102


def test_bubbles_never_get_wider_than_88_cells() -> None:
    lines = drawn([message(1, "word " * 200), message(2, "word " * 200, Direction.OUTGOING)], width=180)
    assert max(cell_len(line.strip()) for line in lines if "word" in line) <= BUBBLE


@pytest.mark.parametrize("width", range(2, 200, 7))
def test_no_line_is_wider_than_the_pane(width: int) -> None:
    hostile = "\x1b[2J\u202e" + "漢" * 50 + "e\u0301" * 40 + "👩‍👩‍👧‍👦" * 10
    items: list[Item] = [
        message(1, hostile, channel="business", read=False),
        message(2, hostile, Direction.OUTGOING),
        reply(State.UNKNOWN),
        reply(State.FAILED, error=hostile),
    ]
    look = Look(width, NOW, hostile, 7)
    for at in range(len(items)):
        for line in lay_out(items, at, look):
            text = "".join(text for text, _style in line.pieces)
            assert "\x1b" not in text
            if width > 30:
                assert cell_len(text) <= width


@pytest.mark.parametrize(
    ("of", "words"),
    [
        (
            reply(State.QUEUED, reason=Reason.UNDO, not_before=NOW + timedelta(seconds=4)),
            "held: sends in 4 s — z takes it back",
        ),
        (reply(State.QUEUED, reason=Reason.UNDO, not_before=NOW - timedelta(seconds=1)), "queued"),
        (reply(State.QUEUED, reason=Reason.RATE, not_before=NOW + timedelta(minutes=1)), "wait 60 s"),
        (reply(State.QUEUED, reason=Reason.UNREACHABLE), "can't be reached"),
        (reply(State.QUEUED, reason=Reason.UNAUTHORIZED), "refuses the token"),
        (reply(State.CLAIMED), "sending…"),
        (reply(State.SENDING), "sending…"),
        (reply(State.SENT, updated_at=NOW), "✓ sent 12:00"),
        (reply(State.FAILED, error="Forbidden: bot was blocked by the user"), "✗ not delivered: Forbidden: bot was"),
        (reply(State.UNKNOWN), "Telegram did not answer: it may have arrived"),
    ],
)
def test_delivery_is_said_honestly(of: Reply, words: str) -> None:
    assert words in state(of, NOW)[0]


def test_parts_are_numbered() -> None:
    assert "part 2 of 3" in "\n".join(drawn([reply(State.QUEUED, part_no=2, part_of=3)]))
