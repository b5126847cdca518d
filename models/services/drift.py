"""Where the facts of access disagree: six kinds, who is in each, and what mends it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, ColumnElement, Select, and_, case, exists, false, func, or_, select

from models.rules.access import full_name
from models.rules.clock import Clock
from models.rules.expiry import SOON
from models.services.access_facts import ACCESS, enrollments, payments
from models.services.journal import USER, journal_table, texts_table
from models.store.database import Database
from models.tables.extended import users
from models.views import Features
from models.views.access import MENDS, Drift, DriftCount, DriftRow


class Span(NamedTuple):
    """People by id, from the first to the last."""

    first: BindParameter[Any]
    last: BindParameter[Any]


def in_drift(kind: Drift, features: Features, now: datetime, *, only: int | Span | None = None) -> ColumnElement[bool]:
    """The condition on `users` for one kind. Admins have access in any case, and are in none. With `only`, where nobody
    else is asked about, or nobody outside a span, what others bought is not read."""
    if not features.paid or not (features.planned or features.console_tables):
        return false()
    person = ~users.c.admin.is_(True)
    access = and_(person, users.c.paid.is_(True))
    match kind:
        case Drift.PAID_WITHOUT_ENROLLMENT:
            given = and_(has_expired(features, now, only=only), _by_hand(features, only))
            return and_(access, or_(~_enrolled(features, only), given))
        case Drift.EXPIRED_BUT_PAID:
            return and_(access, has_expired(features, now, only=only), ~_by_hand(features, only))
        case Drift.ENROLLED_BUT_NOT_PAID:
            return and_(person, ~users.c.paid.is_(True), _current(features, now, only))
        case Drift.PAID_FOR_NOT_ENROLLED:
            p = payments(features)
            bought = _theirs(p, only).where(p.c.status == "completed")
            return and_(person, users.c.id.in_(bought), ~_enrolled(features, only))
        case Drift.REFUNDED_WITH_ACCESS:
            return and_(access, _refunded(features, only))
        case _:
            return and_(access, is_expiring(features, now, only=only))


def has_expired(features: Features, now: datetime, *, only: int | Span | None = None) -> ColumnElement[bool]:
    """Had a tier, and none lasts."""
    return and_(_enrolled(features, only), ~_current(features, now, only))


def _by_hand(features: Features, only: int | Span | None) -> ColumnElement[bool]:
    """The mark was given without a tier after the last one had ended, and nothing was done about the access since."""
    if not features.console_tables:
        return false()
    e, j = enrollments(features), journal_table
    later = j.alias("later")
    ended = select(func.max(e.c.expires_at)).where(e.c.user_id == users.c.id).correlate(users)
    if only is not None and not isinstance(only, Span):
        ended = ended.where(e.c.user_id == only)
    same = and_(later.c.subject_type == USER, later.c.subject_id == j.c.subject_id, later.c.id > j.c.id)
    since = exists(select(later.c.id).where(same, later.c.action.in_(ACCESS)).correlate(j))
    mine = and_(j.c.subject_type == USER, j.c.subject_id == users.c.id, j.c.action == "paid.on")
    return exists(select(j.c.id).where(mine, j.c.at > ended.scalar_subquery(), ~since).correlate(users))


def is_expiring(features: Features, now: datetime, *, only: int | Span | None = None) -> ColumnElement[bool]:
    """The last tier to end does so within `SOON` days."""
    e = enrollments(features)
    last = func.max(e.c.expires_at)
    soon = and_(func.count() == func.count(e.c.expires_at), last > now, last <= now + timedelta(days=SOON))
    return users.c.id.in_(_theirs(e, only).group_by(e.c.user_id).having(soon))


def _theirs(facts: Any, only: int | Span | None) -> Select[Any]:
    """Whose the facts are."""
    query = select(facts.c.user_id)
    if isinstance(only, Span):
        return query.where(facts.c.user_id.between(only.first, only.last))
    return query if only is None else query.where(facts.c.user_id == only)


def _enrolled(features: Features, only: int | Span | None) -> ColumnElement[bool]:
    return users.c.id.in_(_theirs(enrollments(features), only))


def _current(features: Features, now: datetime, only: int | Span | None) -> ColumnElement[bool]:
    e = enrollments(features)
    return users.c.id.in_(_theirs(e, only).where(or_(e.c.expires_at.is_(None), e.c.expires_at > now)))


def _refunded(features: Features, only: int | Span | None) -> ColumnElement[bool]:
    """The newest payment that counts was given back."""
    p = payments(features)
    refunded = func.max(case((p.c.status == "refunded", p.c.id)))
    completed = func.coalesce(func.max(case((p.c.status == "completed", p.c.id))), 0)
    return users.c.id.in_(_theirs(p, only).group_by(p.c.user_id).having(refunded > completed))


def ending(features: Features) -> list[ColumnElement[Any]]:
    """Columns of `users`: `expires_at` of the tier that lasts longest, and how many `tiers` there are."""
    if not (features.planned or features.console_tables):
        return []
    e = enrollments(features)
    last = select(e.c.expires_at).where(e.c.user_id == users.c.id).correlate(users)
    many = select(func.count()).select_from(e).where(e.c.user_id == users.c.id).correlate(users)
    return [
        last.order_by(e.c.expires_at.desc().nulls_first()).limit(1).scalar_subquery().label("expires_at"),
        many.scalar_subquery().label("tiers"),
    ]


def why_given(features: Features) -> list[ColumnElement[Any]]:
    """Columns of `users`: who last gave access without an enrollment, and why."""
    if not features.console_tables:
        return []
    j = journal_table
    joined = j.outerjoin(texts_table, texts_table.c.entry_id == j.c.id)
    mine = and_(j.c.subject_type == USER, j.c.subject_id == users.c.id, j.c.action == "paid.on")
    return [
        select(column).select_from(joined).where(mine).correlate(users).order_by(j.c.id.desc()).limit(1)
        .scalar_subquery().label(name)
        for column, name in ((texts_table.c.reason, "given_why"), (j.c.operator_name, "given_by"))
    ]  # fmt: skip


class Drifts:
    """Reads only."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock

    def counts(self) -> tuple[DriftCount, ...]:
        """Every kind, with the people in it. Raises DatabaseProblem."""
        now, features = self.clock(), self.database.features
        found = []
        with self.database.read() as session:
            for kind in Drift:
                query = select(users.c.id).where(in_drift(kind, features, now)).order_by(users.c.id)
                ids = tuple(int(id) for id in session.execute(query).scalars())
                found.append(DriftCount(kind, len(ids), ids, MENDS[kind]))
        return tuple(found)

    def kinds_of(self, user_id: int) -> tuple[Drift, ...]:
        """The kinds that one person is in."""
        now, features = self.clock(), self.database.features
        columns = [in_drift(kind, features, now, only=user_id) for kind in Drift]
        with self.database.read() as session:
            row = session.execute(select(*columns).where(users.c.id == user_id)).first()
        return () if row is None else tuple(kind for kind, found in zip(Drift, row, strict=True) if found)

    def rows(self, kind: Drift, *, after: int = 0, limit: int = 200) -> tuple[DriftRow, ...]:
        """People of a kind by id, with when their access ends and why it was given, if somebody said."""
        now, features = self.clock(), self.database.features
        names = [users.c[name] for name in ("id", "first_name", "last_name", "username")]
        query = select(*names, *ending(features), *why_given(features))
        query = query.where(in_drift(kind, features, now), users.c.id > after).order_by(users.c.id).limit(limit)
        with self.database.read() as session:
            return tuple(
                DriftRow(
                    user_id=row["id"],
                    person_name=full_name(row["first_name"], row["last_name"]),
                    username=row["username"],
                    expires_at=row.get("expires_at"),
                    reason=row.get("given_why"),
                    operator_name=row.get("given_by"),
                )
                for row in session.execute(query).mappings()
            )
