"""What triage keeps of a conversation, facet by facet: read, written, and noted in the log."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlmodel import Session

from models.rules.triage import Claim, Outcome, claim_of, outcome_of, standing_of, written
from models.services.inbox_table import touch
from models.services.standing import standing_in
from models.tables.base import FEATURES
from models.tables.conflicts import insert_or_ignore
from models.tables.console_acts import TriageActRow
from models.tables.console_notes import NoteRow
from models.tables.console_operators import OperatorRow
from models.tables.console_triage import TagRow, TriageRow
from models.tables.console_triage_log import TriageLogRow
from models.tables.extended import conversations, messages
from models.views import NoteView

triage_table = TriageRow.__table__  # type: ignore[attr-defined]
tags_table = TagRow.__table__  # type: ignore[attr-defined]
notes_table = NoteRow.__table__  # type: ignore[attr-defined]
acts_table = TriageActRow.__table__  # type: ignore[attr-defined]
log_table = TriageLogRow.__table__  # type: ignore[attr-defined]
_operators = OperatorRow.__table__  # type: ignore[attr-defined]

#: Kinds of acts that are not acts on conversations but on other acts.
META = (UNDO, REDO) = ("undo", "redo")
#: Conversations that one transaction changes at most: others write meanwhile.
CHUNK = 200
#: The facets beside "tag NAME" and "note ID".
PLACE, CLAIMED, OUTCOME = "place", "claim", "outcome"
#: Conversation, facet, before, after: as models.rules.triage.written.
Facet = tuple[int, str, str | None, str | None]


def log_changes(session: Session, act_id: int, changes: Sequence[Facet]) -> None:
    """Facets (conversation, facet, before, after) that an act changed."""
    rows = [
        {"act_id": act_id, "conversation_id": id, "facet": facet, "before": before, "after": after}
        for id, facet, before, after in changes
    ]
    session.execute(insert(log_table), rows)


def replayed(session: Session, keys: Collection[tuple[int, str]]) -> dict[tuple[int, str], str | None]:
    """What facets (conversation, facet) are: the value of the newest act on each that was not taken back; before all of
    them, what it was then. A facet that no act ever changed is left out."""
    ids, facets = sorted({id for id, _facet in keys}), sorted({facet for _id, facet in keys})
    found: dict[tuple[int, str], str | None] = {}
    acts = log_table.join(acts_table, acts_table.c.id == log_table.c.act_id)
    columns = (log_table.c.conversation_id, log_table.c.facet, log_table.c.before, log_table.c.after)
    for at in range(0, len(ids), CHUNK):
        query = select(*columns, acts_table.c.undone_by).select_from(acts)
        some = log_table.c.conversation_id.in_(ids[at : at + CHUNK]) & log_table.c.facet.in_(facets)
        query = query.where(some, acts_table.c.kind.not_in(META)).order_by(log_table.c.id)
        for id, facet, before, after, undone_by in session.execute(query):
            key = (int(id), str(facet))
            if key in keys:
                value = found.setdefault(key, before)
                found[key] = value if undone_by is not None else after
    return found


def put(session: Session, changes: Sequence[Facet], operator_id: int, now: datetime) -> None:
    """Writes facets as they are after a change; whoever calls it has logged them."""
    ids = list(dict.fromkeys(id for id, facet, _before, _after in changes if facet in (PLACE, CLAIMED, OUTCOME)))
    if ids:
        fresh = [{"conversation_id": id, "wakes": True, "updated_at": now} for id in ids]
        session.execute(insert_or_ignore(session, triage_table).values(fresh))
    for id, facet, _before, after in changes:
        kind, _space, name = facet.partition(" ")
        if kind == "tag":
            put_tag(session, id, name, operator_id, now, there=after is not None)
        elif kind == "note":
            removed = None if after is not None else now
            session.execute(update(notes_table).where(notes_table.c.id == int(name)).values(removed_at=removed))
        else:
            values = _columns(facet, after) | {"updated_at": now}
            session.execute(update(triage_table).where(triage_table.c.conversation_id == id).values(**values))
    # The views tell of it at once, not at the next look.
    touch(session, session.info[FEATURES], now, [id for id, *_ in changes])


def put_tag(session: Session, id: int, tag: str, operator_id: int, now: datetime, *, there: bool) -> None:
    """The conversation carries the tag, or no longer."""
    if there:
        values = {"conversation_id": id, "tag": tag, "operator_id": operator_id, "created_at": now}
        session.execute(insert_or_ignore(session, tags_table).values(**values))
    else:
        session.execute(delete(tags_table).where(tags_table.c.conversation_id == id, tags_table.c.tag == tag))


def _columns(facet: str, after: str | None) -> dict[str, Any]:
    if facet == OUTCOME:
        outcome = outcome_of(after)
        return {"outcome": None if outcome is None else outcome.value}
    if facet == CLAIMED:
        claim = claim_of(after)
        return {"claimed_by": claim and claim.by, "claimed_until": claim and claim.until}
    standing = standing_of(after)
    if standing is None:
        names = ("place", "seen_id", "place_at", "place_by", "place_until")
        return {**dict.fromkeys(names), "wakes": True}
    return {
        "place": standing.place.value,
        "seen_id": standing.seen_id,
        "place_at": standing.at,
        "place_by": standing.by,
        "place_until": standing.until,
        "wakes": standing.wakes,
    }


def newest_of(session: Session, ids: Sequence[int]) -> dict[int, int]:
    """The newest message of each conversation that there is, 0 without one."""
    newest = select(func.max(messages.c.id)).where(messages.c.conversation_id == conversations.c.id)
    query = select(conversations.c.id, newest.correlate(conversations).scalar_subquery())
    found = session.execute(query.where(conversations.c.id.in_(list(ids))))
    return {int(id): int(message_id or 0) for id, message_id in found}


def facets_of(session: Session, ids: Sequence[int]) -> dict[int, dict[str, str | None]]:
    """Each conversation's facets as `written`."""
    found: dict[int, dict[str, str | None]] = {}
    rows = session.execute(select(triage_table).where(triage_table.c.conversation_id.in_(list(ids)))).mappings()
    for row in rows:
        state: dict[str, str | None] = {}
        standing = standing_in(row)
        state[PLACE] = written(standing)
        if row["claimed_by"] is not None and row["claimed_until"] is not None:
            state[CLAIMED] = written(Claim(int(row["claimed_by"]), row["claimed_until"]))
        if row["outcome"] is not None:
            state[OUTCOME] = written(Outcome(row["outcome"]))
        found[int(row["conversation_id"])] = state
    carried = select(tags_table.c.conversation_id, tags_table.c.tag).where(tags_table.c.conversation_id.in_(list(ids)))
    for id, tag in session.execute(carried):
        found.setdefault(int(id), {})[f"tag {tag}"] = "true"
    return found


