"""When a conversation is out of the way, and when it comes back by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from models.rules.triage import (
    Claim,
    Deed,
    Kind,
    Outcome,
    Place,
    Standing,
    claim_of,
    claimant,
    deed_of,
    deed_text,
    is_away,
    is_waiting,
    is_woken,
    outcome_of,
    standing_of,
    tag_of,
    written,
)

NOW = datetime(2026, 11, 28, 9, 0, 0, 5, tzinfo=UTC)
LATER = NOW + timedelta(hours=2)


def test_done_until_the_person_writes() -> None:
    done = Standing(Place.DONE, 7, NOW, 1)
    assert is_away(done, 7, NOW)
    assert is_away(done, None, LATER)
    assert not is_away(done, 8, NOW)
    assert not is_waiting(done, last_incoming=True, newest_id=7, newest_incoming_id=7, now=LATER)
    assert is_waiting(done, last_incoming=True, newest_id=8, newest_incoming_id=8, now=LATER)
    assert is_waiting(None, last_incoming=True, newest_id=8, newest_incoming_id=8, now=NOW)
    assert not is_waiting(None, last_incoming=False, newest_id=8, newest_incoming_id=7, now=NOW)


def test_a_snooze_ends_by_time_or_by_a_reply() -> None:
    until = Standing(Place.SNOOZED, 7, NOW, 1, until=LATER)
    assert is_away(until, 7, NOW)
    assert not is_away(until, 8, NOW)
    assert not is_away(until, 7, LATER)
    assert is_woken(until, 7, LATER)
    assert not is_woken(until, 8, LATER)
    assert is_waiting(until, last_incoming=False, newest_id=7, newest_incoming_id=5, now=LATER)
    deaf = Standing(Place.SNOOZED, 7, NOW, 1, until=LATER, wakes=False)
    assert is_away(deaf, 8, NOW)
    reply = Standing(Place.SNOOZED, 7, NOW, 1)
    assert is_away(reply, 7, LATER)
    assert not is_woken(reply, 7, LATER)


def test_a_lease_is_over_at_its_end() -> None:
    assert claimant(Claim(3, LATER), NOW) == 3
    assert claimant(Claim(3, NOW), NOW) is None
    assert claimant(None, NOW) is None


@pytest.mark.parametrize(
    "value",
    [
        Standing(Place.DONE, 7, NOW, 1),
        Standing(Place.SNOOZED, 7, NOW, 1, LATER, wakes=False),
        Claim(3, LATER),
        Outcome.NOT_A_LEAD,
        None,
    ],
)
def test_values_come_back_as_they_were_written(value: Standing | Claim | Outcome | None) -> None:
    text = written(value)
    read = {Standing: standing_of, Claim: claim_of, Outcome: outcome_of}.get(type(value), standing_of)
    assert read(text) == value


@pytest.mark.parametrize(
    "deed",
    [
        Deed(Kind.DONE),
        Deed(Kind.SNOOZE, until=NOW, wakes=False),
        Deed(Kind.TAG, tag="горячий"),
        Deed(Kind.OUTCOME, outcome=Outcome.LOST),
    ],
)
def test_deeds_come_back_as_they_were_written(deed: Deed) -> None:
    assert deed_of(deed_text(deed)) == deed


def test_tags_are_one_word() -> None:
    assert tag_of(" #VIP ") == "vip"
    assert tag_of("Горячий  лид") == "горячий-лид"
    assert tag_of("# ,") == ""
    assert len(tag_of("x" * 99)) == 32
