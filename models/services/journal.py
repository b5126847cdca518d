"""The journal: who did what, written in the same transaction as the act, read and searched afterwards."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, and_, delete, exists, func, insert, or_, select, true
from sqlmodel import Session

from models.rules.access import full_name
from models.rules.clock import Clock
from models.rules.money import Money
from models.rules.receipts import receipt_key
from models.rules.text import fold_text, for_storage
from models.services.keyset import page
from models.store.database import Database
from models.tables.console_journal import JournalRow, JournalTextRow
from models.tables.extended import users
from models.tables.functions import ESCAPE, containing, fold
from models.views import Cursor, Features, IdPage, JournalEntry, JournalFilter, Operator

journal_table = JournalRow.__table__  # type: ignore[attr-defined]
texts_table = JournalTextRow.__table__  # type: ignore[attr-defined]
#: `subject_type` of an act on a person.
USER = "user"
#: Rows that one statement of an export reads.
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Facts:
    """What a grant, renewal, refund … is about, in columns that can be searched and reckoned with."""

    tier: str | None = None
    receipt: str | None = None
    amount: Money | None = None
    expires_at: datetime | None = None
    refers_to: int | None = None


_NO_FACTS = Facts()


def write_entry(
    session: Session,
    clock: Clock,
    operator: Operator,
    source: str,
    *,
    action: str,
    user_id: int,
    before: Mapping[str, object],
    after: Mapping[str, object],
    reason: str | None,
    facts: Facts = _NO_FACTS,
    subject_type: str = USER,
) -> int:
    """One entry, about a person unless `subject_type` says otherwise; returns its id. Call it in the write session of
    the act itself. No word of or about a person but the reason, which is kept apart and can be dropped."""
    made = session.execute(
        insert(journal_table)
        .values(
            at=clock(),
            operator_id=operator.id,
            operator_name=operator.name,
            source=source,
            action=action,
            subject_type=subject_type,
            subject_id=user_id,
            before=json.dumps(dict(before), ensure_ascii=False),
            after=json.dumps(dict(after), ensure_ascii=False),
            tier=facts.tier,
            receipt=facts.receipt,
            receipt_key=receipt_key(facts.receipt) if facts.receipt else None,
            amount=facts.amount.amount if facts.amount else None,
            currency=facts.amount.currency if facts.amount else None,
            expires_at=facts.expires_at,
            refers_to=facts.refers_to,
        )
        .returning(journal_table.c.id)
    )
    entry_id = int(made.scalar_one())
    if reason and reason.strip():
        session.execute(insert(texts_table).values(entry_id=entry_id, reason=for_storage(reason)))
    return entry_id


def drop_texts(session: Session, user_id: int) -> None:
    """Takes the words out of every entry about a person; the facts stay. For the deletion of the person."""
    theirs = select(journal_table.c.id).where(_about(user_id))
    session.execute(delete(texts_table).where(texts_table.c.entry_id.in_(theirs)))


def entries_of(session: Session, features: Features, user_id: int, *, limit: int = 50) -> tuple[JournalEntry, ...]:
    """The newest entries about a person, newest first."""
    if not features.console_tables:
        return ()
    query = select_entries().where(_about(user_id)).order_by(journal_table.c.id.desc()).limit(limit)
    return tuple(to_entry(row) for row in session.execute(query).mappings())


def select_entries() -> Select[Any]:
    """All entries with their reasons and the names of the people they are about; add `where`, `order_by`, `limit`."""
    later = journal_table.alias("later")
    undone = exists(select(later.c.id).where(later.c.refers_to == journal_table.c.id, later.c.action == "undo"))
    names = (users.c.id.label("person_id"), users.c.first_name, users.c.last_name, users.c.username)
    return select(journal_table, texts_table.c.reason, *names, undone.label("taken_back")).select_from(_joined())


def _joined() -> Any:
    return journal_table.outerjoin(texts_table, texts_table.c.entry_id == journal_table.c.id).outerjoin(
        users, and_(journal_table.c.subject_type == USER, users.c.id == journal_table.c.subject_id)
    )


def to_entry(row: RowMapping) -> JournalEntry:
    """One row of `select_entries()`."""
    names = ("id", "at", "operator_name", "source", "action", "before", "after", "reason", "subject_type")
    more = ("subject_id", "username", "tier", "receipt", "expires_at", "refers_to")
    known = row["person_id"] is not None
    return JournalEntry(
        **{name: row[name] for name in (*names, *more)},
        person_name=full_name(row["first_name"], row["last_name"]) if known else None,
        amount=None if row["amount"] is None else Money(row["amount"], row["currency"]),
        taken_back=bool(row["taken_back"]),
    )


def _about(user_id: int) -> ColumnElement[bool]:
    return and_(journal_table.c.subject_type == USER, journal_table.c.subject_id == user_id)


_EVERYTHING = JournalFilter()


class Journal:
    """Reads only; empty without our tables."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def ids(self, wanted: JournalFilter = _EVERYTHING, *, after: Cursor | None = None, limit: int = 200) -> IdPage:
        """One keyset page of entries, newest first. One statement. Raises DatabaseProblem."""
        if not self.database.features.console_tables:
            return IdPage((), None)
        j = journal_table
        query = select(j.c.id, j.c.id).select_from(_joined()).where(*_conditions(wanted))
        if after is not None:
            query = query.where(j.c.id < after.id)
        with self.database.read() as session:
            return page(session.execute(query.order_by(j.c.id.desc()).limit(limit)).all(), limit)

    def rows(self, ids: Sequence[int]) -> tuple[JournalEntry, ...]:
        """Entries in the order of `ids`. One statement. Raises DatabaseProblem."""
        if not ids or not self.database.features.console_tables:
            return ()
        with self.database.read() as session:
            rows = session.execute(select_entries().where(journal_table.c.id.in_(list(ids)))).mappings()
            found = {row["id"]: to_entry(row) for row in rows}
        return tuple(found[id] for id in ids if id in found)

    def page(
        self,
        *,
        search: str = "",
        actions: Collection[str] = (),
        user_id: int | None = None,
        operator_id: int | None = None,
        before: int | None = None,
        limit: int = 200,
    ) -> tuple[JournalEntry, ...]:
        """Newest first, ids below `before`; otherwise as `JournalFilter`. Raises DatabaseProblem."""
        if not self.database.features.console_tables:
            return ()
        query = select_entries().where(*_conditions(JournalFilter(search, frozenset(actions), user_id, operator_id)))
        if before is not None:
            query = query.where(journal_table.c.id < before)
        with self.database.read() as session:
            rows = session.execute(query.order_by(journal_table.c.id.desc()).limit(limit)).mappings()
            return tuple(to_entry(row) for row in rows)

    def export(self, wanted: JournalFilter = _EVERYTHING) -> Iterator[JournalEntry]:
        """Every entry that is wanted, oldest first, a few at a time. Raises DatabaseProblem."""
        last = 0
        while self.database.features.console_tables:
            query = select_entries().where(journal_table.c.id > last, *_conditions(wanted))
            with self.database.read() as session:
                found = session.execute(query.order_by(journal_table.c.id).limit(_CHUNK)).mappings()
                entries = [to_entry(row) for row in found]
            yield from entries
            if len(entries) < _CHUNK:
                return
            last = entries[-1].id

    def operators(self) -> tuple[tuple[int, str], ...]:
        """Id and name of everybody who ever did something that stands here, by name. Raises DatabaseProblem."""
        if not self.database.features.console_tables:
            return ()
        j = journal_table
        newest = select(func.max(j.c.id)).group_by(j.c.operator_id)
        query = select(j.c.operator_id, j.c.operator_name).where(j.c.id.in_(newest))
        with self.database.read() as session:
            found = [(int(row[0]), str(row[1])) for row in session.execute(query)]
        return tuple(sorted(found, key=lambda each: (each[1].casefold(), each[0])))

    def count(self) -> int:
        """How many entries there are."""
        if not self.database.features.console_tables:
            return 0
        with self.database.read() as session:
            return int(session.execute(select(func.count()).select_from(journal_table)).scalar_one())


def _conditions(wanted: JournalFilter) -> list[ColumnElement[bool]]:
    found = [_matches(wanted.search)] if wanted.search.strip() else []
    if wanted.actions:
        found.append(journal_table.c.action.in_(sorted(wanted.actions)))
    if wanted.user_id is not None:
        found.append(_about(wanted.user_id))
    if wanted.operator_id is not None:
        found.append(journal_table.c.operator_id == wanted.operator_id)
    return found


def _matches(search: str) -> ColumnElement[bool]:
    wanted = fold_text(for_storage(search).strip())
    conditions: list[ColumnElement[bool]] = []
    for word in wanted.split():
        bare = word.removeprefix("@")
        pattern = containing(bare)
        columns = [journal_table.c.operator_name, journal_table.c.action, journal_table.c.tier, texts_table.c.reason]
        columns += [users.c.first_name, users.c.last_name, users.c.username]
        found = [fold(func.coalesce(column, "")).like(pattern, escape=ESCAPE) for column in columns]
        if key := receipt_key(word):
            found.append(journal_table.c.receipt_key.like(f"%{key}%"))
        conditions.append(or_(*found))
    return and_(*conditions) if conditions else true()
