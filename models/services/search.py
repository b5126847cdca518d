"""Search over all messages and people: the index names who may hold the words, the database says who does.

What the index does not know yet, or can't know (one or two letters), is looked for among the newest messages, so far
and no further, and the page says how far.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, select
from sqlmodel import Session

from models.errors import NotFound
from models.rules.access import full_name
from models.rules.clock import monotonic
from models.rules.search import GRAM, PERSON, US, Query, fold_for_search, holds, parse, snippet
from models.rules.translit import LONGEST as LONGEST_NAME
from models.rules.translit import spellings
from models.services.directions import direction_of
from models.services.search_upkeep import person_text, state_of
from models.store.database import Database
from models.store.search_index import Index, Kind
from models.tables.extended import conversations, messages, users
from models.tables.message_codes import MessageDirection
from models.tables.types import rails_text
from models.views import Hit, IndexState, PersonHit, SearchPage

#: Hits of a page; people above them; people that a `from:` may mean.
LIMIT, PEOPLE, NAMESAKES = 50, 5, 50
#: Seconds that one page may take. Messages that are looked at without the index: in one read, and in all.
PATIENCE, WINDOW, SCAN = 0.8, 2_000, 20_000
#: A person's or a conversation's messages are read outright up to so many.
FEW = 5_000
#: Candidates whose texts are read at once.
CHUNK = 500


class Search:
    """Reads only. `index` may be another's to write."""

    def __init__(self, database: Database, index: Index) -> None:
        self.database = database
        self.index = index

    def state(self) -> IndexState:
        """How far the index is."""
        why_not = self.index.why_not
        return state_of(None if why_not else self.index.progress(), why_not=why_not)

    def find(self, text: str, *, limit: int = LIMIT, below: int | None = None) -> SearchPage:
        """The newest messages that `text` (see models.rules.search) asks for, and on the first page the people. `below`
        is the last page's `next`. Raises Usage('bad-filter'), NotFound('conversation-not-found'), DatabaseProblem."""
        query = parse(text)
        if query.empty:
            return SearchPage(index=self.state())
        with self.database.read() as session:
            people: tuple[PersonHit, ...] = ()
            name = " ".join(query.words)
            if below is None and name and len(name) <= LONGEST_NAME and not query.filtered:
                people = self._people_hits(session, self._people(session, name, PEOPLE))
            page = _Page(self, session, query, limit, below).found()
        return replace(page, people=people)

    # People

    def _people(self, session: Session, name: str, limit: int) -> list[int]:
        """Whose name, @username or Telegram id holds `name`, newest first."""
        found: dict[int, None] = {}
        if len(name) < GRAM or self.index.why_not is not None or self.index.progress() is None:
            # Without the index, or with too little for it: among the newest people, no further.
            newest = _people_query_of().order_by(users.c.id.desc()).limit(WINDOW)
            return [int(row[0]) for row in session.execute(newest) if holds(person_text(*row[1:5]), name.split())][
                :limit
            ]
        for spelling in spellings(name):
            words = spelling.split()
            long = [word for word in words if len(word) >= GRAM]
            if not words or not long:
                continue
            below: int | None = None
            # The index names who may be meant; few rounds are enough for who is.
            for _ in range(4):
                ids = self.index.find(Kind.PEOPLE, long, below=below, since=None, until=None, limit=200)
                if not ids:
                    break
                for row in session.execute(_people_query(), {"ids": ids}):
                    if holds(person_text(*row[1:5]), words):
                        found[int(row[0])] = None
                below = min(ids)
                if len(found) >= limit or len(ids) < 200:
                    break
        return sorted(found, reverse=True)[:limit]

    def _people_hits(self, session: Session, ids: Sequence[int]) -> tuple[PersonHit, ...]:
        if not ids:
            return ()
        found = {
            int(row[0]): PersonHit(int(row[0]), row[4], full_name(row[1], row[2]), row[3], row[5])
            for row in session.execute(_people_query(), {"ids": list(ids)})
        }
        return tuple(found[id] for id in ids if id in found)


