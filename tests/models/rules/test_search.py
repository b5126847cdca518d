"""What a search asks for, and what is marked of a hit."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import Usage
from models.rules.search import GRAM, Query, all_grams, fold_for_search, grams, holds, parse, snippet


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("", Query()),
        ("Оплата ЁЛКА", Query(words=("оплата", "елка"))),
        ('"добрый   день" как', Query(words=("добрый день", "как"))),
        ('"without an end', Query(words=("without an end",))),
        ("http://a.b 12:30 is", Query(words=("http://a.b", "12:30", "is"))),
        ("from:us word", Query(words=("word",), author="us")),
        ('from:"Анна Пе" from:@Ben', Query(names=("анна пе", "@ben"))),
        ("in:#42", Query(conversation_id=42)),
        ("score:>85", Query(score=(86, 100))),
        ("score:<=30", Query(score=(0, 30))),
        ("score:61-85", Query(score=(61, 85))),
        ("is:paid IS:Unread", Query(kinds=frozenset({"paid", "unread"}))),
        ("before:2026-10-01 after:2026-09-01", Query(before=date(2026, 10, 1), after=date(2026, 9, 1))),
        ("\0 \ud800x", Query(words=("␀", "�x"))),
    ],
)
def test_what_is_asked(text: str, query: Query) -> None:
    assert parse(text) == query


@pytest.mark.parametrize(
    "text",
    [
        "from:",
        "in:x",
        "in:99999999999999999999",
        "score:much",
        "score:>1-2",
        "is:happy",
        "before:soon",
        "after:2026-02-30",
    ],
)
def test_a_filter_that_cant_be_read_is_said(text: str) -> None:
    with pytest.raises(Usage) as raised:
        parse(text)
    assert raised.value.id == "bad-filter"
    assert raised.value.values["known"]


@given(st.text(max_size=200))
def test_any_text_is_a_search_or_a_clear_refusal(text: str) -> None:
    try:
        query = parse(text)
    except Usage:
        return
    for word in query.words:
        assert word == fold_for_search(word)
        assert set(grams(word)) <= set(all_grams(word))


@given(st.text(max_size=60), st.data())
def test_a_part_of_a_text_is_found_in_it_and_marked(text: str, data: st.DataObject) -> None:
    folded = fold_for_search(text)
    if len(folded) < GRAM:
        return
    start = data.draw(st.integers(0, len(folded) - GRAM))
    word = folded[start : start + data.draw(st.integers(GRAM, 12))].strip()
    if len(word) < GRAM:
        return
    assert holds(folded, [word])
    assert set(grams(word)) <= set(all_grams(folded))
    pieces = snippet(text, [word])
    assert (
        "".join(piece for piece, _hit in pieces).strip("…")
        in " ".join(__import__("unicodedata").normalize("NFC", text).split()) + "…"
    )


def test_a_snippet_begins_before_the_hit_and_marks_each() -> None:
    text = "слово " * 40 + "Ещё раз про ОПЛАТУ и оплату" + " конец" * 80
    pieces = snippet(text, ["оплату"])
    assert [piece for piece, hit in pieces if hit] == ["ОПЛАТУ", "оплату"]
    assert pieces[0] == ("…", False)
    assert pieces[-1] == ("…", False)
    assert sum(len(piece) for piece, _hit in pieces) < 320
    assert snippet("Straße und STRASSE", ["strasse"])[-1] == ("STRASSE", True)


def test_letters_composed_of_two_are_one() -> None:
    assert fold_for_search("е\u0308лка и\u0306") == "елка й"
