"""A database of hostile people."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from models.rules.clock import utc_now
from models.rules.text import for_storage

CORPUS = Path(__file__).parents[1] / "data" / "corpus"

#: Beside the corpus: what a careless console does with text.
WORST = [
    "\x1b[2J\x1b]0;owned\x07\x1b]52;c;cm0gLXJmIC8=\x07",
    "\x9b31m\x9d52;c;AAAA\x9c\x90q\x9c",
    "[@click=app.leave]free money[/]",
    "[/]",
    "[link='x",
    "\u202egnp.exe \u2066x",
    "{0} {name} %s %(x)s $(rm -rf /)",
    "\r\nfake line\r",
    "a\u0300" * 400,
    "👨‍👩‍👧‍👦" * 50,
    "\u3164\u2800\u115f",
    "=cmd|' /C calc'!A0",
    "💣" * 4096,
]


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)


def hostile_texts() -> list[str]:
    found = dict.fromkeys(WORST)
    for name in ("hostile_updates.json", "beyond_spec.json"):
        found |= dict.fromkeys(strings(json.loads((CORPUS / name).read_text("utf-8"))))
    return [text for text in (for_storage(text) for text in found) if text.strip()]


def make(path: Path) -> None:
    """A database in which every column that a person, the AI or Telegram can fill holds a hostile text."""
    from models.store.database import Database
    from models.store.lifecycle import initialise
    from models.tables import Conversation, JournalRow, Message, OperatorRow, OutboxRow, User

    initialise(path)
    chance = random.Random(7)
    texts = hostile_texts()
    pick = lambda: chance.choice(texts)  # noqa: E731
    now = utc_now()
    database = Database.open(str(path))
    with database.write() as session:
        session.add(OperatorRow(handle=pick(), created_at=now, last_seen_at=now))
        for number, text in enumerate(texts):
            user = User(telegram_id=10_000 + number, username=pick(), first_name=text, last_name=pick())
            user.avatar_url = pick()
            session.add(user)
            session.flush()
            thread = Conversation(user_id=user.id, ai_real_name=pick(), ai_background=pick(), ai_query=text)
            thread.ai_ready_score = chance.choice([None, 0, 50, 70, 99, 137, -4])
            thread.ai_processing = chance.random() < 0.2
            session.add(thread)
            session.flush()
            session.add(Message(conversation_id=thread.id, user_id=user.id, body=text))
            session.add(Message(conversation_id=thread.id, body=pick(), direction=1))
            if number % 3 == 0:
                session.add(
                    OutboxRow(
                        client_key=f"k{number}", part_no=1, part_of=1, conversation_id=thread.id, chat_id=1, body=text,
                        operator_id=1, state="failed" if number % 2 else "unknown", error=pick(), reason=pick(),
                        created_at=now, updated_at=now,
                    )
                )  # fmt: skip
            session.add(
                JournalRow(
                    at=now, operator_id=1, operator_name=pick(), source=pick(), action="paid.on", subject_type="user",
                    subject_id=user.id, before="{}", after=json.dumps({"paid": pick()}),
                )
            )  # fmt: skip
    database.close()
