"""Many made-up people and messages, fast: rows go past SQLAlchemy to the driver, in the order in which a bot's own file
grows, and the indexes are made afterwards."""

from __future__ import annotations

import contextlib
import json
import random
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, inspect, text

from models.errors import Refused
from models.rules.progress import Progress, silent
from models.store import sqlite
from models.store.database import Database
from models.store.marks import PURPOSE, mark, marked
from models.store.steps import owned_by_us
from models.tables.names import VERSION_TABLE
from models.tables.types import rails_text

#: A year of a bot's life, ended now.
SPAN = timedelta(days=365)
_STEP = 20_000
#: What only grows, even here.
_JOURNAL = "console_journal"
_TABLES = ("users", "conversations", "messages")
_FIRST_TELEGRAM_ID = 100_000_000


@dataclass(frozen=True, slots=True)
class Talk:
    """What made-up people are called and say. Each script is what is said in turns, the person first."""

    names: Sequence[tuple[str, str]]
    scripts: Sequence[Sequence[str]]
    facts: Sequence[tuple[str, str]]  # background and query


@dataclass(frozen=True, slots=True)
class _Plan:
    """Who wrote when: the conversation of each message, how many each has, and the last message of each."""

    owners: array[int]
    sizes: array[int]
    last: array[int]


def seed(
    database: Database, people: int, messages: int, talk: Talk, *, now: datetime, seed: int, progress: Progress = silent
) -> None:
    """Fills an empty database of Frontdesk's own, in one transaction, and marks it as one for tests. The same numbers,
    seed and moment make the same rows.

    Raises Refused('read-only-session', 'not-ours', 'not-empty'), DatabaseProblem.
    """
    chance = random.Random(seed)
    with database.read() as session:
        _check_ours(session.connection())
    if database.read_only:
        raise Refused("read-only-session")
    # Before the lock: a part that needs no database.
    plan = _plan(people, messages, chance)
    moments = _Moments(now, max(1, messages))
    users = (_user(number, talk, moments.first) for number in range(1, people + 1))
    threads = (_conversation(number, plan, talk, moments) for number in range(1, people + 1) if plan.sizes[number])
    with _bulk(database) as load:
        if load.rows("SELECT 1 FROM users LIMIT 1"):
            raise Refused("not-empty", place=database.place)
        made = load.drop_indexes()
        load.insert("users", _USER, _counted(users, people, "people", progress))
        load.insert("conversations", _CONVERSATION, _counted(threads, people, "people", progress))
        load.insert("messages", _MESSAGE, _counted(_messages(plan, talk, moments), messages, "messages", progress))
        for number, statement in enumerate(made):
            progress("index", number, len(made))
            load.rows(statement)
        load.set_sequences()
        purpose = (PURPOSE, json.dumps({"kind": "test"}), rails_text(now))
        load.rows("DELETE FROM console_marks WHERE key = 'purpose'")
        load.insert("console_marks", ("key", "value", "updated_at"), iter([purpose]))


def _check_ours(connection: Connection) -> None:
    if not owned_by_us(connection):
        raise Refused("not-ours")
    if not inspect(connection).has_table("console_marks"):
        raise Refused("no-console-tables")


def reset(database: Database, now: datetime) -> dict[str, int]:
    """Empties a database that was marked as a test one, but for its journal, and keeps the mark. Returns the rows
    removed.

    Raises Refused('not-a-test', 'read-only-session'), DatabaseProblem.
    """
    with database.write() as session:
        connection = session.connection()
        purpose = marked(connection, PURPOSE)
        if purpose is None or purpose.get("kind") != "test":
            raise Refused("not-a-test", place=database.place)
        removed = {}
        found = inspect(connection).get_table_names()
        names = [name for name in found if name != VERSION_TABLE and not name.startswith(_JOURNAL)]
        if connection.dialect.name == "sqlite":
            connection.execute(text("PRAGMA defer_foreign_keys=ON"))
            for name in names:
                removed[name] = connection.execute(text(f'DELETE FROM "{name}"')).rowcount
            connection.execute(text("DELETE FROM sqlite_sequence"))
        else:
            for name in names:
                removed[name] = int(connection.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one())
            listed = ", ".join(f'"{name}"' for name in names)
            connection.execute(text(f"TRUNCATE {listed} RESTART IDENTITY"))
        mark(connection, PURPOSE, purpose, now)
    return removed


def _plan(people: int, messages: int, chance: random.Random) -> _Plan:
    """Everybody who writes at all writes the first line early; a few write very much."""
    draw = chance.random
    talkers = min(people, messages)
    owners = array("L", range(1, talkers + 1))
    owners.extend(array("L", (int(talkers * draw() ** 1.7) + 1 for _ in range(messages - talkers))))
    sizes, last = array("L", bytes(8 * (people + 1))), array("L", bytes(8 * (people + 1)))
    for place, owner in enumerate(owners):
        sizes[owner] += 1
        last[owner] = place
    return _Plan(owners, sizes, last)


class _Moments:
    """When the message of a place was written, as Rails spells it: ids and times go up together."""

    def __init__(self, now: datetime, count: int) -> None:
        self._start = now - SPAN
        self._step = SPAN / count
        self.first = rails_text(self._start)
        self._day = -1
        self._text = ""
        self._base = self._start.replace(hour=0, minute=0, second=0, microsecond=0)
        self._offset = (self._start - self._base).total_seconds()
        self._seconds = self._step.total_seconds()
        self._clock = [f" {second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}." for second in range(86400)]

    def at(self, place: int) -> str:
        moment = self._offset + place * self._seconds
        whole = int(moment)
        day = whole // 86400
        if day != self._day:
            self._day = day
            self._text = (self._base + timedelta(days=day)).strftime("%Y-%m-%d")
        micro = int((moment - whole) * 1e6)
        clock = self._clock[whole - day * 86400]
        return f"{self._text}{clock}{micro:06}" if micro else f"{self._text}{clock[:-1]}"


