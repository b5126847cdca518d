"""Evidence in words: facts, never a verdict."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from models.rules.delivery import State
from models.services.evidence import Attempt, Evidence, SameText
from screens.evidence import spoken

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


def test_what_nobody_did_is_said_too() -> None:
    attempt = Attempt(1, NOW, NOW, State.UNKNOWN, "a", "no answer\x1b[2J in 30 s")
    assert spoken(Evidence(NOW, (attempt,)), NOW) == [
        "The person has not written since (12:00).",
        "No message with this text stands in the thread since.",
        "Attempt 1, 12:00: no answer: it may have arrived · no answer␛[2J in 30 s",
    ]
    assert spoken(Evidence(None), NOW) == ["No request for it was ever started."]


def test_what_was_found_is_counted_dated_and_named() -> None:
    later = NOW + timedelta(minutes=5)
    attempts = tuple(Attempt(number, NOW, NOW, outcome) for number, outcome in enumerate([None, *State], start=1))
    found = Evidence(NOW, attempts, 2, later, (SameText(7, NOW, None), SameText(9, later, 44)))
    first, second, third, *rest = spoken(found, later)
    assert first == "The person has written 2 messages since, the last 12:05."
    assert second == "A message with this text stands in the thread: 12:05, row 9, Telegram's number 44."
    assert third == "… 4 earlier attempts"
    assert len(rest) == 4
    one = spoken(Evidence(NOW, attempts[:1], 1, later, (SameText(7, NOW, None),)), later)
    assert one == [
        "The person has written 1 message since, the last 12:05.",
        "A message with this text stands in the thread: 12:00, row 7.",
        "Attempt 1, 12:00: under way",
    ]
