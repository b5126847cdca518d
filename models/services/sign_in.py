"""The seed's query patterns around people and sign-in."""

from __future__ import annotations

from sqlmodel import Session, select

from models.errors import NotFound
from models.rules.clock import Clock
from models.rules.text import for_storage
from models.services.recording import find_or_create_conversation
from models.store.database import Database
from models.store.turns import take_turn
from models.tables import User
from models.views import Features


def user_by_telegram_id(session: Session, telegram_id: int) -> User | None:
    """`User.find_by(telegram_id:)`."""
    return session.exec(select(User).where(User.telegram_id == telegram_id)).first()


def user_by_session_token(session: Session, token: str) -> User | None:
    """`User.find_by(session_token:, authenticated: true)`; a blank token finds nobody."""
    if not token:
        return None
    signed_in = User.__table__.c.authenticated.is_(True)  # type: ignore[attr-defined]
    return session.exec(select(User).where(User.session_token == token, signed_in)).first()


def user_by_username(session: Session, username: str) -> User | None:
    """`User.find_by(username:)`: exact; the lowest id where the name was handed on."""
    query = select(User).where(User.username == username)
    return session.exec(query.order_by(User.__table__.c.id)).first()  # type: ignore[attr-defined]


def find_or_create_user(
    database: Database,
    telegram_id: int,
    *,
    username: str | None = None,
    first_name: str | None = None,
    last_name: str | None = None,
) -> int:
    """`User.find_or_create_by(telegram_id:)`; the names are set only on a new row. Raced by others: one row, no error.

    Returns the user's id. Raises Refused('read-only-session'), DatabaseProblem.
    """
    with database.write() as session:
        take_turn(session, f"person {telegram_id}")
        user = user_by_telegram_id(session, telegram_id)
        if user is None:
            user = User(
                telegram_id=telegram_id,
                username=_storable(username),
                first_name=_storable(first_name),
                last_name=_storable(last_name),
            )
            session.add(user)
            session.flush()
        return user.id or 0


def _storable(text: str | None) -> str | None:
    return None if text is None else for_storage(text)


def conversation_of(session: Session, features: Features, clock: Clock, user_id: int) -> int:
    """The person's conversation, first or created, with its owner columns in shape H. In a write session."""
    return find_or_create_conversation(session, features, clock, user_id)


def example_person(database: Database, telegram_id: int, *, username: str, first_name: str, last_name: str) -> int:
    """`User.find_or_create_by(telegram_id:) { |user| … }`: what the block sets, `authenticated` too, is set on a new
    row only. Returns the user's id. Raises Refused('read-only-session'), DatabaseProblem."""
    with database.write() as session:
        user = user_by_telegram_id(session, telegram_id)
        if user is None:
            user = User(
                telegram_id=telegram_id,
                username=username,
                first_name=first_name,
                last_name=last_name,
                authenticated=True,
            )
            session.add(user)
            session.flush()
        return user.id or 0


def complete_authentication(database: Database, user_id: int, token: str) -> None:
    """`user.update(session_token:, authenticated: true)`; a blank token is stored as NULL, since two empty strings
    would collide. Raises NotFound, Refused('read-only-session'), DatabaseProblem for a token of somebody else."""
    with database.write() as session:
        user = _existing(session, user_id)
        user.session_token, user.authenticated = token or None, True


def clear_token(database: Database, user_id: int) -> None:
    """`user.update(session_token: nil, authenticated: false)`: signed out everywhere. Raises NotFound,
    Refused('read-only-session'), DatabaseProblem."""
    with database.write() as session:
        user = _existing(session, user_id)
        user.session_token, user.authenticated = None, False


def _existing(session: Session, user_id: int) -> User:
    user = session.get(User, user_id)
    if user is None:
        raise NotFound("user-not-found", id=user_id)
    return user
