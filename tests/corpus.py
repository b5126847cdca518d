"""The hostile updates of `tests/data/corpus`, and updates made from them by chance."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("data") / "corpus"
HOSTILE: list[dict[str, Any]] = json.loads((FOLDER / "hostile_updates.json").read_text("utf-8"))
META: dict[str, dict[str, Any]] = json.loads((FOLDER / "hostile_updates.meta.json").read_text("utf-8"))
BEYOND: list[dict[str, Any]] = json.loads((FOLDER / "beyond_spec.json").read_text("utf-8"))

_STRANGE: list[Any] = [
    None, True, 0, -1, 2**31, 2**53, 2**63, -(2**70), 1.5, float("inf"), "", "\0", "\ud83d", "\x1b]52;c;x\x07", "[/]",
    "[@click=app.bell]x[/]", "\u202e", "a" * 5000, [], [[]], {}, {"id": 1}, [None], "\x9b2J",
    "424242:canary-canary-canary-canary-canary",
]  # fmt: skip


def mutated(chance: random.Random, many: int, *, first_id: int = 1) -> Iterator[Any]:
    """`many` updates: one of the corpus with one to three of its values replaced, removed, swapped or duplicated."""
    stock = [*HOSTILE, *(one["update"] for one in BEYOND)]
    for number in range(many):
        update = copy.deepcopy(chance.choice(stock))
        if chance.random() < 0.9:
            update["update_id"] = first_id + number
        for _ in range(chance.choice((0, 1, 1, 2, 3))):
            _mutate(chance, update)
        yield update


def _mutate(chance: random.Random, update: Any) -> None:
    places = list(_places(update))
    if not places:
        return
    holder, key = chance.choice(places)
    match chance.randrange(4):
        case 0:
            del holder[key]
        case 1:
            other, other_key = chance.choice(places)
            holder[key] = copy.deepcopy(other[other_key])
        case _:
            holder[key] = copy.deepcopy(chance.choice(_STRANGE))


def _places(thing: Any) -> Iterator[tuple[Any, Any]]:
    keys = list(thing) if isinstance(thing, dict) else range(len(thing)) if isinstance(thing, list) else ()
    for key in keys:
        yield thing, key
        yield from _places(thing[key])
