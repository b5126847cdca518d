"""Fault plans: which call fails, and how. A plan is data, so that a test or a demo can carry one in a file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path


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


class FaultPlan:
    """Counts the calls that match each fault and picks the first fault whose turn it is."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self.faults = list(faults)
        self._seen = [0] * len(self.faults)

    def add(self, fault: Fault) -> None:
        self.faults.append(fault)
        self._seen.append(0)

    def clear(self) -> None:
        self.faults.clear()
        self._seen.clear()

    def pick(self, method: str, parameters: Mapping[str, str]) -> Fault | None:
        picked = None
        for index, fault in enumerate(self.faults):
            if not fault.matches(method, parameters):
                continue
            self._seen[index] += 1
            turn = self._seen[index] - fault.nth
            if picked is None and turn >= 0 and (fault.times is None or turn < fault.times):
                picked = fault
        return picked


def load(path: Path) -> tuple[list[Fault], dict[int, str]]:
    """`parse` of a file."""
    return parse(path.read_text("utf-8"))


def parse(text: str) -> tuple[list[Fault], dict[int, str]]:
    """Faults and chat states, or only the list of faults. Raises ValueError.

    {"faults": [{"action": "stall", "seconds": 2, "method": "sendMessage"}], "chats": {"5001": "blocked"}}
    """
    data = json.loads(text)
    data = {"faults": data} if isinstance(data, list) else data
    known = {field.name for field in fields(Fault)}
    faults = []
    for rule in data.get("faults", []):
        if strange := set(rule) - known:
            raise ValueError(f"a fault has no {', '.join(sorted(strange))}")
        faults.append(Fault(**rule | {"action": Action(rule["action"])}))
    return faults, {int(chat): state for chat, state in data.get("chats", {}).items()}
