"""The catalogues: whole, as compiled, and no translation that a program would stumble over."""

from __future__ import annotations

import ast
import re
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message

from screens.i18n import LANGUAGES
from tests.screens.catalogue import (
    FLOORS,
    KEYWORDS,
    ROOT,
    as_compiled,
    compiled,
    extracted,
    source,
    translated,
    written,
)

TRANSLATED = LANGUAGES[1:]
_PERCENT = re.compile(r"%\(\w+\)[sr]|%[sr]")


def test_every_mark_holds_its_string() -> None:
    """A choice or an f-string within a mark is no string: it would be found in no catalogue."""
    wrong = []
    for path in (path for floor in FLOORS for path in (ROOT / floor).rglob("*.py")):
        calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
        marks = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id in KEYWORDS]
        odd = ast.IfExp | ast.JoinedStr | ast.BinOp
        wrong += [f"{path}:{mark.lineno}" for mark in marks if any(isinstance(each, odd) for each in mark.args[:2])]
    assert wrong == []


@pytest.fixture(scope="module", params=TRANSLATED)
def catalogue(request: pytest.FixtureRequest) -> Catalog:
    return written(request.param)


def forms(message: Message) -> tuple[str, ...]:
    """The translation, in every form that is there."""
    string = message.string
    return tuple(form for form in ((string,) if isinstance(string, str) else string) if form)


def placeholders(text: str) -> list[str]:
    """What a value takes the place of, with its format: the fields in braces, argparse's percent signs."""
    return sorted(
        [f"{{{name}:{spec}}}" for _text, name, spec, _how in Formatter().parse(text) if name is not None]
        + _PERCENT.findall(text)
    )


def test_each_translation_takes_the_same_values_as_its_source(catalogue: Catalog) -> None:
    wrong = []
    for message in catalogue:
        if not message.id:
            continue
        sources = (message.id,) if isinstance(message.id, str) else message.id
        allowed = [placeholders(source) for source in sources]
        wrong += [form for form in forms(message) if placeholders(form) not in allowed]
    assert wrong == []


def test_each_translation_keeps_the_edges_of_its_source(catalogue: Catalog) -> None:
    """A blank at the end, a line break, a comma in front: the pieces of a sentence still fit together."""
    for message in catalogue:
        source = message.id if isinstance(message.id, str) else message.id[0]
        for form in forms(message) if source else ():
            assert form[-1].isspace() == source[-1].isspace(), source
            assert form[0].isspace() == source[0].isspace(), source
            assert form.count("\n") == source.count("\n"), source


def test_what_is_named_is_named_alike(catalogue: Catalog) -> None:
    """Variables, flags, commands and files are not translated."""
    # Neither a word in upper case (ID) nor a placeholder is one.
    named = re.compile(r"FRONTDESK_[A-Z_]+|(?<![\w-])--[a-z][a-z-]*|frontdesk [a-z]+(?: [a-z]+)?(?=[ `])|console_\w+")
    for message in catalogue:
        source = message.id if isinstance(message.id, str) else message.id[0]
        for form in forms(message) if source else ():
            assert sorted(named.findall(form)) == sorted(named.findall(source)), source


def test_no_translation_is_a_guess(catalogue: Catalog) -> None:
    assert not [message.id for message in catalogue if message.id and message.fuzzy]


@pytest.mark.parametrize("language", TRANSLATED)
def test_what_is_read_was_compiled_from_what_was_written(language: str) -> None:
    assert compiled(language).read_bytes() == as_compiled(written(language)), "run `make messages`"


def test_every_string_is_translated_and_none_is_left_over(catalogue: Catalog) -> None:
    """`make messages` takes new strings in and old ones out; whoever adds a string translates it."""
    wanted, there = (
        {(message.id, message.context) for message in each if message.id} for each in (extracted(), catalogue)
    )
    assert there - wanted == set(), "unused: run `make messages`"
    assert wanted - there == set(), "not extracted: run `make messages`"
    empty = [message.id for message in catalogue if message.id and not translated(message.string)]
    assert empty == [], f"to translate in {source(str(catalogue.locale)).relative_to(ROOT)}"
    assert catalogue.num_plurals == 3
    short = [each.id for each in catalogue if isinstance(each.id, tuple | list) and len(each.string) != 3]
    assert short == []
