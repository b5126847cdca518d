"""What is wrong in a database, kind by kind, with counts and ids. Reads only; mending is `models.services.repair`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Table, column, func, inspect, not_, or_, select, table, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.sql.expression import TableClause
from sqlmodel import Session

from models.errors import NotFound
from models.rules.clock import Clock
from models.rules.progress import Progress, silent
from models.rules.sales import CURRENCIES, STATUSES, TIERS
from models.rules.stuck import STUCK
from models.services.check_columns import odd_flags, odd_times
from models.store.database import Database
from models.tables.extended import conversations, messages, users
from models.tables.message_codes import MessageDirection
from models.views import Features

#: How many rows of a kind are named; all are counted.
NAMED = 1000
#: A bot's token, wherever it stands.
TOKEN = re.compile(r"bot\d+:[\w-]{20,}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Row:
    """One row that is wrong; `what` is our own wording, never the row's text."""

    table: str
    id: int
    what: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind: how many rows, and the first of them."""

    name: str
    count: int
    rows: tuple[Row, ...]


Look = Callable[[Session, Features, Clock], Iterable[Row]]


def integrity(session: Session, features: Features, clock: Clock) -> Iterable[Row]:
    """SQLite only: PostgreSQL's own tools (`pg_amcheck`) look at its files."""
    if session.get_bind().dialect.name == "sqlite":
        try:
            found = [str(said) for (said,) in session.execute(text("PRAGMA integrity_check(100)"))]
        except DatabaseError:
            # Too broken to be looked through.
            found = ["the file can't be read"]
        yield from (Row("database", 0, said) for said in found if said != "ok")


def foreign_keys(session: Session, features: Features, clock: Clock) -> Iterable[Row]:
    found = inspect(session.connection())
    for name in sorted(found.get_table_names()):
        for key in found.get_foreign_keys(name):
            [[own], [other]] = key["constrained_columns"], key["referred_columns"]
            child = table(name, column("id"), column(own)).alias("child")
            parent = table(key["referred_table"], column(other)).alias("parent")
            orphans = select(child.c.id).where(
                child.c[own].is_not(None), ~select(parent.c[other]).where(parent.c[other] == child.c[own]).exists()
            )
            for (id,) in session.execute(orphans.order_by(child.c.id)):
                yield Row(name, id, f"{own} names no row of {key['referred_table']}")


def unread_counters(session: Session, features: Features, clock: Clock) -> Iterable[Row]:
    """The counter is right when it is the number of incoming messages that are not read; NULL breaks the web inbox."""
    counted = (
        select(messages.c.conversation_id, func.count().label("unread"))
        .where(messages.c.direction == int(MessageDirection.INCOMING), messages.c.read.is_(False))
        .group_by(messages.c.conversation_id)
        .subquery()
    )
    right = func.coalesce(counted.c.unread, 0)
    stored = conversations.c.unread_count
    query = select(conversations.c.id, stored, right).outerjoin_from(
        conversations, counted, counted.c.conversation_id == conversations.c.id
    )
    query = query.where(or_(stored.is_(None), stored != right)).order_by(conversations.c.id)
    for id, has, wanted in session.execute(query):
        yield Row("conversations", id, f"unread_count is {'NULL' if has is None else has}, should be {wanted}")


def duplicates(session: Session, features: Features, clock: Clock) -> Iterable[Row]:
    """Messages after the first with one Telegram id in one conversation, and there in one channel: business
    connections count by themselves."""
    by: list[ColumnElement[object]] = [messages.c.conversation_id, messages.c.telegram_message_id]
    if features.channels:
        by.append(func.coalesce(messages.c.business_connection_id, ""))
    first = func.min(messages.c.id).over(partition_by=by).label("first")
    ranked = select(messages.c.id, first).where(messages.c.telegram_message_id.is_not(None)).subquery()
    query = select(ranked.c.id, ranked.c.first).where(ranked.c.id != ranked.c.first).order_by(ranked.c.id)
    for id, original in session.execute(query):
        yield Row("messages", id, f"the same Telegram message as {original}")


def several_conversations(session: Session, features: Features, clock: Clock) -> Iterable[Row]:
    """The application uses the lowest id; the others are seen by nobody there."""
    first = func.min(conversations.c.id).over(partition_by=conversations.c.user_id).label("first")
    ranked = select(conversations.c.id, conversations.c.user_id, first).subquery()
    query = select(ranked).where(ranked.c.id != ranked.c.first).order_by(ranked.c.id)
    for id, user, original in session.execute(query):
        yield Row("conversations", id, f"person {user} has conversation {original} already")


