"""A generated inbox of 120, as a sales admin finds it in the morning."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from models.rules.templates import Text
from models.services.desk import Desk
from tests.seed import raw

#: How many of each band, readiest first, and a score of it.
BANDS = {
    "ready": (9, 92),
    "evaluating": (15, 72),
    "interested": (30, 45),
    "exploring": (46, 10),
    "unscored": (20, None),
}
#: What makes a Telegram id of the id of a person, which is also their conversation's.
TELEGRAM = 700_000


def name(id: int) -> str:
    return f"Person{id:03}x"


def inbox_of_120(path: Path) -> None:
    now = datetime.now(UTC)
    number = 0
    statements = []
    for many, score in BANDS.values():
        for _each in range(many):
            number += 1
            at = (now - timedelta(minutes=number)).strftime("%Y-%m-%d %H:%M:%S")
            statements += [
                "INSERT INTO users (id, telegram_id, first_name, authenticated, admin, paid, created_at, updated_at)"
                f" VALUES ({number}, {TELEGRAM + number}, '{name(number)}', 0, 0, 0, '{at}', '{at}')",
                "INSERT INTO conversations"
                " (id, user_id, last_message_at, unread_count, ai_ready_score, ai_processing, created_at, updated_at)"
                f" VALUES ({number}, {number}, '{at}', 1, {score or 'NULL'}, 0, '{at}', '{at}')",
                "INSERT INTO messages"
                " (conversation_id, user_id, body, direction, telegram_message_id, read, created_at, updated_at)"
                f" VALUES ({number}, {number}, 'A question', 0, {number}, 0, '{at}', '{at}')",
            ]
    raw.write(path, *statements)
    desk = Desk.open(str(path), operator="anna")
    try:
        desk.templates.save(Text(name="price", body="{name}, it is 38 000.", digit=1))
        desk.templates.save(Text(name="more", body="{name}, tell me more?", digit=2))
        desk.templates.save(Text(name="when", body="{name}, it begins {day}.", digit=3))
    finally:
        desk.close()
