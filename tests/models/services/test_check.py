"""Every kind of wrong that the check knows, made by hand in a file of the application's, found, and mended."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models.errors import NotFound, Refused
from models.services.check import KINDS, check
from models.services.desk import Desk
from models.services.repair import MENDS, Mended, repair
from tests.conftest import FixedClock, copy_of
from tests.seed import raw

COPY = """INSERT INTO messages (id, conversation_id, user_id, body, direction, telegram_message_id, read, created_at,
updated_at, source_type) SELECT {id}, conversation_id, user_id, {body}, direction, telegram_message_id, read,
created_at, updated_at, source_type FROM messages WHERE id = 1"""
#: What makes a file wrong, and which rows the check names then. Of the rows of the newest shape (H).
WRONG: dict[str, tuple[list[str], list[tuple[str, int]]]] = {
    "foreign-keys": (
        ["UPDATE messages SET user_id = 999 WHERE id = 3", "UPDATE conversations SET user_id = 998 WHERE id = 60"],
        [("conversations", 60), ("messages", 3)],
    ),
    "unread-counters": (
        [
            "UPDATE conversations SET unread_count = unread_count + 7 WHERE id = 2",
            "UPDATE conversations SET unread_count = NULL WHERE id = 9",
        ],
        [("conversations", 2), ("conversations", 9)],
    ),
    "duplicates": (
        [COPY.format(id=1001, body="body"), COPY.format(id=1002, body="'other'")],
        [("messages", 1001), ("messages", 1002)],
    ),
    "several-conversations": (
        [
            "INSERT INTO conversations (id, user_id, unread_count, created_at, updated_at, conversable_type,"
            " conversable_id) SELECT 900, user_id, 0, created_at, updated_at, conversable_type, conversable_id"
            " FROM conversations WHERE id = 5"
        ],
        [("conversations", 900)],
    ),
    "owner-columns": (
        ["UPDATE conversations SET conversable_type = NULL, conversable_id = NULL WHERE id = 4"],
        [("conversations", 4)],
    ),
    "unpaid-admins": (["UPDATE users SET admin = 1, paid = 0 WHERE id = 8"], [("users", 8)]),
    "values": (
        [
            "UPDATE messages SET direction = 2 WHERE id = 10",
            "UPDATE conversations SET ai_ready_score = 101 WHERE id = 11",
            "UPDATE users SET session_token = '' WHERE id = 12",
            "UPDATE users SET authenticated = 'true' WHERE id = 13",
        ],
        [("messages", 10), ("conversations", 11), ("users", 12), ("users", 13)],
    ),
    "times": (
        [
            "UPDATE conversations SET last_message_at = '2026-11-20T10:00:00+03:00' WHERE id = 6",
            "UPDATE messages SET created_at = '2026-11-20 10:00:00.5' WHERE id = 6",
            "UPDATE users SET updated_at = 'yesterday' WHERE id = 6",
        ],
        [("conversations", 6), ("messages", 6), ("users", 6)],
    ),
    "stuck-ai": (
        [
            "UPDATE conversations SET ai_processing = 1, updated_at = '2026-11-23 11:49:59' WHERE id = 7",
            "UPDATE conversations SET ai_processing = 1, updated_at = '2026-11-23 11:50:01' WHERE id = 8",
        ],
        [("conversations", 7)],
    ),
    "avatar-tokens": (
        [
            "UPDATE users SET avatar_url = 'https://api.telegram.org/file/bot123456:AAbbCCddEEffGGhhIIjjKKllMMnnOO/x.jpg'"
            " WHERE id = 9",
            "UPDATE users SET avatar_url = '/avatars/robot:1.jpg' WHERE id = 10",
        ],
        [("users", 9)],
    ),
}
CALM = "UPDATE conversations SET ai_processing = 0"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The newest shape, with our tables, and nothing wrong in it."""
    file = copy_of("H", tmp_path)
    raw.write(file, CALM)
    desk = Desk.open(str(file), operator="tester")
    desk.upgrade()
    desk.close()
    return file


def found(path: Path, clock: FixedClock) -> dict[str, list[tuple[str, int]]]:
    desk = Desk.open(str(path), operator="tester", clock=clock, read_only=True)
    findings = check(desk.database, clock)
    desk.close()
    assert [finding.name for finding in findings] == list(KINDS)
    assert all(finding.count == len(finding.rows) for finding in findings)
    return {finding.name: [(row.table, row.id) for row in finding.rows] for finding in findings if finding.count}


@pytest.mark.parametrize("shape", ["S", "O", "H"])
def test_nothing_is_wrong_in_what_the_application_wrote(tmp_path: Path, shape: str, clock: FixedClock) -> None:
    file = copy_of(shape, tmp_path)
    raw.write(file, CALM)
    assert found(file, clock) == {}


