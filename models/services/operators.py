"""Who is at the keyboard: a row of `console_operators`, linked to a user when one matches."""

from __future__ import annotations

from sqlalchemy import insert, select, update
from sqlmodel import Session

from models.rules.clock import Clock
from models.store.database import Database
from models.store.turns import take_turn
from models.tables.console_operators import OperatorRow
from models.tables.extended import users
from models.views import Operator

# Columns, not entities: the first entity asked for sets up all that is mapped, half of what opening a desk takes.
_operators = OperatorRow.__table__  # type: ignore[attr-defined]


def ensure_operator(database: Database, handle: str, clock: Clock) -> Operator:
    """Finds or makes the operator of this name (`@username`, a Telegram id or a free name).

    Raises Refused('read-only-session'), DatabaseProblem.
    """
    name = handle.strip() or "operator"
    with database.write() as session:
        take_turn(session, f"operator {name}")
        user_id, admin = _matching_user(session, name)
        now = clock()
        id, values = _id_of(session, name), {"user_id": user_id, "last_seen_at": now}
        if id is None:
            made = insert(_operators).values(handle=name, created_at=now, **values)
            id = session.execute(made.returning(_operators.c.id)).scalar_one()
        else:
            session.execute(update(_operators).where(_operators.c.id == id).values(**values))
        return Operator(id=int(id), name=name, user_id=user_id, non_admin=user_id is not None and not admin)


def known_operator(database: Database, handle: str) -> Operator | None:
    """The operator of this name, if a former session made one; writes nothing. Raises DatabaseProblem."""
    name = handle.strip() or "operator"
    with database.read() as session:
        user_id, admin = _matching_user(session, name)
        id = _id_of(session, name)
        if id is None:
            return None
        return Operator(id=id, name=name, user_id=user_id, non_admin=user_id is not None and not admin)


def _id_of(session: Session, name: str) -> int | None:
    return session.execute(select(_operators.c.id).where(_operators.c.handle == name)).scalar()


def _matching_user(session: Session, name: str) -> tuple[int | None, bool]:
    query = select(users.c.id, users.c.admin).order_by(users.c.id).limit(1)
    if name.startswith("@"):
        query = query.where(users.c.username == name[1:])
    elif name.isascii() and name.isdigit() and len(name) < 19:
        query = query.where(users.c.telegram_id == int(name))
    else:
        return None, False
    row = session.execute(query).first()
    return (int(row[0]), bool(row[1])) if row else (None, False)
