"""The search: how fast its index is built, and how fast it answers, against a plain FTS5 trigram table through sqlite3.

    python -m tests.bench search [--scale small|middle|full] [--save]

The plain table holds the same bodies; its answer is joined with the rows that a screen needs, as ours is. Each search
is asked on both sides in turn. Hits are parts of words, words and phrases of random messages; misses are mostly words
that nobody wrote, made of pieces of words that somebody did.
"""

from __future__ import annotations

import os
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from models.services.desk import Desk
from models.services.search_upkeep import BUSY
from models.store.sqlite import library

#: Searches of each sort, and how often each is asked on both sides.
MANY, RUNS = 60, 3
_RAW = (
    "SELECT m.id, m.body, m.direction, m.created_at, c.id, c.ai_ready_score, u.first_name, u.last_name, u.username"
    " FROM (SELECT rowid AS id FROM raw WHERE raw MATCH ? ORDER BY rowid DESC LIMIT 51) f"
    " JOIN source.messages m ON m.id = f.id JOIN source.conversations c ON c.id = m.conversation_id"
    " JOIN source.users u ON u.id = c.user_id ORDER BY f.id DESC"
)


def build(desk: Desk) -> float:
    """Seconds until the whole index is there, without a rest between its steps."""
    start = time.perf_counter()
    step = desk.upkeep.step(2_000)
    while step.ours and step.rest <= BUSY:
        step = desk.upkeep.step(2_000)
    if not desk.search.state().complete:
        raise SystemExit("the index is not complete")
    return time.perf_counter() - start


def build_raw(path: Path, folder: Path) -> tuple[Any, float]:
    """The plain table and the seconds it took, in one statement."""
    connection = library().connect(str(folder / "raw.sqlite3"), isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("ATTACH ? AS source", (str(path),))
    start = time.perf_counter()
    connection.execute("CREATE VIRTUAL TABLE raw USING fts5(body, tokenize='trigram', content='')")
    connection.execute("BEGIN")
    connection.execute("INSERT INTO raw (rowid, body) SELECT id, body FROM source.messages")
    connection.execute("COMMIT")
    return connection, time.perf_counter() - start


def questions(connection: Any, dice: random.Random) -> dict[str, list[str]]:
    """Searches by their sort, from the data itself."""
    top = connection.execute("SELECT max(id) FROM source.messages").fetchone()[0]

    def body() -> str:
        row = connection.execute("SELECT body FROM source.messages WHERE id >= ?", (dice.randint(1, top),)).fetchone()
        return str(row[0])

    def words() -> list[str]:
        while True:
            found = [word for word in body().split() if len(word) >= 5 and word.isalpha()]
            if len(found) >= 2:
                return found

    parts, whole, phrases, misses = [], [], [], []
    for _ in range(MANY):
        word = dice.choice(words())
        start = dice.randint(0, len(word) - 4)
        parts.append(word[start : start + 4].lower())
        whole.append(dice.choice(words()))
        phrases.append(" ".join(body().split()[:3])[:40].strip().replace('"', "") or "спасибо")
        first, second = dice.choice(words()), dice.choice(words())
        misses.append((first[:4] + second[-4:]).lower())
    return {"parts of words": parts, "words": whole, "phrases": phrases, "misses": misses}


def timed(call: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds by the clock, and of the processor: on a busy machine the first says little."""
    start, used = time.perf_counter(), time.thread_time()
    call()
    return (time.perf_counter() - start) * 1000, (time.thread_time() - used) * 1000


def measure(desk: Desk, connection: Any, asked: list[str]) -> list[tuple[float, ...]]:
    """Of each search the milliseconds by the clock (ours, raw) and of the processor (ours, raw): medians of RUNS, both
    sides in turn."""
    found: list[tuple[float, ...]] = []
    for text in asked:
        quoted = '"' + text + '"'
        runs: list[tuple[float, ...]] = []
        for _ in range(RUNS):
            ours = timed(lambda quoted=quoted: desk.search.find(quoted))
            raw = timed(lambda quoted=quoted: connection.execute(_RAW, (quoted,)).fetchall())
            runs.append((ours[0], raw[0], ours[1], raw[1]))
        found.append(tuple(statistics.median(column) for column in zip(*runs, strict=True)))
    return found


def percentile(times: list[float], share: float) -> float:
    ordered = sorted(times)
    return ordered[round(share * (len(ordered) - 1))]


def report(path: Path) -> str:
    """The table for a database that was generated."""
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="frontdesk-search-", dir=path.parent) as made:
        folder = Path(made)
        desk = Desk.open(str(path), operator="bench", read_only=True, cache=folder)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        seconds = build(desk)
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        connection, raw_seconds = build_raw(path, folder)
        many = connection.execute("SELECT count(*) FROM source.messages").fetchone()[0]
        size = sum(each.stat().st_size for each in folder.glob("search-*/*"))
        raw_size = sum(each.stat().st_size for each in folder.glob("raw.sqlite3*"))
        lines = [
            f"{many:,} messages; {os.cpu_count()} cores, load {load:.1f} at the start; medians of {RUNS}",
            "",
            f"{'what':44} {'ours':>10} {'FTS5 raw':>10} {'ratio':>7}",
            _line("building, messages a second", many / seconds, many / raw_seconds),
            _line("size of the index, MB", size / 1e6, raw_size / 1e6),
            f"{'memory that building took, MB':44} {grown:10.1f}",
        ]
        everything: list[tuple[float, ...]] = []
        for sort, asked in questions(connection, random.Random(7)).items():
            taken = measure(desk, connection, asked)
            lines += _lines(sort, taken)
            everything += taken
        lines += _lines("all of them", everything)
        connection.close()
        desk.close()
    return "\n".join(lines)


def _lines(sort: str, taken: list[tuple[float, ...]]) -> list[str]:
    lines = []
    for share in (0.5, 0.95):
        columns = [percentile(list(column), share) for column in zip(*taken, strict=True)]
        lines.append(_line(f"{sort}, p{share * 100:.0f} ms", *columns[:2]))
        lines.append(_line(f"{sort}, p{share * 100:.0f} ms of the processor", *columns[2:]))
    return lines


def _line(what: str, ours: float, raw: float) -> str:
    return f"{what:44} {ours:10,.2f} {raw:10,.2f} {ours / raw:6.2f}x"
