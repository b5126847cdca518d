"""How far the keeper of `console_inbox` has come, as `console_inbox_state` has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from datetime import datetime

from models.views import Cursor

#: What `read_state` finds.
State = Mapping[str, tuple[int, str | None]]


@dataclass(slots=True)
class Tops:
    """The newest rows of the tables that the inbox follows from."""

    message: int = 0
    reply: int = 0
    act: int = 0
    conversation: int = 0


def named(tops: Tops) -> list[tuple[str, int]]:
    return list(zip(("seen message", "seen reply", "seen act", "seen conversation"), astuple(tops), strict=True))


def seen_in(state: State) -> Tops:
    return Tops(*(state.get(name, (0, None))[0] for name, _ in named(Tops())))


def as_state(cursor: Cursor | None) -> tuple[int, str]:
    return (0, "") if cursor is None else (cursor.id, f"{cursor.second} {cursor.key or ''}")


def cursor_of(state: tuple[int, str | None] | None) -> Cursor | None:
    if state is None or not state[1]:
        return None
    second, _, key = state[1].partition(" ")
    return Cursor(key=key or None, second=second, id=state[0])


def micros(moment: datetime) -> int:
    return round(moment.timestamp() * 1e6)
