"""Updates as a test wants them, and a desk that receives."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from models.rules.clock import Clock
from models.services.polling import Lease, Polling
from models.services.receiving import Receiving, Taken
from models.store.database import Database
from tests.seed import raw

BOT = 424242
OWNER = {"id": 77, "is_bot": False, "first_name": "Olga"}


def person(id: int = 5001, **more: Any) -> dict[str, Any]:
    return {"id": id, "is_bot": False, "first_name": f"P{id}"} | more


def chat(id: int = 5001) -> dict[str, Any]:
    return {"id": id, "type": "private", "first_name": f"P{id}"}


class Desk:
    """Takes updates in and numbers them."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self.path = path
        self.clock = clock
        self.database = Database.open(str(path), clock=clock)
        self.polling = Polling(self.database, clock, bot_id=BOT, owner="test", ttl=60)
        self.receiving = Receiving(self.polling)
        lease = self.polling.take()
        assert lease is not None
        self.lease: Lease = lease
        self._number = 1000

    def take(self, *updates: dict[str, Any]) -> Taken:
        """Each is an update without its number."""
        return self.receiving.take(self.lease, [{"update_id": self._next()} | one for one in updates])

    def take_raw(self, updates: Sequence[Any]) -> Taken:
        return self.receiving.take(self.lease, updates)

    def message(
        self, message_id: int, text: str | None = None, *, of: int = 5001, kind: str = "message", **more: Any
    ) -> dict[str, Any]:
        now = int(self.clock().timestamp())
        said = {} if text is None else {"text": text}
        return {kind: {"message_id": message_id, "from": person(of), "chat": chat(of), "date": now} | said | more}

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return raw.rows(self.path, sql)

    def _next(self) -> int:
        self._number += 1
        return self._number


def seconds(moment: datetime) -> int:
    return int(moment.timestamp())
