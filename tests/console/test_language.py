"""The command line in two languages: words for people differ, what scripts read does not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from console.cli import VERBS
from tests.conftest import with_our_tables
from tests.console.command import frontdesk

RUSSIAN = {"FRONTDESK_LANG": "ru"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("conversations",), ("users", "--filter", "paid"), ("messages", "1"), ("outbox",), ("journal",), ("keys",),
        ("db", "status"), ("access", "drift"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_json_is_the_same_in_every_language(seed_file: Path, arguments: tuple[str, ...]) -> None:
    with_our_tables(seed_file)
    asked = [*arguments, "--json", "--database", str(seed_file)]
    assert frontdesk(*asked, env=RUSSIAN).stdout == frontdesk(*asked).stdout


def test_errors_and_usage_are_russian(tmp_path: Path) -> None:
    missing = frontdesk("conversations", "--database", tmp_path / "none.sqlite3", env=RUSSIAN, code=None)
    assert "проверьте путь" in missing.stderr
    wrong = frontdesk("conversations", "--limit", "no", env=RUSSIAN, code=2)
    assert "аргумент --limit: no — не положительное целое число" in wrong.stderr
    lacking = frontdesk("reply", env=RUSSIAN, code=2)
    assert "не хватает аргументов: CONVERSATION_ID, TEXT" in lacking.stderr


@pytest.mark.parametrize("verb", ["", *VERBS])
def test_help_has_no_english_sentence(verb: str) -> None:
    said = frontdesk(*([verb] if verb else []), "--help", env=RUSSIAN).stdout
    # Commands in backquotes, and the values and names that are typed, are the same in every language.
    text = re.sub(r"`[^`]*`|\{[^}]*\}|Telegram id|^вызов: .*|^ +frontdesk .*", " ", said, flags=re.MULTILINE)
    assert re.findall(r"\b[A-Za-z]?[a-z]{2,} [a-z]{2,}\b", text) == [], said