@pytest.mark.parametrize("name", WRONG)
def test_each_kind_is_found_alone(path: Path, name: str, clock: FixedClock) -> None:
    statements, rows = WRONG[name]
    raw.write(path, *statements)
    beside = {"unread-counters"} if name in ("duplicates", "values") else set()
    wrong = found(path, clock)
    assert set(wrong) - beside == {name}
    assert wrong[name] == rows


def test_a_damaged_file_is_found(path: Path, clock: FixedClock) -> None:
    raw.rows(path, "PRAGMA journal_mode=delete")
    root = raw.one(path, "SELECT rootpage FROM sqlite_master WHERE name = 'index_messages_on_user_id'")
    size = raw.one(path, "PRAGMA page_size")
    with path.open("r+b") as file:
        file.seek((root - 1) * size + 8)
        file.write(b"\xff" * 16)
    desk = Desk.open(str(path), operator="tester", clock=clock, read_only=True)
    [finding] = check(desk.database, clock, kinds=["integrity"])
    desk.close()
    assert finding.count > 0


def mend(path: Path, clock: FixedClock, name: str, expected: int = 1000) -> Mended:
    desk = Desk.open(str(path), operator="tester", clock=clock)
    try:
        return repair(desk.database, clock, desk.require_operator(), "here", name, expected=expected)
    finally:
        desk.close()


@pytest.mark.parametrize("name", MENDS)
def test_each_kind_that_can_be_mended_is(path: Path, name: str, clock: FixedClock) -> None:
    """Only the rows that were wrong change; what nobody can judge is left and named; the journal tells."""
    statements, rows = WRONG[name]
    raw.write(path, *statements)
    before = raw.stored(path)
    mended = mend(path, clock, name)
    left = [(row.table, row.id) for row in mended.left]
    assert left == {"duplicates": [("messages", 1002)], "times": [("users", 6)]}.get(name, [])
    assert mended.count == len(rows) - len(left)
    assert found(path, clock).get(name, []) == left
    changed = {
        key for key in raw.changes(before, raw.stored(path)) if not key[0].startswith("console_") and key not in rows
    }
    # A counter that a copy of a message had moved.
    assert len(changed) == 0 or (name, len(changed)) == ("duplicates", 1)
    journal = raw.rows(path, "SELECT operator_name, action, subject_type, before FROM console_journal")
    assert [row[:3] for row in journal] == [("tester", f"repair {name}", "database")]
    assert json.loads(journal[0][3]) == {"wrong": sorted(id for table, id in rows if (table, id) not in left)}


def test_what_is_written_is_what_the_application_would(path: Path, clock: FixedClock) -> None:
    for name in ("times", "unpaid-admins", "stuck-ai", "owner-columns"):
        raw.write(path, *WRONG[name][0])
    stamp = raw.one(path, "SELECT updated_at FROM users WHERE id = 8")
    for name in ("times", "unpaid-admins", "stuck-ai", "owner-columns"):
        mend(path, clock, name)
    assert raw.one(path, "SELECT last_message_at FROM conversations WHERE id = 6") == "2026-11-20 07:00:00"
    assert raw.one(path, "SELECT created_at FROM messages WHERE id = 6") == "2026-11-20 10:00:00.500000"
    assert raw.rows(path, "SELECT paid, updated_at FROM users WHERE id = 8") == [(1, stamp)]
    row = raw.rows(path, "SELECT ai_processing, updated_at FROM conversations WHERE id = 7")
    assert row == [(0, "2026-11-23 12:00:00")]
    owner = "SELECT conversable_type, conversable_id = user_id FROM conversations WHERE id = 4"
    assert raw.rows(path, owner) == [("User", 1)]


def test_many_are_mended_in_short_transactions(path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.services.repair.BATCH", 7)
    raw.write(path, "UPDATE conversations SET unread_count = 99")
    assert mend(path, clock, "unread-counters").count == 60
    assert raw.one(path, "SELECT count(*) FROM console_journal") == 9
    assert found(path, clock) == {}


def test_more_rows_than_were_confirmed_stop_it(path: Path, clock: FixedClock) -> None:
    raw.write(path, "UPDATE conversations SET unread_count = 99")
    with pytest.raises(Refused) as caught:
        mend(path, clock, "unread-counters", expected=59)
    assert caught.value.id == "count-changed"
    assert raw.one(path, "SELECT count(*) FROM conversations WHERE unread_count = 99") == 60


def test_what_can_not_be_mended(path: Path, clock: FixedClock) -> None:
    for name in KINDS:
        if name not in MENDS:
            with pytest.raises(Refused) as caught:
                mend(path, clock, name)
            assert caught.value.id == "no-repair"
    with pytest.raises(NotFound):
        mend(path, clock, "everything")