def owner_columns(session: Session, features: Features, clock: Clock) -> Iterable[Row]:
    """Shape H: without an owner every message to the conversation is rolled back in the application, and lost."""
    if features.owner_columns:
        own = conversations.c
        query = select(own.id).where(or_(own.conversable_type.is_(None), own.conversable_id.is_(None)))
        for (id,) in session.execute(query.order_by(own.id)):
            yield Row("conversations", id, "conversable_type and conversable_id are missing")


def unpaid_admins(session: Session, features: Features, clock: Clock) -> Iterable[Row]:
    if features.paid:
        query = select(users.c.id).where(users.c.admin.is_(True), users.c.paid.is_not(True))
        for (id,) in session.execute(query.order_by(users.c.id)):
            yield Row("users", id, "admin, and not paid")


def values(session: Session, features: Features, clock: Clock) -> Iterable[Row]:
    """Values outside what the application gives a meaning to. Which one would be right nobody can tell."""
    own, line = conversations.c, messages.c
    wrong: list[tuple[TableClause | Table, ColumnElement[bool], str]] = [
        (messages, line.direction.not_in([0, 1]), "direction is neither 0 nor 1"),
        (conversations, own.unread_count < 0, "unread_count is below 0"),
        (conversations, not_(own.ai_ready_score.between(0, 100)), "ai_ready_score is not from 0 to 100"),
        (users, users.c.session_token == "", "session_token is empty, not NULL"),
    ]
    if features.channels:
        wrong.append((messages, line.source_type.not_in([0, 1]), "source_type is neither 0 nor 1"))
    planned = {"tier": ("enrollments", TIERS), "status": ("payments", STATUSES), "currency": ("", CURRENCIES)}
    names = set(inspect(session.connection()).get_table_names())
    for name, (where, known) in planned.items():
        for each in (where,) if where else ("enrollments", "payments"):
            if each in names:
                rows = table(each, column("id"), column(name))
                wrong.append((rows, rows.c[name].not_in(known), f"{name} is none that is known"))
    for rows, is_wrong, what in wrong:
        for (id,) in session.execute(select(rows.c.id).where(is_wrong).order_by(rows.c.id)):
            yield Row(rows.name, id, what)
    yield from (Row(*odd) for odd in odd_flags(session))


def times(session: Session, features: Features, clock: Clock) -> Iterable[Row]:
    """SQLite only: a spelling that sorts wrong as text, or that the application can't read."""
    yield from (Row(where, id, f"{name} is spelled otherwise") for where, id, name, _ in odd_times(session))


def stuck_ai(session: Session, features: Features, clock: Clock) -> Iterable[Row]:
    own = conversations.c
    since = clock() - STUCK
    query = select(own.id).where(own.ai_processing.is_(True), or_(own.updated_at < since, own.updated_at.is_(None)))
    for (id,) in session.execute(query.order_by(own.id)):
        yield Row("conversations", id, "the AI is at work for more than 10 minutes")


def avatar_tokens(session: Session, features: Features, clock: Clock) -> Iterable[Row]:
    """Addresses of pictures that hold the bot's token: everybody who sees one can be the bot."""
    names = {found["name"] for found in inspect(session.connection()).get_columns("users")}
    if "avatar_url" in names:
        query = select(users.c.id, users.c.avatar_url).where(users.c.avatar_url.like("%bot%:%"))
        for id, url in session.execute(query.order_by(users.c.id)):
            if TOKEN.search(str(url)):
                yield Row("users", id, "avatar_url holds a bot token")


#: Every kind, in the order of the report.
KINDS: dict[str, Look] = {
    "integrity": integrity,
    "foreign-keys": foreign_keys,
    "unread-counters": unread_counters,
    "duplicates": duplicates,
    "several-conversations": several_conversations,
    "owner-columns": owner_columns,
    "unpaid-admins": unpaid_admins,
    "values": values,
    "times": times,
    "stuck-ai": stuck_ai,
    "avatar-tokens": avatar_tokens,
}


def check(
    database: Database, clock: Clock, *, kinds: Sequence[str] = tuple(KINDS), progress: Progress = silent
) -> tuple[Finding, ...]:
    """Looks for each kind on one snapshot; in a damaged file for no other. Raises DatabaseProblem."""
    found = []
    with database.read() as session:
        for number, name in enumerate(kinds):
            progress("check", number, len(kinds))
            count, named = 0, []
            for row in KINDS[name](session, database.features, clock):
                count += 1
                if count <= NAMED:
                    named.append(row)
            found.append(Finding(name, count, tuple(named)))
            if name == "integrity" and count:
                break
    return tuple(found)


def known(name: str) -> str:
    """Raises NotFound('kind-not-found')."""
    if name not in KINDS:
        raise NotFound("kind-not-found", name=name, known=tuple(KINDS))
    return name
