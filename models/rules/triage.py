"""When a conversation is done, snoozed, waiting or claimed. Pure: nobody has to write a row for it to come back.

What an operator decided is kept with the newest message that was there then (`seen_id`). Whoever writes afterwards has
a message with a higher id, and the decision no longer holds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from models.rules.clock import iso_z
from models.rules.text import one_line

#: How long a claim holds after the last sign of work on the conversation.
CLAIM = timedelta(minutes=15)
#: Characters of a tag; acts that can be taken back, counted from the newest.
LONGEST_TAG, DEPTH = 32, 50


class Place(StrEnum):
    """Where a conversation was put out of the way."""

    DONE = "done"
    SNOOZED = "snoozed"


class Outcome(StrEnum):
    """What became of a lead."""

    BOUGHT = "bought"
    LOST = "lost"
    NOT_A_LEAD = "not-a-lead"


class Kind(StrEnum):
    """What an operator does to a conversation, or to many at once."""

    DONE = "done"
    SNOOZE = "snooze"
    REOPEN = "reopen"
    CLAIM = "claim"
    RELEASE = "release"
    TAG = "tag"
    UNTAG = "untag"
    OUTCOME = "outcome"
    NOTE = "note"
    UNNOTE = "unnote"


@dataclass(frozen=True, slots=True)
class Deed:
    """One such act, as it can be repeated on another conversation. `until`: a snooze's end, None: none; `wakes`: it
    ends when the person writes; `outcome` None takes it away."""

    kind: Kind
    until: datetime | None = None
    wakes: bool = True
    tag: str = ""
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Out of the way since `at`, when `seen_id` was the newest message; `until` as in Deed."""

    place: Place
    seen_id: int
    at: datetime
    by: int
    until: datetime | None = None
    wakes: bool = True


@dataclass(frozen=True, slots=True)
class Claim:
    """Whose conversation it is, for how long: the lease ends by itself."""

    by: int
    until: datetime


def is_away(standing: Standing | None, newest_incoming_id: int | None, now: datetime) -> bool:
    """Done or snoozed still: the time is not over, and nobody wrote since."""
    if standing is None or (standing.until is not None and standing.until <= now):
        return False
    return not (standing.wakes and newest_incoming_id is not None and newest_incoming_id > standing.seen_id)


def is_woken(standing: Standing | None, newest_id: int | None, now: datetime) -> bool:
    """A snooze is over by time, and nothing was said since: somebody wanted to be reminded."""
    if standing is None or standing.until is None or standing.until > now:
        return False
    return (newest_id or 0) <= standing.seen_id


def is_waiting(
    standing: Standing | None,
    *,
    last_incoming: bool,
    newest_id: int | None,
    newest_incoming_id: int | None,
    now: datetime,
) -> bool:
    """Waiting for us: the person spoke last, or a snooze ended, and it is not out of the way."""
    if is_away(standing, newest_incoming_id, now):
        return False
    return last_incoming or is_woken(standing, newest_id, now)


def claimant(claim: Claim | None, now: datetime) -> int | None:
    """The operator whose lease runs; None when it is over."""
    return claim.by if claim is not None and claim.until > now else None


def tag_of(typed: str) -> str:
    """A tag as it is kept: lower case, without `#`, blanks as hyphens, at most LONGEST_TAG characters; '' for none."""
    words = re.sub(r"[\s,#]+", "-", one_line(typed, 200).casefold()).strip("-")
    return words[:LONGEST_TAG].rstrip("-")


# What the log keeps of a facet before and after an act: JSON, None for nothing.


def written(value: Standing | Claim | Outcome | bool | None) -> str | None:
    """A facet's value for the log."""
    match value:
        case None | False:
            return None
        case True:
            return "true"
        case Outcome():
            return json.dumps(value.value)
        case Claim():
            return json.dumps({"by": value.by, "until": _iso(value.until)})
        case Standing():
            found = {"place": value.place.value, "seen_id": value.seen_id, "at": _iso(value.at), "by": value.by}
            return json.dumps(found | {"until": _iso(value.until), "wakes": value.wakes})


def standing_of(text: str | None) -> Standing | None:
    """`written`'s inverse for the facet "place"."""
    if text is None:
        return None
    found: Mapping[str, Any] = json.loads(text)
    at = _moment(found["at"])
    assert at is not None
    until = _moment(found["until"])
    return Standing(Place(found["place"]), int(found["seen_id"]), at, int(found["by"]), until, bool(found["wakes"]))


def claim_of(text: str | None) -> Claim | None:
    """`written`'s inverse for the facet "claim"."""
    if text is None:
        return None
    found: Mapping[str, Any] = json.loads(text)
    until = _moment(found["until"])
    return Claim(int(found["by"]), until) if until is not None else None


def outcome_of(text: str | None) -> Outcome | None:
    """`written`'s inverse for the facet "outcome"."""
    return None if text is None else Outcome(json.loads(text))


def deed_text(deed: Deed) -> str:
    """A deed for the row of its act."""
    found: dict[str, object] = {"kind": deed.kind.value}
    if deed.kind is Kind.SNOOZE:
        found |= {"until": _iso(deed.until), "wakes": deed.wakes}
    if deed.tag:
        found["tag"] = deed.tag
    if deed.outcome is not None:
        found["outcome"] = deed.outcome.value
    return json.dumps(found, ensure_ascii=False)


def deed_of(text: str) -> Deed:
    """`deed_text`'s inverse."""
    found: Mapping[str, Any] = json.loads(text)
    outcome = Outcome(found["outcome"]) if "outcome" in found else None
    until, wakes = _moment(found.get("until")), bool(found.get("wakes", True))
    return Deed(Kind(found["kind"]), until, wakes, str(found.get("tag", "")), outcome)


def _iso(moment: datetime | None) -> str | None:
    return iso_z(moment)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
