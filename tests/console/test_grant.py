"""Paid access on the command line: the same rules, exit codes, JSON and CSV."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from console.config import config_path
from tests.console.command import frontdesk, frontdesk_json
from tests.seed import raw

NOW = "'2026-11-01 10:00:00'"


@pytest.fixture
def file(owned_file: Path) -> Path:
    """Anna (1) and Boris (2) have conversations; two people are called @same."""
    people = [(1, 701, "anna"), (2, 702, "boris"), (3, 703, "same"), (4, 704, "Same"), (5, 1, "five")]
    values = ", ".join(f"({id}, {chat}, '{name}', '{name.title()}', {NOW}, {NOW})" for id, chat, name in people)
    raw.write(
        owned_file,
        f"INSERT INTO users (id, telegram_id, username, first_name, created_at, updated_at) VALUES {values}",
        "INSERT INTO conversations (user_id, unread_count, ai_processing, created_at, updated_at) VALUES"
        f" (1, 0, 0, {NOW}, {NOW}), (2, 0, 0, {NOW}, {NOW})",
    )
    return owned_file


def granted(file: Path, *more: str, code: int = 0) -> object:
    arguments = ("--tier", "vip", "--amount", "38 000 ₽", "--receipt", "R-1", *more)
    done = frontdesk("--database", file, "grant", "@anna", *arguments, "--json", code=code)
    return json.loads(done.stdout) if done.stdout else done.stderr


def test_grant_revoke_and_the_journal(file: Path) -> None:
    found = granted(file, "--expires", "12m")
    assert isinstance(found, dict)
    assert (found["user_id"], found["tier"], found["renewal"], found["notified"]) == (1, "vip", False, True)
    assert raw.rows(file, "SELECT body FROM console_outbox") != []
    [paid] = frontdesk_json("--database", file, "payments")
    assert (paid["transaction_id"], paid["amount"], paid["currency"], paid["status"]) == (
        "R-1", "38000.00", "RUB", "completed",
    )  # fmt: skip
    assert "R-1 was used for Anna" in str(granted(file, code=4))
    frontdesk("--database", file, "payments", "--refund", "r-1", "--reason", "x", code=3)
    refunded = frontdesk_json("--database", file, "payments", "--refund", "R-1", "--reason", "unhappy")
    assert refunded["status"] == "refunded"
    drift = {each["kind"]: each["user_ids"] for each in frontdesk_json("--database", file, "access", "drift")}
    assert drift["refunded-with-access"] == [1]
    assert frontdesk_json("--database", file, "revoke", "701", "--reason", "=cmd|' /C calc'!A0")["tiers"] == ["vip"]
    entries = frontdesk_json("--database", file, "journal", "--user", "@anna")
    assert [each["action"] for each in entries] == ["revoke", "refund", "grant"]
    lines = frontdesk("--database", file, "journal", "export").stdout.splitlines()
    assert [json.loads(line)["action"] for line in lines] == ["grant", "refund", "revoke"]
    exported = frontdesk("--database", file, "journal", "export", "--csv").stdout.removeprefix("\ufeff")
    table = list(csv.DictReader(io.StringIO(exported), delimiter=";"))
    assert table[2]["reason"].startswith("'=cmd")
    assert table[0]["receipt"] == "R-1"


def test_a_correction_and_the_journal_of_somebody_who_is_gone(file: Path) -> None:
    granted(file)
    base = ("--database", file, "payments")
    frontdesk(*base, "--correct", "R-1", "--reason", "typo", code=2)
    frontdesk(*base, "--amount", "5", code=2)
    frontdesk(*base, "--correct", "R-1", "--refund", "R-1", code=2)
    frontdesk(*base, "--correct", "R-9", "--amount", "5", "--reason", "typo", code=3)
    frontdesk(*base, "--correct", "R-1", "--amount", "37000", code=4)
    made = frontdesk_json(*base, "--correct", "R-1", "--amount", "37000", "--reason", "typo")
    assert (made["transaction_id"], made["amount"], made["corrects"]) == ("R-1/1", "-1000.00", "R-1")
    from models.services.desk import Desk

    desk = Desk.open(str(file), operator="x")
    desk.person_acts.delete(1, confirm="Anna")
    desk.close()
    entries = frontdesk_json("--database", file, "journal", "--user", "#1")
    assert [each["action"] for each in entries] == ["delete", "correct", "grant"]
    lines = frontdesk("--database", file, "journal", "export", "--user", "#1", "--search", "R-1").stdout.splitlines()
    assert [json.loads(line)["action"] for line in lines] == ["grant", "correct"]
    frontdesk("--database", file, "journal", "--user", "#77", code=3)


def test_plain_output_has_no_control_characters(file: Path) -> None:
    raw.write(file, "UPDATE users SET first_name = char(27) || ']0;x' WHERE id = 1")
    granted(file)
    for verb in (["journal"], ["payments"], ["access", "drift"], ["revoke", "@anna", "--reason", "x"]):
        assert "\x1b" not in frontdesk("--database", file, *verb).stdout


@pytest.mark.parametrize(
    ("user", "code", "said"),
    [("@nobody", 3, "no such person"), ("@same", 4, "#3"), ("1", 4, "#5"), ("#1", 0, "Anna"), ("702", 0, "Boris")],
)
def test_whom_it_means(file: Path, user: str, code: int, said: str) -> None:
    arguments = ("--tier", "vip", "--amount", "1", "--cash", "--no-notify", "--dry-run")
    done = frontdesk("--database", file, "grant", user, *arguments, code=code)
    assert said in done.stderr if code else not done.stderr
    assert raw.one(file, "SELECT count(*) FROM console_journal") == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("@anna",),
        ("@anna", "--tier", "vip", "--amount", "much", "--receipt", "R"),
        ("@anna", "--tier", "vip", "--receipt", "R"),
        ("@anna", "--tier", "gold", "--amount", "1", "--receipt", "R"),
        ("@anna", "--tier", "vip", "--amount", "1", "--receipt", "R", "--expires", "yesterday"),
        ("@anna", "--tier", "vip", "--amount", "5 USD", "--currency", "RUB", "--receipt", "R"),
        ("--csv", "list.csv", "--tier", "vip"),
        (),
    ],
)
def test_wrong_arguments(file: Path, arguments: tuple[str, ...]) -> None:
    frontdesk("--database", file, "grant", *arguments, code=2)
    assert raw.one(file, "SELECT count(*) FROM users WHERE paid = 1") == 0


def test_prices_and_terms_of_the_configuration(file: Path) -> None:
    config_path().parent.mkdir(parents=True, exist_ok=True)
    config_path().write_text('[prices]\nvip = "38000"\n[terms]\nvip = "90d"\n[notices]\ngranted = "{name}!"\n', "utf-8")
    frontdesk("--database", file, "grant", "@anna", "--tier", "v", "--receipt", "R-1")
    assert raw.rows(file, "SELECT amount, expires_at IS NOT NULL FROM console_journal") == [(38000, 1)]
    assert raw.one(file, "SELECT body FROM console_outbox") == "Anna!"


def test_a_list(file: Path, tmp_path: Path) -> None:
    """Whole or untouched, and the same list again grants nobody twice."""
    listed = tmp_path / "list.csv"
    listed.write_text("user,tier,amount,receipt\n@anna, vip, 38000, A-1\n702\tbasic\t9 000,00\tA-2\n", "utf-8")
    before = raw.stored(file)
    planned = frontdesk_json("--database", file, "grant", "--csv", listed, "--dry-run")
    assert [each["state"] for each in planned] == ["new", "new"]
    assert raw.changes(before, raw.stored(file)) == {}
    done = frontdesk_json("--database", file, "grant", "--csv", listed)
    assert [each["granted"]["user_id"] for each in done] == [1, 2]
    after = raw.stored(file)
    again = frontdesk_json("--database", file, "grant", "--csv", listed)
    assert [each["state"] for each in again] == ["done", "done"]
    found = {key for key in raw.changes(after, raw.stored(file)) if key[0] != "console_operators"}
    assert found == set()
    listed.write_text(
        "@same;vip;1;B-1\n@boris;vip;1;a 1\n@boris;vip;2;B-2\n@anna;vip;3;b-2\nx;y\n@who;vip;1;Z-1\n", "utf-8"
    )
    states = frontdesk_json("--database", file, "grant", "--csv", listed, code=4)
    assert [each["state"] for each in states] == ["two", "like", "new", "duplicate", "wrong", "nobody"]
    assert states[0]["people"] == [3, 4]
    assert raw.one(file, "SELECT count(*) FROM payments") == 3


def test_admin_lesson_and_expiry(file: Path) -> None:
    assert frontdesk_json("--database", file, "admin", "@boris", "on") == {"user_id": 2, "admin": True, "paid": True}
    frontdesk("--database", file, "admin", "@boris", "off", code=4)
    lesson = frontdesk_json("--database", file, "lesson", "@anna", "01-intro", "--completed", "--seconds", "90")
    assert (lesson["completed"], lesson["seconds"]) == (True, 90)
    granted(file, "--expires", "1d")
    raw.write(file, "UPDATE enrollments SET expires_at = '2026-01-01 00:00:00'")
    assert [each["user_id"] for each in frontdesk_json("--database", file, "access", "expire")] == [1]
    assert frontdesk_json("--database", file, "access", "expire") == []


def test_read_only(file: Path) -> None:
    for verb in (["revoke", "1", "--reason", "x"], ["admin", "#1", "on"], ["lesson", "#1", "a"], ["access", "expire"]):
        frontdesk("--database", file, "--read-only", *verb, code=4)
