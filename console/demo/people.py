"""The demo's people: a process that answers what arrives at the stand-in, as the application would write it down.

    python -m console.demo.people --database PATH --standin-log PATH [--remove FOLDER]

It ends with its parent; `--remove` then takes the demo's folder along, also when the parent was killed.
"""

from __future__ import annotations

import argparse
import heapq
import itertools
import json
import random
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlmodel import Session

from console.demo.dialogues import ENGLISH, ENGLISH_NAMES, RUSSIAN, RUSSIAN_NAMES, Language
from console.standin.parent import end_with_parent
from models.errors import DatabaseProblem
from models.rules.clock import monotonic, utc_now
from models.services.recording import find_or_create_conversation, record_incoming
from models.store.database import Database
from models.tables.extended import conversations, messages, users

#: Added to Telegram's largest message id, so that these people's ids never meet the stand-in's.
OFFSET = 500_000


@dataclass(frozen=True, slots=True)
class Pace:
    """Ranges in seconds: how long a person takes to answer, how long the AI thinks, how often somebody writes unasked.
    `tick` is how often the log is read."""

    answer: tuple[float, float] = (2.5, 6.0)
    thinking: tuple[float, float] = (4.0, 9.0)
    unasked: tuple[float, float] = (10.0, 25.0)
    tick: float = 0.2


class People:
    """Call `step` again and again; it does what is due by `monotonic` seconds and never waits."""

    def __init__(self, database: Database, log: Path, *, seed: int | None = None, pace: Pace | None = None) -> None:
        self.database = database
        self._log = log
        self._chance = random.Random(seed)
        self.pace = pace or Pace()
        self._offset = 0
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        with database.read() as session:
            newest = session.execute(select(func.max(messages.c.telegram_message_id))).scalar()
        self._ids = itertools.count((newest or 0) + OFFSET)

    def step(self, now: float) -> None:
        """Reads what arrived, does what is due. A locked database is tried again at the next step."""
        for chat_id, text in self._arrivals():
            self._later(now, self.pace.answer, partial(self.answer, chat_id, text))
        while self._due and self._due[0][0] <= now:
            try:
                self._due[0][2]()
            except DatabaseProblem as error:
                if error.id != "locked":
                    raise
                return
            heapq.heappop(self._due)

    def answer(self, chat_id: int, text: str) -> None:
        """The person of this chat answers, in the language they were written to; the AI may look at it first."""
        language = RUSSIAN if any("а" <= letter <= "я" for letter in text.lower()) else ENGLISH
        self._write(chat_id, self._chance.choice(language.answers))

    def speak_up(self) -> None:
        """Somebody writes unasked: mostly a known person, sometimes a new one."""
        with self.database.read() as session:
            known = session.execute(
                select(users.c.telegram_id).join_from(users, conversations, conversations.c.user_id == users.c.id)
            ).scalars()
            chats = [int(chat_id) for chat_id in known]
        language = self._chance.choice((RUSSIAN, RUSSIAN, ENGLISH))
        if not chats or self._chance.random() < 0.4:
            chats = [self._newcomer(language)]
        self._write(self._chance.choice(chats), self._chance.choice(language.spontaneous))

    def unasked(self, now: float) -> None:
        """Lets somebody write after a while, and then again, for as long as `step` is called."""

        def again() -> None:
            self.speak_up()
            self.unasked(monotonic())

        self._later(now, self.pace.unasked, again)

    def _later(self, now: float, wait: tuple[float, float], what: Callable[[], None]) -> None:
        heapq.heappush(self._due, (now + self._chance.uniform(*wait), next(self._order), what))

    def _arrivals(self) -> Iterator[tuple[int, str]]:
        """Chat and text of every message that reached a person since the last look."""
        try:
            with self._log.open("rb") as log:
                log.seek(self._offset)
                lines = log.read().splitlines(keepends=True)
        except OSError:
            return
        for line in lines:
            if not line.endswith(b"\n"):
                return
            self._offset += len(line)
            call: dict[str, Any] = json.loads(line)
            if call["accepted"] and call["method"].lower() == "sendmessage":
                yield int(call["parameters"]["chat_id"]), call["parameters"]["text"]

    def _write(self, chat_id: int, text: str) -> None:
        """One incoming message, as the webhook records it; now and then the AI thinks about it for a while."""
        with self.database.write() as session:
            user_id = session.execute(select(users.c.id).where(users.c.telegram_id == chat_id)).scalar()
            if user_id is None:
                return
            conversation_id = find_or_create_conversation(session, self.database.features, utc_now, user_id)
            record_incoming(
                session,
                self.database.features,
                utc_now,
                conversation_id=conversation_id,
                user_id=user_id,
                body=text,
                telegram_message_id=next(self._ids),
            )
            thinks = self._chance.random() < 0.5
            if thinks:
                _update(session, conversation_id, ai_processing=True)
        if thinks:
            self._later(monotonic(), self.pace.thinking, partial(self._judge, conversation_id))

    def _judge(self, conversation_id: int) -> None:
        """The AI's callback: it stops thinking and moves the score a little."""
        with self.database.write() as session:
            found = select(conversations.c.ai_ready_score).where(conversations.c.id == conversation_id)
            score = session.execute(found).scalar()
            moved = min(100, max(0, (20 if score is None else score) + self._chance.randint(-5, 15)))
            _update(session, conversation_id, ai_processing=False, ai_ready_score=moved)

    def _newcomer(self, language: Language) -> int:
        women, _, womens_last, _ = RUSSIAN_NAMES if language is RUSSIAN else ENGLISH_NAMES
        chat_id = self._chance.randrange(7 * 10**9, 8 * 10**9)
        now = utc_now()
        person = {
            "telegram_id": chat_id,
            "first_name": self._chance.choice(women),
            "last_name": self._chance.choice(womens_last),
            "authenticated": False,
            "admin": False,
            "paid": False,
            "created_at": now,
            "updated_at": now,
        }
        with self.database.write() as session:
            session.execute(insert(users).values(**person))
        return chat_id


def _update(session: Session, conversation_id: int, **values: object) -> None:
    changed = update(conversations).where(conversations.c.id == conversation_id)
    session.execute(changed.values(**values, updated_at=utc_now()))


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m console.demo.people")
    parser.add_argument("--database", type=Path, required=True)
    parser.add_argument("--standin-log", type=Path, required=True)
    parser.add_argument("--remove", type=Path, help="a folder to delete at the end")
    parser.add_argument("--seed", type=int)
    options = parser.parse_args(argv)
    over = threading.Event()
    # Ctrl+C goes to the whole foreground group; the parent decides what it means, and its end is ours.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in ("SIGTERM", "SIGHUP"):
        signal.signal(getattr(signal, name), lambda number, frame: over.set())
    end_with_parent(over.set)
    try:
        _live(options, over)
    finally:
        over.wait()  # a broken database must not take the folder from under the console
        if options.remove is not None:
            shutil.rmtree(options.remove, ignore_errors=True)
    return 0


def _live(options: argparse.Namespace, over: threading.Event) -> None:
    database = Database.open(str(options.database))
    try:
        people = People(database, options.standin_log, seed=options.seed)
        people.unasked(monotonic())
        while not over.wait(people.pace.tick):
            people.step(monotonic())
    finally:
        database.close()


if __name__ == "__main__":
    sys.exit(main())
