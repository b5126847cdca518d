"""Triage: done, snoozed, claimed, tagged, with an outcome; each act in the log, so that it can be taken back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlmodel import Session

from models.errors import NotFound, Refused
from models.rules.clock import Clock
from models.rules.text import for_storage
from models.rules.triage import (
    CLAIM,
    Claim,
    Deed,
    Kind,
    Outcome,
    Place,
    Standing,
    claim_of,
    claimant,
    deed_text,
    outcome_of,
    standing_of,
    tag_of,
    written,
)
from models.services.inbox_table import touch
from models.store.database import Database
from models.store.turns import take_turn
from models.tables import OperatorRow
from models.tables.base import FEATURES
from models.tables.conflicts import insert_or_ignore
from models.tables.console_triage import NoteRow, TagRow, TriageActRow, TriageLogRow, TriageRow
from models.tables.extended import conversations, messages
from models.views import Operator

triage_table = TriageRow.__table__  # type: ignore[attr-defined]
tags_table = TagRow.__table__  # type: ignore[attr-defined]
notes_table = NoteRow.__table__  # type: ignore[attr-defined]
acts_table = TriageActRow.__table__  # type: ignore[attr-defined]
log_table = TriageLogRow.__table__  # type: ignore[attr-defined]
_operators = OperatorRow.__table__  # type: ignore[attr-defined]

#: Conversations that one transaction changes at most: others write meanwhile.
CHUNK = 200
#: Whoever changes triage takes this turn, so that the log's ids grow in the order of the commits.
TURN = "triage"
PLACE, CLAIMED, OUTCOME = "place", "claim", "outcome"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one conversation of an act: "changed", "same" (it was so already) or "gone" (there is none)."""

    conversation_id: int
    what: str


@dataclass(frozen=True, slots=True)
class Applied:
    """One act: `act_id` is None when it changed nothing."""

    act_id: int | None
    results: tuple[Result, ...]

    @property
    def changed(self) -> tuple[int, ...]:
        """The conversations that are different now."""
        return tuple(each.conversation_id for each in self.results if each.what == "changed")