class _Page:
    """One page in the making."""

    def __init__(self, search: Search, session: Session, query: Query, limit: int, below: int | None) -> None:
        self._search, self._session, self._query = search, session, query
        self._index, self._features = search.index, search.database.features
        self._limit, self._below = limit, below
        self._deadline = monotonic() + PATIENCE
        self._hits: list[Hit] = []
        self._statement: Any = None
        self._sure = False
        self._looked_at = 0
        self._conditions = self._filters()
        self._since, self._until = _midnight(query.after), _midnight(query.before)

    def found(self) -> SearchPage:
        if self._conversations is not None:
            few = self._few(self._conversations)
            if few is not None:
                self._take(few)
                return self._page(None)
        progress = self._index.progress() if self._index.why_not is None else None
        state = state_of(progress, why_not=self._index.why_not)
        asked = self._query.long
        if not asked or progress is None or progress.bottom is None:
            return replace(self._scanned(), index=state, short=bool(self._query.words) and not asked)
        # What came since the index was written.
        if (stopped_at := self._scan(progress.top)) is not None or len(self._hits) > self._limit:
            return replace(self._page(stopped_at), index=state)
        below = min(self._below or progress.top + 1, progress.top + 1)
        many = self._limit + 1 if not self._query.filtered else 4 * self._limit
        self._sure = not self._query.filtered
        while len(self._hits) <= self._limit:
            ids = self._index.find(
                Kind.MESSAGES, asked, below=below, since=_stored(self._since), until=_stored(self._until), limit=many
            )
            if ids is None:
                return replace(self._scanned(), index=replace(state, share=0.0))
            if not ids:
                below = progress.bottom
                break
            self._take_of(ids)
            self._sure = False
            below = min(ids)
            if len(ids) < many:
                below = progress.bottom
                break
            many = min(2 * many, WINDOW)
            if monotonic() > self._deadline:
                return replace(self._page(below), index=state)
        return replace(self._page(None if progress.built else below, unindexed=not progress.built), index=state)

    def _page(self, stopped_at: int | None, *, unindexed: bool = False) -> SearchPage:
        """`stopped_at`: nothing below this id was looked at; `unindexed`: nor can it be, yet."""
        hits = self._hits[: self._limit]
        if len(self._hits) > self._limit:
            return SearchPage(tuple(hits), next=hits[-1].message_id, looked_at=self._looked_at)
        back_to = None if stopped_at is None else self._at(stopped_at)
        return SearchPage(
            tuple(hits), next=None if unindexed else stopped_at, back_to=back_to, looked_at=self._looked_at
        )

    def _scanned(self) -> SearchPage:
        """The newest messages, one after another, so far and no further."""
        self._hits.clear()
        return self._page(self._scan(0))

    def _scan(self, stop: int) -> int | None:
        """Takes hits among the newest messages down to `stop`; where it ended before that, None: it did not."""
        below = self._below
        while self._looked_at < SCAN and len(self._hits) <= self._limit and monotonic() < self._deadline:
            # By number, not by the span of the ids: there may be gaps.
            ids = select(messages.c.id).where(messages.c.id > stop).order_by(messages.c.id.desc()).limit(WINDOW)
            window = self._session.execute(ids if below is None else ids.where(messages.c.id < below)).scalars().all()
            if not window:
                return None
            self._take(self._rows(messages.c.id.between(window[-1], window[0])))
            self._looked_at += len(window)
            below = int(window[-1])
            if len(window) < WINDOW:
                return None
        return below

    def _at(self, id: int) -> datetime | None:
        query = select(messages.c.created_at).where(messages.c.id >= id).order_by(messages.c.id).limit(1)
        at: datetime | None = self._session.execute(query).scalar()
        return at

    def _few(self, ids: Sequence[int]) -> list[Sequence[Any]] | None:
        """All messages of these conversations, newest first; None: too many to read."""
        theirs = messages.c.conversation_id.in_(bindparam("ids", expanding=True))
        many = select(messages.c.id).where(theirs).limit(FEW + 1)
        if len(self._session.execute(many, {"ids": list(ids)}).all()) > FEW:
            return None
        found = self._session.execute(_select().where(theirs, *self._conditions), {"ids": list(ids)}).all()
        rows = [row for row in found if self._below is None or row[0] < self._below]
        return sorted(rows, key=lambda row: row[0], reverse=True)

    def _take_of(self, ids: Sequence[int]) -> None:
        """Of these candidates, newest first, those that hold every word and pass the filters."""
        for at in range(0, len(ids), CHUNK):
            some = list(ids[at : at + CHUNK])
            if not self._query.filtered and not self._sure:
                # Few of these will hold the words. The texts alone are read first: whose they are costs more.
                bodies = self._session.execute(_bodies_query(), {"ids": some})
                some = [id for id, body in bodies if holds(fold_for_search(body or ""), self._query.words)]
            if some:
                self._take(self._session.execute(self._chosen(), {"ids": some}).all())
            if len(self._hits) > self._limit:
                return

    def _chosen(self) -> Any:
        """The statement for the rows of the parameter `ids`, made once: making it takes longer than answering it."""
        if self._statement is None:
            theirs = messages.c.id.in_(bindparam("ids", expanding=True))
            self._statement = _select().where(theirs, *self._conditions).order_by(messages.c.id.desc())
        return self._statement

    def _rows(self, which: ColumnElement[bool]) -> list[Sequence[Any]]:
        query = _select().where(which, *self._conditions)
        return sorted(self._session.execute(query).all(), key=lambda row: row[0], reverse=True)

    def _take(self, rows: Iterable[Sequence[Any]]) -> None:
        """Those that hold every word become hits."""
        words = self._query.words
        for id, conversation_id, user_id, body, direction, at, first, last, username, score in rows:
            if len(self._hits) > self._limit:
                return
            if words and not holds(fold_for_search(body or ""), words):
                continue
            self._hits.append(
                Hit(
                    message_id=int(id),
                    conversation_id=int(conversation_id),
                    user_id=user_id,
                    name=full_name(first, last),
                    username=username,
                    direction=direction_of(direction),
                    created_at=at,
                    score=score,
                    body=body or "",
                    pieces=snippet(body or "", words),
                )
            )

    def _filters(self) -> list[ColumnElement[bool]]:
        """What a message must be; also finds out whose it must be."""
        query = self._query
        found: list[ColumnElement[bool]] = []
        self._conversations: list[int] | None = None
        if query.conversation_id is not None:
            there = select(conversations.c.id).where(conversations.c.id == query.conversation_id)
            if self._session.execute(there).first() is None:
                raise NotFound("conversation-not-found", id=query.conversation_id)
            self._conversations = [query.conversation_id]
        for name in query.names:
            ids = self._search._people(self._session, name, NAMESAKES)
            theirs = set(self._session.execute(_theirs_query(), {"ids": ids}).scalars()) if ids else set()
            among = theirs if self._conversations is None else theirs & set(self._conversations)
            self._conversations = sorted(among)
        if self._conversations is not None:
            found.append(messages.c.conversation_id.in_(self._conversations))
        author = query.author or (PERSON if query.names else None)
        if author is not None:
            direction = MessageDirection.OUTGOING if author == US else MessageDirection.INCOMING
            found.append(messages.c.direction == int(direction))
        if query.score is not None:
            found.append(conversations.c.ai_ready_score.between(*query.score))
        if "unread" in query.kinds:
            found.append(conversations.c.unread_count > 0)
        if "admin" in query.kinds:
            found.append(users.c.admin.is_(True))
        if "paid" in query.kinds:
            found.append(users.c.paid.is_(True) if self._features.paid else users.c.id.is_(None))
        if (since := _midnight(query.after)) is not None:
            found.append(messages.c.created_at >= since)
        if (until := _midnight(query.before)) is not None:
            found.append(messages.c.created_at < until)
        return found


