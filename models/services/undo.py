"""One stack of what an operator can take back: triage, corrections of a lead, pauses of the AI, held replies, and
whatever else registers a source.

An act that is taken back stays in the log: a facet has the value of the newest act on it that was not taken back, so
that what a colleague did meanwhile is never undone with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import insert, select, update
from sqlmodel import Session

from models.rules.access import full_name
from models.rules.clock import Clock
from models.rules.triage import DEPTH, Deed, Kind, deed_of
from models.services.lead_acts import is_ours
from models.services.outbox import Outbox
from models.services.triage import TURN
from models.services.triage_facets import REDO, UNDO, acts_table, log_changes, log_table, put, replayed
from models.store.database import Database
from models.store.turns import take_turn
from models.tables.extended import conversations, users
from models.views import JournalEntry, Operator

if TYPE_CHECKING:
    from models.services.leads import Leads

#: How the keys of replies begin that one act queued to many.
MANY = "many-"


@dataclass(frozen=True, slots=True)
class Undoable:
    """What the next undo takes back, or the next redo does again: `total` conversations, `conversation_id` and `name`
    (raw, foreign) of the first. `source` and `key` name it; `kind` says what it is: a models.rules.triage.Kind,
    one of models.services.lead_acts, "reply", or a source's own word. `deed` is given for triage; `reply` when a
    held reply would come back with it."""

    source: str
    key: str
    kind: str
    at: datetime
    total: int = 1
    conversation_id: int | None = None
    name: str = ""
    deed: Deed | None = None
    reply: bool = False


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back (or done again). `changed` are the conversations that differ now; fewer than `what.total`
    when a colleague acted on some since. `text` is a reply's that came back, to be written on in `conversation_id`."""

    what: Undoable
    changed: tuple[int, ...] = ()
    conversation_id: int | None = None
    text: str | None = None


class Source(Protocol):
    """Acts of one kind that can be taken back; register one with `Undo.add`."""

    name: str

    def newest(self, session: Session, operator: Operator) -> Undoable | None:
        """The operator's newest act that can still be taken back."""

    def undo(self, what: Undoable) -> Undone | None:
        """Takes it back in a transaction of its own; None when it is too late."""


