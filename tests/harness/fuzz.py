"""Mutated updates by the thousand into one database, straight into the service; then everything stored is looked at."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import text

from models.rules.clock import utc_now
from models.rules.text import clean
from models.services.polling import Polling
from models.services.receiving import BATCH, Receiving
from models.store.database import Database
from models.store.lifecycle import initialise
from tests.corpus import HOSTILE, mutated
from tests.harness.worker import TOKEN

_TEXTS = (
    "SELECT body FROM messages",
    "SELECT first_name FROM users",
    "SELECT last_name FROM users",
    "SELECT username FROM users",
    "SELECT raw FROM console_quarantine",
    "SELECT why FROM console_quarantine",
    "SELECT raw FROM console_updates WHERE raw IS NOT NULL",
    "SELECT reactions FROM console_reactions",
    "SELECT forwarded_from FROM console_message_keys",
    "SELECT body FROM console_edits",
)


@dataclass(slots=True)
class Fuzzed:
    """What became of it; `control`: stored texts that would put a control character on a terminal."""

    updates: int = 0
    stored: int = 0
    quarantined: int = 0
    texts: int = 0
    tokens: int = 0
    seconds: float = 0.0
    works: bool = False
    control: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return self.works and not self.control and not self.tokens


def fuzz(seed: int, many: int, path: Path) -> Fuzzed:
    """The corpus, then so many mutated ones, then one that has to be stored."""
    initialise(path)
    began, found, dice = time.monotonic(), Fuzzed(updates=many), random.Random(seed)
    database = Database.open(str(path))
    polling = Polling(database, utc_now, bot_id=424242, owner="fuzz", ttl=3600)
    receiving = Receiving(polling)
    lease = polling.take()
    assert lease is not None
    batches = [HOSTILE, *(list(mutated(dice, BATCH, first_id=1 + n * BATCH)) for n in range(-(-many // BATCH)))]
    for batch in batches:
        taken = receiving.take(lease, batch)
        found.stored += taken.stored
        found.quarantined += taken.quarantined
    person = {"id": 31_337, "is_bot": False, "first_name": "Last"}
    last = {
        "message_id": 1,
        "from": person,
        "chat": person | {"type": "private"},
        "date": int(time.time()),
        "text": "!",
    }
    found.works = receiving.take(lease, [{"update_id": 2**31, "message": last}]).stored == 1
    found.works = found.works and receiving.quarantined() == found.quarantined
    with database.read() as session:
        for query in _TEXTS:
            for (stored,) in session.execute(text(query)):
                if stored is None:
                    continue
                found.texts += 1
                found.tokens += TOKEN in stored
                shown = clean(stored)
                if any(
                    ord(letter) < 32 or 127 <= ord(letter) < 160 or 0xD800 <= ord(letter) < 0xE000 for letter in shown
                ):
                    found.control.append(query)
    database.close()
    found.seconds = time.monotonic() - began
    return found
