"""Placeholders: filled once, never sent by mistake; and the TOML that templates travel in."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import Usage
from models.rules.templates import Text, as_toml, checked, fill, from_toml, placeholders, unfilled

#: What may stand in a template after `checked`: no surrogates, no NUL.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


def test_known_names_are_filled_and_the_others_are_left() -> None:
    filled = fill(
        "Hi {name}, {discount} off {query}. {name}! {{name}} { } {1} {скидка}", {"name": "Anna", "query": " "}
    )
    assert filled.text == "Hi Anna, {discount} off {query}. Anna! {name} { } {1} {скидка}"
    assert filled.missing == ("discount", "query", "скидка")


def test_what_is_filled_in_is_not_looked_at_again() -> None:
    assert fill("{name}{{x}}", {"name": "{query}{{name}}", "query": "no"}).text == "{query}{{name}}{x}"


def test_the_first_placeholder_that_is_left() -> None:
    assert unfilled("code {x}, {name}", ["name"]) == (10, 16)
    assert unfilled("code {x}, {{name}}", ["name"]) is None
    assert placeholders("{a}{b}{a}{{c}}") == ("a", "b")


@pytest.mark.parametrize(
    ("template", "why"),
    [
        (Text(" \n", "x"), "name"),
        (Text("n", " \n "), "body"),
        (Text("n" * 61, "x"), "long"),
        (Text("n", "x" * 20_001), "long"),
        (Text("n", "x", 0), "digit"),
        (Text("n", "x", 10), "digit"),
    ],
)
def test_what_can_not_be_kept(template: Text, why: str) -> None:
    with pytest.raises(Usage) as caught:
        checked(template)
    assert caught.value.values["why"] == why


@given(st.lists(st.tuples(TEXTS, st.none() | st.integers(1, 9)), max_size=4))
def test_toml_brings_back_what_was_written(bodies: list[tuple[str, int | None]]) -> None:
    texts = [Text(f'name {at}"\\', body, digit) for at, (body, digit) in enumerate(bodies)]
    found = tomllib.loads(as_toml(texts)).get("template", [])
    assert [Text(each["name"], each["body"], each.get("digit")) for each in found] == texts


def test_toml_reads_as_people_write_it() -> None:
    text = as_toml([Text("price", 'It is "38000".\nSee {name}?', 1)])
    assert text == '[[template]]\nname = "price"\ndigit = 1\nbody = """\nIt is \\"38000\\".\nSee {name}?"""\n'
    assert from_toml(text) == (Text("price", 'It is "38000".\nSee {name}?', 1),)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("x", "bad-toml"),
        ("x = 1", "bad-toml"),
        ("[[template]]\nname='a'\nbody='x'\ncolour=1", "bad-toml"),
        ("[[template]]\nname='a'\nbody='x'\ndigit=true", "bad-template"),
        ("[[template]]\nname=1\nbody='x'", "bad-template"),
        ("[[template]]\nname='a'\nbody='x'\n[[template]]\nname=' a '\nbody='y'", "bad-template"),
        ("[[template]]\nname='a'\nbody='x'\ndigit=1\n[[template]]\nname='b'\nbody='y'\ndigit=1", "bad-template"),
    ],
)
def test_a_file_that_is_none(text: str, error: str) -> None:
    with pytest.raises(Usage, match=error):
        from_toml(text)
