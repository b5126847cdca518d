"""The order of Users: whom a search and a filter leave, one keyset page after another.

An order is a list of runs, each served by one statement: those with a date before those without, those whose name is
meant before those who only wrote the words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, cast, exists, func, literal, not_, or_, select, true, type_coerce
from sqlmodel import Session

from models.rules.access import NAMELESS
from models.rules.bands import BOUNDS, Band
from models.rules.text import fold_text, for_storage
from models.rules.translit import spellings
from models.services.access_facts import enrollments
from models.services.drift import Span, has_expired, in_drift, is_expiring
from models.services.keyset import above, below
from models.services.people_slices import MANY, SLICE, Along, Passes, Run, along_index
from models.services.reach_marks import MOVED, came_back, reach_table
from models.services.slices import Walk
from models.tables.extended import conversations, messages, users
from models.tables.functions import fold
from models.tables.message_codes import MessageDirection
from models.tables.types import SortKey
from models.views import Cursor, Features, IdPage, PeopleFilter, PeopleSort
from models.views.access import DRIFT_OF

_ESCAPE = "\\"
#: Fewer letters are in everybody's messages.
_SHORTEST_WORDS = 3
_LOW, _HIGH = BOUNDS[Band.EXPLORING][0], BOUNDS[Band.READY][1]


def ids_page(
    session: Session,
    features: Features,
    now: datetime,
    search: str,
    filter: PeopleFilter,
    sort: PeopleSort,
    after: Cursor | None,
    limit: int,
    *,
    walk: Walk | None = None,
    passes_under_way: Passes | None = None,
) -> IdPage:
    """Ids from after the cursor; a page that ends one run goes on with the next. With `walk` it may be a short one,
    read in slices."""
    everybody = (search, filter, sort) == ("", PeopleFilter.ALL, PeopleSort.NEWEST)
    only = None if walk is None or passes_under_way is None or everybody else SLICE
    condition = passes(filter, features, now, only=only)
    runs = [(found & condition, run) for found in _searched(search) for run in _runs(sort, filter, features, only)]
    number, cursor = _position(after)
    ids: list[int] = []
    while number < len(runs):
        found, run = runs[number]
        many, cut = limit - len(ids), None
        if walk is None or passes_under_way is None or only is None:
            rows: Sequence[Any] = session.execute(run.make(found, cursor).limit(many)).all()
        elif run.along in (Along.ID, Along.TIME):
            rows, cut = along_index(session, walk, run, found, cursor, many)
        else:
            asked = (search, filter, sort, number)
            rows, cut = passes_under_way.page(session, walk, run, found, asked, cursor, many)
        ids += [int(row[0]) for row in rows]
        if cut is not None and walk is not None:
            return IdPage(tuple(ids), replace(cut, second=f"{number} {cut.second or ''}".rstrip()), walk.walked)
        if rows and len(ids) >= limit:
            return IdPage(tuple(ids), Cursor(key=rows[-1][1], second=str(number), id=ids[-1]))
        number, cursor = number + 1, None
    return IdPage(tuple(ids), None)


def _position(after: Cursor | None) -> tuple[int, Cursor | None]:
    """The run a cursor stands in, and the cursor as this run has it."""
    if after is None:
        return 0, None
    number, _, second = (after.second or "0").partition(" ")
    return int(number), replace(after, second=second or None)


def passes(filter: PeopleFilter, features: Features, now: datetime, *, only: Span | None = None) -> ColumnElement[bool]:
    """The condition of a filter on `users`, `only` of those of a span; nobody, where this database can't tell."""
    nobody = not_(true())
    match filter:
        case PeopleFilter.ALL:
            return true()
        case PeopleFilter.ADMIN:
            return users.c.admin.is_(True)
        case PeopleFilter.PAID:
            return users.c.paid.is_(True) if features.paid else nobody
        case PeopleFilter.SIGNED_IN:
            return users.c.authenticated.is_(True)
        case PeopleFilter.NEVER_WROTE:
            incoming = messages.c.direction == int(MessageDirection.INCOMING)
            return ~exists(select(messages.c.id).where(messages.c.user_id == users.c.id, incoming).correlate(users))
        case PeopleFilter.BLOCKED:
            return blocked(features) if features.console_tables else nobody
        case PeopleFilter.EXPIRED | PeopleFilter.EXPIRING:
            if not (features.planned or features.console_tables):
                return nobody
            return (has_expired if filter is PeopleFilter.EXPIRED else is_expiring)(features, now, only=only)
        case _:
            return in_drift(DRIFT_OF[filter], features, now, only=only)


def blocked(features: Features) -> ColumnElement[bool]:
    """Whether Telegram would refuse a message to the person. Needs our tables."""
    marked = select(reach_table.c.telegram_id).where(
        reach_table.c.telegram_id == users.c.telegram_id,
        reach_table.c.kind != MOVED,
        ~came_back(features, reach_table.c.telegram_id, reach_table.c.since),
    )
    return marked.correlate(users).exists()


def folded_name() -> ColumnElement[str]:
    """The full name as shown, for searching and sorting."""
    both = func.coalesce(users.c.first_name, "") + " " + func.coalesce(users.c.last_name, "")
    return fold(func.coalesce(func.nullif(func.trim(both), ""), NAMELESS))


def _searched(search: str) -> list[ColumnElement[bool]]:
    """Who is meant, and then who is not, but wrote the words."""
    wanted = fold_text(for_storage(search).strip())
    if not wanted:
        return [true()]
    meant = _named(wanted)
    if wanted.startswith("@") or wanted.isdigit() or len(wanted) < _SHORTEST_WORDS:
        return [meant]
    incoming = messages.c.direction == int(MessageDirection.INCOMING)
    said = fold(messages.c.body).like(_pattern(wanted), escape=_ESCAPE)
    wrote = exists(select(messages.c.id).where(messages.c.user_id == users.c.id, incoming, said).correlate(users))
    return [meant, wrote & not_(func.coalesce(meant, literal(False)))]