class Triage:
    """`operator` returns who acts; it raises Refused when nobody may."""

    def __init__(self, database: Database, clock: Clock, operator: Callable[[], Operator]) -> None:
        self.database = database
        self.clock = clock
        self._operator = operator

    def apply(
        self,
        deed: Deed,
        ids: Sequence[int],
        *,
        seen: Mapping[int, int] | None = None,
        act_id: int | None = None,
        client_key: str | None = None,
    ) -> Applied:
        """One act on these conversations (at most CHUNK at a time is polite). `seen`: the newest message that the
        operator saw of each; without it, the newest there is. `act_id` adds to an act that a chunk before began;
        `client_key` names the reply that goes with it.

        CLAIM takes over what a colleague holds, RELEASE leaves it alone. Raises DatabaseProblem, Refused, for a tag
        without letters Refused('bad-tag').
        """
        operator = self._operator()
        wanted = list(dict.fromkeys(ids))
        if deed.kind in (Kind.TAG, Kind.UNTAG) and not tag_of(deed.tag):
            raise Refused("bad-tag", text=deed.tag)
        with self.database.write() as session:
            take_turn(session, TURN)
            now = self._now(session)
            there = _newest(session, wanted)
            held = _states(session, wanted)
            changes: list[tuple[int, str, str | None, str | None]] = []
            results = []
            for id in wanted:
                if id not in there:
                    results.append(Result(id, "gone"))
                    continue
                at = there[id] if seen is None or id not in seen else seen[id]
                facet, before, after = self._change(session, deed, id, at, held.get(id, {}), operator, now)
                same = before == after or _alike(facet, before, after)
                results.append(Result(id, "same" if same else "changed"))
                if not same:
                    changes.append((id, facet, before, after))
            if changes:
                act_id = self._log(session, operator, deed, changes, act_id, client_key)
                put(session, changes, operator.id, now)
        return Applied(act_id, tuple(results))

    def claim_while_typing(self, conversation_id: int) -> str | None:
        """Claims a conversation for as long as somebody works on it, or lengthens the lease; on nobody's undo stack. A
        colleague's running claim stays, and their name is returned."""
        operator = self._operator()
        with self.database.write() as session:
            take_turn(session, TURN)
            now = self._now(session)
            if conversation_id not in _newest(session, [conversation_id]):
                return None
            claim = claim_of(_states(session, [conversation_id]).get(conversation_id, {}).get(CLAIMED))
            who = claimant(claim, now)
            if who == operator.id:
                mine = triage_table.c.conversation_id == conversation_id
                session.execute(update(triage_table).where(mine).values(claimed_until=now + CLAIM))
                return None
            if who is not None:
                return _name_of(session, who)
            changes = [(conversation_id, CLAIMED, written(claim), written(Claim(operator.id, now + CLAIM)))]
            self._log(session, operator, Deed(Kind.CLAIM), changes, None, None, automatic=True)
            put(session, changes, operator.id, now)
        return None

    def note(self, conversation_id: int, body: str) -> int:
        """Adds a note; returns its id. Raises NotFound('conversation-not-found'), Refused('blank-note')."""
        operator, text = self._operator(), for_storage(body).strip()
        if not text:
            raise Refused("blank-note")
        with self.database.write() as session:
            take_turn(session, TURN)
            if conversation_id not in _newest(session, [conversation_id]):
                raise NotFound("conversation-not-found", id=conversation_id)
            values = {"conversation_id": conversation_id, "operator_id": operator.id, "body": text}
            made = session.execute(
                insert(notes_table).values(**values, created_at=self.clock()).returning(notes_table.c.id)
            )
            id = int(made.scalar_one())
            changes = [(conversation_id, f"note {id}", None, "true")]
            self._log(session, operator, Deed(Kind.NOTE), changes, None, None)
        return id

    def remove_note(self, note_id: int) -> None:
        """Takes a note away; `z` brings it back. Raises NotFound('note-not-found')."""
        operator = self._operator()
        with self.database.write() as session:
            take_turn(session, TURN)
            still = (notes_table.c.id == note_id) & notes_table.c.removed_at.is_(None)
            found = session.execute(select(notes_table.c.conversation_id).where(still)).scalar()
            if found is None:
                raise NotFound("note-not-found", id=note_id)
            changes = [(int(found), f"note {note_id}", "true", None)]
            self._log(session, operator, Deed(Kind.UNNOTE), changes, None, None)
            put(session, changes, operator.id, self.clock())

    def newest(self, ids: Sequence[int]) -> dict[int, int]:
        """The newest message of each of these conversations (0: none): what a preview of an act has seen."""
        with self.database.read() as session:
            return _newest(session, list(ids))

    def tags(self) -> dict[str, int]:
        """Every tag that is in use, and how many conversations carry it, most first."""
        if not self.database.features.console_tables:
            return {}
        with self.database.read() as session:
            many = func.count()
            query = select(tags_table.c.tag, many).group_by(tags_table.c.tag).order_by(many.desc(), tags_table.c.tag)
            return {str(tag): int(number) for tag, number in session.execute(query)}

    def _change(
        self,
        session: Session,
        deed: Deed,
        id: int,
        seen_id: int,
        held: Mapping[str, str | None],
        operator: Operator,
        now: datetime,
    ) -> tuple[str, str | None, str | None]:
        """The facet that a deed changes, before and after."""
        match deed.kind:
            case Kind.DONE:
                return PLACE, held.get(PLACE), written(Standing(Place.DONE, seen_id, now, operator.id))
            case Kind.SNOOZE:
                put_off = Standing(Place.SNOOZED, seen_id, now, operator.id, deed.until, deed.wakes)
                return PLACE, held.get(PLACE), written(put_off)
            case Kind.REOPEN:
                return PLACE, held.get(PLACE), None
            case Kind.CLAIM:
                claim = claim_of(held.get(CLAIMED))
                if claimant(claim, now) == operator.id:
                    return CLAIMED, held.get(CLAIMED), held.get(CLAIMED)
                return CLAIMED, held.get(CLAIMED), written(Claim(operator.id, now + CLAIM))
            case Kind.RELEASE:
                claim = claim_of(held.get(CLAIMED))
                mine = claim is not None and claim.by == operator.id
                return CLAIMED, held.get(CLAIMED), None if mine else held.get(CLAIMED)
            case Kind.TAG | Kind.UNTAG:
                facet = f"tag {tag_of(deed.tag)}"
                return facet, held.get(facet), "true" if deed.kind is Kind.TAG else None
            case Kind.OUTCOME:
                return OUTCOME, held.get(OUTCOME), written(deed.outcome)
            case _:
                raise Refused("bad-value", name="kind", value=deed.kind.value, known=())

    def _log(
        self,
        session: Session,
        operator: Operator,
        deed: Deed,
        changes: Sequence[tuple[int, str, str | None, str | None]],
        act_id: int | None,
        client_key: str | None,
        *,
        automatic: bool = False,
    ) -> int:
        if act_id is None:
            made = session.execute(
                insert(acts_table)
                .values(
                    operator_id=operator.id,
                    kind=deed.kind.value,
                    deed=deed_text(deed),
                    at=self.clock(),
                    total=len(changes),
                    automatic=automatic,
                    client_key=client_key,
                )
                .returning(acts_table.c.id)
            )
            act_id = int(made.scalar_one())
        else:
            more = update(acts_table).where(acts_table.c.id == act_id)
            session.execute(more.values(total=acts_table.c.total + len(changes)))
        log_changes(session, act_id, changes)
        return act_id

    def _now(self, session: Session) -> datetime:
        """The time by which every process at this database counts leases."""
        return self.database.time(session) if self.database.server_time else self.clock()


def log_changes(session: Session, act_id: int, changes: Sequence[tuple[int, str, str | None, str | None]]) -> None:
    """Facets (conversation, facet, before, after) that an act changed."""
    rows = [
        {"act_id": act_id, "conversation_id": id, "facet": facet, "before": before, "after": after}
        for id, facet, before, after in changes
    ]
    session.execute(insert(log_table), rows)


def put(
    session: Session, changes: Sequence[tuple[int, str, str | None, str | None]], operator_id: int, now: datetime
) -> None:
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


def _newest(session: Session, ids: Sequence[int]) -> dict[int, int]:
    """The newest message of each conversation that there is, 0 without one."""
    newest = select(func.max(messages.c.id)).where(messages.c.conversation_id == conversations.c.id)
    query = select(conversations.c.id, newest.correlate(conversations).scalar_subquery())
    found = session.execute(query.where(conversations.c.id.in_(list(ids))))
    return {int(id): int(message_id or 0) for id, message_id in found}


def _states(session: Session, ids: Sequence[int]) -> dict[int, dict[str, str | None]]:
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


def _alike(facet: str, before: str | None, after: str | None) -> bool:
    """Done again while nobody wrote: nothing changes, whoever says it."""
    if facet != PLACE:
        return False
    was, becomes = standing_of(before), standing_of(after)
    if was is None or becomes is None:
        return was is becomes
    key = (was.place, was.seen_id, was.until, was.wakes)
    return key == (becomes.place, becomes.seen_id, becomes.until, becomes.wakes)


def _name_of(session: Session, operator_id: int) -> str:
    query = select(_operators.c.handle).where(_operators.c.id == operator_id)
    return str(session.execute(query).scalar() or "?")