def alike(facet: str, before: str | None, after: str | None) -> bool:
    """Done again while nobody wrote: nothing changes, whoever says it."""
    if facet != PLACE:
        return False
    was, becomes = standing_of(before), standing_of(after)
    if was is None or becomes is None:
        return was is becomes
    key = (was.place, was.seen_id, was.until, was.wakes)
    return key == (becomes.place, becomes.seen_id, becomes.until, becomes.wakes)


def name_of(session: Session, operator_id: int) -> str:
    query = select(_operators.c.handle).where(_operators.c.id == operator_id)
    return str(session.execute(query).scalar() or "?")


def notes_of(session: Session, conversation_id: int) -> tuple[NoteView, ...]:
    """What operators noted about a conversation, oldest first; what was taken away is left out."""
    query = select(notes_table, _operators.c.handle).select_from(
        notes_table.outerjoin(_operators, _operators.c.id == notes_table.c.operator_id)
    )
    theirs = (notes_table.c.conversation_id == conversation_id) & notes_table.c.removed_at.is_(None)
    rows = session.execute(query.where(theirs).order_by(notes_table.c.created_at, notes_table.c.id)).mappings()
    return tuple(
        NoteView(
            row["id"], conversation_id, row["operator_id"], str(row["handle"] or "?"), row["body"], row["created_at"]
        )
        for row in rows
    )
