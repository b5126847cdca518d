from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.rules.splitting import LIMIT, is_blank, normalise, split
from models.rules.text import utf16_length

CORPUS = Path(__file__).parents[2] / "data" / "corpus" / "hostile_updates.json"
PIECES = st.sampled_from(
    ["слово", " ", ". ", "\n", "\n\n", "😀", "👨\u200d👩\u200d👧", "e\u0301", "\x00", "\u200b", "\u3000", "x" * 700]
)
LONG = st.lists(st.tuples(PIECES, st.integers(1, 200)), max_size=14).map(lambda runs: "".join(p * n for p, n in runs))


def visible(text: str) -> str:
    return "".join(character for character in normalise(text) if not is_blank(character))


def sound(text: str) -> None:
    parts = split(text)
    for part in parts:
        assert 0 < len(part) <= LIMIT
        assert utf16_length(part) <= LIMIT
        assert not is_blank(part)
        assert normalise(part) == part
        part.encode()
    assert "".join(map(visible, parts)) == visible(text)
    assert (parts == ()) == is_blank(normalise(text))


@settings(max_examples=25, deadline=None)
@given(LONG)
def test_long_texts_lose_nothing(text: str) -> None:
    sound(text)


@given(st.text(st.characters()))
def test_any_text_loses_nothing(text: str) -> None:
    sound(text)


def test_corpus() -> None:
    for update in json.loads(CORPUS.read_text()):
        for message in update.values():
            if isinstance(message, dict) and isinstance(message.get("text"), str):
                sound(message["text"])


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\n\t ",
        "\xa0",
        "\u200b",
        "\u2800",
        "\u3000",
        "\U000e0041\U000e007f",
        "\u3164",
        "\ufe0f",
        "\x00\x1b",
        "\ud800",
        "\u202e",
    ],
)
def test_blank(text: str) -> None:
    assert is_blank(text)
    assert split(text) == ()


@pytest.mark.parametrize("text", ["a", " . ", "\u0301", "👍", "\u200b1"])
def test_not_blank(text: str) -> None:
    assert not is_blank(text)
    assert len(split(text)) == 1


def test_normalise_does_what_telegram_does() -> None:
    assert normalise(" \n a\x00b\tc\rd\u2028e\u202ef\u030a\n g \n") == "a b cdef\n g"
    assert normalise("\x9b\u2066\u200bx") == "\x9b\u2066\u200bx"


def test_line_separators_become_line_breaks() -> None:
    assert split("a\r\nb\rc\u2028d\u2029e") == ("a\nb\nc\nd\ne",)


def test_limit_is_exact() -> None:
    assert split("x" * LIMIT) == ("x" * LIMIT,)
    assert split("x" * (LIMIT + 1)) == ("x" * LIMIT, "x")
    assert list(map(len, split("😀" * LIMIT))) == [LIMIT // 2, LIMIT // 2]


@pytest.mark.parametrize(("border", "worse"), [("\n\n", "\nx. x "), ("\n", "x. x "), (". ", "x x "), (" ", "xx")])
def test_best_border_in_the_second_half_wins(border: str, worse: str) -> None:
    head = "a" * 2500 + border
    tail = (worse * 2000)[:3000] + "z"
    assert split(head + tail)[0] == head.strip()


def test_border_in_the_first_half_does_not_count() -> None:
    parts = split("a" * 100 + "\n\n" + "b" * 5000)
    assert len(parts) == 2
    assert len(parts[0]) == LIMIT


def test_a_family_is_not_torn_apart() -> None:
    family = "👨\u200d👩\u200d👧"
    for part in split(family * 1000):
        assert part.replace(family, "") == ""


def test_one_character_longer_than_a_message_is_torn_apart() -> None:
    parts = split("e" + "\u0301" * 5000)
    assert list(map(len, parts)) == [LIMIT, 5001 - LIMIT]
