"""The search index of a server's database: tables of ours in it, so that all consoles share one.

Whoever is first writes a step; who worked on the same step meanwhile finds that it is done, and lets go.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, insert, literal_column, select, update
from sqlalchemy.dialects import postgresql
from sqlmodel import Session

from models.errors import DatabaseProblem
from models.rules.search import all_grams, grams
from models.store.database import Database
from models.store.search_index import Document, Kind, Progress
from models.store.turns import take_turn
from models.tables.console_marks import MarkRow
from models.tables.console_search import SearchPersonRow, SearchRow

_marks: Table = MarkRow.__table__  # type: ignore[attr-defined]
_messages: Table = SearchRow.__table__  # type: ignore[attr-defined]
_people: Table = SearchPersonRow.__table__  # type: ignore[attr-defined]
_TABLES: dict[Kind, tuple[Any, Any]] = {
    Kind.MESSAGES: (_messages, _messages.c.message_id),
    Kind.PEOPLE: (_people, _people.c.user_id),
}
#: The name of the progress among the marks, and the shape of what is indexed: another one is built anew.
KEY, FORMAT = "search", 1
#: Newest rows that are looked through without the index of pieces: what everybody writes is among them.
NEWEST = 3_000


class TableIndex:
    """What is changed is kept in memory until `keep` writes it, in one transaction with the progress."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._stored: str | None = None
        self._gone: dict[Kind, set[int]] = {kind: set() for kind in Kind}
        self._new: dict[Kind, dict[int, Document]] = {kind: {} for kind in Kind}

    @property
    def why_not(self) -> str | None:
        """Why there is none."""
        if not self.database.features.console_tables:
            return "no-tables"
        return "read-only" if self.database.read_only and self.progress() is None else None

    # Reading

    def progress(self) -> Progress | None:
        with self.database.read() as session:
            return self._load(session)[1]

    def _load(self, session: Session) -> tuple[str | None, Progress | None]:
        stored: str | None = session.execute(select(_marks.c.value).where(_marks.c.key == KEY)).scalar()
        try:
            value = json.loads(stored) if stored is not None else {}
            return stored, Progress(**value["progress"]) if value.get("format") == FORMAT else None
        except (ValueError, TypeError, KeyError, AttributeError):
            return stored, None

    def find(
        self, kind: Kind, words: Sequence[str], *, below: int | None, since: str | None, until: str | None, limit: int
    ) -> list[int] | None:
        table, key = _TABLES[kind]
        wanted = list(dict.fromkeys(gram for word in words for gram in grams(word)))
        holds = _holds(table.c.grams, wanted)
        where = [] if below is None else [key < below]
        with self.database.read() as session:
            if since is None and until is None:
                newest = select(key, table.c.grams).where(*where).order_by(key.desc()).limit(NEWEST).subquery()
                among = select(newest.c[key.name]).where(_holds(newest.c.grams, wanted))
                ids = session.execute(among.order_by(newest.c[key.name].desc()).limit(limit)).scalars().all()
                if len(ids) >= limit:
                    return [int(id) for id in ids]
            if kind is Kind.MESSAGES:
                where += [table.c.at >= _moment(since)] if since is not None else []
                where += [table.c.at < _moment(until)] if until is not None else []
            # On its own: with the order and the limit the planner would walk all rows backwards for a rare word.
            found = select(key.label("id")).where(holds, *where).cte("found").prefix_with("MATERIALIZED")
            query = select(found.c.id).order_by(literal_column("id").desc()).limit(limit)
            return [int(id) for id in session.execute(query).scalars()]

    # Writing

    def claim(self) -> bool:
        return not self.database.read_only and self.database.features.console_tables

    def release(self) -> None:
        """Nothing is held."""

    def opened(self) -> Progress:
        self._forget()
        with self.database.read() as session:
            self._stored, progress = self._load(session)
        if self._stored is not None and progress is None:
            self.discard()
        return progress or Progress()

    def known(self, kind: Kind, first: int, last: int) -> Mapping[int, int]:
        table, key = _TABLES[kind]
        with self.database.read() as session:
            rows = session.execute(select(key, table.c.mark).where(key.between(first, last)))
            return {int(id): int(mark) for id, mark in rows}

    def change(self, kind: Kind, gone: Iterable[int], documents: Sequence[Document]) -> None:
        self._gone[kind] |= set(gone)
        self._new[kind] |= {each.id: each for each in documents}

    def keep(self, progress: Progress, *, commit: bool) -> None:
        value = json.dumps({"format": FORMAT, "progress": asdict(progress)})
        with self.database.write() as session:
            take_turn(session, KEY)
            if self._load(session)[0] != self._stored:
                # Another process did this step.
                self._forget()
                raise DatabaseProblem("locked")
            for kind in Kind:
                self._write(session, kind)
            now = self.database.clock()
            if self._stored is None:
                session.execute(insert(_marks).values(key=KEY, value=value, updated_at=now))
            else:
                session.execute(update(_marks).where(_marks.c.key == KEY).values(value=value, updated_at=now))
        self._stored = value
        self._forget()

    def _write(self, session: Session, kind: Kind) -> None:
        table, key = _TABLES[kind]
        gone, new = self._gone[kind] - set(self._new[kind]), self._new[kind]
        if gone:
            session.execute(delete(table).where(key.in_(sorted(gone))))
        if not new:
            return
        rows = [
            {key.name: each.id, "mark": each.mark, "grams": list(all_grams(each.folded))}
            | ({"conversation_id": each.conversation_id, "at": _moment(each.at)} if kind is Kind.MESSAGES else {})
            for each in new.values()
        ]
        statement = postgresql.insert(table)
        columns = {name: statement.excluded[name] for name in rows[0] if name != key.name}
        session.execute(statement.on_conflict_do_update(index_elements=[key], set_=columns), rows)

    def _forget(self) -> None:
        for kind in Kind:
            self._gone[kind].clear()
            self._new[kind].clear()

    def erase(self) -> bool:
        """What a server deletes, its own vacuum clears away."""
        return False

    def discard(self) -> None:
        with self.database.write() as session:
            take_turn(session, KEY)
            for kind in Kind:
                session.execute(delete(_TABLES[kind][0]))
            session.execute(delete(_marks).where(_marks.c.key == KEY))
        self._stored = None

    def close(self) -> None:
        """Nothing is open."""


def _holds(grams: ColumnElement[Any], wanted: Sequence[str]) -> ColumnElement[bool]:
    return grams.bool_op("@>")(wanted)


def _moment(stored: str | None) -> datetime | None:
    """A stored time; what no calendar holds has none."""
    try:
        return None if stored is None else datetime.fromisoformat(stored).replace(tzinfo=UTC)
    except ValueError:
        return None
