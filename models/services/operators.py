"""Who is at the keyboard: a row of `console_operators`, linked to a user when one matches."""

from __future__ import annotations

from sqlalchemy import select
from sqlmodel import Session
from sqlmodel import select as select_rows

from models.rules.clock import Clock
from models.store.database import Database
from models.store.turns import take_turn
from models.tables.console_operators import OperatorRow
from models.tables.extended import users
from models.views import Operator


def ensure_operator(database: Database, handle: str, clock: Clock) -> Operator:
    """Finds or makes the operator of this name (`@username`, a Telegram id or a free name).

    Raises Refused('read-only-session'), DatabaseProblem.
    """
    name = handle.strip() or "operator"
    with database.write() as session:
        take_turn(session, f"operator {name}")
        user_id, admin = _matching_user(session, name)
        now = clock()
        row = session.exec(select_rows(OperatorRow).where(OperatorRow.handle == name)).first()
        if row is None:
            row = OperatorRow(handle=name, user_id=user_id, created_at=now, last_seen_at=now)
            session.add(row)
        row.user_id = user_id
        row.last_seen_at = now
        session.flush()
        return Operator(id=row.id or 0, name=name, user_id=user_id, non_admin=user_id is not None and not admin)


def known_operator(database: Database, handle: str) -> Operator | None:
    """The operator of this name, if a former session made one; writes nothing. Raises DatabaseProblem."""
    name = handle.strip() or "operator"
    with database.read() as session:
        user_id, admin = _matching_user(session, name)
        row = session.exec(select_rows(OperatorRow).where(OperatorRow.handle == name)).first()
        if row is None:
            return None
        return Operator(id=row.id or 0, name=name, user_id=user_id, non_admin=user_id is not None and not admin)


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
