"""In which chats the application's AI is at work on an answer."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from models.errors import Refused
from models.rules.clock import Clock
from models.rules.stuck import STUCK
from models.services.channels import channel_of
from models.services.pacing import Pacing
from models.store.database import Database
from models.tables.extended import conversations, users

#: Most chats that are shown typing at once: it counts against the bot's pace.
_MOST = 10


@dataclass(frozen=True, slots=True)
class Chat:
    """Where "typing" is shown."""

    id: int
    business_connection_id: str | None


class AiWork:
    """Reads only."""

    def __init__(self, database: Database, clock: Clock, pacing: Pacing | None = None) -> None:
        self.database = database
        self.clock = clock
        self.pacing = pacing or Pacing()

    def chats(self) -> tuple[Chat, ...]:
        """The chats of conversations with `ai_processing`, the newest first; none while replies have to wait. The
        seed's loop has no end when an answer gets lost; this one has."""
        now = self.clock()
        with self.database.read() as session:
            if self.database.features.console_tables and self.pacing.quiet(session, now):
                return ()
            query = select(conversations.c.id, users.c.telegram_id)
            query = query.select_from(conversations.join(users, users.c.id == conversations.c.user_id))
            query = query.where(conversations.c.ai_processing.is_(True), conversations.c.updated_at > now - STUCK)
            rows = session.execute(query.order_by(conversations.c.updated_at.desc()).limit(_MOST)).all()
            chats = []
            for row in rows:
                try:
                    channel = channel_of(session, self.database.features, row.id)
                except Refused:
                    continue
                chats.append(Chat(int(row.telegram_id), channel))
            return tuple(chats)