class Undo:
    """`operator` returns who acts; it raises Refused when nobody may."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        operator: Callable[[], Operator],
        outbox: Outbox,
        leads: Callable[[], Leads],
    ) -> None:
        self.database = database
        self.clock = clock
        self._operator = operator
        self._outbox = outbox
        self._leads = leads
        self._sources: dict[str, Source] = {}
        self.add(Replies(outbox))
        self.add(Acts(self))

    def add(self, source: Source) -> None:
        """From now on the stack holds this source's acts, too."""
        self._sources[source.name] = source

    def peek(self) -> Undoable | None:
        """What `undo` would take back: the newest act of all sources. Raises Refused, DatabaseProblem."""
        operator = self._operator()
        with self.database.read() as session:
            found = [each.newest(session, operator) for each in self._sources.values()]
        # Of two at one moment the later source's: what was sent and done comes back together.
        there = [each for each in reversed(found) if each is not None]
        return max(there, key=lambda each: each.at, default=None)

    def undo(self, expected: Undoable | None = None) -> Undone | None:
        """Takes back the newest act; with `expected` only if it is that one still. None: there is nothing, or another
        act is the newest by now, or it is too late. Raises Refused, DatabaseProblem."""
        what = self.peek()
        if what is None or (expected is not None and (what.source, what.key) != (expected.source, expected.key)):
            return None
        return self._sources[what.source].undo(what)

    def peek_redo(self) -> Undoable | None:
        """What `redo` would do again: what was taken back last, while nothing new was done since."""
        operator = self._operator()
        with self.database.read() as session:
            row = _last_undone(session, operator)
            return None if row is None else _described(session, row, reply=False)

    def redo(self, expected: Undoable | None = None) -> Undone | None:
        """Does again what was taken back last; None as `undo`. Raises Refused, DatabaseProblem."""
        operator = self._operator()
        with self.database.write() as session:
            take_turn(session, TURN)
            row = _last_undone(session, operator)
            if row is None or (expected is not None and expected.key != str(row["id"])):
                return None
            what = _described(session, row, reply=False)
            changed = self._flip(session, operator, int(row["id"]), REDO)
        return Undone(what, changed, what.conversation_id)

    def flip_back(self, what: Undoable) -> tuple[int, ...] | None:
        """Takes back an act of triage; the conversations that differ now, None when somebody was faster."""
        operator = self._operator()
        with self.database.write() as session:
            take_turn(session, TURN)
            row = _newest_act(session, operator)
            if row is None or str(row["id"]) != what.key:
                return None
            return self._flip(session, operator, int(row["id"]), UNDO)

    def is_held(self, session: Session, operator: Operator, client_key: str) -> bool:
        """Whether the reply can still be taken back."""
        return any(key == client_key for _reply, key in self._outbox.held_in(session, operator))

    def take_back_reply(self, client_key: str) -> str | None:
        """A held reply's text, which is a draft again, when it is not too late."""
        return self._outbox.take_back(client_key, as_draft=True)

    def _flip(self, session: Session, operator: Operator, act_id: int, kind: str) -> tuple[int, ...]:
        """Marks an act as taken back or not, and gives its facets the value that follows; as an act of its own."""
        now = self.clock()
        values = {"operator_id": operator.id, "kind": kind, "deed": "{}", "at": now, "total": 0, "automatic": True}
        made = session.execute(insert(acts_table).values(**values, refers_to=act_id).returning(acts_table.c.id))
        flip_id = int(made.scalar_one())
        undone_by = flip_id if kind == UNDO else None
        before = _values(session, act_id)
        session.execute(update(acts_table).where(acts_table.c.id == act_id).values(undone_by=undone_by))
        after = _values(session, act_id)
        changes = [(*key, before[key], after[key]) for key in sorted(before) if before[key] != after[key]]
        # What the AI wrote over an act is its word: it stays.
        leads = [each for each in changes if is_ours(each[1]) and self._leads().stands(session, *each[:3])]
        changes = [each for each in changes if not is_ours(each[1]) or each in leads]
        if changes:
            log_changes(session, flip_id, changes)
            for id, facet, _before, value in leads:
                self._leads().put_back(session, operator, id, facet, value)
            put(session, [each for each in changes if each not in leads], operator.id, now)
            session.execute(update(acts_table).where(acts_table.c.id == flip_id).values(total=len(changes)))
        return tuple(dict.fromkeys(change[0] for change in changes))


class Acts:
    """Triage as a source."""

    name = "triage"

    def __init__(self, undo: Undo) -> None:
        self._undo = undo

    def newest(self, session: Session, operator: Operator) -> Undoable | None:
        row = _newest_act(session, operator)
        if row is None:
            return None
        held = row["client_key"] is not None and self._undo.is_held(session, operator, row["client_key"])
        return _described(session, row, reply=held)

    def undo(self, what: Undoable) -> Undone | None:
        # The reply first: it is the one that can be too late.
        text = None
        if what.reply:
            text = self._undo.take_back_reply(self._client_key(what))
        changed = self._undo.flip_back(what)
        if changed is None and text is None:
            return None
        return Undone(what, changed or (), what.conversation_id, text)

    def _client_key(self, what: Undoable) -> str:
        with self._undo.database.read() as session:
            query = select(acts_table.c.client_key).where(acts_table.c.id == int(what.key))
            return str(session.execute(query).scalar())


