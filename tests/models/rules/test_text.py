from __future__ import annotations

import json
import random
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.odd_text import JOINS
from models.rules.text import BOX, clean, fold_text, for_storage, one_line, redact, utf16_length

CORPUS = Path(__file__).parents[2] / "data" / "corpus"
BIDI = set(map(chr, [0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]))

#: Characters that meet in hostile text far more often than chance would have it.
SPICE = st.sampled_from(
    list("a1# \n\r\t\x00\x1b\x7f\x85\x9b\u200b\u200c\u200d\u202e\u2028\ufe0e\ufe0f")
    + list("\ufe00\u20e3\u0301\u0300\u3164\u2800\u115f")
    + list(
        "\u094d\u0915\u0645\u1820\u180b漢\U000e0100👨👩🏽❤🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e007f\ue000\ufffe\ud800"
    )
    + ["\udc00", "\r\n", "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "e" + "\u0301" * 12]
)
HOSTILE = st.one_of(st.text(), st.lists(SPICE, max_size=60).map("".join))


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from strings(key)
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


def sound(cleaned: str, *, multiline: bool) -> None:
    for character in cleaned:
        category = unicodedata.category(character)
        assert category not in {"Cs", "Co"}
        assert category != "Cc" or (multiline and character == "\n")
        assert character not in BIDI
        assert character not in "\u2028\u2029\u200b\ufeff"
    cleaned.encode()
    assert clean(cleaned, multiline=multiline) == cleaned


@pytest.mark.parametrize("name", ["hostile_updates.json", "beyond_spec.json"])
@pytest.mark.parametrize("multiline", [True, False])
def test_corpus_is_sound(name: str, multiline: bool) -> None:
    for text in set(strings(json.loads((CORPUS / name).read_text()))):
        cleaned = clean(text, multiline=multiline)
        sound(cleaned, multiline=multiline)
        assert bool(cleaned.strip()) == bool(text.strip(" \t\r\n"))
        redact(text).encode("utf-8", "surrogatepass")
        for_storage(text).encode()
        assert len(one_line(text, 40)) <= 40


@given(HOSTILE, st.booleans())
def test_whatever_comes_is_sound(text: str, multiline: bool) -> None:
    cleaned = clean(text, multiline=multiline)
    sound(cleaned, multiline=multiline)
    assert not text or cleaned


@given(HOSTILE, st.integers(-1, 60))
def test_one_line_is_one_sound_line(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert len(line) <= max(0, limit)
    assert "\n" not in line
    assert not line or clean(line) == line


def test_ordinary_text_comes_back_as_the_same_object() -> None:
    text = "Здравствуйте! «Курс» — 5 000 ₽ 👍 [скидка] 你好"
    assert clean(text) is text
    assert clean(text + "\n" + text, multiline=True) == text + "\n" + text


@pytest.mark.parametrize(
    ("text", "multi", "single"),
    [
        ("", "", ""),
        ("  ", "  ", "  "),
        ("a\tb", "a    b", "a    b"),
        ("\x1b[2Jx", "␛[2Jx", "␛[2Jx"),
        ("\x00\x07\x7f", "␀␇␡", "␀␇␡"),
        ("\x9b31m", "\\x9b31m", "\\x9b31m"),
        ("a\r\nb\rc\x85d\u2028e\u2029f\x0bg\x0ch\ni", "a\nb\nc\nd\ne\nf\ng\nh\ni", "a⏎b⏎c⏎d⏎e⏎f⏎g⏎h⏎i"),
        ("\u202egnp.exe", "gnp.exe", "gnp.exe"),
        ("a\u200bb\u2060c\ufeffd\xade", "abcde", "abcde"),
        ("\ud800x\udc00", "\ufffdx\ufffd", "\ufffdx\ufffd"),
        ("\ud83d\ude00", "😀", "😀"),
        ("\ue000\ufffe\U0010ffff\ufdd0", "\ufffd" * 4, "\ufffd" * 4),
        ("e" + "\u0301" * 330, "e" + "\u0301" * 8, "e" + "\u0301" * 8),
        ("\u0301x", "◌\u0301x", "◌\u0301x"),
        ("a\n\u0301", "a\n◌\u0301", "a⏎\u0301"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("❤\ufe0f\u200d🔥", "❤\ufe0f\u200d🔥", "❤\ufe0f\u200d🔥"),
        ("1\ufe0f\u20e3 1\ufe0f", "1\ufe0f\u20e3 1", "1\ufe0f\u20e3 1"),
        ("a\u200db\u200cc", "abc", "abc"),
        ("می\u200cخواهم", "می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष", "क्\u200dष"),
        ("葛\U000e0100a\U000e0100", "葛\U000e0100a", "葛\U000e0100a"),
        ("hi\U000e0068\U000e0069", "hi", "hi"),
    ],
)
def test_each_rule(text: str, multi: str, single: str) -> None:
    assert clean(text, multiline=True) == multi
    assert clean(text) == single


def test_flag_of_scotland_stays_and_smuggled_tags_go() -> None:
    scotland = "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
    assert clean(f"a{scotland}b\U000e0041") == f"a{scotland}b"


@pytest.mark.parametrize(
    "text",
    [
        "\u200b",
        "\xa0",
        "\u3000",
        "\u3164",
        "\u115f\u1160",
        "\u2800\u2800",
        "\uffa0",
        "\U000e0041",
        "\u202e",
        " \u200d ",
    ],
)
def test_blank_looking_text_shows_a_box(text: str) -> None:
    assert clean(text) == BOX
    assert clean(text, multiline=True) == BOX


def test_endless_emoji_chain_is_broken_up() -> None:
    cleaned = clean("\u200d".join("👨" * 500))
    assert "👨" * 2 in cleaned
    assert max(part.count("\u200d") for part in cleaned.split("👨👨")) <= JOINS
    assert cleaned.count("👨") == 500


def test_fold_text() -> None:
    assert fold_text("ЁЖИК Straße") == "ежик strasse"


def test_one_line() -> None:
    assert one_line("  a\n\tb  c ", 20) == "a b c"
    assert one_line("abcdef", 4) == "abc…"
    assert one_line("x", 0) == ""


SECRET = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"


@pytest.mark.parametrize(
    "text",
    [
        SECRET,
        f"https://api.telegram.org/bot{SECRET}/sendMessage",
        f"https://api.telegram.org/file/bot{SECRET}/photos/1.jpg",
        f"/bot{SECRET}",
        f"error for url 'http://127.0.0.1:80/bot{SECRET.replace(':', '%3A')}/getMe'",
        f"key={SECRET.replace(':', '%3a')}&x=1",
    ],
)
def test_tokens_are_masked(text: str) -> None:
    masked = redact(text)
    assert "AAHdq" not in masked
    assert "123456789" not in masked
    assert redact(masked) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("http://127.0.0.1:8081/bot000:LAB/getMe", "http://127.0.0.1:8081/bot‹token›/getMe"),
        ("GET /bot000:LAB/getMe", "GET /bot‹token›/getMe"),
        ("https://host/prefix/botSHORT/getMe", "https://host/prefix/bot‹token›/getMe"),
        ("token bot000:LAB.", "token bot‹token›."),
        ("http://bot/getMe", "http://bot/getMe"),
        ("/srv/bot-data/production.sqlite3", "/srv/bot-data/production.sqlite3"),
        ("at 12:30, 5 of 10", "at 12:30, 5 of 10"),
        ("robot 7: hello", "robot 7: hello"),
    ],
)
def test_short_tokens_are_masked_in_urls_and_paths_stay(text: str, masked: str) -> None:
    assert redact(text) == masked


def test_for_storage() -> None:
    assert for_storage("a\0b\ud800\ud83d\ude00\x1b") == "a␀b\ufffd😀\x1b"
    text = "как есть\x1b"
    assert for_storage(text) is text


@given(st.text())
def test_utf16_length(text: str) -> None:
    assert utf16_length(text) == len(text.encode("utf-16-le", "surrogatepass")) // 2


def test_a_long_hostile_text() -> None:
    noise = random.Random(7)
    text = "".join(noise.choice("aя\u0301\u200d👨\ufe0f\U000e0041\x1b") for _ in range(50_000))
    sound(clean(text), multiline=False)
