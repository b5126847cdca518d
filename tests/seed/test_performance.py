"""Seed: Performance Optimization. Each index is used by the query it is for; no N+1; one pool."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import selectinload
from sqlmodel import select

from models.store.database import Database
from models.tables import Conversation, Message, User
from tests.conftest import copy_of
from tests.seed import raw

LOOKUPS: dict[str, Callable[[], Any]] = {
    "index_users_on_telegram_id": lambda: select(User).where(User.telegram_id == 500000002),
    "index_users_on_session_token": lambda: select(User).where(User.session_token == "a" * 32),
    "index_conversations_on_user_id": lambda: select(Conversation).where(Conversation.user_id == 2),
    "index_conversations_on_last_message_at": lambda: Conversation.recent().limit(50),
    "index_messages_on_conversation_id_and_created_at": lambda: (
        Message.by_time().where(Message.conversation_id == 2).limit(50)
    ),
    "index_messages_on_telegram_message_id": lambda: select(Message).where(Message.telegram_message_id == 2000),
    "index_messages_on_user_id": lambda: select(Message).where(Message.user_id == 2),
}


def plan(path: Path, database: Database, query: Any) -> str:
    compiled = query.compile(database.reader_engine, compile_kwargs={"literal_binds": True})
    return raw.plan(path, str(compiled))


@pytest.mark.parametrize("index", LOOKUPS)
def test_an_index_serves_its_query(opened: Database, any_file: Path, index: str) -> None:
    found = plan(any_file, opened, LOOKUPS[index]())
    assert index in found
    assert "TEMP B-TREE" not in found, "sorted by hand"


@pytest.mark.parametrize(
    "index", ["index_messages_on_conversation_id", "index_messages_on_conversation_id_and_created_at"]
)
def test_a_conversations_messages_are_found_by_an_index(opened: Database, any_file: Path, index: str) -> None:
    """Two indexes begin with the conversation; either will do where time does not matter."""
    found = raw.plan(any_file, f"SELECT count(*) FROM messages INDEXED BY {index} WHERE conversation_id = 2")
    assert index in found


def test_a_preview_of_the_last_message_reads_one_row(opened: Database, any_file: Path) -> None:
    newest = (
        select(Message)
        .where(Message.conversation_id == 2)
        .order_by(Message.created_at.desc(), Message.id.desc())  # type: ignore[union-attr]
        .limit(1)
    )
    found = plan(any_file, opened, newest)
    assert "index_messages_on_conversation_id_and_created_at" in found
    assert "TEMP B-TREE" not in found


@pytest.mark.parametrize("rows", [5, 50])
def test_eager_loading_takes_the_same_number_of_statements(tmp_path: Path, rows: int) -> None:
    """The seed's `includes`: one statement for the people, one for their conversations, one for the messages."""
    database = Database.open(str(copy_of("S", tmp_path)))
    statements: list[str] = []

    @event.listens_for(database.reader_engine, "before_cursor_execute")
    def count(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("SELECT"):
            statements.append(statement)

    load = selectinload(User.conversations).selectinload(Conversation.messages)  # type: ignore[arg-type]
    with database.read() as session:
        people = session.exec(select(User).order_by(User.id).limit(rows).options(load)).all()
        assert sum(len(conversation.messages) for person in people for conversation in person.conversations) > rows
    database.close()
    assert len(people) == rows
    assert len(statements) == 3
