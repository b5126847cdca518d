"""Triage: done, snoozed, claimed, tagged, with an outcome; each act in the log, so that it can be taken back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select, update
from sqlmodel import Session

from models.errors import NotFound, Refused
from models.rules.clock import Clock
from models.rules.text import for_storage
from models.rules.triage import (
    CLAIM,
    Claim,
    Deed,
    Kind,
    Place,
    Standing,
    claim_of,
    claimant,
    deed_text,
    tag_of,
    written,
)
from models.services.triage_facets import (
    CLAIMED,
    OUTCOME,
    PLACE,
    Facet,
    acts_table,
    alike,
    facets_of,
    log_changes,
    name_of,
    newest_of,
    notes_table,
    put,
    tags_table,
    triage_table,
)
from models.store.database import Database
from models.store.turns import take_turn
from models.views import Operator

#: Whoever changes triage takes this turn, so that the log's ids grow in the order of the commits.
TURN = "triage"


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
            there = newest_of(session, wanted)
            held = facets_of(session, wanted)
            changes: list[Facet] = []
            results = []
            for id in wanted:
                if id not in there:
                    results.append(Result(id, "gone"))
                    continue
                at = there[id] if seen is None or id not in seen else seen[id]
                facet, before, after = self._change(session, deed, id, at, held.get(id, {}), operator, now)
                same = before == after or alike(facet, before, after)
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
            if conversation_id not in newest_of(session, [conversation_id]):
                return None
            claim = claim_of(facets_of(session, [conversation_id]).get(conversation_id, {}).get(CLAIMED))
            who = claimant(claim, now)
            if who == operator.id:
                mine = triage_table.c.conversation_id == conversation_id
                session.execute(update(triage_table).where(mine).values(claimed_until=now + CLAIM))
                return None
            if who is not None:
                return name_of(session, who)
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
            if conversation_id not in newest_of(session, [conversation_id]):
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
            return newest_of(session, list(ids))

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
        changes: Sequence[Facet],
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
