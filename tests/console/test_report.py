"""`frontdesk report`: text, JSON, a table and a page, with nobody's name in them unless asked for."""

from __future__ import annotations

import csv
import io
import re
import stat
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.conftest import with_our_tables
from tests.console.command import frontdesk, frontdesk_json
from tests.e2e.terminal import strangers
from tests.seed import raw

SPAN = ("--since", "2026-11-19", "--until", "22.11.2026")
HOSTILE = "\x1b]52;c;eA==\x07\x1b[2J\u202eevil\x9b31m\nsecond\ttab"
NASTY = """"'><script>alert(1)</script>&<img src=x onerror=alert(1)>=1+1"""


@pytest.fixture
def told(owned_file: Path) -> Path:
    """People with hostile names, a tier and a lesson that are markup and formulas, an operator who answered."""
    at = "'2026-11-20 10:00:00'"
    nasty = NASTY.replace("'", "''")
    statements = [
        "INSERT INTO users (id, telegram_id, username, first_name, last_name, created_at, updated_at)"
        f" VALUES (1, 11, 'secretname', '{nasty}', 'Secretlast', {at}, {at})",
        f"INSERT INTO conversations (id, user_id, ai_ready_score, ai_real_name, created_at, updated_at)"
        f" VALUES (1, 1, 90, 'Secretreal', {at}, {at})",
        "INSERT INTO messages (id, conversation_id, user_id, body, direction, created_at, updated_at)"
        f" VALUES (1, 1, 1, 'Secretbody', 0, {at}, {at}), (2, 1, NULL, 'x', 1, '2026-11-20 10:01:30', {at})",
        "INSERT INTO enrollments (id, user_id, tier, enrolled_at, expires_at, created_at, updated_at)"
        f" VALUES (1, 1, '=cmd<b>', {at}, datetime('now', '+3 days'), {at}, {at})",
        "INSERT INTO payments (user_id, enrollment_id, transaction_id, amount, currency, status, created_at,"
        f" updated_at) VALUES (1, 1, 'r', 0.1, 'RUB', 'completed', {at}, {at}),"
        f" (1, 1, 's', 0.2, 'RUB', 'completed', {at}, {at})",
        "INSERT INTO lesson_progress (user_id, lesson_slug, completed, time_spent_seconds, created_at, updated_at)"
        f" VALUES (1, '@SUM(1)', 1, 60, {at}, {at}), (1, '<script>x</script>', 0, 60, {at}, {at})",
        f"INSERT INTO console_operators (id, handle, created_at, last_seen_at) VALUES (7, '-Secretop', {at}, {at})",
        "INSERT INTO console_outbox (client_key, part_no, part_of, conversation_id, chat_id, operator_id, body, state,"
        f" attempt, message_id, created_at, updated_at) VALUES ('k', 1, 1, 1, 11, 7, 'x', 'sent', 1, 2, {at}, {at})",
    ]
    raw.write(owned_file, *statements)
    return owned_file


