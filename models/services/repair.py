"""Mending one kind of what `models.services.check` finds, with what the application itself would have written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, or_, select, text, update
from sqlmodel import Session

from models.errors import Refused
from models.rules.clock import Clock
from models.rules.progress import Progress, silent
from models.rules.stuck import STUCK
from models.services.check import KINDS, TOKEN, Row, known
from models.services.check_columns import odd_times
from models.services.journal import write_entry
from models.store.database import Database
from models.tables.extended import conversations, messages, users
from models.tables.message_codes import MessageDirection
from models.tables.types import parse_rails_text, rails_text
from models.views import Features, Operator

#: Rows mended in one transaction: the application's writers wait for it.
BATCH = 200
DATABASE = "database"


@dataclass(frozen=True, slots=True)
class Mended:
    """How many rows were mended, and those that were left as they are since nobody can tell what is right."""

    name: str
    count: int
    left: tuple[Row, ...]


#: Mends what is still wrong of these rows, in the write session it is given: the application may have been faster.
#: Names those that are right now.
Mend = Callable[[Session, Features, Clock, Sequence[Row]], set[Row]]


def _unread_counters(session: Session, features: Features, clock: Clock, rows: Sequence[Row]) -> set[Row]:
    ids = [row.id for row in rows]
    _recount(session, ids)
    return set(rows)


def _recount(session: Session, ids: Sequence[int]) -> None:
    right = (
        select(func.count())
        .where(
            messages.c.conversation_id == conversations.c.id,
            messages.c.direction == int(MessageDirection.INCOMING),
            messages.c.read.is_(False),
        )
        .scalar_subquery()
    )
    session.execute(update(conversations).where(conversations.c.id.in_(ids)).values(unread_count=right))


def _duplicates(session: Session, features: Features, clock: Clock, rows: Sequence[Row]) -> set[Row]:
    """A copy that says the same in the same direction goes; one that differs stays for a person to judge."""
    mended: set[Row] = set()
    touched: set[int] = set()
    for row in rows:
        columns = (messages.c.conversation_id, messages.c.telegram_message_id, messages.c.body, messages.c.direction)
        copy = session.execute(select(*columns).where(messages.c.id == row.id)).mappings().first()
        if copy is None:
            continue
        same = select(func.min(messages.c.id)).where(
            messages.c.conversation_id == copy["conversation_id"],
            messages.c.telegram_message_id == copy["telegram_message_id"],
            messages.c.body == copy["body"],
            messages.c.direction == copy["direction"],
            messages.c.id < row.id,
        )
        if session.execute(same).scalar() is not None:
            session.execute(delete(messages).where(messages.c.id == row.id))
            mended.add(row)
            touched.add(copy["conversation_id"])
    _recount(session, sorted(touched))
    return mended


def _owner_columns(session: Session, features: Features, clock: Clock, rows: Sequence[Row]) -> set[Row]:
    ids = {row.id for row in rows}
    own = conversations.c
    session.execute(
        update(conversations)
        .where(own.id.in_(ids), or_(own.conversable_type.is_(None), own.conversable_id.is_(None)))
        .values(conversable_type="User", conversable_id=own.user_id)
    )
    return set(rows)


def _unpaid_admins(session: Session, features: Features, clock: Clock, rows: Sequence[Row]) -> set[Row]:
    """As `update_column` does: without `updated_at`."""
    ids = {row.id for row in rows}
    session.execute(update(users).where(users.c.id.in_(ids), users.c.admin.is_(True)).values(paid=True))
    return set(rows)


def _times(session: Session, features: Features, clock: Clock, rows: Sequence[Row]) -> set[Row]:
    """The same moment in the application's spelling. What it can't read either stays."""
    wanted = {(row.table, row.id) for row in rows}
    left = set()
    for table, id, column, value in list(odd_times(session, {row.id for row in rows})):
        if (table, id) not in wanted:
            continue
        moment = parse_rails_text(value)
        if moment is None:
            left.add((table, id))
            continue
        statement = text(f'UPDATE "{table}" SET "{column}" = :value WHERE id = :id')
        session.execute(statement, {"value": rails_text(moment), "id": id})
    return {row for row in rows if (row.table, row.id) not in left}


def _stuck_ai(session: Session, features: Features, clock: Clock, rows: Sequence[Row]) -> set[Row]:
    ids = {row.id for row in rows}
    own = conversations.c
    dead = or_(own.updated_at < clock() - STUCK, own.updated_at.is_(None))
    session.execute(
        update(conversations)
        .where(own.id.in_(ids), own.ai_processing.is_(True), dead)
        .values(ai_processing=False, updated_at=clock())
    )
    return set(rows)


def _avatar_tokens(session: Session, features: Features, clock: Clock, rows: Sequence[Row]) -> set[Row]:
    """The address goes, and initials show; the token in it is known to others by now and has to be replaced."""
    ids = {row.id for row in rows}
    found = session.execute(select(users.c.id, users.c.avatar_url).where(users.c.id.in_(ids))).all()
    holding = {id for id, url in found if url is not None and TOKEN.search(str(url))}
    session.execute(update(users).where(users.c.id.in_(holding)).values(avatar_url=None))
    return set(rows)


#: What can be mended. Of the other kinds only a person knows what is right, or a backup.
MENDS: dict[str, Mend] = {
    "unread-counters": _unread_counters,
    "duplicates": _duplicates,
    "owner-columns": _owner_columns,
    "unpaid-admins": _unpaid_admins,
    "times": _times,
    "stuck-ai": _stuck_ai,
    "avatar-tokens": _avatar_tokens,
}


def repair(
    database: Database,
    clock: Clock,
    operator: Operator,
    source: str,
    name: str,
    *,
    expected: int,
    progress: Progress = silent,
) -> Mended:
    """Mends every row of one kind, in short transactions with an entry of the journal in each; run again after a kill
    it goes on with what is left. `expected` is the number that was confirmed: when more are wrong by now, nothing is
    done.

    Raises NotFound('kind-not-found'), Refused('no-repair', 'read-only-session', 'count-changed'), DatabaseProblem.
    """
    mend = mender(name)
    with database.read() as session:
        rows = tuple(KINDS[name](session, database.features, clock))
    if len(rows) > expected:
        raise Refused("count-changed", expected=expected, found=len(rows))
    left: list[Row] = []
    done = 0
    for batch in _batches(rows):
        with database.write() as session:
            mended = mend(session, database.features, clock, batch)
            if mended:
                _note(session, clock, operator, source, name, sorted(row.id for row in mended))
        left += [row for row in batch if row not in mended]
        done += len(mended)
        progress("mend", done, len(rows))
    return Mended(name, done, tuple(left))


def mender(name: str) -> Mend:
    """Raises NotFound('kind-not-found'), Refused('no-repair')."""
    if known(name) not in MENDS:
        raise Refused("no-repair", name=name, known=tuple(MENDS))
    return MENDS[name]


def _batches(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]


def _note(session: Session, clock: Clock, operator: Operator, source: str, name: str, ids: Sequence[int]) -> None:
    write_entry(
        session,
        clock,
        operator,
        source,
        action=f"repair {name}",
        user_id=0,
        before={"wrong": list(ids)},
        after={"mended": len(ids)},
        reason=None,
        subject_type=DATABASE,
    )
