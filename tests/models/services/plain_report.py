"""The report's figures by a plain reading of the rows, one after the other: what the services are compared with."""

from __future__ import annotations

import statistics
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import ceil
from pathlib import Path

from models.rules.days import Period
from tests.seed import raw


def second(text: object) -> int | None:
    """Seconds since the epoch of a stored time; None for one that can't be read."""
    try:
        return int(datetime.fromisoformat(str(text)).replace(tzinfo=UTC).timestamp() // 1)
    except ValueError:
        return None


@dataclass
class Plain:
    """Figures by day of the period; lists of conversations where the report offers them."""

    incoming: list[int] = field(default_factory=list)
    outgoing: list[int] = field(default_factory=list)
    waits: list[list[int]] = field(default_factory=list)
    waiting: list[set[int]] = field(default_factory=list)
    wrote_to: dict[tuple[int, str], set[int]] = field(default_factory=lambda: defaultdict(set))
    answered: list[set[int]] = field(default_factory=list)
    by_operator: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    first_wrote: dict[int, int] = field(default_factory=dict)


def read(path: Path | str, wanted: Period) -> Plain:
    """All messages in the order of their ids, for each day anew: slow and simple."""
    found = Plain()
    count = len(wanted.days)
    found.incoming, found.outgoing = [0] * count, [0] * count
    found.waits, found.answered = [[] for _ in range(count)], [set() for _ in range(count)]
    operators: dict[int, int] = {}
    if "console_outbox" in raw.table_names(path):
        query = "SELECT message_id, operator_id FROM console_outbox WHERE message_id IS NOT NULL"
        operators = dict(raw.rows(path, query))
    rows = raw.rows(path, "SELECT id, conversation_id, direction, created_at FROM messages ORDER BY id")
    since: dict[int, int] = {}
    spans: dict[int, list[tuple[int, int | None]]] = defaultdict(list)
    for id, conversation, direction, created_at in rows:
        at = second(created_at)
        if at is None or direction not in (0, 1):
            continue
        day = next((n for n in range(count) if wanted.edges[n] <= at < wanted.edges[n + 1]), None)
        if direction == 0:
            found.first_wrote.setdefault(conversation, at)
            if conversation not in since:
                since[conversation] = at
                spans[conversation].append((at, None))
            if day is not None:
                found.incoming[day] += 1
                found.wrote_to[day, "incoming"].add(conversation)
        else:
            if day is not None:
                found.outgoing[day] += 1
                found.wrote_to[day, "outgoing"].add(conversation)
            if conversation in since:
                begun = since.pop(conversation)
                spans[conversation][-1] = (begun, at)
                if day is not None:
                    found.waits[day].append(max(0, at - begun))
                    found.answered[day].add(conversation)
                    found.by_operator[operators.get(id, 0)].append(max(0, at - begun))
    for number in range(count):
        edge = wanted.edges[number + 1]
        found.waiting.append(
            {
                conversation
                for conversation, those in spans.items()
                if any(begun < edge and (ended is None or ended >= edge) for begun, ended in those)
            }
        )
    return found


def middle(waits: list[int]) -> float | None:
    return statistics.median(waits) if waits else None


def ninth(waits: list[int]) -> int | None:
    """The least that nine of ten do not exceed."""
    return sorted(waits)[ceil(0.9 * len(waits)) - 1] if waits else None
