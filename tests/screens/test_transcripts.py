"""A conversation written down: whatever people wrote stays text, in each format."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser

import pytest

from models.views import Author, Direction, MessageView
from models.views.transcript import Transcript
from screens.transcripts import FORMATS, as_html, as_json, as_markdown, as_text
from tests.corpus import HOSTILE
from tests.screens.test_panels import LEAD, NOW
from tests.screens.test_thread_lines import message

TEXTS = [update["message"]["text"] for update in HOSTILE if isinstance(update.get("message", {}).get("text"), str)]
EVIL = "<script>alert(1)</script> & </p>\x1b]52;c;eA==\x07\u202e # x\n    code\n1. *b* [a](http://x) `c`\n- <b>"


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


def told(*bodies: str) -> Transcript:
    messages: list[MessageView] = []
    for at, body in enumerate(bodies):
        ours = at % 2 == 1
        made = replace(
            message(at + 1, body),
            created_at=NOW + timedelta(hours=at * 10),
            direction=Direction.OUTGOING if ours else Direction.INCOMING,
            author=Author.COLLEAGUE if ours else Author.PERSON,
            author_name="vera" if ours else None,
        )
        messages.append(made)
    return Transcript(replace(LEAD, name="Anna <i>", query="Price?"), tuple(messages), ())


class Page(HTMLParser):
    """Its elements and texts."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _value in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("name", FORMATS)
def test_no_control_character_is_in_any_file(name: str) -> None:
    made = FORMATS[name][1](told(EVIL, *TEXTS), NOW)
    assert not [character for character in made if character < " " and character != "\n"]
    assert "\u202e" not in made
    made.encode("utf-8")


def test_one_page_that_loads_and_runs_nothing() -> None:
    page = Page()
    made = as_html(told(EVIL, *TEXTS), NOW)
    page.feed(made)
    assert page.tags <= {
        *("html", "head", "meta", "title", "style", "body", "h1", "h2", "dl", "dt", "dd", "article", "header", "p"),
    }
    assert page.attributes <= {"lang", "charset", "http-equiv", "content", "name", "dir", "class"}
    assert "default-src 'none'" in made
    assert "<script>alert(1)</script> & </p>␛]52" in page.text
    assert "vera · 22:00" in page.text
    assert "Anna <i>" in page.text


def test_markdown_shows_what_was_written() -> None:
    made = as_markdown(told(EVIL), NOW)
    quoted = [line for line in made.splitlines() if line.startswith(">")]
    assert quoted[1] == "> \u00a0\u00a0\u00a0\u00a0code\\"
    assert quoted[2] == r"> 1\. \*b\* \[a\](http\://x) \`c\`" + "\\"
    assert quoted[3] == r"> \- \<b\>"
    assert r"\<script\>" in quoted[0]
    assert made.startswith("# Anna \\<i\\>\n")


def test_text_and_json() -> None:
    made = as_text(told("hello\nyou", "hi"), NOW)
    assert "12:00 ← Anna <i>\n    hello\n    you\n22:00 → vera\n    hi\n" in made
    assert "── Mon 23 Nov 2026 ──" in made
    assert "Asks for: Price?" in made
    thing = json.loads(as_json(told(EVIL, "hi"), NOW))
    assert [each["body"] for each in thing["messages"]] == [EVIL, "hi"]
    assert thing["ai_query"] == "Price?"
    assert thing["messages"][1]["created_at"] == "2026-11-23T22:00:00Z"
