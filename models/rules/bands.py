"""The seed's four bands of `ai_ready_score` (0-100)."""

from __future__ import annotations

from enum import StrEnum


class Band(StrEnum):
    EXPLORING = "exploring"
    INTERESTED = "interested"
    EVALUATING = "evaluating"
    READY = "ready"


#: Inclusive bounds of each band, in score order (seed: conversations, ai_ready_score).
BOUNDS: dict[Band, tuple[int, int]] = {
    Band.EXPLORING: (0, 30),
    Band.INTERESTED: (31, 60),
    Band.EVALUATING: (61, 85),
    Band.READY: (86, 100),
}

GLYPHS: dict[Band, str] = {Band.EXPLORING: "▂", Band.INTERESTED: "▄", Band.EVALUATING: "▆", Band.READY: "█"}


def band(score: int | None) -> Band | None:
    """The band of a score; None when it is missing or outside 0-100 (unknown, never clamped)."""
    if score is None:
        return None
    for name, (low, high) in BOUNDS.items():
        if low <= score <= high:
            return name
    return None
