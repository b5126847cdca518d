"""People and messages as an application writes them, on either engine."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text

from models.services.desk import Desk

AT = datetime(2026, 10, 1, 12, tzinfo=UTC)


def person(desk: Desk, number: int, first: str, last: str | None = None, **more: Any) -> int:
    """A person with a conversation of the same id."""
    values = {"id": number, "first": first, "last": last, "at": "2026-10-01 12:00:00", "username": None, "score": None}
    values |= {"paid": False, "admin": False, "unread": 0} | more
    with desk.database.write() as session:
        connection = session.connection()
        connection.execute(
            text(
                "INSERT INTO users (id, telegram_id, username, first_name, last_name, admin, paid, created_at,"
                " updated_at) VALUES (:id, 700000 + :id, :username, :first, :last, :admin, :paid, :at, :at)"
            ),
            values,
        )
        connection.execute(
            text(
                "INSERT INTO conversations (id, user_id, unread_count, ai_ready_score, created_at, updated_at)"
                " VALUES (:id, :id, :unread, :score, :at, :at)"
            ),
            values,
        )
    return number


def write(desk: Desk, conversation: int, *bodies: str, ours: bool = False, at: datetime = AT) -> list[int]:
    """Messages as an application writes them; their ids."""
    insert = text(
        "INSERT INTO messages (conversation_id, user_id, body, direction, created_at, updated_at)"
        " VALUES (:conversation, :user, :body, :direction, :at, :at) RETURNING id"
    )
    with desk.database.write() as session:
        return [
            int(
                session.connection()
                .execute(
                    insert,
                    {
                        "conversation": conversation,
                        "user": None if ours else conversation,
                        "body": body,
                        "direction": int(ours),
                        "at": f"{at:%Y-%m-%d %H:%M:%S}",
                    },
                )
                .scalar_one()
            )
            for body in bodies
        ]


def run(desk: Desk, statement: str, **values: Any) -> None:
    with desk.database.write() as session:
        session.connection().execute(text(statement), values)
