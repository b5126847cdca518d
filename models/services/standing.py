"""The rules of models.rules.triage as conditions on `conversations`, for both engines. `NOW` is a parameter of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, exists, false, or_, select

from models.rules.triage import Place, Standing
from models.tables.console_triage import TagRow, TriageRow
from models.tables.extended import conversations, messages
from models.tables.message_codes import MessageDirection
from models.tables.types import RailsDateTime
from models.views import Features, Operator

triage = TriageRow.__table__  # type: ignore[attr-defined]
tags = TagRow.__table__  # type: ignore[attr-defined]
_id = conversations.c.id

#: The moment by which snoozes and leases end; the tag of a view.
NOW: BindParameter[Any] = bindparam("now", type_=RailsDateTime())
TAG: BindParameter[Any] = bindparam("tag")


def last_direction() -> ColumnElement[int]:
    """Direction of a conversation's newest message, as a correlated subquery on its (conversation, time) index."""
    query = select(messages.c.direction).where(messages.c.conversation_id == _id).correlate(conversations)
    return query.order_by(messages.c.created_at.desc(), messages.c.id.desc()).limit(1).scalar_subquery()


def unanswered() -> ColumnElement[bool]:
    """The person spoke last."""
    return last_direction() == int(MessageDirection.INCOMING)


def said_since(*more: ColumnElement[bool]) -> ColumnElement[bool]:
    """Something was said since the conversation of a `console_triage` row was put away."""
    since = (messages.c.conversation_id == triage.c.conversation_id) & (messages.c.id > triage.c.seen_id)
    return exists(select(messages.c.id).where(since, *more).correlate(triage))


def wrote_since() -> ColumnElement[bool]:
    """As `said_since`, by the person."""
    return said_since(messages.c.direction == int(MessageDirection.INCOMING))


def put_away() -> ColumnElement[bool]:
    """Of a `console_triage` row: done or snoozed still."""
    lasts = or_(triage.c.place_until.is_(None), triage.c.place_until > NOW)
    return and_(triage.c.place.is_not(None), lasts, ~(triage.c.wakes.is_(True) & wrote_since()))


def _of_it(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether the conversation's `console_triage` row meets this condition."""
    mine = select(triage.c.conversation_id).where(triage.c.conversation_id == _id, condition)
    return exists(mine.correlate(conversations))


def away(features: Features) -> ColumnElement[bool]:
    """Done or snoozed: in no working view."""
    return _of_it(put_away()) if features.console_tables else false()


def woken(features: Features) -> ColumnElement[bool]:
    """A snooze is over by time and nothing was said since."""
    over = triage.c.place.is_not(None) & triage.c.place_until.is_not(None) & (triage.c.place_until <= NOW)
    return _of_it(over & ~said_since()) if features.console_tables else false()


def waiting(features: Features) -> ColumnElement[bool]:
    """Waiting for us."""
    if not features.console_tables:
        return unanswered()
    return or_(unanswered(), woken(features)) & ~away(features)


def in_place(features: Features, place: Place) -> ColumnElement[bool]:
    """Done still, or snoozed still."""
    if not features.console_tables:
        return false()
    return _id.in_(select(triage.c.conversation_id).where(triage.c.place == place.value, put_away()))


def mine(features: Features, operator: Operator | None) -> ColumnElement[bool]:
    """The operator holds the claim, and it is not out of the way."""
    if not features.console_tables or operator is None:
        return false()
    held = (triage.c.claimed_by == operator.id) & (triage.c.claimed_until > NOW)
    return _id.in_(select(triage.c.conversation_id).where(held)) & ~away(features)


def tagged(features: Features, *, one: bool) -> ColumnElement[bool]:
    """It carries TAG, or any tag."""
    if not features.console_tables:
        return false()
    query = select(tags.c.conversation_id)
    return _id.in_(query.where(tags.c.tag == TAG) if one else query)


def standing_in(row: Mapping[Any, Any]) -> Standing | None:
    """The place of a row of `console_triage`; None for a word that is not ours."""
    if row["place"] not in (Place.DONE.value, Place.SNOOZED.value) or row["place_at"] is None:
        return None
    return Standing(
        Place(row["place"]),
        int(row["seen_id"] or 0),
        row["place_at"],
        int(row["place_by"] or 0),
        row["place_until"],
        bool(row["wakes"]),
    )