def _named(wanted: str) -> ColumnElement[bool]:
    """Names and usernames in either alphabet, Telegram ids, in any part."""
    username = fold(func.coalesce(users.c.username, ""))
    # A select without a table is not flattened into the outer one: each text is folded once, not for each spelling.
    once = select(username.label("username"), folded_name().label("name")).correlate(users).subquery("once")
    columns = (once.c.username,) if wanted.startswith("@") else (once.c.username, once.c.name)
    patterns = [_pattern(spelling) for spelling in spellings(wanted.removeprefix("@"))]
    named = exists(
        select(literal(1))
        .select_from(once)
        .where(or_(*(column.like(pattern, escape=_ESCAPE) for pattern in patterns for column in columns)))
    )
    if wanted.isdigit():
        return or_(named, cast(users.c.telegram_id, String).like(_pattern(wanted), escape=_ESCAPE))
    return named


def _pattern(text: str) -> str:
    text = text.replace(_ESCAPE, _ESCAPE * 2).replace("%", _ESCAPE + "%").replace("_", _ESCAPE + "_")
    return f"%{text}%"


def _runs(sort: PeopleSort, filter: PeopleFilter, features: Features, only: Span | None) -> list[Run]:
    newest = Run(_newest, Along.ID)
    match sort:
        case PeopleSort.NEWEST:
            return [newest]
        case PeopleSort.NAME:
            return [Run(_by_name, Along.PEOPLE)]
        case PeopleSort.LAST_MESSAGE:
            silent = ~_has(_at.is_not(None))
            # Of few, each is sooner looked for than everybody's conversation passed by.
            dated = Run(_dated, Along.TIME if filter in MANY else Along.PEOPLE, falling=True)
            return [dated, Run(lambda found, after: _newest(found & silent, after), Along.ID)]
        case PeopleSort.SCORE:
            unscored = ~_has(_score.between(_LOW, _HIGH))
            along = Along.CONVERSATIONS if filter in MANY else Along.PEOPLE
            scored = Run(_scored, along, falling=True, column=_score)
            return [scored, Run(lambda found, after: _newest(found & unscored, after), Along.ID)]
    if not (features.planned or features.console_tables):
        return [newest]
    ends = _ends(features, only)
    endless = users.c.id.not_in(select(ends.c.user_id))
    return [
        Run(lambda found, after: _ending(ends, found, after), Along.PEOPLE, column=ends.c.last),
        Run(lambda found, after: _newest(found & endless, after), Along.ID),
    ]


_at = conversations.c.last_message_at
_score = conversations.c.ai_ready_score


def _first() -> ColumnElement[bool]:
    """The row of `conversations` is the person's first; the lowest id wins where races left several."""
    theirs = conversations.alias("theirs")
    lowest = select(func.min(theirs.c.id)).where(theirs.c.user_id == users.c.id).correlate(users)
    return conversations.c.id == lowest.scalar_subquery()


def _has(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists(select(conversations.c.id).where(_first(), condition).correlate(users))


def _newest(found: ColumnElement[bool], after: Cursor | None) -> Select[Any]:
    query = select(users.c.id, literal(None)).where(found)
    if after is not None:
        query = query.where(users.c.id < after.id)
    return query.order_by(users.c.id.desc())


def _by_name(found: ColumnElement[bool], after: Cursor | None) -> Select[Any]:
    name = folded_name()
    query = select(users.c.id, name).where(found)
    if after is not None:
        query = query.where(above(name, users.c.id, after.key, after.id))
    return query.order_by(name, users.c.id)


def _dated(found: ColumnElement[bool], after: Cursor | None) -> Select[Any]:
    # Stored text, not a parsed time: the cursor then stands where the index stands.
    key = type_coerce(_at, SortKey)
    query = _joined(key).where(found, _first(), _at.is_not(None))
    if after is not None:
        query = query.where(below(key, users.c.id, after.key, after.id))
    return query.order_by(_at.desc(), users.c.id.desc())


def _scored(found: ColumnElement[bool], after: Cursor | None) -> Select[Any]:
    query = _joined(_score).where(found, _first(), _score.between(_LOW, _HIGH))
    if after is not None:
        query = query.where(below(_score, users.c.id, after.key, after.id))
    return query.order_by(_score.desc(), users.c.id.desc())


def _joined(key: ColumnElement[Any]) -> Select[Any]:
    return select(users.c.id, key).select_from(conversations.join(users, users.c.id == conversations.c.user_id))


def _ends(features: Features, only: Span | None) -> Any:
    """Who has access that ends, and when: the last of its tiers, none of them for life."""
    e = enrollments(features)
    last = type_coerce(func.max(e.c.expires_at), SortKey).label("last")
    bounded = func.count() == func.count(e.c.expires_at)
    query = select(e.c.user_id, last)
    query = query if only is None else query.where(e.c.user_id.between(only.first, only.last))
    return query.group_by(e.c.user_id).having(bounded).subquery("ends")


def _ending(ends: Any, found: ColumnElement[bool], after: Cursor | None) -> Select[Any]:
    query = select(users.c.id, ends.c.last).select_from(ends.join(users, users.c.id == ends.c.user_id)).where(found)
    if after is not None:
        query = query.where(above(ends.c.last, users.c.id, after.key, after.id))
    return query.order_by(ends.c.last, users.c.id)
