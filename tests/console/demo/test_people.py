from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from console.demo.dialogues import ENGLISH, RUSSIAN
from console.demo.generate import generate
from console.demo.people import Pace, People
from models.store.database import Database
from models.tables.extended import conversations, messages, users

AT_ONCE = Pace(answer=(1, 1), thinking=(0, 0), unasked=(5, 5))


@pytest.fixture
def database(owned_file: Path) -> Iterator[Database]:
    generate(owned_file, now=datetime(2026, 11, 23, tzinfo=UTC))
    opened = Database.open(str(owned_file))
    yield opened
    opened.close()


def count(database: Database) -> int:
    with database.read() as session:
        return int(session.execute(select(func.count()).select_from(messages)).scalar_one())


def a_thread(database: Database) -> tuple[int, int, int, int]:
    """Conversation, user, chat, unread."""
    with database.read() as session:
        query = select(conversations.c.id, users.c.id, users.c.telegram_id, conversations.c.unread_count)
        row = session.execute(query.join_from(conversations, users, conversations.c.user_id == users.c.id)).first()
    assert row is not None
    return tuple(row)  # type: ignore[return-value]


def arrives(log: Path, chat_id: int, text: str, accepted: bool = True) -> None:
    call = {"method": "sendMessage", "accepted": accepted, "parameters": {"chat_id": str(chat_id), "text": text}}
    with log.open("a") as file:
        file.write(json.dumps(call) + "\n")


@pytest.mark.parametrize(("text", "language"), [("Добрый день", RUSSIAN), ("Hello", ENGLISH)])
def test_they_answer_as_the_application_writes(database: Database, tmp_path: Path, text: str, language: object) -> None:
    log = tmp_path / "calls.jsonl"
    people = People(database, log, seed=1, pace=AT_ONCE)
    conversation_id, user_id, chat_id, unread = a_thread(database)
    before = count(database)
    people.step(0)
    arrives(log, chat_id, text)
    people.step(0)
    assert count(database) == before
    people.step(2)
    assert count(database) == before + 1
    with database.read() as session:
        columns = [
            messages.c[name] for name in ("conversation_id", "user_id", "body", "direction", "read", "created_at")
        ]
        row = session.execute(select(*columns).order_by(messages.c.id.desc()).limit(1)).one()
        assert row.body in language.answers  # type: ignore[attr-defined]
        assert (row.conversation_id, row.user_id, row.direction, row.read) == (conversation_id, user_id, 0, False)
        counted = select(conversations.c.unread_count, conversations.c.last_message_at)
        thread = session.execute(counted.where(conversations.c.id == conversation_id)).one()
        assert thread.unread_count == unread + 1
        assert thread.last_message_at >= row.created_at
    people.step(4)
    assert count(database) == before + 1


def test_nobody_answers_what_did_not_arrive(database: Database, tmp_path: Path) -> None:
    log = tmp_path / "calls.jsonl"
    people = People(database, log, seed=1, pace=AT_ONCE)
    before = count(database)
    arrives(log, a_thread(database)[2], "x", accepted=False)
    arrives(log, 5, "nobody has this id")
    with log.open("a") as file:
        file.write('{"method": "sendMess')
    people.step(0)
    people.step(9)
    assert count(database) == before


def test_somebody_writes_unasked(database: Database, tmp_path: Path) -> None:
    people = People(database, tmp_path / "none", seed=3, pace=AT_ONCE)
    before = count(database)
    with database.read() as session:
        strangers = session.execute(select(func.count()).select_from(users)).scalar_one()
    for _ in range(12):
        people.speak_up()
    assert count(database) == before + 12
    with database.read() as session:
        assert session.execute(select(func.count()).select_from(users)).scalar_one() > strangers
        duplicates = select(messages.c.telegram_message_id).group_by(messages.c.telegram_message_id)
        assert session.execute(duplicates.having(func.count() > 1)).all() == []


def test_the_ai_stops_thinking(database: Database, tmp_path: Path) -> None:
    people = People(database, tmp_path / "none", seed=3, pace=AT_ONCE)
    for _ in range(8):
        people.speak_up()
    people.step(10.0**12)
    with database.read() as session:
        newest = select(messages.c.conversation_id).order_by(messages.c.id.desc()).limit(8)
        thinking = select(func.count()).where(conversations.c.id.in_(newest), conversations.c.ai_processing.is_(True))
        assert session.execute(thinking).scalar() == 0
