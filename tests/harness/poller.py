"""One receiving process, as `frontdesk run` receives, with shorter waits."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass

from console.telegram import TelegramGateway, Token
from models.loops.health import HealthWatch
from models.loops.receiving import Patience, Reception
from models.rules.clock import utc_now
from models.services.polling import Polling
from models.services.receiving import Receiving
from models.store.database import Database
from tests.harness.worker import TOKEN


@dataclass(frozen=True, slots=True)
class Post:
    """Where a process receives; `lease` in seconds."""

    url: str
    api: str
    lease: float


def poll(given: Post, name: str) -> None:
    """Receives until it is killed."""
    # Of the parent's: a group of its own keeps a Ctrl+C for whoever kills.
    os.setsid()
    asyncio.run(_receive(given, name))


async def _receive(given: Post, name: str) -> None:
    database = Database.open(given.url, timeout_ms=10_000)
    gateway = TelegramGateway(Token(TOKEN), given.api)
    health = HealthWatch(gateway, utc_now)
    await health.ask()
    polling = Polling(database, utc_now, bot_id=424242, owner=name, ttl=given.lease)
    patience = Patience(poll=2, first=0.05, longest=0.2, rival_low=0.05, rival_high=0.1, rival_tries=99, lease=0.05)
    await Reception(Receiving(polling), gateway, health, may_poll=lambda: True, patience=patience).run()
