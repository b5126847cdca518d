"""Who said a message, in the words of the floors above."""

from __future__ import annotations

from models.tables.message_codes import MessageDirection
from models.views import Direction

_DIRECTIONS: dict[int | None, Direction] = {
    int(MessageDirection.INCOMING): Direction.INCOMING,
    int(MessageDirection.OUTGOING): Direction.OUTGOING,
}


def direction_of(stored: int | None) -> Direction:
    """The enum's name; an integer outside it is unknown."""
    return _DIRECTIONS.get(stored, Direction.UNKNOWN)