class Replies:
    """Held replies as a source; those that were queued as one act on many come back together."""

    name = "reply"

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def newest(self, session: Session, operator: Operator) -> Undoable | None:
        # A grant's own notice goes with the grant.
        held = [each for each in self._outbox.held_in(session, operator) if not each[1].startswith("grant-")]
        if not held:
            return None
        reply, client_key = held[-1]
        batch = batch_of(client_key)
        return Undoable(
            self.name,
            client_key if batch is None else batch,
            self.name,
            reply.created_at,
            total=1 if batch is None else len({each for _reply, each in held if batch_of(each) == batch}),
            conversation_id=reply.conversation_id,
            name=reply.person_name,
            reply=True,
        )

    def undo(self, what: Undoable) -> Undone | None:
        if not what.key.startswith(MANY):
            text = self._outbox.take_back(what.key, as_draft=True)
            return None if text is None else Undone(what, (), what.conversation_id, text)
        keys = {self._outbox.key_of(each.id): each.conversation_id for each in self._outbox.held()}
        mine = {key: id for key, id in keys.items() if batch_of(key) == what.key}
        back = tuple(id for key, id in mine.items() if self._outbox.take_back(key) is not None)
        return Undone(what, back) if back else None


def batch_of(client_key: str) -> str | None:
    """What replies of one act on many have in common: `many-BATCH` of `many-BATCH-CONVERSATION`."""
    return client_key.rpartition("-")[0] if client_key.startswith(MANY) else None


class Grants:
    """Grants as a source: they are taken back by their own rules."""

    name = "grant"

    def __init__(self, newest: Callable[[], JournalEntry | None], undo: Callable[[int], object]) -> None:
        self._newest = newest
        self._take_back = undo

    def newest(self, session: Session, operator: Operator) -> Undoable | None:
        entry = self._newest()
        return None if entry is None else Undoable(self.name, str(entry.id), self.name, entry.at)

    def undo(self, what: Undoable) -> Undone | None:
        self._take_back(int(what.key))
        return Undone(what)


def _newest_act(session: Session, operator: Operator) -> Any:
    """The newest act that is not taken back, among the DEPTH newest."""
    for row in _stack(session, operator):
        if row["undone_by"] is None:
            return row
    return None


def _last_undone(session: Session, operator: Operator) -> Any:
    """The act taken back last, while nothing new was done since."""
    rows = _stack(session, operator)
    newest = max((int(row["id"]) for row in rows), default=0)
    undone = [row for row in rows if row["undone_by"] is not None and int(row["undone_by"]) > newest]
    return max(undone, key=lambda row: int(row["undone_by"]), default=None)


def _stack(session: Session, operator: Operator) -> Sequence[Any]:
    mine = (acts_table.c.operator_id == operator.id) & acts_table.c.automatic.is_(False)
    query = select(acts_table).where(mine).order_by(acts_table.c.id.desc()).limit(DEPTH)
    return session.execute(query).mappings().all()


def _described(session: Session, row: Any, *, reply: bool) -> Undoable:
    joined = log_table.join(conversations, conversations.c.id == log_table.c.conversation_id)
    joined = joined.outerjoin(users, users.c.id == conversations.c.user_id)
    query = select(log_table.c.conversation_id, users.c.first_name, users.c.last_name).select_from(joined)
    first = session.execute(query.where(log_table.c.act_id == row["id"]).order_by(log_table.c.id).limit(1)).first()
    return Undoable(
        Acts.name,
        str(row["id"]),
        str(row["kind"]),
        row["at"],
        total=int(row["total"]),
        conversation_id=None if first is None else int(first[0]),
        name="" if first is None else full_name(first[1], first[2]),
        deed=deed_of(row["deed"]) if row["kind"] in set(Kind) else None,
        reply=reply,
    )


def _values(session: Session, act_id: int) -> dict[tuple[int, str], str | None]:
    """What each facet of an act is."""
    touched = session.execute(
        select(log_table.c.conversation_id, log_table.c.facet).where(log_table.c.act_id == act_id)
    ).all()
    return replayed(session, {(int(id), str(facet)) for id, facet in touched})
