"""From Telegram's queue to the row in the database and on the screen, with the bare long poll's round trip beside it.

    python -m tests.bench incoming [--save]

The console runs standalone in a real pty; the clock starts as an update is handed to the stand-in. The bare poll is an
httpx client on a second stand-in, asked in turn with the console.
"""

from __future__ import annotations

import os
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from console.standin.updates import Person, message
from models.store.lifecycle import initialise
from models.store.sqlite import library
from tests.bench.bulk import PATIENCE, TOKEN, standin
from tests.e2e.terminal import FRONTDESK, Terminal

#: Seconds between two messages: long enough that each finds everything at rest, never in step with anything.
GAP = (0.3, 1.0)
PEOPLE = [Person(5_000 + number, f"Person {number}") for number in range(10)]


def until(check: Callable[[], bool], what: str) -> float:
    """When `check` came true, by the monotonic clock."""
    end = time.perf_counter() + PATIENCE
    while not check():
        if time.perf_counter() > end:
            raise SystemExit(f"never: {what}")
    return time.perf_counter()


class Bare:
    """Long polls in a thread; `answered` says when the newest answer was complete."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/bot{TOKEN}/getUpdates"
        self.answered: dict[int, float] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._poll, daemon=True)
        self._thread.start()

    def _poll(self) -> None:
        offset = 0
        with httpx.Client(timeout=40) as client:
            while not self._over.is_set():
                answer = client.post(self._url, json={"offset": offset, "timeout": 5}).json()
                for update in answer.get("result", []):
                    self.answered[update["message"]["message_id"]] = time.perf_counter()
                    offset = update["update_id"] + 1

    def close(self) -> None:
        self._over.set()
        self._thread.join(10)


def measure(many: int, seed: int) -> dict[str, list[float]]:
    """Milliseconds of each message: the bare poll, the row in the database, the row on the screen."""
    dice = random.Random(seed)
    taken: dict[str, list[float]] = {"a bare long poll": [], "the row in the database": [], "the row on the screen": []}
    with tempfile.TemporaryDirectory(prefix="frontdesk-incoming-") as made:
        folders = [Path(made) / name for name in ("console", "bare")]
        for folder in folders:
            folder.mkdir()
        path = folders[0] / "bench.sqlite3"
        initialise(path)
        with standin(folders[0], {}) as (url, _), standin(folders[1], {}) as (bare_url, _), httpx.Client() as client:
            environment = {
                "FRONTDESK_TELEGRAM_TOKEN": TOKEN,
                "FRONTDESK_TELEGRAM_API_URL": url,
                "FRONTDESK_OPERATOR": "bench",
                "FRONTDESK_LANG": "en",
                "XDG_STATE_HOME": made,
                "XDG_CONFIG_HOME": made,
            }
            rows = library().connect(f"file:{path}?mode=ro", uri=True, timeout=10)
            bare = Bare(bare_url)
            with Terminal([FRONTDESK, str(path)], env=environment) as terminal:

                def polled(address: str) -> bool:
                    terminal.pump(0.02)
                    return bool(client.get(f"{address}/standin/state").json()["polled"])

                def push(address: str, update: dict[str, Any]) -> float:
                    start = time.perf_counter()
                    client.post(f"{address}/standin/updates", json=[update])
                    return start

                for number in range(1, many + 1):
                    until(lambda: polled(url) and polled(bare_url), "a hanging poll")
                    terminal.pump_for(dice.uniform(*GAP))
                    text = f"incoming {number:04}"
                    update = message(dice.choice(PEOPLE), number, text)
                    start = push(bare_url, update)
                    until(lambda number=number: number in bare.answered, "an answer")
                    taken["a bare long poll"].append((bare.answered[number] - start) * 1000)
                    start = push(url, update)
                    stored: list[float] = []

                    def seen(text: str = text, stored: list[float] = stored) -> bool:
                        if not stored and rows.execute("SELECT 1 FROM messages WHERE body = ?", (text,)).fetchone():
                            stored.append(time.perf_counter())
                        terminal.pump(0.002)
                        return bool(stored) and text in terminal.screen()

                    shown = until(seen, f"{text} on the screen")
                    taken["the row in the database"].append((stored[0] - start) * 1000)
                    taken["the row on the screen"].append((shown - start) * 1000)
            bare.close()
            rows.close()
    return taken


def report(many: int = 60) -> str:
    """The table: medians and 95th percentiles, the first three messages (caches, imports) left out."""
    load = os.getloadavg()[0]
    taken = measure(many + 3, 1)
    lines = [
        f"{many} messages one by one into a standalone console; {os.cpu_count()} cores, load {load:.1f} at the start",
        "",
        f"{'from the push to':28} {'median ms':>10} {'p95 ms':>10}",
    ]
    for what, times in taken.items():
        ordered = sorted(times[3:])
        lines.append(f"{what:28} {statistics.median(ordered):10.1f} {ordered[round(0.95 * (len(ordered) - 1))]:10.1f}")
    return "\n".join(lines)