def _midnight(day: date | None) -> datetime | None:
    """Where a day begins, by the clock on the wall here."""
    if day is None:
        return None
    try:
        return datetime.combine(day, time()).astimezone(UTC)
    except (OverflowError, ValueError, OSError):  # the first and the last days that there are
        return datetime.combine(day, time(), UTC)


def _stored(moment: datetime | None) -> str | None:
    return None if moment is None else rails_text(moment)


@cache
def _people_query() -> Any:
    return _people_query_of().where(users.c.id.in_(bindparam("ids", expanding=True)))


def _people_query_of() -> Any:
    first = select(func.min(conversations.c.id)).where(conversations.c.user_id == users.c.id).correlate(users)
    names = (users.c[name] for name in ("id", "first_name", "last_name", "username", "telegram_id"))
    return select(*names, first.scalar_subquery())


@cache
def _select() -> Any:
    names = (messages.c[name] for name in ("id", "conversation_id", "user_id", "body", "direction", "created_at"))
    joined = messages.outerjoin(conversations, conversations.c.id == messages.c.conversation_id)
    joined = joined.outerjoin(users, users.c.id == conversations.c.user_id)
    person = (users.c.first_name, users.c.last_name, users.c.username)
    return select(*names, *person, conversations.c.ai_ready_score).select_from(joined)


@cache
def _bodies_query() -> Any:
    return select(messages.c.id, messages.c.body).where(messages.c.id.in_(bindparam("ids", expanding=True)))


@cache
def _theirs_query() -> Any:
    return select(conversations.c.id).where(conversations.c.user_id.in_(bindparam("ids", expanding=True)))
