"""Every error in words."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from models import errors
from models.errors import DatabaseProblem, FrontdeskError, NotFound, Refused, TelegramProblem, Usage
from screens.times import moment
from screens.wording import WORDS, words


def listed() -> set[str]:
    """The ids that the docstrings of the error family list."""
    found: set[str] = set()
    for kind in (DatabaseProblem, NotFound, Refused, Usage, TelegramProblem):
        text = re.sub(r"\([^)]*\)", "", kind.__doc__ or "")
        found |= set(re.findall(r"[a-z]+(?:-[a-z]+)+|damaged|locked|replaced|exists|failed", text.partition("Ids:")[2]))
    return found


def test_every_listed_id_has_words() -> None:
    assert listed() <= set(WORDS)
    assert errors.DatabaseProblem.__doc__ is not None


@pytest.mark.parametrize("id", sorted(WORDS))
def test_words_are_one_clear_line_even_without_values(id: str) -> None:
    line = words(FrontdeskError(id))
    assert "\n" not in line
    assert len(line.split()) > 3
    assert "{" not in line


def test_missing_tables_name_the_command() -> None:
    assert "`frontdesk db upgrade`" in words(Refused("no-console-tables"))


def test_foreign_values_are_cleaned_and_cut() -> None:
    line = words(DatabaseProblem("not-found", path="\x1b]52;c;AAAA\x07" + "x" * 5000))
    assert "\x1b" not in line
    assert "\x07" not in line
    assert len(line) < 400


def test_a_token_in_a_value_is_masked() -> None:
    token = "123456789:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    assert token not in words(TelegramProblem("telegram-refused", code=400, description=f"bad {token}"))


def test_braces_in_values_are_only_braces() -> None:
    assert "{why}" in words(Usage("bad-setting", name="{why}", why="x"))


def test_an_unknown_shape_says_which_file_it_is() -> None:
    assert "empty" in words(DatabaseProblem("unknown-shape", missing=("users",), empty=True, rails_file=None))
    assert "queue" in words(DatabaseProblem("unknown-shape", missing=("users",), empty=False, rails_file="queue"))
    assert "users.id" in words(DatabaseProblem("unknown-shape", missing=("users.id",), empty=False, rails_file=None))


def test_an_id_nobody_worded_is_still_a_line() -> None:
    assert words(FrontdeskError("brand-new", what="x\n\x1b[2J")) == "brand-new what='x\\n\\x1b[2J'"


def test_moments_are_spoken_in_local_time_to_the_minute() -> None:
    at = datetime(2026, 11, 23, 12, 5, 17, 123456, tzinfo=UTC)
    line = words(Refused("receipt-used", receipt="R", name="Anna", at=at, operator="me"))
    assert f"({moment(at)}, by me)" in line
