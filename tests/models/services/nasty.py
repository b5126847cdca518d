"""Rows that a real database holds sooner or later, and that no list may stumble over."""

from __future__ import annotations

from pathlib import Path

from tests.seed import raw

_STAMPS = "'2026-11-01 10:00:00', '2026-11-01 10:00:00'"
#: Two conversations of one person, and one whose person is gone.
SECOND, ORPHAN = 205, 206
NOBODY = 999
_ON_A_SERVER = {
    "'rubbish'": "'infinity'",
    "'', ": "'-infinity', ",
    "'')": "'-infinity')",
    "1700000000": "'-infinity'",
    "'no number'": "NULL",
    "CAST(x'd0bfd0ff' AS TEXT)": "'п\ufffd\ufffd'",
    "printf('%.*c', 100000, 'a')": "repeat('a', 100000)",
}


def add_nasty_rows(path: Path) -> None:
    """Conversations 201-224: undated, unscored, of equal age, with broken values; some have messages."""
    statements = []

    def conversation(id: int, user_id: int = 7, at: str = "NULL", unread: str = "0", score: str = "NULL") -> None:
        statements.append(
            "INSERT INTO conversations (id, user_id, last_message_at, unread_count, ai_ready_score, ai_processing,"
            f" created_at, updated_at) VALUES ({id}, {user_id}, {at}, {unread}, {score}, NULL, {_STAMPS})"
        )

    def message(conversation_id: int, direction: int, at: str, body: str = "'x'") -> None:
        statements.append(
            "INSERT INTO messages (conversation_id, user_id, body, direction, read, created_at, updated_at)"
            f" VALUES ({conversation_id}, NULL, {body}, {direction}, NULL, {at}, {at})"
        )

    conversation(201)
    conversation(202, score="90")
    conversation(203, score="90", at="'2026-11-02 10:00:00'")
    conversation(204, score="90", at="'2026-11-02 10:00:00'", unread="NULL")
    conversation(SECOND, at="'2026-11-02 10:00:00'", score="101")
    conversation(ORPHAN, user_id=NOBODY, at="'2026-11-02 10:00:00.000001'", score="-1", unread="3")
    conversation(207, at="'rubbish'", score="86")
    conversation(208, at="''", score="85")
    conversation(209, at="'2026-11-02T10:00:00Z'", score="61")
    conversation(210, at="1700000000", score="60")
    conversation(211, at="'2026-11-02'", score="'no number'", unread="-2")
    for number in range(212, 225):
        conversation(number, at="'2026-10-30 08:00:00'", score=str((number - 212) * 10), unread=str(number % 3))
    message(201, 0, "'2026-11-02 10:00:00'")
    message(203, 1, "'2026-11-02 10:00:00'")
    message(203, 0, "'2026-11-02 10:00:00'")
    message(204, 0, "'2026-11-02 10:00:00'")
    message(204, 1, "'2026-11-02 10:00:00'")
    message(SECOND, 2, "'rubbish'")
    message(ORPHAN, 0, "'2026-11-02 10:00:00'", "CAST(x'd0bfd0ff' AS TEXT)")
    message(207, 0, "'2026-11-02 10:00:00'", "printf('%.*c', 100000, 'a')")
    for number in range(212, 225):
        message(number, number % 2, "'2026-10-30 08:00:00'")
    write(path, *statements)


def write(path: Path | str, *statements: str) -> None:
    """As `raw.write`. A server has no rubbish in its times; but it has infinity, which Python has not, and sorts it as
    a file sorts rubbish."""
    if isinstance(path, str):
        for broken, may in _ON_A_SERVER.items():
            statements = tuple(statement.replace(broken, may) for statement in statements)
    raw.write(path, *statements)
