"""Keeps the search index in step with the database: new messages at once, old ones from the newest downwards, edits
that we know of at once, and everything else by comparing all of it, a thousand rows at a time.

Nobody tells us when an application changes or deletes a row, and no trigger of ours lies on its tables: so each row is
compared by a checksum of its text, once a day, and at once when rows have gone.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, select, type_coerce
from sqlmodel import Session

from models.errors import DatabaseProblem
from models.rules.access import full_name
from models.rules.clock import Clock
from models.rules.search import GRAM, fold_for_search
from models.services.amend import UNDER_WAY, Amended
from models.store.database import Database
from models.store.search_index import Document, Index, Kind, Progress
from models.tables.console_amends import AmendRow
from models.tables.console_journal import JournalRow
from models.tables.console_messages import EditRow
from models.tables.extended import messages, users
from models.tables.types import SortKey
from models.views import IndexState

_edits = EditRow.__table__  # type: ignore[attr-defined]
_amends = AmendRow.__table__  # type: ignore[attr-defined]
_journal = JournalRow.__table__  # type: ignore[attr-defined]

#: Rows of one read, few enough that no key waits for them; how many are indexed until what was done is committed; steps
#: of a building from one look at what is new to the next.
BATCH, COMMIT, LOOK = 200, 20_000, 10
#: Ids of one comparison; those below the newest that are compared each time: on a server, ids come out of order.
RANGE, TAIL = 1_000, 300
#: Seconds between two comparisons of everything, and between two counts of the people.
DAILY, COUNTING = 86_400.0, 60.0
#: Seconds to rest after a step: while there is much to do, while everything is compared, when all is done.
BUSY, SWEEPING, IDLE = 0.002, 0.25, 2.0
#: Steps that may fail in a row before the next one waits.
TRIES = 3
#: Problems of the database or the disk, not of the index.
_PASSING = frozenset({"locked", "disk-full", "read-only", "cannot-open", "gone", "pool-full", "replaced"})
#: How many rows of an index are looked up to see that it is of this database.
SAMPLE = 20


@dataclass(frozen=True, slots=True)
class Step:
    """What was done: `rest` are the seconds to wait; `done` and `total` messages; `ours`: this process may write;
    `idle`: nothing is left that a search would miss."""

    rest: float
    done: int = 0
    total: int = 0
    ours: bool = True
    idle: bool = False


class Upkeep:
    """One step after another, in one thread; each is short."""

    def __init__(self, database: Database, index: Index, clock: Clock) -> None:
        self.database = database
        self.index = index
        self.clock = clock
        self.state = IndexState(why_not=index.why_not)
        self._uncommitted = self._failed = self._steps = 0
        self._many = BATCH
        self._proved: object = None
        self._counted = 0.0

    def step(self, many: int | None = None) -> Step:
        """Does a little, with at most so `many` rows. Raises DatabaseProblem of the application's database; what is
        wrong with the index is mended by the next step."""
        self._many = many or BATCH
        if not self.index.claim():
            self._look()
            return Step(IDLE, ours=False)
        try:
            progress = self.index.opened()
            self._prove(progress)
            rest = self._work(progress)
        except _Replaced:
            self.index.discard()
            return self._again()
        except DatabaseProblem as problem:
            self._uncommitted = 0
            return Step(IDLE, ours=False) if problem.id in _PASSING else self._again()
        self._failed = 0
        built = progress.top + 1 - (progress.bottom if progress.bottom is not None else progress.top + 1)
        return Step(rest, built, progress.top + 1 - progress.first, idle=rest != BUSY)

    def _again(self) -> Step:
        """Anew at once, but not for ever."""
        self._failed += 1
        return Step(BUSY) if self._failed <= TRIES else Step(IDLE, ours=False)

    def close(self) -> None:
        """Commits, and lets others write."""
        self.index.close()

    def _look(self) -> None:
        progress = self.index.progress() if self.index.why_not is None else None
        self.state = state_of(progress, why_not=self.index.why_not)

    # What is to do, the most urgent first

    def _work(self, progress: Progress) -> float:
        with self.database.read() as session:
            busy = self._begin(session, progress)
            self._steps += 1
            if progress.built or self._steps % LOOK == 1:
                busy = self._newer(session, progress) or busy
                busy = self._newer_people(session, progress) or busy
                busy = self._followed(session, progress) or busy
            if not busy:
                busy = self._older(session, progress)
            sweeping = False
            if not busy and progress.built:
                self._count(session, progress)
                sweeping = self._sweep(session, progress)
        if busy or sweeping:
            commit = self._uncommitted >= COMMIT or not busy
            self.index.keep(progress, commit=commit)
            self._uncommitted = 0 if commit else self._uncommitted
        elif self._uncommitted:
            self.index.keep(progress, commit=True)
            self._uncommitted = 0
        self.state = state_of(progress)
        if busy:
            return BUSY
        if sweeping:
            return SWEEPING if not progress.due else BUSY * 5
        if progress.erase:
            progress.erase = self.index.erase()
            self.index.keep(progress, commit=True)
            return BUSY * 5
        return IDLE

    def _begin(self, session: Session, progress: Progress) -> bool:
        """The first step of a new index: from the newest message on, both ways."""
        if progress.bottom is not None:
            return False
        newest = session.execute(select(func.max(messages.c.id))).scalar() or 0
        progress.first = session.execute(select(func.min(messages.c.id))).scalar() or 0
        progress.top, progress.bottom = int(newest), int(newest) + 1
        progress.due = self.clock().timestamp() + DAILY
        if self.database.features.console_tables:
            for name, column in (("edits", _edits.c.id), ("amends", _amends.c.id), ("journal", _journal.c.id)):
                progress.seen[name] = int(session.execute(select(func.max(column))).scalar() or 0)
        return True

    def _newer(self, session: Session, progress: Progress) -> bool:
        query = _message_query().where(messages.c.id > progress.top).order_by(messages.c.id).limit(self._many)
        rows = session.execute(query).all()
        if not rows:
            return False
        if self.database.engine == "postgresql":
            self._compare(session, Kind.MESSAGES, max(progress.bottom or 0, progress.top - TAIL), progress.top)
        self._put(Kind.MESSAGES, _documents(rows))
        progress.top = int(rows[-1][0])
        return True

    def _older(self, session: Session, progress: Progress) -> bool:
        if progress.built or progress.bottom is None:
            return False
        query = _message_query().where(messages.c.id < progress.bottom).order_by(messages.c.id.desc()).limit(self._many)
        rows = session.execute(query).all()
        if rows:
            # Ascending: the index takes texts in the order of their ids.
            self._put(Kind.MESSAGES, _documents(rows[::-1]))
            progress.bottom = int(rows[-1][0])
        progress.built = len(rows) < self._many
        if progress.built:
            self._uncommitted = COMMIT
        return True

    def _newer_people(self, session: Session, progress: Progress) -> bool:
        query = _people_query().where(users.c.id > progress.people).order_by(users.c.id).limit(self._many)
        rows = session.execute(query).all()
        if rows:
            self._put(Kind.PEOPLE, _people(rows))
            progress.people = int(rows[-1][0])
            progress.people_count += len(rows)
        return len(rows) == self._many

    def _followed(self, session: Session, progress: Progress) -> bool:
        """Edits that Frontdesk received or made, and people whom it deleted."""
        if not self.database.features.console_tables:
            return False
        seen, before = progress.seen, dict(progress.seen)
        changed: list[int] = []
        received = select(_edits.c.id, _edits.c.message_id).where(_edits.c.id > seen.get("edits", 0))
        for id, message_id in session.execute(received.order_by(_edits.c.id).limit(self._many)):
            seen["edits"] = int(id)
            changed.append(int(message_id))
        made = select(_amends.c.id, _amends.c.message_id, _amends.c.state, _amends.c.created_at)
        made = made.where(_amends.c.id > seen.get("amends", 0)).order_by(_amends.c.id).limit(self._many)
        for id, message_id, state, at in session.execute(made):
            changed.append(int(message_id))
            if state == Amended.ASKED and at is not None and self.clock() - at < UNDER_WAY:
                break  # it may be done by the next look
            seen["amends"] = int(id)
        for id in changed:
            if (progress.bottom or 0) <= id <= progress.top:
                self._compare(session, Kind.MESSAGES, id, id)
        deleted = (_journal.c.id > seen.get("journal", 0)) & (_journal.c.action == "delete")
        if (last := session.execute(select(func.max(_journal.c.id)).where(deleted)).scalar()) is not None:
            seen["journal"] = int(last)
            self._at_once(progress)
        return seen != before

    # Comparing everything

    def _count(self, session: Session, progress: Progress) -> None:
        """Whether anybody has gone, which is told by how many there are."""
        now = self.clock().timestamp()
        if now >= progress.due and not any(at is not None for at in progress.swept.values()):
            progress.swept = {Kind.MESSAGES: progress.bottom, Kind.PEOPLE: 0}
            progress.due = now + DAILY
        if abs(now - self._counted) < COUNTING:
            return
        self._counted = now
        newest = int(session.execute(select(func.max(messages.c.id))).scalar() or 0)
        there = int(session.execute(select(func.count()).select_from(users)).scalar_one())
        if newest < progress.top:
            # Taken out now: their numbers may come again.
            self.index.change(Kind.MESSAGES, self.index.known(Kind.MESSAGES, newest + 1, progress.top), ())
            progress.top, self._uncommitted = newest, COMMIT
            self._at_once(progress)
        if there < progress.people_count:
            self._at_once(progress)

    def _at_once(self, progress: Progress) -> None:
        progress.swept = {Kind.PEOPLE: 0, Kind.MESSAGES: 0}
        progress.due, progress.erase = 0.0, True

    def _sweep(self, session: Session, progress: Progress) -> bool:
        """The next range of a comparison that is under way; False when none is."""
        for kind in (Kind.PEOPLE, Kind.MESSAGES):
            at = progress.swept.get(kind)
            if at is None:
                continue
            top = progress.top if kind is Kind.MESSAGES else progress.people
            if at > top:
                progress.swept[kind] = None
                return True
            last = min(at + RANGE - 1, top)
            found, gone = self._compare(session, kind, at, last)
            if kind is Kind.PEOPLE:
                progress.people_count -= gone
            progress.erase = progress.erase or bool(gone)
            progress.swept[kind] = last + 1 if found else self._next(session, kind, last + 1)
            return True
        if progress.due:
            return False
        progress.due = self.clock().timestamp() + DAILY
        return True

    def _next(self, session: Session, kind: Kind, at: int) -> int:
        """Past a gap of the ids."""
        column = messages.c.id if kind is Kind.MESSAGES else users.c.id
        following = session.execute(select(func.min(column)).where(column >= at)).scalar()
        known = self.index.known(kind, at, at + 100 * RANGE)
        near = [id for id in (following, min(known, default=None)) if id is not None]
        return int(min(near)) if near else at + 100 * RANGE

    def _compare(self, session: Session, kind: Kind, first: int, last: int) -> tuple[int, int]:
        """Makes the index say what the database says of these ids; how many there are, and how many had gone."""
        column = messages.c.id if kind is Kind.MESSAGES else users.c.id
        query = _message_query() if kind is Kind.MESSAGES else _people_query()
        rows = session.execute(query.where(column.between(first, last)).order_by(column)).all()
        make = _documents if kind is Kind.MESSAGES else _people
        known = self.index.known(kind, first, last)
        there = {int(row[0]): row for row in rows}
        fresh = [row for id, row in there.items() if known.get(id) != _mark(kind, row)]
        gone = [id for id in known if id not in there]
        stale = [int(row[0]) for row in fresh if int(row[0]) in known]
        if fresh or gone:
            self.index.change(kind, [*gone, *stale], make(fresh))
            self._uncommitted = COMMIT
        elif rows:
            self._try(kind, make([random.choice(rows)])[0])
        return len(rows), len(gone)

    def _try(self, kind: Kind, document: Document) -> None:
        """A text that is said to be in the index is looked for: damage may hide where nothing reads as broken."""
        if len(document.folded) < GRAM or self._uncommitted:
            return
        found = self.index.find(kind, (document.folded,), below=document.id + 1, since=None, until=None, limit=1)
        if found is not None and document.id not in found:
            raise _Replaced

    def _put(self, kind: Kind, documents: Sequence[Document]) -> None:
        self.index.change(kind, (), documents)
        self._uncommitted += len(documents)

    def _prove(self, progress: Progress) -> None:
        """That the index is of this database: of the rows that it knows some are as it knows them."""
        if self._proved == progress.first or progress.bottom is None:
            return
        known = dict(self.index.known(Kind.MESSAGES, progress.bottom, progress.bottom + SAMPLE))
        known |= self.index.known(Kind.MESSAGES, progress.top - SAMPLE, progress.top)
        if known:
            with self.database.read() as session:
                query = _message_query().where(messages.c.id.in_(bindparam("ids", expanding=True)))
                rows = session.execute(query, {"ids": list(known)}).all()
            if not any(known[int(row[0])] == _mark(Kind.MESSAGES, row) for row in rows):
                raise _Replaced
        self._proved = progress.first


class _Replaced(Exception):
    """The index is of another database, or does not find what lies in it."""


def state_of(progress: Progress | None, *, why_not: str | None = None) -> IndexState:
    """How far the index is, for those who search."""
    if progress is None or progress.bottom is None:
        return IndexState(why_not=why_not)
    if progress.built:
        return IndexState(1.0)
    span = progress.top - progress.first + 1
    # Never said to be whole before it is.
    share = (progress.top + 1 - progress.bottom) / span if span > 0 else 0.0
    return IndexState(min(0.999, max(0.0, share)), building=True)


def _message_query() -> Any:
    at = type_coerce(messages.c.created_at, SortKey).label("at")
    return select(messages.c.id, messages.c.body, messages.c.conversation_id, at)


def _people_query() -> Any:
    return select(users.c.id, users.c.first_name, users.c.last_name, users.c.username, users.c.telegram_id)


def _documents(rows: Sequence[Sequence[Any]]) -> list[Document]:
    return [
        Document(int(id), fold_for_search(body or ""), _mark(Kind.MESSAGES, (id, body)), int(conversation_id), at)
        for id, body, conversation_id, at in rows
    ]


def _people(rows: Sequence[Sequence[Any]]) -> list[Document]:
    return [Document(int(row[0]), person_text(*row[1:]), _mark(Kind.PEOPLE, row)) for row in rows]


def person_text(first_name: str | None, last_name: str | None, username: str | None, telegram_id: int | None) -> str:
    """What a person is found by, folded."""
    named = f"@{username}" if username else ""
    return fold_for_search(f"{full_name(first_name, last_name)} {named} {telegram_id or ''}")


def _mark(kind: Kind, row: Sequence[Any]) -> int:
    said = row[1] if kind is Kind.MESSAGES else "\0".join(str(each) for each in row[1:])
    return zlib.crc32((said or "").encode("utf-8", "surrogatepass"))