_USER = (
    "id", "telegram_id", "username", "first_name", "last_name", "authenticated", "created_at", "updated_at", "admin",
    "paid",
)  # fmt: skip
_CONVERSATION = (
    "id", "user_id", "last_message_at", "unread_count", "created_at", "updated_at", "ai_real_name", "ai_background",
    "ai_query", "ai_ready_score", "ai_processing",
)  # fmt: skip
_MESSAGE = (
    "conversation_id", "user_id", "body", "direction", "telegram_message_id", "read", "created_at", "updated_at",
)  # fmt: skip


def _user(number: int, talk: Talk, at: str) -> tuple[Any, ...]:
    first, last = talk.names[number * 7919 % len(talk.names)]
    username = f"user_{number}" if number % 3 else None
    surname = last if number % 5 < 3 else None
    admin = number == 1
    paid = admin or number % 50 == 0
    return (number, _FIRST_TELEGRAM_ID + number * 7, username, first, surname, True, at, at, admin, paid)


def _waits(number: int, size: int) -> bool:
    """Whether the last line is the person's own and nobody has read it."""
    return size % 2 == 1 and number % 4 == 0


def _conversation(number: int, plan: _Plan, talk: Talk, moments: _Moments) -> tuple[Any, ...]:
    last = moments.at(plan.last[number])
    known = number % 10 < 3
    background, query = talk.facts[number % len(talk.facts)] if known else (None, None)
    name = talk.names[number * 7919 % len(talk.names)][0] if known else None
    score = number * 37 % 101 if known else None
    unread = int(_waits(number, plan.sizes[number]))
    return (number, number, last, unread, moments.first, last, name, background, query, score, False)


def _messages(plan: _Plan, talk: Talk, moments: _Moments) -> Iterator[tuple[Any, ...]]:
    said = array("L", bytes(8 * len(plan.sizes)))
    scripts, sizes, at = talk.scripts, plan.sizes, moments.at
    for place, owner in enumerate(plan.owners):
        turn = said[owner]
        said[owner] = turn + 1
        script = scripts[(owner + turn // 12) % len(scripts)]
        body = script[turn % len(script)]
        moment = at(place)
        if turn % 2:
            yield owner, None, body, 1, place + 1, True, moment, moment
        else:
            size = sizes[owner]
            read = not (turn + 1 == size and _waits(owner, size))
            yield owner, owner, body, 0, place + 1, read, moment, moment


class _Load:
    """A connection of the driver's in one transaction, for many rows at once."""

    def __init__(self, driver: Any, engine: str) -> None:
        self._driver = driver
        self._server = engine == "postgresql"

    def rows(self, statement: str) -> list[Any]:
        with contextlib.closing(self._driver.cursor()) as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []

    def insert(self, table: str, columns: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> None:
        """executemany on SQLite, COPY on PostgreSQL."""
        names = ", ".join(f'"{column}"' for column in columns)
        with contextlib.closing(self._driver.cursor()) as cursor:
            if self._server:
                with cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
                    for row in rows:
                        copy.write_row(row)
            else:
                places = ", ".join("?" * len(columns))
                cursor.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({places})', rows)

    def drop_indexes(self) -> list[str]:
        """Takes those away that are dear to keep while rows come; returns the statements that make them again."""
        if self._server:
            return []
        listed = ", ".join(f"'{name}'" for name in _TABLES)
        where = f"type = 'index' AND sql > '' AND tbl_name IN ({listed})"
        found = self.rows(f"SELECT name, sql FROM sqlite_master WHERE {where}")
        for name, _ in found:
            self.rows(f'DROP INDEX "{name}"')
        return [str(statement) for _, statement in found]

    def set_sequences(self) -> None:
        """COPY of rows with ids leaves PostgreSQL's counters behind."""
        for name in _TABLES if self._server else ():
            serial = f"pg_get_serial_sequence('{name}', 'id')"
            self.rows(f"SELECT setval({serial}, max(id)) FROM {name} HAVING max(id) IS NOT NULL")


@contextlib.contextmanager
def _bulk(database: Database) -> Iterator[_Load]:
    if database.engine == "postgresql":
        with database.write() as session:
            yield _Load(session.connection().connection.driver_connection, database.engine)
        return
    try:
        with contextlib.closing(sqlite.connect(database.path, mode="rw", timeout_ms=5000)) as driver:
            # Keys are checked by making them right; a page that is written twice costs more than memory.
            for pragma in ("foreign_keys=OFF", "cache_size=-262144", "synchronous=FULL"):
                driver.execute(f"PRAGMA {pragma}")
            driver.execute("BEGIN IMMEDIATE")
            # Closing without a commit rolls back.
            yield _Load(driver, database.engine)
            driver.execute("COMMIT")
    except sqlite.library().Error as error:
        raise sqlite.problem(error) from None


def _counted(rows: Iterator[tuple[Any, ...]], total: int, stage: str, progress: Progress) -> Iterator[tuple[Any, ...]]:
    for number, row in enumerate(rows):
        if not number % _STEP:
            progress(stage, number, total)
        yield row
