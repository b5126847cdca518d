"""Whom "typing…" may be shown to: a nicety, so whatever speaks against it stops it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from models.errors import Refused
from models.rules.clock import Clock
from models.rules.delivery import IN_LINE
from models.services.channels import channel_of
from models.services.pacing import pause_of
from models.services.reach import of
from models.store.database import Database
from models.tables.console_outbox import OutboxRow
from models.tables.extended import conversations, users

_outbox = OutboxRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Whom:
    """The chat that "typing…" goes to."""

    chat_id: int
    business_connection_id: str | None


class Presence:
    """Reads only."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock

    def whom(self, conversation_id: int, channel: str | None = None) -> Whom | None:
        """None: no chat is known, no channel is open, they can't be reached, a reply of ours is on its way to them, or
        Telegram asked the bot to wait. Raises DatabaseProblem."""
        if not self.database.features.console_tables:
            return None
        with self.database.read() as session:
            person = conversations.outerjoin(users, users.c.id == conversations.c.user_id)
            query = select(users.c.telegram_id).select_from(person).where(conversations.c.id == conversation_id)
            chat_id = session.execute(query).scalar()
            if chat_id is None or pause_of(session, self.clock()) is not None:
                return None
            try:
                connection_id = channel_of(session, self.database.features, conversation_id, channel)
            except Refused:
                return None
            if connection_id is None and of(session, int(chat_id)) is not None:
                return None
            ours = (_outbox.c.chat_id == chat_id) & _outbox.c.state.in_(sorted(IN_LINE))
            if session.execute(select(_outbox.c.id).where(ours).limit(1)).first() is not None:
                return None
            return Whom(int(chat_id), connection_id)