class Page(HTMLParser):
    """Tags and attributes of a page, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _value in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def test_figures_as_json(told: Path) -> None:
    found = frontdesk_json("--database", told, "report", *SPAN)
    assert (found["since"], found["until"], found["messages_kept"]) == ("2026-11-19", "2026-11-22", True)
    assert [(day["day"], day["incoming"], day["outgoing"], day["median_seconds"]) for day in found["days"]] == [
        ("2026-11-19", 0, 0, None),
        ("2026-11-20", 1, 1, 90),
        ("2026-11-21", 0, 0, None),
        ("2026-11-22", 0, 0, None),
    ]
    assert [(each["operator_id"], each["first_answers"]) for each in found["operators"]] == [(7, 1)]
    assert [(each["amount"], each["currency"], each["payments"]) for each in found["sales"]] == [("0.30", "RUB", 2)]
    assert [each["people"] for each in found["funnel"]] == [1, 1, 1, 1, 1]
    assert sum(each["people"] for each in found["access_ends"]) == 1
    assert found["scores"]["ready"] == 1


@pytest.mark.parametrize("names", [False, True])
def test_the_page_needs_nothing_else_and_tells_no_name_unless_asked(told: Path, tmp_path: Path, names: bool) -> None:
    path = tmp_path / "report.html"
    frontdesk("--database", told, "report", *SPAN, "--html", path, *(["--names"] if names else []), code=None)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_text("utf-8")
    page = Page(text)
    assert not page.tags & {"script", "img", "link", "iframe", "a", "object", "form"}
    assert not {name for name in page.attributes if name.startswith("on")} | page.attributes & {"href", "src", "xmlns"}
    assert not re.search(r"//|url\(|@import|data:", text.split("</style>")[1])
    assert not re.search(r"//|url\(|@import", text.split("<style>")[1].split("</style>")[0])
    assert "default-src 'none'" in text
    assert "prefers-color-scheme: dark" in text
    assert "Secretbody" not in text
    assert "Secretreal" not in text
    assert ("Secretop" in text, "Secretlast" in text, "secretname" in text) == (names, names, names)
    assert "0.30" in page.text
    assert "<script>x</script>" in page.text
    assert "=cmd<b>" in page.text
    if names:
        assert NASTY.replace(" ", "") in page.text.replace(" ", "")
    assert page.tags >= {"svg", "rect", "title", "table"}


def test_the_table_is_for_spreadsheets_and_holds_no_formula(told: Path, tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    frontdesk("--database", told, "report", *SPAN, "--csv", path, "--names", code=None)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbfpicture;from;of;what;figure;unit\r\n")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    assert {len(row) for row in rows} == {6}
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
    assert ["sales", "2026-11-16", "'=cmd<b>", "sold", "0.30", "RUB"] in rows
    assert ["operators", "2026-11-19", "'-Secretop", "median", "90", "seconds"] in rows
    assert ["answers", "2026-11-20", "", "p90", "90", "seconds"] in rows
    frontdesk("--database", told, "report", *SPAN, "--csv", path, code=None)
    assert b"Secret" not in path.read_bytes()
    assert b"operator 7" in path.read_bytes()


def test_text_for_a_terminal(told: Path) -> None:
    raw.write(told, f"UPDATE lesson_progress SET lesson_slug = '{HOSTILE}' WHERE completed = 1")
    said = frontdesk("--database", told, "report", *SPAN).stdout
    assert "1 in · 1 out" in said
    assert "90 s" in said
    assert "evil" in said
    assert strangers(said.encode()) == []


def test_what_is_no_report_is_not_written_over(told: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.html"
    other.write_text("mine")
    command = ("--database", told, "report", *SPAN)
    assert "another name" in frontdesk(*command, "--html", other, code=2).stderr
    assert other.read_text() == "mine"
    assert frontdesk(*command, "--csv", told, code=2).stderr
    assert raw.one(told, "SELECT count(*) FROM messages") == 2
    assert "can't be written" in frontdesk(*command, "--html", tmp_path / "no" / "folder.html", code=2).stderr
    for _again in range(2):
        frontdesk(*command, "--html", tmp_path / "ours.html", code=None)
    assert sorted(each.name for each in tmp_path.glob("*.html")) == ["other.html", "ours.html"]
    assert not list(tmp_path.glob(".*.html.*"))


@pytest.mark.parametrize(
    "wrong",
    [
        ["--since", "yesterday"],
        ["--since", "2026-11-23", "--until", "2026-11-22"],
        ["--since", "1990-01-01"],
        ["--names"],
        ["--html"],
    ],
)
def test_wrong_arguments(owned_file: Path, wrong: list[str]) -> None:
    frontdesk("--database", owned_file, "report", *wrong, code=2)


def test_read_only_and_without_our_tables_nothing_is_written(shape_file: Path) -> None:
    before = raw.stored(shape_file)
    plain = frontdesk_json("--database", shape_file, "--read-only", "report", *SPAN)
    assert not plain["messages_kept"]
    assert raw.changes(before, raw.stored(shape_file)) == {}
    with_our_tables(shape_file)
    kept = frontdesk_json("--database", shape_file, "report", *SPAN)
    assert kept["messages_kept"]
    assert kept["days"] == plain["days"]
    assert raw.one(shape_file, "SELECT count(*) FROM console_report_times") > 0
    again = frontdesk_json("--database", shape_file, "report", *SPAN, "--recount")
    assert again["days"] == plain["days"]


def test_an_empty_database(owned_file: Path) -> None:
    assert frontdesk_json("--database", owned_file, "report")["sales"] == []
    assert "no sales" in frontdesk("--database", owned_file, "report").stdout
