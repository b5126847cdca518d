"""Fault plans: which call fails, and how. A plan is data, so that a test or a demo can carry one in a file."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any

from console.standin.limits import Limits


class Action(StrEnum):
    DROP_BEFORE = "drop_before"
    DROP_AFTER = "drop_after"
    RESET = "reset"
    STALL = "stall"
    HALF = "half"
    HTML502 = "html502"
    GARBAGE = "garbage"
    STATUS = "status"
    RETRY_AFTER = "retry_after"


#: Actions that happen to an accepted call unless the fault says otherwise; the others keep it from being accepted.
_AFTER = frozenset({Action.DROP_AFTER, Action.HALF, Action.GARBAGE})
#: Actions that say themselves whether the call was accepted.
_SETTLED = frozenset({Action.DROP_BEFORE, Action.DROP_AFTER, Action.HALF, Action.RETRY_AFTER})


@dataclass(frozen=True, slots=True)
class Fault:
    """One rule. It matches by method, chat and a part of the text (None: any), from the `nth` matching call on
    (1-based) for `times` calls (None: for ever). `after`: the call is accepted (and recorded so) before it fails.

    `seconds` is for stall and retry_after, `code` and `body` for status.
    """

    action: Action
    method: str | None = None
    chat: int | None = None
    text: str | None = None
    nth: int = 1
    times: int | None = None
    after: bool | None = None
    seconds: float = 0.0
    code: int = 500
    body: str = ""

    @property
    def accepts(self) -> bool:
        return self.action in _AFTER if self.after is None else self.after

    def matches(self, method: str, parameters: Mapping[str, str]) -> bool:
        return (
            (self.method is None or self.method.lower() == method.lower())
            and (self.chat is None or str(self.chat) == parameters.get("chat_id"))
            and (self.text is None or self.text in parameters.get("text", ""))
        )


@dataclass(frozen=True, slots=True)
class Chance:
    """Faults by chance: `rate` of the calls of `methods` (None: any) fail in one of nine ways, at most `limit` of them.
    The same seed and the same calls give the same faults. `stall` and `wait` are seconds: of a stall at most, of a 429.
    """

    seed: int
    rate: float
    methods: tuple[str, ...] | None = None
    actions: tuple[Action, ...] = tuple(Action)
    limit: int | None = None
    stall: float = 0.5
    wait: int = 1

    def draw(self, dice: random.Random) -> Fault:
        """One fault of these; whether the call was accepted before is left to chance where both happen."""
        action = dice.choice(self.actions)
        return Fault(
            action,
            after=None if action in _SETTLED else dice.random() < 0.5,
            seconds=self.wait if action is Action.RETRY_AFTER else dice.uniform(0, self.stall),
            body='{"ok":false,"error_code":500,"description":"Internal Server Error: restart"}',
        )


class FaultPlan:
    """Counts the calls that match each fault and picks the first fault whose turn it is; else chance decides."""

    def __init__(self, faults: Iterable[Fault] = (), chance: Chance | None = None) -> None:
        self.faults = list(faults)
        self.chance = chance
        #: How many faults chance has made.
        self.drawn = 0
        self._dice = random.Random(chance.seed if chance else 0)
        self._seen = [0] * len(self.faults)

    @classmethod
    def random(cls, seed: int, rate: float, **given: Any) -> FaultPlan:
        """A plan of nothing but chance; `given` as `Chance` names it."""
        return cls(chance=Chance(seed, rate, **given))

    def add(self, fault: Fault) -> None:
        self.faults.append(fault)
        self._seen.append(0)

    def clear(self) -> None:
        self.faults.clear()
        self._seen.clear()
        self.chance = None

    def pick(self, method: str, parameters: Mapping[str, str]) -> Fault | None:
        picked = None
        for index, fault in enumerate(self.faults):
            if not fault.matches(method, parameters):
                continue
            self._seen[index] += 1
            turn = self._seen[index] - fault.nth
            if picked is None and turn >= 0 and (fault.times is None or turn < fault.times):
                picked = fault
        return self._by_chance(method) if picked is None else picked

    def _by_chance(self, method: str) -> Fault | None:
        chance = self.chance
        if chance is None or (chance.limit is not None and self.drawn >= chance.limit):
            return None
        if chance.methods is not None and method.lower() not in map(str.lower, chance.methods):
            return None
        if self._dice.random() >= chance.rate:
            return None
        self.drawn += 1
        return chance.draw(self._dice)


@dataclass(frozen=True, slots=True)
class Held:
    """A message that a chat holds: `at` in seconds since the epoch, `ours` when the bot wrote it."""

    chat: int
    id: int
    text: str
    at: int
    ours: bool


@dataclass(frozen=True, slots=True)
class Setup:
    """What a file says of a stand-in; `held` are messages from before it ran."""

    plan: FaultPlan = field(default_factory=FaultPlan)
    chats: dict[int, str] = field(default_factory=dict)
    limits: Limits | None = None
    held: tuple[Held, ...] = ()


def load(path: Path) -> Setup:
    """`parse` of a file."""
    return parse(path.read_text("utf-8"))


def parse(text: str) -> Setup:
    """Reads a setup, or only a list of faults. Raises ValueError.

    {"faults": [{"action": "stall", "seconds": 2, "method": "sendMessage"}], "chats": {"5001": "blocked"},
     "chance": {"seed": 7, "rate": 0.1, "methods": ["sendMessage"], "limit": 200}, "limits": {"chat_burst": 1},
     "held": [{"chat": 5001, "id": 7, "text": "Hello", "at": 1795392000, "ours": true}]}
    """
    data = json.loads(text)
    data = {"faults": data} if isinstance(data, list) else data
    faults = [Fault(**_known(rule, Fault) | {"action": Action(rule["action"])}) for rule in data.get("faults", [])]
    chance = None
    if (given := data.get("chance")) is not None:
        chance = Chance(**_known(given, Chance) | {"actions": tuple(map(Action, given.get("actions", Action)))})
    limits = None if data.get("limits") is None else Limits(**_known(data["limits"], Limits))
    chats = {int(chat): state for chat, state in data.get("chats", {}).items()}
    held = tuple(Held(**_known(one, Held)) for one in data.get("held", []))
    return Setup(FaultPlan(faults, chance), chats, limits, held)


def _known(given: dict[str, Any], kind: type[Fault | Chance | Limits | Held]) -> dict[str, Any]:
    if strange := set(given) - {field.name for field in fields(kind)}:
        raise ValueError(f"{kind.__name__} has no {', '.join(sorted(strange))}")
    return given
