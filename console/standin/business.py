"""Business connections: whom the bot may speak for, and with which rights."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from console.standin.refusal import Refusal

#: Whoever connected the bot when a test does not say.
OWNER_ID = 77_000_001


@dataclass(frozen=True, slots=True)
class Connection:
    """One connection; `owner` is a User of the Bot API."""

    id: str
    owner: dict[str, Any] = field(
        default_factory=lambda: {"id": OWNER_ID, "is_bot": False, "first_name": "Olga", "username": "olga_owner"}
    )
    enabled: bool = True
    rights: frozenset[str] = frozenset({"can_reply", "can_delete_sent_messages"})

    def can_delete(self, *, ours: bool) -> bool:
        return "can_delete_all_messages" in self.rights or (ours and "can_delete_sent_messages" in self.rights)


class Connections:
    """`names`: those that exist at first; None: any that is named exists."""

    def __init__(self, names: Iterable[str] | None) -> None:
        self._known = {name: Connection(name) for name in names or ()}
        self._any = names is None

    def learn(self, update: dict[str, Any]) -> None:
        """Keeps what a `business_connection` update tells."""
        rights = frozenset(name for name, given in (update.get("rights") or {}).items() if given is True)
        self._known[update["id"]] = Connection(update["id"], update["user"], update.get("is_enabled") is True, rights)

    def get(self, name: str) -> Connection:
        """Raises Refusal: no such connection, or no longer enabled."""
        found = self._known.get(name)
        if found is None and self._any and name != "null":
            found = Connection(name)
        if found is None or not found.enabled:
            raise Refusal(400, "Bad Request: business connection not found")
        return found

    def to_reply(self, name: str) -> Connection:
        """Raises Refusal also when the owner took the right to reply away."""
        found = self.get(name)
        if "can_reply" not in found.rights:
            raise Refusal(400, "Bad Request: BUSINESS_PEER_INVALID")
        return found
